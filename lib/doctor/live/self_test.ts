/**
 * The sidecar's answer to its own doctor: a simulated model that is silent for a while and then sends a sentence. No
 * key, no network, no tokens.
 *
 * A request to any of the sidecar's addresses for the model {@link SELF_TEST_MODEL} gets it, through a real exchange
 * with real heartbeats; so a question to the first hop shows what each hop passes on.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { GENERIC } from "../../provider/profiles.ts";
import type { Call } from "../../proxy/call.ts";
import { routeTo } from "../../proxy/route/route.ts";
import type { Target } from "../../proxy/route/target.ts";
import { insertAt } from "../../simulate/transform_script.ts";
import { goodScript } from "../../simulate/good_script.ts";
import { type Provider, startProvider } from "../../simulate/provider.ts";
import { type Script, wait } from "../../simulate/script.ts";

/** The model that the doctor asks for. */
export const SELF_TEST_MODEL = "sidecar-self-test";
/** The text of the answer. */
export const SELF_TEST_ANSWER = "The heartbeats came through.";

/** The silence in heartbeat intervals. */
const HEARTBEATS = 2.5;

/** How long the model is silent, in milliseconds. */
export function selfTestSilence(interval: number): number {
  return interval * HEARTBEATS;
}

/** Answers the doctor. */
export interface SelfTest {
  /** Routes the doctor's calls to the simulated model; returns every other call as it is. */
  divert(call: Call): Promise<Call>;
  stop(): Promise<void>;
}

/** Prepares it; the model starts when it is first asked for. */
export function selfTest(clock: Clock, interval: number): SelfTest {
  const silence = selfTestSilence(interval);
  let provider: Promise<Provider> | undefined;
  return {
    async divert(call) {
      if (call.body.model !== SELF_TEST_MODEL) return call;
      provider ??= startProvider({ clock, script: () => script(silence) });
      const timeout = silence * 4 + 10_000;
      const target: Target = {
        name: SELF_TEST_MODEL,
        title: "The sidecar's self-test",
        base: (await provider).url,
        wire: "responses",
        profile: GENERIC,
        timeouts: {
          connect: timeout,
          head: timeout,
          firstEvent: timeout,
          silence: timeout,
          progress: timeout,
        },
        retry: { attempts: 1, maxWait: 0 },
        key: undefined,
      };
      const headers = new Headers({ "content-type": "application/json" }); // no key goes there
      const { supply: _, ...own } = call; // nobody but the simulated provider answers it
      return { ...own, routes: [routeTo(target, headers, () => clock.wall())], query: "" };
    },
    async stop() {
      await (await provider)?.stop();
    },
  };
}

function script(silence: number): Script {
  const good = goodScript({
    wire: "responses",
    model: SELF_TEST_MODEL,
    reasoning: "Let me be silent for a moment.",
    text: SELF_TEST_ANSWER,
  });
  return insertAt(good, "after-reasoning", [wait(silence)]);
}
