/**
 * How the soak counts. The soak itself takes minutes: `deno task soak`.
 */

import assert from "node:assert/strict";
import { seededRandom } from "../../lib/base/seeded_random.ts";
import { faultNamed } from "../../lib/simulate/faults/faults.ts";
import { outcomeOf, type Tally } from "./soak_outcome.ts";
import { startFaulty } from "./soak_provider.ts";

const answer = { wire: "chat" } as const;

Deno.test("soak: a broken stream is told apart from a failure in words and from a client that left", () => {
  const tally: Tally = new Map();
  const fault = faultNamed("eof-mid-text");
  const note = (failure?: string) => outcomeOf(tally, { model: "m", fault, answer }, failure);
  note();
  note("The provider ended the answer early, 4 times");
  note("left");
  note("stream closed before response.completed");
  note("idle timeout: no event for 20s");
  note("incomplete response, reason: max_output_tokens");
  assert.deepEqual(tally.get(fault.name), {
    answered: 1,
    "told why": 1,
    left: 1,
    broken: 3,
    words: [
      "stream closed before response.completed",
      "idle timeout: no event for 20s",
      "incomplete response, reason: max_output_tokens",
    ],
  });
});

Deno.test("soak: an answer that its provider ended early is incomplete, and that is the truth", () => {
  const tally: Tally = new Map();
  const fault = faultNamed("finish-length");
  outcomeOf(tally, { model: "m", fault, answer }, "incomplete response, reason: max_output_tokens");
  assert.equal(tally.get(fault.name)?.broken, 0);
});

Deno.test("soak: the same seed draws the same faults and answers", async () => {
  const drawn = async (seed: number) => {
    const faulty = await startFaulty(seededRandom(seed));
    const exchanges = Array.from({ length: 20 }, () => faulty.next());
    await faulty.stop();
    return JSON.stringify(exchanges.map(({ fault, answer }) => [fault?.name, answer]));
  };
  assert.equal(await drawn(7), await drawn(7));
  assert.notEqual(await drawn(7), await drawn(8));
});
