/**
 * All places, in the order in which they are changed: sources first, the live file last, so that a crash in between
 * leaves a Codex that works as before.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { ccSwitchPlace } from "./cc_switch.ts";
import { codexPlace } from "./codex.ts";
import { codexPlusPlace } from "./codex_plus.ts";
import type { PatchContext, Place } from "./place.ts";

const PLACES: ReadonlyMap<string, (context: PatchContext) => Place> = new Map([
  ["cc-switch", (context: PatchContext) => ccSwitchPlace(context)],
  ["codex++", (context: PatchContext) => codexPlusPlace(context)],
  ["codex", codexPlace],
]);

/**
 * Opens the places, or those of them that `only` names, as in `codex,cc-switch`.
 *
 * @throws {Failure} `bad_usage` for a name that is none
 */
export function openPlaces(context: PatchContext, only?: string): Place[] {
  const names = [...PLACES.keys()];
  const asked = only?.split(",").map((name) => name.trim()) ?? names;
  const stranger = asked.find((name) => !PLACES.has(name));
  if (stranger !== undefined) {
    throw new Failure(
      "bad_usage",
      `--only takes ${names.join(", ")}, not ${stranger || "nothing"}`,
    );
  }
  return [...PLACES].filter(([name]) => asked.includes(name)).map(([, open]) => open(context));
}
