import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import type { SimulatedAnswer } from "../../../lib/simulate/answer.ts";
import { askLikeCodex, type ClientAnswer } from "../../../lib/simulate/client.ts";
import { type Fault, fits } from "../../../lib/simulate/faults/fault.ts";
import { faultNamed, FAULTS, misbehave } from "../../../lib/simulate/faults/faults.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { fastClock } from "../../helpers/clock/fast_clock.ts";
import { pool } from "../../helpers/pool.ts";

const PACE = { silence: 900, drip: 20 };
const IDLE = 500;
/** Counts no time in which this process did not run. */
const clock = fastClock(4);
const answer: SimulatedAnswer = {
  wire: "responses",
  reasoning: "Hm, hm.",
  text: "It is forty-two.",
  calls: [{ kind: "function", name: "look", arguments: { at: "it" } }],
};
const faults = [...FAULTS.values()];

Deno.test("faults: every name is lower case with hyphens, every doc half a sentence, and no name comes twice", () => {
  for (const { name, doc } of faults) {
    match(name, /^[a-z0-9]+(-[a-z0-9]+)*$/);
    ok(!doc.endsWith("."), doc);
  }
  equal(new Set(faults.map(({ name }) => name)).size, FAULTS.size);
});

Deno.test("faults: every one can strike an answer that has everything, on all its wires, and changes it", () => {
  for (const fault of faults) {
    for (const wire of fault.wires) {
      const calls = [...answer.calls ?? [], ...answer.calls ?? []];
      const whole = { ...answer, calls, wire };
      ok(fits(fault, whole), `${fault.name} on ${wire}`);
      const bent = JSON.stringify(fault.script(whole, PACE));
      ok(bent !== JSON.stringify(goodScript(whole)), `${fault.name} on ${wire} is no fault`);
    }
  }
});

Deno.test("faults: one that strikes a place the answer never gets to does not fit it", () => {
  const { calls: _, ...spoken } = answer;
  equal(fits(faultNamed("eof-mid-arguments"), spoken), false);
  equal(fits(faultNamed("empty-stop"), spoken), false);
});

Deno.test("faults: a name nobody knows is a failure of usage", () => {
  throws(
    () => faultNamed("no-such"),
    (error) => error instanceof Failure && error.code === "bad_usage",
  );
});

async function straight(fault: Fault): Promise<{ received: ClientAnswer; again: ClientAnswer }> {
  const provider = await startProvider({ clock, script: misbehave(fault, answer, PACE) });
  const ask = () => askLikeCodex({ url: provider.url, body: {}, idle: IDLE, clock });
  try {
    const received = await ask();
    for (let spoiled = 1; spoiled < fault.times && spoiled < 3; spoiled++) await ask();
    return { received, again: await ask() };
  } finally {
    await provider.stop();
  }
}

/** A client that is asked directly waits for a head without limit, and takes reasoning alone for an answer. */
const UNNOTICED = new Set(["silence-before-head", "reasoning-alone"]);
/** Never answers at all; asking straight would wait for ever. */
const ENDLESS = new Set(["stall-before-head"]);

Deno.test("faults: a strict client without a sidecar fails on every one that spoils an answer, and not after it", async (t) => {
  const spoiling = faults.filter(({ name, wires, times, best }) =>
    wires.includes("responses") && !ENDLESS.has(name) && (times < Infinity || best === "failure")
  );
  ok(spoiling.length > 70);
  const cases = spoiling.map((fault) => ({
    name: `faults: ${fault.name}`,
    async run() {
      const { received, again } = await straight(fault);
      equal(received.failure === undefined, UNNOTICED.has(fault.name), received.failure);
      if (fault.best === "failure") return void ok(again.failure);
      deepEqual([again.failure, again.messages], [undefined, ["It is forty-two."]]);
    },
  }));
  await pool(t, cases, 48);
});
