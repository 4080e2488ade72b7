/**
 * All places, in the order in which they are changed: sources first, the live file last, so that a crash in between
 * leaves a Codex that works as before.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { didYouMean } from "../config/suggest.ts";
import { ccSwitchPlace } from "./cc_switch/integration.ts";
import { codexPlace } from "./codex/integration.ts";
import { codexPlusPlace } from "./codex_plus/integration.ts";
import type { PatchContext, Place, PlaceName } from "./integration.ts";

const PLACES: readonly (readonly [PlaceName, (context: PatchContext) => Place])[] = [
  ["cc-switch", (context) => ccSwitchPlace(context)],
  ["codex++", (context) => codexPlusPlace(context)],
  ["codex", codexPlace],
];

/** Their names, in the order in which help texts name them. */
export const PLACE_NAMES: readonly PlaceName[] = ["codex", "cc-switch", "codex++"];

/**
 * Opens the places, or those of them that `only` names, as in `codex,cc-switch`.
 *
 * @throws {Failure} `bad_usage` for a name that is none
 */
export function openPlaces(context: PatchContext, only?: string): Place[] {
  const asked = only?.split(",").map((name) => name.trim()) ?? PLACE_NAMES;
  const stranger = asked.find((name) => !PLACES.some(([place]) => place === name));
  if (stranger !== undefined) {
    const near = didYouMean(stranger, PLACE_NAMES);
    throw new Failure(
      "bad_usage",
      `--only takes ${PLACE_NAMES.join(", ")}, not ${stranger || "nothing"}${near}`,
    );
  }
  return PLACES.filter(([name]) => asked.includes(name)).map(([, open]) => open(context));
}
