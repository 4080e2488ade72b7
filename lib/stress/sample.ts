/**
 * What was measured of one turn, as its client saw it.
 *
 * @module
 */

/** One turn. All times in milliseconds from the request, `null` where it never came. */
export interface Sample {
  readonly upstream: string;
  readonly conversation: number;
  /** Counted from 1. */
  readonly turn: number;
  /** When the request went out, from the start of the run. */
  readonly at: number;
  /** The request's input in tokens, roughly. */
  readonly context: number;
  /** `stopped`: the run was ended before the answer was. */
  readonly outcome: "whole" | "lost" | "stopped";
  /** What the client read, where the answer is lost. */
  readonly failure: string | null;
  /** The first rule of the output grammar that was broken: always a bug of the sidecar. */
  readonly grammar: string | null;
  readonly head: number | null;
  /** The first text, reasoning or argument. */
  readonly firstToken: number | null;
  /** The longest wait between two events after the first token, without heartbeats. */
  readonly longestGap: number;
  readonly total: number;
  /** As the provider counts them, `null` where it does not say. */
  readonly inputTokens: number | null;
  readonly cachedTokens: number | null;
  /** As the provider counts them, else estimated from the characters that came. */
  readonly outputTokens: number;
  /** From the first token to the end; `null` where too little came. */
  readonly tokensPerSecond: number | null;
  readonly heartbeats: number;
  readonly calls: number;
}
