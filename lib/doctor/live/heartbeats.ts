/**
 * Proves that beats arrive at Codex's end of the way: a slow answer is asked for at every hop, from the sidecar to the
 * front, and the first hop at which the beats are gone is the one that swallows them.
 *
 * @module
 */

import { showDuration } from "../../base/units.ts";
import { askBounded } from "./ask_bounded.ts";
import { type Check, fail, ok, type Said, warn } from "../check.ts";
import type { Facts } from "../facts.ts";
import { askedUrl, type Hop, traceHops } from "../hops.ts";
import { hopHeaders } from "../destinations.ts";
import { SELF_TEST_ANSWER, SELF_TEST_MODEL, selfTestSilence } from "./self_test.ts";

/** What arrived at one hop. */
export interface BeatsAt {
  readonly hop: Hop;
  readonly beats: number;
  /** What a client there reads; `undefined` where the answer came whole. */
  readonly failure: string | undefined;
}

/** Asks at one hop. Never rejects. */
export type AskBeats = (hop: Hop, facts: Facts) => Promise<BeatsAt>;

/** The check; it lasts a few beats for each hop on this machine. */
export function beatsCheck(ask: AskBeats = askBeats): Check<Facts> {
  return {
    name: "beats",
    async run(facts) {
      const hops = (await traceHops(facts)).filter(({ who }) => who !== "provider");
      const at = hops.findIndex(({ who, up }) => who === "sidecar" && up);
      if (at < 0) {
        return warn(
          "no sidecar on Codex's way to ask",
          "Start it, lead Codex through it, and ask again",
        );
      }
      const heard: BeatsAt[] = [];
      for (const hop of hops.slice(0, at + 1).reverse()) {
        heard.push(await ask(hop, facts));
        if (heard.at(-1)?.beats === 0) break;
      }
      return judgeBeats(heard);
    },
  };
}

/** What it means. @param heard from the sidecar towards Codex, up to the first hop where nothing arrives */
export function judgeBeats(heard: readonly BeatsAt[]): Said {
  const last = heard.at(-1);
  if (!last) return warn("nobody was asked", "Ask again");
  const { hop, beats, failure } = last;
  const { host } = new URL(hop.url);
  if (beats > 0 && failure === undefined) {
    const through = heard.length === 1
      ? ""
      : ` through ${heard.slice(1).map((one) => one.hop.who).join(" and ")}`;
    return ok(
      `${beats} beats and the whole answer arrived${through}, asked as Codex asks, at ${host}`,
    );
  }
  if (heard.length === 1) {
    return fail(
      `the sidecar at ${host} did not answer its own doctor: ${failure ?? "no beats"}`,
      "Perhaps it is an older version: stop it and start this one",
    );
  }
  if (failure !== undefined) {
    return fail(
      `${hop.who} at ${host} did not pass the slow answer on: ${failure}`,
      `Look into ${hop.who}'s settings: it needs to pass Responses streams through as they are`,
    );
  }
  return fail(
    `${hop.who} at ${host} swallows the beats: the answer arrived, and none of the ${
      heard.at(-2)?.beats
    } beats that reached it`,
    `Let ${hop.who} pass the Responses protocol through without converting, or take it out of the way`,
  );
}

async function askBeats(hop: Hop, facts: Facts): Promise<BeatsAt> {
  const { config, world } = facts;
  const interval = config instanceof Error ? 10_000 : config.heartbeat.interval;
  const heard = await askBounded({
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
  const whole = heard.messages.join("") === SELF_TEST_ANSWER;
  const other = whole ? undefined : `another answer came, in ${showDuration(heard.ms)}`;
  return { hop, beats: heard.beats, failure: heard.failure ?? other };
}
