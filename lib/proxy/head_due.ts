/**
 * When the head of an answer is due: with its first events, with the failure that comes instead, or after a grace period.
 *
 * A file of its own, so that nothing of this wait lives as long as the answer.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { asFailure, type Failure } from "../base/errors.ts";
import type { ResponsesEvent } from "../wire/responses.ts";

/** Options of {@link headDue}. */
interface HeadDueOptions {
  readonly clock: Clock;
  /** The longest wait, in milliseconds. */
  readonly grace: number;
  /** Called at its end, at once: from then on a failure is an event. Returns the events that go out with the head. */
  readonly commit: () => ResponsesEvent[];
}

/**
 * Waits until the head is due.
 *
 * @returns the failure that it tells; the events of `commit`; `undefined` where the first ones have come
 */
export async function headDue(
  first: Promise<unknown>,
  { clock, grace, commit }: HeadDueOptions,
): Promise<Failure | ResponsesEvent[] | undefined> {
  let cancel = () => {};
  const over = new Promise<ResponsesEvent[]>((resolve) => {
    cancel = clock.after(grace, () => resolve(commit()));
  });
  const due = await Promise.race([first.then(() => undefined, asFailure), over]);
  cancel();
  return due;
}
