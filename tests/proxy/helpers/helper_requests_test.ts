/** Which model a helper request is answered by, through the app: its route, the memory of threads, the settings. */

import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { Config, UpstreamConfig } from "../../../lib/config/config.ts";
import { isOpenAIModel, saysNoSuchModel } from "../../../lib/provider/openai_models.ts";
import { Threads } from "../../../lib/proxy/helpers/threads.ts";
import { type TestApp, testApp, upstream } from "../../helpers/proxy/app.ts";

const NAMES: readonly [string, boolean][] = [
  ["codex-auto-review", true],
  ["gpt-5.6-luna", true],
  ["gpt-5.6-terra", true],
  ["openai/gpt-5.6", true],
  ["GPT-4o-mini", true],
  ["o3", true],
  ["o4-mini", true],
  ["chatgpt-4o-latest", true],
  ["codex-mini-latest", true],
  ["gpt-oss-120b", false],
  ["openai/gpt-oss-20b", false],
  ["mimo-v2.6-pro", false],
  ["k3", false],
  ["hy3", false],
  ["codex", false],
  ["ogpt-5", false],
  ["gpt-j", false],
];

for (const [name, expected] of NAMES) {
  Deno.test(`helpers: ${name} is ${expected ? "" : "not "}a name of OpenAI's`, () => {
    assert.equal(isOpenAIModel(name), expected);
  });
}

const REFUSALS: readonly [string, boolean][] = [
  ["The model `codex-auto-review` does not exist or you do not have access to it.", true],
  ["Not supported model codex-auto-review", true],
  ["Unsupported model: gpt-5.6-luna", true],
  ["model_not_found", true],
  ["当前分组 default 下对于模型 gpt-5.6-luna 无可用渠道", true],
  ["No available channel for model gpt-5.6-luna under group default", true],
  ["No endpoints found for openai/gpt-5.6-luna.", true],
  ["模型不存在，请检查模型代码。", true],
  ["codex-auto-review is not a valid model ID", true],
  ["invalid model: x", true],
  ["model 'x' not found, try pulling it first", true],
  ["The model gpt-5.6 got a tool type that is not supported", false],
  ["model gpt-5.6: parameter reasoning_effort is invalid", false],
  ["Not Found", false],
  ["Incorrect API key provided", false],
  ["The engine is overloaded", false],
  ["You exceeded your current quota", false],
];

for (const [words, expected] of REFUSALS) {
  Deno.test(`helpers: ${JSON.stringify(words)} is ${expected ? "" : "not "}about the model`, () => {
    assert.equal(saysNoSuchModel(words), expected);
  });
}

const SESSION = "11111111-1111-4111-8111-111111111111";
const CHILD = "22222222-2222-4222-8222-222222222222";

type Send = {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body: JsonObject;
};

/** A turn of the user's own thread. */
function turn(model: string, path?: string): Send {
  const headers = { "thread-id": SESSION, "session-id": SESSION };
  return {
    headers,
    body: { model, prompt_cache_key: SESSION },
    ...(path !== undefined && { path }),
  };
}

/** The request of the reviewer. */
function review(model = "codex-auto-review", path?: string): Send {
  const headers = {
    "thread-id": CHILD,
    "session-id": SESSION,
    "x-codex-parent-thread-id": SESSION,
    "x-openai-subagent": "guardian",
  };
  const body = { model, prompt_cache_key: `guardian:${SESSION}` };
  return { headers, body, ...(path !== undefined && { path }) };
}

async function send(app: TestApp, { path = "/v1/responses", headers = {}, body }: Send) {
  const response = await app.ask(path, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: "Bearer client-key", ...headers },
    body: JSON.stringify({ input: "hi", stream: true, ...body }),
  });
  assert.equal(response.status, 200, await response.text());
  return app.calls.at(-1)!;
}

const foreign = (more: Partial<UpstreamConfig> = {}) =>
  upstream("https://a.example/v1", { provider: "mimo", ...more });
const unknown = (more: Partial<UpstreamConfig> = {}) =>
  upstream("https://b.example/v1", { provider: "generic", ...more });
const openai = () => upstream("https://c.example/v1", { provider: "openai" });

