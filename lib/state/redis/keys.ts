/**
 * The names of everything that the sidecars keep in Redis, and the channel on which they tell each other.
 *
 * Its rule: one prefix; names of users, upstreams and models, and hashes of everything else. Keys that one script touches share
 * a hash tag, so that a proxy in front of a cluster finds them in one place.
 *
 * @module
 */

const PREFIX = "codex-sidecar:";

/** Changes of lanes, and free slots. Databases of one Redis have their keys apart, and not their channels. */
export function channelOf(db: number): string {
  return `${PREFIX}news:${db}`;
}

/** A hash: what lasts of the lanes. */
export const LANES = `${PREFIX}lanes`;
/** A sum. @param key such as `tokens:alice:20418` */
export function sumKey(key: string): string {
  return `${PREFIX}sum:${key}`;
}

/** What is kept under a name, which is a hash. */
export function valueKey(name: string): string {
  return `${PREFIX}value:${name}`;
}

/** The leases of a lane, the replicas that wait for one, and when each of these asked last. */
export function leaseKeys(lane: string): [leases: string, queue: string, asked: string] {
  const base = `${PREFIX}{${lane}}:`;
  return [`${base}leases`, `${base}queue`, `${base}asked`];
}

/** A sum, leases and lanes of nobody, which are written to see whether Redis takes writes. */
export function probeKeys(): [sum: string, leases: string, lanes: string] {
  const base = `${PREFIX}{probe}:`;
  return [`${base}sum`, `${base}leases`, `${base}lanes`];
}
