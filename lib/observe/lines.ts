/**
 * One line of text for each event, for people to read.
 *
 * Pure: a line has no colour and no time of day; the log adds both.
 *
 * @module
 */

import { showDuration } from "../base/units.ts";
import type { AttemptNote, ExchangeRecord, Facts, Level } from "./observer.ts";

const levels: Record<ExchangeRecord["outcome"], Level> = {
  completed: "info",
  incomplete: "info",
  passed: "info",
  client_gone: "info",
  refused: "warning",
  failed: "error",
};

/** The log level of an exchange, by its outcome. */
export function levelOf(record: ExchangeRecord): Level {
  return levels[record.outcome];
}

/** `gateway /responses some-model: completed 200 in 42.1 s (content after 3 s, 4 heartbeats)`. */
export function exchangeLine(record: ExchangeRecord): string {
  const { upstream, path, model, outcome, status, duration, code, message } = record;
  const details = [
    record.firstContent !== null && `content after ${showDuration(record.firstContent)}`,
    record.longestSilence >= 1_000 && `silent for ${showDuration(record.longestSilence)}`,
    record.heartbeats > 0 && count(record.heartbeats, "heartbeat"),
    record.attempts > 1 && count(record.attempts, "attempt"),
    record.replays > 0 && count(record.replays, "replay"),
  ].filter((detail) => detail !== false);
  const by = record.user === undefined ? "" : `for ${record.user}`;
  const who = [upstream, path, model, by].filter(Boolean).join(" ");
  const what = `${outcome.replace("_", " ")} ${status} in ${showDuration(duration)}`;
  const more = details.length > 0 ? ` (${details.join(", ")})` : "";
  const why = [code, message].filter(Boolean).join(": ");
  return `${who}: ${what}${more}${why && `; ${why}`}`;
}

/** `gateway: attempt 2 of 6 failed before content: …; next in 4 s`. */
export function attemptLine(note: AttemptNote): string {
  const phase = note.phase === "before_content" ? "before content" : "after content";
  const next = note.wait === undefined ? "" : `; next in ${showDuration(note.wait)}`;
  return `${note.upstream}: attempt ${note.attempt} of ${note.of} failed ${phase}: ${note.message}${next}`;
}

/** The message, followed by its facts: `a message port=8411 host=a.example`. */
export function noticeLine(message: string, facts: Facts = {}): string {
  const pairs = Object.entries(facts).map(([key, value]) => ` ${key}=${value}`);
  return message + pairs.join("");
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
