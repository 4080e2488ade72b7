/**
 * How `serve` stops: the first request drains, the second aborts, and a supervisor's has a bound.
 *
 * A supervisor kills what does not end in time, and a client then reads a broken connection. Aborted within the bound it reads a
 * sentence, and asks again elsewhere. Somebody at a terminal sees what is waited for and asks again by himself.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { showDuration } from "../../base/units.ts";
import type { Observer } from "../../observe/observer.ts";
import { ABORT_GRACE, type RunningServer } from "../../proxy/server.ts";
import type { ExitCode } from "../shared/output.ts";
import type { StopRequest } from "../shared/signals.ts";

/** What stopping needs besides the server. */
interface StopDeps {
  readonly observer: Observer;
  readonly clock: Clock;
  /** The longest that a supervisor's request to stop lets exchanges run, in milliseconds. */
  readonly limit: number;
  /** Registers for requests to stop; the returned function undoes that. */
  readonly onStop: (run: (by: StopRequest) => void) => () => void;
}

/**
 * Resolves when the server has ended, because it was asked to or because it lost its listener.
 *
 * @returns 1 where exchanges were aborted or the listener was lost, else 0
 */
export function untilStopped(running: RunningServer, deps: StopDeps): Promise<ExitCode> {
  const { observer, clock, limit } = deps;
  return new Promise((resolve, reject) => {
    let asked = 0;
    let code: ExitCode = 0;
    let disarm = () => {};
    const over = () => {
      disarm();
      remove();
      resolve(code);
    };
    const count = () => {
      const live = running.live();
      return `${live} ${live === 1 ? "exchange" : "exchanges"}`;
    };
    const abort = (why: string) => {
      disarm();
      observer.notice("warning", `${why}aborting ${count()} within ${showDuration(ABORT_GRACE)}`);
      if (running.live() > 0) code = 1;
      running.abort().then(over, reject);
    };
    running.lost.then((failure) => {
      observer.notice("error", failure.fullMessage);
      code = 1; // a supervisor starts it again
      return running.abort().then(over);
    }).catch(reject);
    const remove = deps.onStop((by) => {
      asked++;
      if (asked === 1) {
        const bound = by === "supervisor" ? `; aborts by itself in ${showDuration(limit)}` : "";
        const wait = `, waiting for ${count()}; stop again to abort${bound}`;
        observer.notice("info", `stopping${running.live() > 0 ? wait : ""}`);
        if (by === "supervisor") {
          disarm = clock.after(limit, () => {
            asked = 2;
            abort(`${showDuration(limit)} are over, `);
          });
        }
        running.stop().then(over, reject);
      } else if (asked === 2) abort("");
    });
  });
}
