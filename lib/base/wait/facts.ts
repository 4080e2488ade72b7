/**
 * What a person who waits may be told, one kind of fact each. Who knows such a fact makes one; `words.ts` says it, so that
 * Codex's status line, the log and every other place use the same words.
 *
 * @module
 */

/** One fact about a wait. Times are in milliseconds; `who` and the like are the upstream's name for people. */
export type WaitFact =
  /** Not one byte came for `ms`; `attempt` and `of` where it is not the first. */
  | {
    readonly kind: "silent";
    readonly who: string;
    readonly ms: number;
    readonly attempt?: number;
    readonly of?: number;
  }
  /** Bytes come, but nothing of an answer for `ms`. */
  | { readonly kind: "no_content"; readonly who: string; readonly ms: number }
  /** The attempt with this number begins in `ms`. */
  | {
    readonly kind: "retry_wait";
    readonly who: string;
    readonly attempt: number;
    readonly of: number;
    readonly ms: number;
  }
  /** An attempt after the first one has begun. */
  | {
    readonly kind: "attempt";
    readonly who: string;
    readonly attempt: number;
    readonly of: number;
  }
  /** An answer broke off, and another attempt goes on in it. */
  | { readonly kind: "replay"; readonly who: string; readonly attempt: number; readonly of: number }
  /** The request waits for its turn; 1 is the next one. */
  | { readonly kind: "queue"; readonly who: string; readonly position: number }
  /** Another upstream answers. */
  | { readonly kind: "fallback"; readonly who: string; readonly instead: string }
  /** A model was chosen for a helper request. */
  | { readonly kind: "helper_model"; readonly model: string }
  /** The answer begins anew. */
  | { readonly kind: "again"; readonly who: string }
  /** The request is with the upstream, and nothing is worth telling yet. */
  | { readonly kind: "asked"; readonly who: string }
  /** Reasoning comes. */
  | { readonly kind: "thinking"; readonly who: string }
  /** Text or a call comes, about `rate` tokens a second; 0 where that is not known yet. */
  | { readonly kind: "answering"; readonly who: string; readonly rate: number };

/** The kinds of all facts. */
export type WaitKind = WaitFact["kind"];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** Where a duration changes its magnitude: 10, 20 and 30 s, every minute up to ten, then every five. */
export function magnitude(ms: number): number {
  if (ms >= 10 * MINUTE) return Math.floor(ms / (5 * MINUTE)) * 5 * MINUTE;
  if (ms >= MINUTE) return Math.floor(ms / MINUTE) * MINUTE;
  return Math.min(3, Math.floor(ms / (10 * SECOND))) * 10 * SECOND;
}

/** What a fact comes to: two facts with the same one need not be told twice. */
export function gist(fact: WaitFact): string {
  if (!("ms" in fact)) return JSON.stringify(fact);
  // What was told at eight seconds is no news at ten.
  const elapses = fact.kind !== "retry_wait";
  const size = magnitude(fact.ms);
  return JSON.stringify({ ...fact, ms: elapses ? Math.max(size, 10 * SECOND) : size });
}
