/**
 * A clock for a run whose client, sidecar and provider share this process: it counts only time in which the process ran.
 *
 * A machine that stands still for two seconds moves it by one step, and what came from the network meanwhile is read before
 * the next one. So no deadline passes because the process was not given the processor.
 *
 * @module
 */

import { type Clock, yieldTurn } from "../base/clock.ts";

/** Options of {@link steadyClock}. */
export interface SteadyClockOptions {
  /** How many times as fast as the machine's clock. @default 1 */
  readonly factor?: number;
  /** Milliseconds of the machine from one look at the timers to the next, at most. @default 4 */
  readonly tick?: number;
  /** What one look counts at most, in milliseconds of the machine. @default twice the tick */
  readonly most?: number;
}

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Makes one. @param clock the machine's */
export function steadyClock(clock: Clock, options: SteadyClockOptions = {}): Clock {
  const { factor = 1, tick = 4, most = 2 * tick } = options;
  const timers = new Set<Timer>();
  let passed = 0;
  let counted = clock.now();
  let looking = false;
  let cancelTick: (() => void) | undefined;

  /** What has passed since the last look, as much as one counts. */
  const step = () => {
    const now = clock.now();
    const ms = Math.min(now - counted, most) * factor;
    counted = now;
    return ms;
  };
  const earliest = () => {
    let first: Timer | undefined;
    for (const timer of timers) if (!first || timer.at < first.at) first = timer;
    return first;
  };
  const look = async () => {
    cancelTick = undefined;
    looking = true;
    const until = passed + step();
    for (let due = earliest(); due && due.at <= until; due = earliest()) {
      timers.delete(due);
      passed = Math.max(passed, due.at);
      due.run();
      await yieldTurn(); // what it set going comes before the next one
    }
    passed = until;
    looking = false;
    wind();
  };
  const wind = () => {
    const due = looking ? undefined : earliest();
    cancelTick?.();
    cancelTick = due &&
      clock.after(Math.min(tick, Math.max(0, due.at - passed) / factor), () => void look());
  };
  const catchUp = () => {
    if (!looking) passed += step();
  };

  return {
    now() {
      catchUp();
      return passed;
    },
    wall: () => clock.wall(),
    after(ms, run) {
      catchUp();
      const timer = { at: passed + Math.max(0, ms), run };
      timers.add(timer);
      if (timer === earliest()) wind();
      return () => {
        if (timers.delete(timer) && timers.size === 0) wind();
      };
    },
  };
}
