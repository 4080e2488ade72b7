/**
 * A stage is a synchronous state machine: values in, zero or more values out.
 *
 * A stage translates or checks a stream; it never waits. It does not await, read a clock or draw a random number that it
 * was not given. {@link pipe} joins two stages into one; `lib/proxy/wires/` composes them to decoders, which
 * `lib/proxy/intake.ts` drives.
 *
 * @module
 */

/** One step of a stream. It belongs to one stream, and its state is changed in place. */
export interface Stage<In, Out> {
  /** Takes the next value and returns what follows from it, in order. */
  push(value: In): Out[];
  /** The input ended: returns what was held back until now. Called at most once. */
  end(): Out[];
}

/** Joins two stages: what leaves the first enters the second. */
export function pipe<A, B, C>(first: Stage<A, B>, second: Stage<B, C>): Stage<A, C> {
  return new Piped(first, second);
}

class Piped<A, B, C> implements Stage<A, C> {
  readonly #first: Stage<A, B>;
  readonly #second: Stage<B, C>;

  constructor(first: Stage<A, B>, second: Stage<B, C>) {
    this.#first = first;
    this.#second = second;
  }

  push(value: A): C[] {
    return this.#through(this.#first.push(value));
  }

  end(): C[] {
    return [...this.#through(this.#first.end()), ...this.#second.end()];
  }

  #through(values: readonly B[]): C[] {
    if (values.length === 1) return this.#second.push(values[0] as B);
    const out: C[] = [];
    for (const value of values) for (const result of this.#second.push(value)) out.push(result);
    return out;
  }
}
