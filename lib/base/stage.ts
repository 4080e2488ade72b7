/**
 * A stage is a synchronous state machine: values in, zero or more values out.
 *
 * Stages hold the whole meaning of a stream and none of its waiting. They never await, never read a clock,
 * never draw a random number; {@link pipe} joins two into one, and `lib/proxy/intake.ts` drives them.
 *
 * @module
 */

/** One step of a stream. Owned by one stream; its state is changed in place. */
export interface Stage<In, Out> {
  /** Takes the next value and returns what follows from it, in order. */
  push(value: In): Out[];
  /** The input ended: returns what was still held back. Called at most once. */
  end(): Out[];
}

/** Joins two stages: what leaves the first enters the second. */
export function pipe<A, B, C>(first: Stage<A, B>, second: Stage<B, C>): Stage<A, C> {
  const through = (values: B[]): C[] => {
    if (values.length === 1) return second.push(values[0] as B);
    const out: C[] = [];
    for (const value of values) for (const result of second.push(value)) out.push(result);
    return out;
  };
  return {
    push: (value) => through(first.push(value)),
    end: () => [...through(first.end()), ...second.end()],
  };
}
