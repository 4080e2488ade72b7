/**
 * Which upstream a model's requests go to, where the address names none.
 *
 * What the settings list wins; then what upstreams list themselves; then `upstream/model`; then what rows know; else the first
 * upstream.
 *
 * @module
 */

import type { UpstreamConfig } from "../../config/config.ts";
import { rowOf } from "../../provider/catalog/facts.ts";
import { retiredModel } from "../../provider/catalog/retired.ts";
import { profileFor, profileNamed } from "../../provider/profiles.ts";

/** An upstream, and the model's name there. */
export interface ModelUpstream {
  readonly name: string;
  readonly model: string;
  /** Whether nothing speaks for it but that it is the first one. */
  readonly guessed: boolean;
}

/** Whether an upstream's own list is known to have a model. */
export type Lists = (name: string, model: string) => boolean;

/** The upstream of a model; `undefined` only where there is none at all. */
export function upstreamOf(
  upstreams: ReadonlyMap<string, UpstreamConfig>,
  model: string,
  listed: Lists = () => false,
): ModelUpstream | undefined {
  const names = [...upstreams.keys()];
  const known = configured(upstreams, model) ?? names.find((name) => listed(name, model));
  if (known !== undefined) return { name: known, model, guessed: false };
  const prefixed = names.find((name) => model.startsWith(`${name}/`));
  if (prefixed !== undefined) {
    return { name: prefixed, model: model.slice(prefixed.length + 1), guessed: false };
  }
  const byRow = [...upstreams].find(([, upstream]) => rowKnows(upstream, model))?.[0];
  if (byRow !== undefined) return { name: byRow, model, guessed: false };
  const [first] = names;
  return first === undefined ? undefined : { name: first, model, guessed: true };
}

/** The upstream whose settings list a model: as written, then in any case, then without its `vendor/`. */
function configured(
  upstreams: ReadonlyMap<string, UpstreamConfig>,
  model: string,
): string | undefined {
  const lower = model.toLowerCase();
  const bare = lower.slice(lower.lastIndexOf("/") + 1);
  const rules: ((listed: string) => boolean)[] = [
    (listed) => listed === model,
    (listed) => listed.toLowerCase() === lower,
    (listed) => listed.toLowerCase() === bare,
  ];
  for (const matches of rules) {
    for (const [name, { models }] of upstreams) if (models.some(matches)) return name;
  }
  return undefined;
}

/** Whether the row of an upstream's provider knows the model; settings that list models speak for themselves. */
function rowKnows({ baseUrl, provider = "", models }: UpstreamConfig, model: string): boolean {
  if (models.length > 0) return false;
  const profile = profileNamed(provider) ?? profileFor(new URL(baseUrl));
  // Of a retired one the provider itself says so best
  return rowOf(profile, model) !== undefined || retiredModel(profile, baseUrl, model) !== undefined;
}
