/**
 * How a provider is asked for its models: at the base and with the key's header of the wire on which requests go there.
 *
 * @module
 */

import { trimmedKey } from "../base/secrets/key_text.ts";
import type { Wire } from "../config/config.ts";
import { profileFor, profileNamed, wireFor } from "../provider/profiles.ts";
import { WIRES } from "../proxy/wires/wires.ts";

/** What the settings say of the provider. */
interface Asked {
  readonly baseUrl: string;
  readonly wire?: Wire | undefined;
  readonly provider?: string | undefined;
}

/** The address and headers of the question. */
export function modelsQuestion(
  { baseUrl, wire, provider }: Asked,
  key: string | undefined,
): { readonly url: string; readonly headers: Readonly<Record<string, string>> } {
  const profile = (provider === undefined ? undefined : profileNamed(provider)) ??
    profileFor(new URL(baseUrl));
  const adapter = WIRES[wire ?? wireFor(profile, baseUrl)];
  const base = baseUrl.replace(/\/+$/, "");
  return {
    url: `${adapter.base?.(base) ?? base}/models`,
    headers: key === undefined ? {} : adapter.authHeaders(trimmedKey(key), profile),
  };
}
