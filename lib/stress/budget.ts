/**
 * Limits what a run costs: a turn is asked for only while requests and tokens are left.
 *
 * Retries count too. They are known only when they happen, so that a turn under way may go over the limit.
 *
 * @module
 */

/** What may be spent. */
export interface Limits {
  /** Requests to upstreams in all; absent: no limit. */
  readonly maxRequests?: number | undefined;
  /** Input and output tokens in all; absent: no limit. */
  readonly maxTokens?: number | undefined;
}

/** Counts what is spent. */
export class Budget {
  readonly #limits: Limits;
  /** The tokens of the last turn of each upstream: a retry costs the same. */
  readonly #last = new Map<string, number>();
  #requests = 0;
  #tokens = 0;
  /** Why nothing more is taken, half a sentence. */
  ended: string | undefined;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Takes one turn of about `tokens`; false where it would go over a limit. */
  take(upstream: string, tokens: number): boolean {
    const { maxRequests = Infinity, maxTokens = Infinity } = this.#limits;
    if (this.#requests + 1 > maxRequests) this.ended ??= `--max-requests ${maxRequests} is used up`;
    if (this.#tokens + tokens > maxTokens) this.ended ??= `--max-tokens ${maxTokens} is used up`;
    if (this.ended !== undefined) return false;
    this.#requests++;
    this.#tokens += tokens;
    this.#last.set(upstream, tokens);
    return true;
  }

  /** The turn is over: its real tokens replace the estimate. */
  spent(estimate: number, tokens: number): void {
    this.#tokens += tokens - estimate;
  }

  /** An upstream is asked once more for a turn. */
  again(upstream: string): void {
    this.#requests++;
    this.#tokens += this.#last.get(upstream) ?? 0;
  }
}
