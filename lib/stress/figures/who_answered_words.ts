/**
 * Who answered the turns, in sentences.
 *
 * @module
 */

import { showDuration } from "../../base/units.ts";
import { times } from "./messages.ts";
import type { WhoAnswered } from "./who_answered.ts";

/** The figures as sentences; none where an upstream without fallback, pool and limit answered everything. */
export function whoSentences(upstream: string, who: WhoAnswered): string[] {
  return [
    ...fallbackSentences(upstream, who),
    ...poolSentences(who),
    ...queueSentences(upstream, who),
  ];
}

function fallbackSentences(upstream: string, { fallbacks, answered, configured }: WhoAnswered) {
  if (fallbacks.turns === 0) {
    return configured.length === 0 || answered.length === 0
      ? []
      : [`No turn needed the fallback (${configured.join(", ")}).`];
  }
  const all = answered.reduce((sum, { turns }) => sum + turns, 0);
  const reasons = fallbacks.reasons.map(({ code, asked, turns }) => {
    return asked
      ? `${upstream} failed ${times(turns)} (${code})`
      : `${times(turns)} it was not asked because of an earlier failure (${code ?? "unknown"})`;
  });
  return [
    `${fallbacks.turns} of ${all} complete turns were answered by a fallback: ${
      reasons.join("; ")
    }.`,
  ];
}

function poolSentences({ answered }: WhoAnswered): string[] {
  const keys = answered.filter(({ key }) => key !== null);
  if (keys.length === 0) return [];
  return [`By key: ${keys.map(({ key, turns }) => `${key} (${turns})`).join(", ")}.`];
}

function queueSentences(upstream: string, { queue, atOnce }: WhoAnswered): string[] {
  const limited = atOnce.filter(({ limit }) => limit !== null);
  if (queue === null && limited.length === 0) return [];
  const waited = queue === null
    ? "No turn waited in the queue."
    : `${queue.count} ${queue.count === 1 ? "turn" : "turns"} waited in the queue of ${upstream}: ${
      showDuration(queue.p50)
    } in the median, ${showDuration(queue.max)} at most.`;
  const most = atOnce.map(({ name, most, limit }) =>
    `${most} with ${name}${limit === null ? "" : ` (concurrency: ${limit})`}`
  );
  return [waited, `Most requests at once: ${most.join(", ")}.`];
}
