/**
 * How a program's own store of providers stands, told from what `init` and `undo` would do to it now.
 *
 * @module
 */

import type { RecordPatch } from "./cc_switch/record.ts";
import type { Edit, IntegrationState } from "./integration.ts";
import { displayUrl, fromRelay } from "./relay_url.ts";

/** What is known of a store. */
export interface DriftState {
  /** What `init` would change. */
  readonly toApply: readonly Edit[];
  /** What `undo` would take back. */
  readonly toRevert: readonly Edit[];
  /** One line for each provider. */
  readonly facts: readonly string[];
  /** When the store was last written, in milliseconds since the epoch. */
  readonly changed: number | undefined;
}

/**
 * The state of a place.
 *
 * @param made what the manifest says was done there
 * @param kept absent where the program keeps nothing
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

/** How one provider stands, by what `init` would do to it. @param what it is called in sentences */
export function providerFacts(
  what: string,
  { edits, left, url }: Pick<RecordPatch, "edits" | "left" | "url">,
): string[] {
  if (left !== undefined) return [left];
  if (url === undefined) return [];
  const shown = displayUrl(url);
  const led = edits.find(({ before, after }) =>
    typeof before === "string" && fromRelay(String(after))
  );
  const other = led && fromRelay(String(led.before));
  if (other) return [`${what} goes through a sidecar on port ${other.port} to ${shown}`];
  if (led) return [`${what} goes straight to ${shown}`];
  const names = edits.map(({ key }) => key.at(-1)).join(", ");
  const but = names === "" ? "" : `, but without our ${names}`;
  return [`${what} goes through the sidecar to ${shown}${but}`];
}
