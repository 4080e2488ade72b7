/**
 * Every fault of the table through the sidecar, read by a client as strict as Codex: what it gets is grammatical to
 * the last event and either the whole answer or a failure that says why.
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import type { Wire } from "../../../lib/config/config.ts";
import type { SimulatedAnswer } from "../../../lib/simulate/answer.ts";
import { askLikeCodex, type ClientAnswer } from "../../../lib/simulate/client.ts";
import { type Fault, fits } from "../../../lib/simulate/faults/fault.ts";
import { FAULTS, misbehave } from "../../../lib/simulate/faults/faults.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { Grammar } from "../../../lib/translate/grammar.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { fastClock } from "../../helpers/clock/fast_clock.ts";
import { pool } from "../../helpers/pool.ts";
import { sidecarConfig, startSidecar } from "../../helpers/program/sidecar.ts";
import { TEXT } from "../say.ts";
import { WIRES } from "../turn.ts";

const CALL = { kind: "function", name: "look", arguments: { where: "under the bed" } } as const;
/** The provider's silence is longer than the client's patience and shorter than the sidecar's. */
const IDLE = 1_000;
/** Client, sidecar and provider share it; it counts no time in which this process did not run. */
const clock = fastClock(4);
const PACE = { silence: 1_500, drip: 20 };
const timeouts = {
  connect: 2_000,
  head: 2_500,
  firstEvent: 2_500,
  silence: 2_500,
  progress: 3_000,
};
const CALLS = 20;

/** The answer a fault strikes: with a call where it strikes one, and with the same ids in every attempt. */
function answerFor(fault: Fault, wire: Wire): SimulatedAnswer {
  const answer = { wire, reasoning: "The question is old.", text: TEXT, size: 4, seed: "same" };
  const onCalls = fault.at === "after-call" || fault.at === "mid-arguments" ||
    /arguments/.test(fault.name);
  return onCalls ? { ...answer, calls: [CALL] } : answer;
}

async function ask(fault: Fault, wire: Wire): Promise<ClientAnswer> {
  const answer = answerFor(fault, wire);
  ok(fits(fault, answer), "the answer gets to the place of the fault");
  const provider = await startProvider({
    clock,
    script: misbehave(fault, answer, PACE),
  });
  const sidecar = startSidecar(
    sidecarConfig(upstream(provider.url, { wire, provider: "generic" }), {
      heartbeat: { interval: 100 },
      headGrace: 200,
      timeouts,
      retry: { attempts: 4, maxWait: 10_000 },
      limits: { body: 2 ** 26, event: 2 ** 24, toolCalls: CALLS },
    }),
    {},
    { clock },
  );
  try {
    const body = { model: "sim-1", stream: true, input: "hello", tools: [TOOL] };
    return await askLikeCodex({ url: `${sidecar.url}/v1`, body, idle: IDLE, clock });
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
}

const TOOL = {
  type: "function",
  name: "look",
  parameters: { type: "object", properties: { where: { type: "string" } } },
};

/** The answers that are not {@link TEXT}. */
const LONG: Record<string, string> = {
  "20k-events": "0123456789".repeat(2_000),
  "big-event": "0123456789".repeat(200_000),
};

/** How many calls the client gets; more than the limit are cut off, those before it stand. */
function callsOf(fault: Fault, wire: Wire): number {
  if (fault.name === "many-calls") return CALLS;
  return answerFor(fault, wire).calls?.length ?? 0;
}

async function check(fault: Fault, wire: Wire): Promise<void> {
  const received = await ask(fault, wire);
  const told = JSON.stringify(received.events.map(({ data }) => data)).slice(0, 20_000);
  const grammar = new Grammar();
  const broken = received.events.map((event) => grammar.push(event)).find((rule) =>
    rule !== undefined
  );
  equal(broken, undefined, told);
  if (fault.best === "failure") {
    ok(received.failure, `${fault.name} must not look like success: ${told}`);
    return;
  }
  const calls = received.items.filter(({ type }) => type === "function_call");
  deepEqual(
    {
      failure: received.failure,
      messages: received.messages,
      calls: calls.map(({ name, arguments: args }) => [name, args]),
    },
    {
      failure: undefined,
      messages: [LONG[fault.name] ?? TEXT],
      calls: Array.from({ length: callsOf(fault, wire) }, () => [
        CALL.name,
        JSON.stringify(CALL.arguments),
      ]),
    },
    told,
  );
}

for (const wire of WIRES) {
  Deno.test(`wire: every fault of the ${wire} wire ends in the answer or in words`, async (t) => {
    const faults = [...FAULTS.values()].filter(({ wires }) => wires.includes(wire));
    const cases = faults.map((fault) => ({
      name: `wire: ${wire}: ${fault.name}`,
      run: () => check(fault, wire),
    }));
    await pool(t, cases, 48);
  });
}
