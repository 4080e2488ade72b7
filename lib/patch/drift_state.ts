/**
 * The state of a program's own store of providers, derived from the changes that `init` and `undo` would make now.
 *
 * @module
 */

import type { RecordPatch } from "./cc_switch/record.ts";
import type { Edit, IntegrationState } from "./integration.ts";
import { displayUrl, fromRelay } from "./relay_url.ts";

/** The facts about one store. */
export interface DriftState {
  /** What `init` would change. */
  readonly toApply: readonly Edit[];
  /** What `undo` would revert. */
  readonly toRevert: readonly Edit[];
  /** One line for each provider. */
  readonly facts: readonly string[];
  /** When the store was last written, in milliseconds since the epoch. */
  readonly changed: number | undefined;
}

/**
 * The state of an integration.
 *
 * @param made its edits in the manifest
 * @param store absent where the program has no settings here
 */
export function driftState(
  place: IntegrationState["place"],
  made: readonly Edit[],
  store: DriftState | undefined,
): IntegrationState {
  if (!store) {
    if (made.length === 0) {
      return { place, state: "absent", facts: [`${place} keeps nothing here`] };
    }
    return {
      place,
      state: "drifted",
      facts: [`${place}'s settings are gone; init had patched them`],
    };
  }
  const { toApply, toRevert, facts, changed } = store;
  if (toRevert.length === 0 && made.length === 0) return { place, state: "untouched", facts };
  if (toApply.length === 0) return { place, state: "patched", facts };
  const when = changed === undefined ? "" : `, last at ${new Date(changed).toISOString()}`;
  return {
    place,
    state: "drifted",
    facts: [...facts, `Another program wrote ${place}'s settings${when}`],
  };
}

/** The state of one provider in a line, derived from what `init` would change. @param what its name in sentences */
export function providerFacts(
  what: string,
  { edits, left, url }: Pick<RecordPatch, "edits" | "left" | "url">,
): string[] {
  if (left !== undefined) return [left];
  if (url === undefined) return [];
  const shown = displayUrl(url);
  const moved = edits.find(({ before, after }) =>
    typeof before === "string" && fromRelay(String(after))
  );
  const other = moved && fromRelay(String(moved.before));
  if (other) return [`${what} goes through a sidecar on port ${other.port} to ${shown}`];
  if (moved) return [`${what} goes straight to ${shown}`];
  const names = edits.map(({ key }) => key.at(-1)).join(", ");
  const but = names === "" ? "" : `, but without our ${names}`;
  return [`${what} goes through the sidecar to ${shown}${but}`];
}
