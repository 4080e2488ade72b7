/**
 * How much of the input a provider took from its prompt cache, and where that fell.
 *
 * In a conversation each turn begins with all of the turn before, so that a good cache serves nearly all of it. What breaks
 * it is a prefix that changed, or a cache that forgot.
 *
 * @module
 */

import type { Sample } from "../sample.ts";

/** The figures of one upstream. */
export interface CacheUse {
  /** Cached input tokens of all input tokens that the provider counted, 0 to 1; `null` where it counted none. */
  readonly rate: number | null;
  /** The turns at which the rate fell by half or more, in the order of conversations. */
  readonly falls: readonly CacheFall[];
}

/** One fall. */
export interface CacheFall {
  readonly conversation: number;
  readonly turn: number;
  /** The rates of the turn before and of this one, 0 to 1. */
  readonly from: number;
  readonly to: number;
}

/** A rate below this cannot fall: the cache had not begun. */
const LEAST = 0.2;

/** Computes the figures of complete turns. */
export function cacheUse(samples: readonly Sample[]): CacheUse {
  const counted = samples.filter(({ outcome, inputTokens }) =>
    outcome === "whole" && inputTokens !== null && inputTokens > 0
  );
  const sum = (of: (sample: Sample) => number | null) =>
    counted.reduce((total, sample) => total + (of(sample) ?? 0), 0);
  const input = sum(({ inputTokens }) => inputTokens);
  const ordered = [...counted].sort((a, b) => a.conversation - b.conversation || a.turn - b.turn);
  const falls = ordered.flatMap((sample, at): CacheFall[] => {
    const before = ordered[at - 1];
    if (before?.conversation !== sample.conversation) return [];
    const [from, to] = [rateOf(before), rateOf(sample)];
    return from >= LEAST && to <= from / 2
      ? [{ conversation: sample.conversation, turn: sample.turn, from, to }]
      : [];
  });
  return { rate: input === 0 ? null : sum(({ cachedTokens }) => cachedTokens) / input, falls };
}

/** Most falls that a sentence names. */
const NAMED = 3;

/** The figures as sentences; none where nothing was counted. */
export function cacheSentences({ rate, falls }: CacheUse): string[] {
  if (rate === null) return [];
  if (rate === 0) return ["The provider reported no input from a prompt cache."];
  const lines = [`${percent(rate)} of the input came from the prompt cache.`];
  if (falls.length > 0) {
    const named = falls.slice(0, NAMED).map(({ conversation, turn, from, to }) =>
      `at turn ${conversation}.${turn} from ${percent(from)} to ${percent(to)}`
    );
    const more = falls.length > NAMED ? `, and ${falls.length - NAMED} more times` : "";
    lines.push(`It fell ${named.join(", ")}${more}: the provider forgot, or the prefix changed.`);
  }
  return lines;
}

function rateOf({ cachedTokens, inputTokens }: Sample): number {
  return inputTokens ? (cachedTokens ?? 0) / inputTokens : 0;
}

function percent(rate: number): string {
  return `${Math.round(rate * 100)} %`;
}
