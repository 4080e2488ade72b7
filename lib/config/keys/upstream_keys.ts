/**
 * Reads the keys of an upstream from where its settings say they are.
 *
 * Its rule: one key that cannot be sent does not spoil a pool; an upstream of which no key can be sent is refused.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { keyFault, trimmedKey } from "../../base/secrets/key_text.ts";
import type { KeySource, UpstreamConfig } from "../config.ts";
import { readKeyFile } from "./key_file.ts";

/** The settings of an upstream that say where its keys are. */
type Keyed = Pick<UpstreamConfig, "apiKeyEnv" | "apiKeys">;

/** One key of an upstream, read or not. */
export interface UpstreamKey {
  /** `ACME_API_KEY`, `the file /run/secrets/key` */
  readonly from: string;
  /** What gives it a key that can be sent: `Set ACME_API_KEY where the sidecar runs`. */
  readonly cure: string;
  /** `environment variable ACME_API_KEY is not set`; absent where the key can be sent. */
  readonly fault?: string;
  /** Whether there is none at all, rather than one that cannot be sent. */
  readonly unset?: boolean;
  /** Never shown. */
  readonly key?: string;
}

/** Where the keys of an upstream are read from; none where the client's own is sent. */
export function keySources({ apiKeyEnv, apiKeys }: Keyed): readonly KeySource[] {
  return apiKeys ?? (apiKeyEnv === undefined ? [] : [{ from: "env", name: apiKeyEnv }]);
}

/** Reads all of them. @param env reads an environment variable */
export function readKeys(
  upstream: Keyed,
  env: (name: string) => string | undefined,
): readonly UpstreamKey[] {
  return keySources(upstream).map((source) => ({
    ...source.from === "env"
      ? { from: source.name, cure: `Set ${source.name} where the sidecar runs` }
      : {
        from: `the file ${source.name}`,
        cure: `Write the key into ${source.name}, and let nobody else read it (chmod 600)`,
      },
    ...readKey(source, env),
  }));
}

/**
 * The keys of an upstream that can be sent; none where the client's own is sent.
 *
 * @param env reads an environment variable
 * @throws {Failure} `bad_config` where it shall have keys and none can be sent
 */
export function targetKeys(
  name: string,
  upstream: Keyed,
  env: (name: string) => string | undefined,
): readonly string[] {
  const read = readKeys(upstream, env);
  const keys = read.flatMap(({ key }) => key === undefined ? [] : [key]);
  const [first] = read;
  if (keys.length > 0 || first === undefined) return [...new Set(keys)];
  const message = first.unset
    ? `The upstream ${name} has no key: ${first.fault}`
    : `The upstream ${name} has no key that can be sent: ${first.fault}`;
  const hint = first.unset
    ? `${first.cure}, or remove api_key to forward the client's own key`
    : "Set it to the key alone, in one line, where the sidecar runs";
  throw new Failure("bad_config", message, { hint });
}

/** A key, or what is wrong with it; `unset`: there is nothing at all. */
type ReadKey = { readonly key: string } | { readonly fault: string; readonly unset: boolean };

/** Reads one key from where it is kept. */
export function readKey(
  { from, name }: KeySource,
  env: (name: string) => string | undefined,
): ReadKey {
  const label = from === "env" ? `environment variable ${name}` : `the file ${name}`;
  const file = from === "file" ? readKeyFile(name) : undefined;
  if (file && "fault" in file) return { fault: `${label} ${file.fault}`, unset: true };
  const key = file ? file.key : env(name);
  if (!key) return { fault: `${label} is ${file ? "empty" : "not set"}`, unset: true };
  const fault = keyFault(key);
  return fault === undefined
    ? { key: trimmedKey(key) }
    : { fault: `${label} ${fault}`, unset: false };
}
