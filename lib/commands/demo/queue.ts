/**
 * Several requests at once to an upstream that takes two: the others wait their turn and hear heartbeats.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { showDuration } from "../../base/units.ts";
import { askLikeCodex } from "../../simulate/client.ts";
import { goodScript } from "../../simulate/good_script.ts";
import { wait } from "../../simulate/script.ts";
import { IDLE, TEXT } from "./cases.ts";
import { withOneUpstream } from "./one_upstream.ts";

const REQUESTS = 6;
const AT_ONCE = 2;
/** How long one answer takes, in milliseconds. */
const TAKES = 700;

/** What came of the requests. */
export interface Queue {
  readonly answered: number;
  /** The most that were with the provider at once. */
  readonly most: number;
  /** How long the last one took, in milliseconds. */
  readonly longest: number;
}

/** Asks them all at once. Leaves nothing running. */
export function queue(clock: Clock): Promise<Queue> {
  let now = 0;
  let most = 0;
  const asked = clock.now();
  return withOneUpstream(
    clock,
    (request, n) => {
      most = Math.max(most, ++now);
      void request.over.then(() => now--);
      return [wait(TAKES), ...goodScript({ wire: "responses", text: TEXT, seed: `${n}` })];
    },
    { entry: { concurrency: AT_ONCE } },
    async ({ url, headers }) => {
      const answers = await Promise.all(Array.from({ length: REQUESTS }, (_, at) =>
        askLikeCodex({
          url,
          body: { model: "demo-1", stream: true, input: "What is the answer?" },
          headers: { ...headers, "thread-id": `demo-${at}` },
          idle: IDLE,
          clock,
        })));
      const answered = answers.filter(({ failure }) => failure === undefined).length;
      return { answered, most, longest: clock.now() - asked };
    },
  );
}

/** The sentence for the screen. */
export function queueText({ answered, most, longest }: Queue): string {
  return `${REQUESTS} requests at once to an upstream with concurrency: ${AT_ONCE}: ${answered} answered, \
never more than ${most} at once; the last one after ${
    showDuration(longest)
  }, with heartbeats and no 429.`;
}