interface Case {
  readonly name: string;
  readonly upstreams: Record<string, UpstreamConfig>;
  readonly model?: string;
  readonly sends: readonly Send[];
  /** Of the last request: where it goes, what it asks for, what it is counted as, who answers after a refusal. */
  readonly expected: readonly [
    upstream: string,
    model: string,
    helper?: string | undefined,
    later?: string,
  ];
}

const CASES: readonly Case[] = [
  {
    name: "the session's own model answers where the provider has none of OpenAI's",
    upstreams: { a: foreign({ models: ["m1", "m2"] }) },
    sends: [turn("m2"), review()],
    expected: ["a", "m2", "guardian"],
  },
  {
    name: "the setting wins over the session's model",
    upstreams: { a: foreign({ models: ["m1"] }) },
    model: "small",
    sends: [turn("m1"), review()],
    expected: ["a", "small", "guardian"],
  },
  {
    name: "the setting may name another upstream",
    upstreams: { a: foreign(), b: unknown() },
    model: "b/vendor/small",
    sends: [turn("m1"), review()],
    expected: ["b", "vendor/small", "guardian"],
  },
  {
    name: "a slash in the setting that names no upstream belongs to the model",
    upstreams: { a: foreign() },
    model: "vendor/small",
    sends: [review()],
    expected: ["a", "vendor/small", "guardian"],
  },
  {
    name: "the upstream's first model answers a session that nobody knows",
    upstreams: { a: foreign({ models: ["m1", "m2"] }) },
    sends: [review()],
    expected: ["a", "m1", "guardian"],
  },
  {
    name: "the session's upstream is found below /v1 too",
    upstreams: { a: foreign({ models: ["m1"] }), b: foreign({ models: ["m2"] }) },
    sends: [turn("m2"), review()],
    expected: ["b", "m2", "guardian"],
  },
  {
    name: "another upstream's session says nothing of the one that was asked",
    upstreams: { a: foreign({ models: ["m1"] }), b: foreign({ models: ["m2"] }) },
    sends: [turn("m2", "/u/b/v1/responses"), review(undefined, "/u/a/v1/responses")],
    expected: ["a", "m1", "guardian"],
  },
  {
    name: "a request without a header is answered too: titles and memory have none",
    upstreams: { a: foreign({ models: ["m1"] }) },
    sends: [turn("m1"), { body: { model: "gpt-5.6-luna", prompt_cache_key: SESSION } }],
    expected: ["a", "m1", "model"],
  },
  {
    name: "ids in the body do where a proxy dropped the headers",
    upstreams: { a: foreign({ models: ["m1", "m2"] }) },
    sends: [turn("m2"), {
      body: {
        model: "gpt-5.6-luna",
        client_metadata: { "x-codex-parent-thread-id": SESSION, thread_id: CHILD },
      },
    }],
    expected: ["a", "m2", "model"],
  },
  {
    name: "a sub-agent on another model does not speak for its session",
    upstreams: { a: foreign({ models: ["m1", "m2"] }) },
    sends: [turn("m1"), {
      headers: { ...review().headers, "x-openai-subagent": "collab_spawn" },
      body: { model: "m2", prompt_cache_key: SESSION },
    }, review()],
    expected: ["a", "m1", "guardian"],
  },
  {
    name: "a sub-agent's model is left alone",
    upstreams: { a: foreign({ models: ["m1"] }) },
    sends: [turn("m1"), {
      headers: { ...review().headers, "x-openai-subagent": "collab_spawn" },
      body: { model: "m9" },
    }],
    expected: ["a", "m9", undefined, "m1"],
  },
  {
    name: "a model that the upstream lists is left alone, and counted as a helper's",
    upstreams: { a: foreign({ models: ["m1", "codex-auto-review"] }) },
    sends: [turn("m1"), review()],
    expected: ["a", "codex-auto-review", "guardian"],
  },
  {
    name: "OpenAI is left alone",
    upstreams: { a: openai() },
    model: "small",
    sends: [turn("gpt-5.6"), review()],
    expected: ["a", "codex-auto-review", "guardian"],
  },
  {
    name: "a gateway that nobody knows is asked first for what the user may have chosen",
    upstreams: { a: unknown() },
    sends: [turn("m1"), turn("gpt-5.6")],
    expected: ["a", "gpt-5.6", undefined, "m1"],
  },
  {
    name:
      "a gateway that nobody knows is not asked first by the reviewer of another model's session",
    upstreams: { a: unknown() },
    sends: [turn("m1"), review()],
    expected: ["a", "m1", "guardian"],
  },
  {
    name: "on a gateway whose session runs on OpenAI's models the reviewer is asked for first",
    upstreams: { a: unknown() },
    sends: [turn("gpt-5.6"), review()],
    expected: ["a", "codex-auto-review", "guardian", "gpt-5.6"],
  },
  {
    name: "the session's own reviewer is counted and nothing else",
    upstreams: { a: foreign({ models: ["m1"] }) },
    sends: [turn("m1"), review("m1")],
    expected: ["a", "m1", "guardian"],
  },
  {
    name: "a kind of helper that nobody knows is counted as other",
    upstreams: { a: foreign({ models: ["m1"] }) },
    sends: [{ ...review(), headers: { ...review().headers, "x-openai-subagent": "x".repeat(99) } }],
    expected: ["a", "m1", "other"],
  },
];

