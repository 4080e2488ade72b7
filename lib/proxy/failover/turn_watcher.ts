/**
 * Who is notified while a request waits for its turn at a key.
 *
 * @module
 */

import type { Target } from "../route/target.ts";

/** Who is notified of a wait for a turn. */
export interface TurnWatcher {
  /** The request waits. @param ahead how many are before it */
  queued(target: Target, ahead: number): void;
  /** It waited for so many milliseconds. */
  waited(target: Target, ms: number): void;
  /** It goes with a key of a pool: its name in logs, such as `acme key 2`; `undefined` where there is no pool. */
  goesWith(key: string | undefined): void;
}
