/**
 * Issue 10's table over a real sidecar process: whatever a provider sends, nobody else waits for a second, memory
 * grows by no more than 320 MiB, and what was honest is whole.
 *
 * What counts of a wait is the time in which the sidecar worked. Collections of garbage come when they like: a row that fails
 * has one more try.
 */

import assert from "node:assert/strict";
import { Arena } from "./arena.ts";
import { ATTACKS, limitOf } from "./attacks.ts";

Deno.test({
  name: "attacks: whatever a provider sends, nobody else waits and memory is bounded",
  ignore: Deno.build.os !== "linux", // memory is read from /proc
  async fn(t) {
    await using arena = await Arena.open();
    for (const attack of ATTACKS) {
      await t.step(`${attack.wire}: ${attack.name}`, async () => {
        const first = await arena.run(attack, 1, limitOf(attack));
        if (first.wrong.length === 0) return;
        const { wrong } = await arena.run(attack, 1, limitOf(attack));
        assert.deepEqual(wrong, [], `both times; at first: ${first.wrong.join("; ")}`);
      });
    }
  },
});
