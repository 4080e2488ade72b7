/**
 * Reads the address of what replicas share from where the settings say that it is.
 *
 * Its rule: an address that cannot be read is a mistake in the settings, and the sidecar does not start; one that does not answer is not.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { parseRedisUrl, type RedisAddress } from "../../base/state/redis_url.ts";
import type { StateSource } from "../config.ts";
import { readKey } from "../keys/upstream_keys.ts";

/**
 * The address; `undefined` where nothing is shared.
 *
 * @param env reads an environment variable
 * @throws {Failure} `bad_config`
 */
export function stateAddress(
  source: StateSource,
  env: (name: string) => string | undefined,
): RedisAddress | undefined {
  if (source.from === "memory") return undefined;
  if (source.from === "url") return parsed(source.url, "state");
  const read = readKey(source, env);
  if ("key" in read) {
    return parsed(read.key, source.from === "env" ? source.name : `The file ${source.name}`);
  }
  throw new Failure("bad_config", `The setting state cannot be used: ${read.fault}`, {
    hint: "Set it to redis://host:port where the sidecar runs, or set state to memory",
  });
}

function parsed(url: string, label: string): RedisAddress {
  const address = parseRedisUrl(url);
  if (address) return address;
  throw new Failure("bad_config", `${label} holds no redis:// or rediss:// URL`, {
    hint: "What was written is not shown; it looks like rediss://user:password@host:6379/0",
  });
}
