/**
 * Whom `--live` asks for real: every upstream of the settings, and Codex's own route where it is up.
 *
 * @module
 */

import type { Config } from "../../config/config.ts";
import { readKeys } from "../../config/keys/upstream_keys.ts";
import { routeHeaders, tokenHeader } from "../destinations.ts";
import type { DoctorFacts } from "../facts.ts";
import { askedUrl, traceHops } from "../hops.ts";
import type { LiveTarget } from "./ask.ts";

/** The upstreams, asked through the sidecar at `url`; those whose key or model is not known are left out. */
export function upstreamTargets(
  { upstreams, listen }: Config,
  env: Readonly<Record<string, string | undefined>>,
  url: string,
): LiveTarget[] {
  return [...upstreams].flatMap(([name, upstream]) => {
    const { models: [model] } = upstream;
    const keys = readKeys(upstream, (variable) => env[variable]);
    if (model === undefined || keys.every(({ key }) => key === undefined)) return [];
    const headers = tokenHeader(listen.token);
    return [{ name, url: `${url}/u/${encodeURIComponent(name)}/v1`, model, headers }];
  });
}

/**
 * Codex's own route from its first hop: with its key where that is a proved sidecar.
 *
 * @returns `undefined` where a hop is down, no sidecar is on it, or no model is set
 */
export async function routeTarget(facts: DoctorFacts): Promise<LiveTarget | undefined> {
  const { model } = facts.codex;
  const hops = await traceHops(facts);
  if (model === undefined || hops.some(({ up }) => !up)) return undefined;
  const [front] = hops;
  if (!front || !hops.some(({ who }) => who === "sidecar")) return undefined;
  return {
    name: front.who === "sidecar" ? "Codex's route" : "Codex's route, asked without a key",
    url: askedUrl(front),
    model,
    headers: routeHeaders(front, facts),
  };
}