function config(upstreams: Record<string, UpstreamConfig>, model?: string): Partial<Config> {
  return {
    upstreams: new Map(Object.entries(upstreams)),
    ...(model !== undefined && { helpers: { model } }),
  };
}

for (const { name, upstreams, model, sends, expected } of CASES) {
  Deno.test(`helpers: ${name}`, async () => {
    using app = testApp(config(upstreams, model));
    for (const one of sends.slice(0, -1)) await send(app, one);
    const { routes, body, helper, standIn } = await send(app, sends.at(-1)!);
    const [to, asked, kind, later] = expected;
    assert.deepEqual(
      [routes[0].target.name, body.model, helper, standIn?.model],
      [to, asked, kind, later],
    );
  });
}

Deno.test("helpers: what an upstream said it does not have is asked for once", async () => {
  const notices: string[] = [];
  using app = testApp(config({ a: unknown() }), {
    observer: {
      finished() {},
      attemptFailed() {},
      notice: (_, message) => notices.push(message),
    },
  });
  await send(app, turn("m1"));
  const { standIn } = await send(app, turn("gpt-5.6"));
  assert.equal(standIn?.takesOver(new Failure("overloaded", "The engine is overloaded")), false);
  assert.equal(standIn?.takesOver(new Failure("refused", "B: no such model gpt-5.6")), true);
  const { body } = await send(app, turn("gpt-5.6"));
  assert.equal(body.model, "m1");
  await send(app, turn("gpt-5.6"));
  assert.equal(notices.length, 1);
  assert.match(notices[0]!, /b\.example does not have the model gpt-5\.6.*answered by m1/);
});

Deno.test("helpers: another upstream gets no key of the client's but below /v1", async () => {
  const upstreams = { a: foreign(), b: unknown() };
  for (
    const [path, key] of [["/v1/responses", "Bearer client-key"], [
      "/u/a/v1/responses",
      null,
    ]] as const
  ) {
    using app = testApp(config(upstreams, "b/small"));
    const { routes } = await send(app, review(undefined, path));
    assert.equal(routes[0].target.name, "b");
    assert.equal(routes[0].headers.get("authorization"), key);
  }
});

Deno.test("helpers: the memory of threads is bounded, and the thread used last is kept", () => {
  const threads = new Threads();
  const ids = (thread: string) => ({
    thread,
    parent: undefined,
    session: undefined,
    cacheKey: undefined,
  });
  const route = { upstream: "a", model: "m" };
  threads.record(ids("first"), route);
  for (let n = 0; n < 4095; n++) threads.record(ids(`t${n}`), route);
  threads.record(ids("first"), route);
  threads.record(ids("last"), route);
  assert.equal(threads.of(ids("t0")), undefined);
  assert.deepEqual(threads.of(ids("first")), route);
  assert.deepEqual(threads.of(ids("t1")), route);
});
