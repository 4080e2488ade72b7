/**
 * Joins what an exchange says between its attempts with the batches of each attempt.
 *
 * The exchange is a generator, in which its course can be read. What every event passes is none: where the generator gives
 * an iterator, that is read to its end, and goes on or fails at this place.
 *
 * @module
 */

import type { ResponsesEvent } from "../../wire/responses.ts";

/** Batches, one after the other. */
type Batches = AsyncIterator<ResponsesEvent[], void>;
type Result = IteratorResult<ResponsesEvent[], void>;

/** Batches of an exchange. */
export interface JoinedBatches extends AsyncIterableIterator<ResponsesEvent[], void> {
  /** Ends the exchange where it waits; resolves when it has cleaned up. */
  return(): Promise<Result>;
}

/** Reads the generator and the iterators that it gives. A call of `next` waits for the one before. */
export function joinBatches(
  outer: AsyncGenerator<ResponsesEvent[] | Batches, void>,
): JoinedBatches {
  return new Joined(outer);
}

class Joined implements JoinedBatches {
  readonly #outer: AsyncGenerator<ResponsesEvent[] | Batches, void>;
  #inner: Batches | undefined;
  #pending: Promise<Result> | undefined;

  constructor(outer: AsyncGenerator<ResponsesEvent[] | Batches, void>) {
    this.#outer = outer;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    return this.#pending = this.#inner
      ? this.#inner.next().then(this.#fromInner, this.#broke)
      : this.#outer.next().then(this.#fromOuter);
  }

  return(): Promise<Result> {
    const end = () => this.#outer.return() as Promise<Result>;
    return this.#pending ? this.#pending.then(end, end) : end();
  }

  readonly #fromInner = (result: Result): Result | Promise<Result> => {
    if (!result.done) return result;
    this.#inner = undefined;
    return this.#outer.next().then(this.#fromOuter);
  };

  readonly #broke = (thrown: unknown): Promise<Result> => {
    this.#inner = undefined;
    return this.#outer.throw(thrown).then(this.#fromOuter);
  };

  readonly #fromOuter = (
    result: IteratorResult<ResponsesEvent[] | Batches, void>,
  ): Result | Promise<Result> => {
    if (result.done || Array.isArray(result.value)) return result as Result;
    this.#inner = result.value;
    return this.next();
  };
}
