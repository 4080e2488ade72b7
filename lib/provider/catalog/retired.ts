/**
 * Models that are gone, by what rows say of them.
 *
 * A model is retired at its provider's own hosts alone: other hosts often serve it on.
 *
 * @module
 */

import type { Profile, RetiredModel } from "../profile.ts";
import { bareId } from "./facts.ts";

/** What the row says of a retired model; `undefined` where it is not known to be retired at that address. */
export function retiredModel(
  { retired, hosts }: Profile,
  baseUrl: string,
  id: string,
): RetiredModel | undefined {
  const host = URL.parse(baseUrl)?.hostname.replace(/\.$/, "");
  if (host === undefined || !hosts.includes(host)) return undefined;
  const bare = bareId(id);
  return retired?.find((model) => model.id === bare);
}

/** A sentence about a retired model, without a full stop. */
export function retiredSentence({ title }: Profile, asked: string, model: RetiredModel): string {
  return `${title} retired ${asked} on ${model.on}; ${model.successor} takes its place`;
}
