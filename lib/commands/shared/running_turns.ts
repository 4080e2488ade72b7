/**
 * The running turns of this user's sidecar as lines of a terminal, in the words of Codex's status line and of the dashboard.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { showDuration } from "../../base/units.ts";
import type { WaitLanguage } from "../../base/wait/words.ts";
import { liveSchema, type RunningTurn } from "../../observe/history/document.ts";
import { type AskOwn, checked } from "./ask_own.ts";

/** Asks for them; `null` where the sidecar does not say, such as an older one. */
export async function runningTurns(
  port: number,
  ask: AskOwn,
): Promise<readonly RunningTurn[] | null> {
  try {
    return checked(liveSchema, await ask(port, "live")).live;
  } catch (error) {
    // `status` answers whatever else it can, also beside a sidecar that stops just now
    if (error instanceof Failure || error instanceof TypeError) return null;
    throw error;
  }
}

/** `    Acme is silent: 2 m  (acme-2-pro, codex-tui 0.169.0, 2 m 10 s, heartbeats: 3)`, one line a turn. */
export function turnLines(turns: readonly RunningTurn[], language: WaitLanguage): string[] {
  return turns.map(({ says, model, upstream, client, age, heartbeats }) => {
    const facts = [
      model,
      upstream,
      client,
      showDuration(age),
      heartbeats > 0 && `heartbeats: ${heartbeats}`,
    ].filter((fact) => fact && fact !== "none");
    return `    ${says[language]}  (${facts.join(", ")})`;
  });
}
