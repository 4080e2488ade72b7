/**
 * Who was asked how often in one exchange, who cannot answer it at all, and who is next.
 *
 * @module
 */

import { LazySet } from "../../base/lazy_map.ts";
import type { Choices } from "./choices.ts";

/** The tries of one exchange, by the numbers of its candidates. */
export class Tries {
  readonly #choices: Choices;
  readonly #attempts: number[] = [];
  readonly #failures: number[] = [];
  /** Candidates that cannot answer this request. */
  readonly #out = new LazySet<number>();

  constructor(choices: Choices) {
    this.#choices = choices;
  }

  /** Whether anybody was asked. */
  get any(): boolean {
    return this.#attempts.some((each) => each > 0);
  }

  attempts(at: number): number {
    return this.#attempts[at] ?? 0;
  }

  began(at: number): void {
    this.#attempts[at] = this.attempts(at) + 1;
  }

  /** @returns how often it has failed now */
  failed(at: number): number {
    return this.#failures[at] = (this.#failures[at] ?? 0) + 1;
  }

  /** It is not asked again. */
  leave(at: number): void {
    this.#out.add(at);
  }

  isFresh(at: number): boolean {
    return this.attempts(at) === 0;
  }

  /** The next one that was not asked yet, those first whose circuits are closed; where this one is out, any other. */
  next(now: number): number | undefined {
    const { candidates } = this.#choices;
    const { length } = candidates;
    const others = candidates.map((_, step) => (now + step) % length).slice(1)
      .filter((at) => !this.#out.has(at));
    const fresh = others.filter((at) => this.isFresh(at));
    return fresh.find((at) => this.#choices.welcomesAny(at)) ?? fresh[0] ??
      (this.#out.has(now) ? others.find((at) => this.mayAsk(at)) : undefined);
  }

  /** The same, where one of its keys is welcome. */
  welcomeNext(now: number): number | undefined {
    const next = this.next(now);
    return next !== undefined && this.#choices.welcomesAny(next) ? next : undefined;
  }

  /** Whether its settings allow it to be asked once more. */
  readonly mayAsk = (at: number): boolean => {
    const { route } = this.#choices.keyed({ at, key: 0 });
    return !this.#out.has(at) && this.attempts(at) < route.target.retry.attempts;
  };
}
