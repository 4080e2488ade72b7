/**
 * Proves that heartbeats arrive where Codex asks: a slow answer is requested at every hop, from the sidecar to the one
 * that Codex asks. The first hop without heartbeats drops them.
 *
 * @module
 */

import { showDuration } from "../../base/units.ts";
import { askBounded } from "./ask_bounded.ts";
import { type Check, type CheckResult, fail, ok, warn } from "../check.ts";
import type { DoctorFacts } from "../facts.ts";
import { askedUrl, type Hop, traceHops } from "../hops.ts";
import { hopHeaders } from "../destinations.ts";
import { SELF_TEST_ANSWER, SELF_TEST_MODEL, selfTestSilence } from "./self_test.ts";

/** What arrived at one hop. */
export interface HeartbeatsAt {
  readonly hop: Hop;
  readonly heartbeats: number;
  /** What a client there reads; `undefined` where the complete answer came. */
  readonly failure: string | undefined;
}

/** Asks at one hop. Never rejects. */
export type AskHeartbeats = (hop: Hop, facts: DoctorFacts) => Promise<HeartbeatsAt>;

/** The check; it lasts a few heartbeats for each hop on this machine. */
export function heartbeatsCheck(ask: AskHeartbeats = askHeartbeats): Check<DoctorFacts> {
  return {
    name: "heartbeats",
    async run(facts) {
      const hops = (await traceHops(facts)).filter(({ who }) => who !== "provider");
      const at = hops.findIndex(({ who, up }) => who === "sidecar" && up);
      if (at < 0) {
        return warn(
          "there is no sidecar on Codex's route to ask",
          "Start it, route Codex through it, and ask again",
        );
      }
      const received: HeartbeatsAt[] = [];
      for (const hop of hops.slice(0, at + 1).reverse()) {
        received.push(await ask(hop, facts));
        if (received.at(-1)?.heartbeats === 0) break;
      }
      return checkHeartbeats(received);
    },
  };
}

/** Turns what arrived into a result. @param received from the sidecar towards Codex, up to the first hop where nothing arrives */
export function checkHeartbeats(received: readonly HeartbeatsAt[]): CheckResult {
  const last = received.at(-1);
  if (!last) return warn("nobody was asked", "Ask again");
  const { hop, heartbeats, failure } = last;
  const { host } = new URL(hop.url);
  if (heartbeats > 0 && failure === undefined) {
    const through = received.length === 1
      ? ""
      : ` through ${received.slice(1).map((one) => one.hop.who).join(" and ")}`;
    return ok(
      `${heartbeats} heartbeats and the complete answer arrived${through}, asked as Codex asks, at ${host}`,
    );
  }
  if (received.length === 1) {
    return fail(
      `the sidecar at ${host} did not answer its own doctor: ${failure ?? "no heartbeats"}`,
      "Perhaps it is an older version: stop it and start this one",
    );
  }
  if (failure !== undefined) {
    return fail(
      `${hop.who} at ${host} did not pass the slow answer on: ${failure}`,
      `Check ${hop.who}'s settings: it needs to pass Responses streams through as they are`,
    );
  }
  return fail(
    `${hop.who} at ${host} drops the heartbeats: the answer arrived, and none of the ${
      received.at(-2)?.heartbeats
    } heartbeats that reached it`,
    `Let ${hop.who} pass the Responses protocol through without converting, or remove it from the route`,
  );
}

async function askHeartbeats(hop: Hop, facts: DoctorFacts): Promise<HeartbeatsAt> {
  const { config, world } = facts;
  const interval = config instanceof Error ? 10_000 : config.heartbeat.interval;
  const received = await askBounded({
    url: askedUrl(hop),
    body: {
      model: SELF_TEST_MODEL,
      stream: true,
      store: false,
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "Hello?" }] }],
    },
    headers: hopHeaders(hop, facts),
    idle: selfTestSilence(interval) + 10_000,
    clock: world.context.clock,
  }, selfTestSilence(interval) * 4 + 30_000);
  const complete = received.messages.join("") === SELF_TEST_ANSWER;
  const other = complete ? undefined : `another answer came, in ${showDuration(received.ms)}`;
  return { hop, heartbeats: received.heartbeats, failure: received.failure ?? other };
}
