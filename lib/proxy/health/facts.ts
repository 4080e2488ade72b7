/**
 * What `/healthz` says: that the sidecar lives; with a nonce, also the proof of whose it is.
 *
 * Its rule: names of upstreams, and where replicas keep what they share, are for programs on this machine.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { type Connection, isNonce, prove } from "../../base/identity.ts";
import { isLoopback } from "../../base/loopback.ts";
import type { SharedState } from "../../state/state.ts";
import type { Lane } from "../../upstream/pool/lanes.ts";
import { healthOf } from "../failover/health.ts";

/** Most keys of upstreams that it tells of, those in trouble first. */
const MOST_SHOWN = 50;

/** What it is told of the app. */
interface HealthSources {
  readonly version: string;
  readonly live: number;
  readonly lanes: readonly Lane[];
  readonly now: number;
  readonly state: SharedState | undefined;
  /** The secret that proves whose sidecar this is. @default there is none */
  readonly secret?: (() => Promise<Uint8Array | undefined>) | undefined;
}

/** The facts; with a nonce also the proof: `null` where the sidecar has no secret. @throws {Failure} `bad_request` */
export async function healthFacts(
  nonce: string | undefined,
  connection: Connection | undefined,
  { version, live, lanes, now, state, secret: readSecret }: HealthSources,
) {
  const facts = { status: "ok", version, live };
  if (nonce === undefined) return facts;
  if (!isNonce(nonce)) {
    throw new Failure("bad_request", "The nonce must be 32 to 128 lower-case hex digits");
  }
  const secret = connection && await readSecret?.();
  const local = connection && isLoopback(connection.remote.hostname);
  const upstreams = healthOf(local ? lanes : [], now).slice(0, MOST_SHOWN);
  return {
    ...facts,
    ...upstreams.length > 0 && { upstreams },
    ...local && state && { state: state.health },
    proof: secret ? prove(secret, nonce, connection) : null,
  };
}
