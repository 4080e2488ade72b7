/**
 * What became of the soak's exchanges, counted by fault.
 *
 * @module
 */

import type { Exchange } from "./soak_provider.ts";

/** Counts of one fault. */
export interface Counts {
  answered: number;
  /** It failed, and the user read why: as it must where the fault allows no answer, and may where retries ran out. */
  "told why": number;
  /** The client lost patience. */
  left: number;
  /** What the sidecar promises never to show: a cut stream, a silence, a dropped connection. */
  broken: number;
  /** The words of those that broke, a few. */
  words: string[];
}

/** Counts by the fault's name. */
export type Tally = Map<string, Counts>;

const MAX_WORDS = 3;

/** What the client says where the connection or the stream broke under it. */
const BROKEN = /^(?:network error|stream closed|idle timeout|failed to parse|incomplete response)/;

/** Notes one. `failure`: what the client's user reads, `"left"` where it left, nothing where all went well. */
export function outcomeOf(tally: Tally, { fault }: Exchange, failure: string | undefined): void {
  const name = fault?.name ?? "(none)";
  const counts = tally.get(name) ??
    { answered: 0, "told why": 0, left: 0, broken: 0, words: [] };
  tally.set(name, counts);
  if (failure === undefined) counts.answered++;
  else if (failure === "left") counts.left++;
  else if (BROKEN.test(failure) && !isItsOwn(failure, fault?.best)) {
    counts.broken++;
    if (counts.words.length < MAX_WORDS) counts.words.push(failure);
  } else counts["told why"]++;
}

/** An answer that its provider ended early is told as `incomplete`, and that is the truth. */
function isItsOwn(failure: string, best: "answer" | "failure" | undefined): boolean {
  return failure.startsWith("incomplete response") && best === "failure";
}
