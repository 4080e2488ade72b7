/**
 * The figures of one upstream in sentences.
 *
 * @module
 */

import type { FailureCode } from "../../base/errors.ts";
import { showDuration } from "../../base/units.ts";
import type { Timeouts } from "../../config/config.ts";
import type { Counts, Needed, Result } from "./result.ts";

/** A timeout that advice may be given on. */
type TimeoutName = Exclude<keyof Timeouts, "connect">;

/** The timeouts, each with its key in config.yaml, the code it ends an attempt with, and what it waits for. */
export const ADVISED_TIMEOUTS: readonly {
  name: TimeoutName;
  key: string;
  code: FailureCode;
  waits: string;
}[] = [
  { name: "head", key: "head", code: "head_timeout", waits: "for a response head" },
  {
    name: "firstEvent",
    key: "first_event",
    code: "first_event_timeout",
    waits: "from the head to the first content",
  },
  {
    name: "silence",
    key: "silence",
    code: "silence",
    waits: "for a byte in the middle of an answer",
  },
  {
    name: "progress",
    key: "progress",
    code: "no_progress",
    waits: "for content while keep-alives came",
  },
];

/** What was measured, one sentence each. */
export function summary(
  { turns, broken, attempts, replays, stalled, truncated, grammar, failures }: Result,
): string[] {
  const all = turns.whole + turns.lost;
  if (all === 0) return ["Nothing was measured."];
  const lines = [`${turns.whole} of ${all} answers were complete.`];
  const saved = count(broken, Object.keys(broken) as FailureCode[]) - turns.lost;
  if (saved > 0) {
    lines.push(
      `${saved} of ${attempts} requests broke (${kinds(broken)}), and the sidecar asked again` +
        `${replays > 0 ? `, ${replays} times in the middle of an answer` : ""}.`,
    );
  }
  if (stalled > 0) {
    lines.push(
      `${times(stalled, true)} the provider stopped sending and a timeout ended the wait.`,
    );
  }
  if (truncated > 0) lines.push(`${times(truncated, true)} an answer was cut short.`);
  if (turns.lost > 0) lines.push(`The lost turns failed with: ${failures.slice(0, 3).join("; ")}.`);
  if (grammar.length > 0) {
    lines.push(`A bug of the sidecar, please report it: ${grammar.join("; ")}.`);
  }
  return lines;
}

/** The waits its answers needed, and how the timeouts compare. */
export function waitSentences(
  { needed, times: { silence } }: Result,
  timeouts: Timeouts,
  fits: boolean,
): string[] {
  const waits = worstWaits(needed);
  const lines = waits === "" ? [] : [`The longest waits of good answers: ${waits}.`];
  if (silence && silence.max >= CODEX_IDLE) {
    lines.push(
      `Without the sidecar, Codex gives up after ${
        showDuration(CODEX_IDLE)
      } without an event; the longest silence was ` +
        `${showDuration(silence.max)}. Keep the heartbeat.`,
    );
  }
  if (fits && waits !== "") {
    lines.push(
      `The timeouts are right as they are (head ${showDuration(timeouts.head)}, first event ${
        showDuration(timeouts.firstEvent)
      }, silence ${showDuration(timeouts.silence)}, progress ${showDuration(timeouts.progress)}).`,
    );
  }
  return lines;
}

/** How long Codex waits for an event by default, in milliseconds (docs/facts/codex.md §1.1). */
const CODEX_IDLE = 300_000;

function worstWaits(needed: Needed): string {
  return ADVISED_TIMEOUTS.flatMap(({ name, waits }) => {
    const worst = needed[name];
    return worst === null ? [] : [`${showDuration(worst)} ${waits}`];
  }).join(", ");
}

function kinds(broken: Counts): string {
  return Object.entries(broken).map(([code, n]) => `${n} × ${code}`).join(", ");
}

/** How often these codes were met, together. */
export function count(counts: Counts, codes: readonly FailureCode[]): number {
  return codes.reduce((total, code) => total + (counts[code] ?? 0), 0);
}

/** `once`, `twice`, `7 times`. */
export function times(n: number, start = false): string {
  const text = n === 1 ? "once" : n === 2 ? "twice" : `${n} times`;
  return start ? text.charAt(0).toUpperCase() + text.slice(1) : text;
}
