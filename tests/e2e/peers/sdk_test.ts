/**
 * The SDKs of the OpenAI API as clients, with and without streaming: the final text is right or there is an error, and
 * nothing is ever said twice. They add deltas up and begin with `response.created`; Codex does neither.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { Wire } from "../../../lib/config/config.ts";
import { remaining } from "../../../lib/simulate/answer.ts";
import { breakAt, insertAt } from "../../../lib/simulate/transform_script.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { type SeenRequest, startProvider } from "../../../lib/simulate/provider.ts";
import { eof, json, reset, type Script, wait } from "../../../lib/simulate/script.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { npmFolder } from "../../helpers/system/npm_folder.ts";
import { pool } from "../../helpers/pool.ts";
import {
  type Answered,
  type SdkClients,
  startSdkClients,
} from "../../helpers/peers/sdk_clients.ts";
import { sidecarConfig, startSidecar } from "../../helpers/program/sidecar.ts";
import { ANSWER, answerTo, say, spoil, TEXT, TOOL } from "../say.ts";
import { WIRES } from "../turn.ts";

const PACKAGES = [
  "openai@7.57.0",
  "ai@7.0.173",
  "@ai-sdk/openai@4.0.118",
  "@langchain/openai@1.6.0",
  "@langchain/core@1.4.0",
  "@openai/agents@0.20.0",
  "zod@4.6.7",
];

/** The clients of `sdk_clients.mjs`. */
const COMPLETE = ["openai", "ai", "langchain", "agents"];
const STREAMING = [
  "openai events",
  "openai stream",
  "ai stream",
  "langchain stream",
  "agents stream",
];

const OTHER = "Nobody has ever known it, and nobody ever will.";

interface Scenario {
  readonly name: string;
  script(request: SeenRequest, n: number): Script;
  /** What a client gets that waits for the complete answer, and one that adds deltas up. */
  readonly complete: "text" | "error";
  readonly streamed: "text" | "error";
  /** Which clients it is played with. @default all */
  readonly clients?: RegExp;
}

const half = (request: SeenRequest, text = TEXT) =>
  breakAt(say(request, { ...ANSWER, text }), "mid-text", [reset]);

const SCENARIOS: readonly Scenario[] = [
  {
    name: "a calm answer",
    script: (request) => say(request, ANSWER),
    complete: "text",
    streamed: "text",
  },
  {
    name: "an answer whose tokens nobody counted",
    script: (request) => spoil(request, "usage-missing", ANSWER),
    complete: "text",
    streamed: "text",
  },
  {
    name: "silence beyond head_grace",
    script: (request) => insertAt(say(request, ANSWER), "head", [wait(1_500)]),
    complete: "text",
    streamed: "text",
  },
  {
    name: "a break in the text, and the same text again",
    script: (request, n) => n === 1 ? half(request) : say(request, ANSWER),
    complete: "text",
    streamed: "text",
  },
  {
    name: "a break in the text, and another text",
    script: (request, n) => n === 1 ? half(request, OTHER) : say(request, ANSWER),
    complete: "text",
    streamed: "error",
  },
  {
    name: "a break in the text, every time",
    script: (request) => half(request),
    complete: "error",
    streamed: "error",
  },
  {
    name: "a break in reasoning, and another thought",
    script: (request, n) =>
      n === 1
        ? breakAt(say(request, { ...ANSWER, reasoning: OTHER }), "mid-reasoning", [eof])
        : say(request, ANSWER),
    complete: "text",
    streamed: "text",
  },
  {
    name: "a break in the arguments of a call",
    script: (request, n) => {
      const answer = answerTo(request, { ...TOOL, text: TEXT });
      return n === 1
        ? breakAt(goodScript(answer), "mid-arguments", [reset])
        : goodScript(remaining(answer, request.json));
    },
    complete: "text",
    streamed: "text",
    // The others would want to carry the call out.
    clients: /openai|langchain/,
  },
  {
    name: "one 429",
    script: (request, n) =>
      n === 1
        ? json(429, { error: { message: "slow down", code: "rate_limit_exceeded" } }, {
          "retry-after": "0",
        })
        : say(request, ANSWER),
    complete: "text",
    streamed: "text",
  },
];

const found = await npmFolder("sdk", PACKAGES);
const missing = "missing" in found ? found.missing : undefined;
if (missing !== undefined) {
  // deno-lint-ignore no-console
  console.warn(`The SDK clients are not tested: ${missing}`);
}

Deno.test({
  name: "sdk: every SDK gets the right text or an error, whatever breaks, and no text twice",
  ignore: missing !== undefined,
  async fn(t) {
    if (!("dir" in found)) return;
    await using clients = await startSdkClients(found.dir);
    const cases = WIRES.flatMap((wire) =>
      [...COMPLETE, ...STREAMING].flatMap((client) =>
        SCENARIOS.filter(({ clients = /./ }) => clients.test(client)).map((scenario) => ({
          name: `${client}: ${scenario.name} (${wire})`,
          run: () => play(clients, client, scenario, wire),
        }))
      )
    );
    await pool(t, cases, 12);
  },
});

async function play(
  clients: SdkClients,
  client: string,
  scenario: Scenario,
  wire: Wire,
): Promise<void> {
  const provider = await startProvider({ script: scenario.script });
  const sidecar = startSidecar(
    sidecarConfig(upstream(provider.url, { wire, provider: "generic" }), {
      heartbeat: { interval: 200 },
      headGrace: 500,
      retry: { attempts: 2, maxWait: 10_000 },
    }),
  );
  try {
    const answered = await clients.ask(client, `${sidecar.url}/v1`);
    classify(answered, scenario, STREAMING.includes(client));
  } catch (error) {
    throw new Error(`${error}\n${sidecar.log.join("\n")}`, { cause: error });
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
}

function classify({ text, error, shown }: Answered, scenario: Scenario, streams: boolean): void {
  const wanted = streams ? scenario.streamed : scenario.complete;
  if (wanted === "text") {
    deepEqual({ text, error }, { text: TEXT, error: undefined });
    equal(shown, streams ? TEXT : "");
  } else {
    equal(text, undefined);
    match(error ?? "", /\S/);
    ok(TEXT.startsWith(shown) || OTHER.startsWith(shown), `shown: ${shown}`);
  }
}
