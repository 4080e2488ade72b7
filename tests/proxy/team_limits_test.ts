/** Ways around a user's models and tokens, tried one by one through the real app: each is refused, or counted. */

import assert from "node:assert/strict";
import type { UserConfig } from "../../lib/config/config.ts";
import { createApp } from "../../lib/proxy/app.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import { startProvider } from "../../lib/simulate/provider.ts";
import { hang, json, type Script } from "../../lib/simulate/script.ts";
import { insertAt, mapData } from "../../lib/simulate/transform_script.ts";
import { until } from "../e2e/gated.ts";
import { testApp, testConfig, upstream } from "../helpers/proxy/app.ts";
import { seededRandom } from "../helpers/clock/fake_clock.ts";
import { serve } from "../helpers/peers/sockets.ts";

const TOKEN = "Quiet.Otter.41.Crossing.River";

const alice = (more: Partial<UserConfig>) =>
  new Map([[
    "alice",
    { token: { from: "env", name: "ALICE" }, models: [], ...more } as UserConfig,
  ]]);
const env = () => TOKEN;
const messageOf = async (response: Response) => (await response.json()).error.message as string;

/** A request, and what it may be: refused, or sent with this body. */
interface Way {
  readonly path: string;
  readonly body: string;
  readonly sent?: string;
}

const WAYS: readonly Way[] = [
  { path: "chat/completions", body: `{"model":"small"}`, sent: `{"model":"small"}` },
  { path: "chat/completions", body: `{"model":"Small","n":1}`, sent: `{"model":"Small","n":1}` },
  // Another field of the same name, in the eyes of one provider or another
  { path: "chat/completions", body: `{"model":"big","model":"small"}`, sent: `{"model":"small"}` },
  {
    path: "chat/completions",
    body: `{"mod\\u0065l":"big","model":"small"}`,
    sent: `{"model":"small"}`,
  },
  { path: "chat/completions", body: `{"model":"small","model":"big"}` },
  { path: "chat/completions", body: `{"model":"small","Model":"big"}` },
  { path: "responses", body: `{"model":"small","MODEL":"big"}` },
  { path: "responses", body: `{"model":"small","background":true,"MODEL":"big"}` },
  { path: "chat/completions", body: `{"model":["big"]}` },
  { path: "chat/completions", body: `{"model":"small ","stream":true}` },
  // Models to be asked instead
  { path: "chat/completions", body: `{"model":"small","models":["big"]}` },
  {
    path: "chat/completions",
    body: `{"model":"small","models":["small","SMALL"]}`,
    sent: `{"model":"small","models":["small","SMALL"]}`,
  },
  { path: "responses", body: `{"model":"small","models":["big"]}` },
  { path: "chat/completions", body: `{"model":"small","fallbacks":[{"model":"big"}]}` },
  { path: "chat/completions", body: `{"model":"small","fallbacks":[{"small":["big"]}]}` },
  { path: "chat/completions", body: `{"model":"small","fallback_models":"big"}` },
  // The path says who answers
  { path: "models/big:generateContent", body: `{"model":"small"}` },
  { path: "models/big", body: `{"model":"small"}` },
  { path: "engines/big/completions", body: `{"model":"small"}` },
  { path: "deployments/big/chat/completions", body: `{"model":"small"}` },
  { path: "chat/completions/", body: `{"model":"small"}` },
  { path: "Chat/Completions", body: `{"model":"small"}` },
  // A model in another file, or for each part
  { path: "messages/batches", body: `{"model":"small","requests":[{"params":{"model":"big"}}]}` },
  { path: "batches", body: `{"model":"small","input_file_id":"f"}` },
  { path: "alpha/search", body: `{"model":"big","q":"x"}` },
];

Deno.test("team: a model that is not allowed is reached by no field, no spelling and no path", async () => {
  const sent: string[] = [];
  await using provider = serve(async (request) => {
    sent.push(await request.text());
    return Response.json({});
  });
  const upstreams = new Map([["acme", upstream(`http://127.0.0.1:${provider.port}/v1`)]]);
  using app = testApp({ users: alice({ models: ["small"] }), upstreams }, { env });
  for (const { path, body, sent: expected } of WAYS) {
    sent.length = 0;
    for (const base of ["/v1", "/u/acme/v1"]) {
      const response = await app.ask(`${base}/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-sidecar-token": TOKEN },
        body,
      });
      const text = await response.text();
      assert.equal(response.status, expected === undefined ? 403 : 200, `${path} ${body}: ${text}`);
    }
    assert.deepEqual(sent, expected === undefined ? [] : [expected, expected], `${path} ${body}`);
    assert.deepEqual(app.calls, [], `${path} ${body}`);
  }
});

/** The real exchange before scripted upstreams, and what alice has used when it is over. */
async function asks(
  users: Map<string, UserConfig>,
  scripts: Readonly<Record<string, Script>>,
  run: (
    ask: (model: string) => Promise<Response>,
    posts: (name: string) => number,
  ) => Promise<void>,
): Promise<void> {
  const names = Object.keys(scripts);
  const providers = await Promise.all(
    names.map((name) => startProvider({ script: () => scripts[name]! })),
  );
  const app = createApp({
    config: testConfig({
      retry: { attempts: 2, maxWait: 10 },
      users,
      upstreams: new Map(names.map((name, at) => [
        name,
        upstream(providers[at]!.url, {
          apiKeyEnv: "KEY",
          wire: "responses",
          models: [name],
          fallback: names.slice(at + 1),
        }),
      ])),
    }),
    clock: systemClock,
    random: seededRandom(1),
    observer: { finished() {}, attemptFailed() {}, notice() {} },
    env,
    version: "1",
  });
  const ask = (model: string) =>
    app.fetch(
      new Request("http://127.0.0.1:8411/v1/responses", {
        method: "POST",
        headers: {
          host: "127.0.0.1:8411",
          "content-type": "application/json",
          "x-sidecar-token": TOKEN,
        },
        body: JSON.stringify({ model, input: "hi", stream: true }),
      }),
    );
  try {
    await run(ask, (name) => providers[names.indexOf(name)]!.posts.length);
    await app.drain();
  } finally {
    app.close();
    for (const provider of providers) await provider.stop();
  }
}

const answer = (seed: string) => goodScript({ wire: "responses", text: "Forty-two.", seed });
const refused = json(503, { error: { message: "overloaded" } });

Deno.test("team: a fallback answers a user whose list has its model, and no other", async () => {
  for (
    const [models, expected] of [
      [["small"], { status: 503, big: 0, third: 0 }],
      [["small", "third"], { status: 200, big: 0, third: 1 }],
      [["small", "third/third"], { status: 200, big: 0, third: 1 }],
      [[], { status: 200, big: 1, third: 0 }],
    ] as const
  ) {
    const scripts = { small: refused, big: answer("b"), third: answer("t") };
    await asks(alice({ models }), scripts, async (ask, posts) => {
      const response = await ask("small");
      await response.text();
      const { status } = response;
      assert.deepEqual({ status, big: posts("big"), third: posts("third") }, expected);
    });
  }
});

Deno.test("team: an answer without a count is counted by its length, and so is one that the client leaves", async () => {
  const uncounted = mapData<{ response?: { usage?: unknown } }>(answer("n"), (payload) => {
    if (payload.response) delete payload.response.usage;
    return payload;
  });
  const gated = insertAt(answer("g"), "mid-text", [hang]);
  const cases = [
    { script: uncounted, read: async (response: Response) => void await response.text() },
    {
      script: gated,
      async read(response: Response) {
        const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
        let text = "";
        while (!/output_text\.delta/.test(text)) text += (await reader.read()).value ?? "";
        await reader.cancel();
      },
    },
  ];
  for (const { script, read } of cases) {
    await asks(alice({ tokensPerDay: 1 }), { small: script }, async (ask) => {
      await read(await ask("small"));
      await until(async () => {
        const again = await ask("small");
        if (again.status === 200) return await again.body?.cancel(), false;
        // 45 bytes asked, and a word or two
        const used = Number(/has used (\d+) tokens/.exec(await messageOf(again))?.[1]);
        assert.ok(used > 10 && used < 50, `${used}`);
        return true;
      });
    });
  }
});

Deno.test("team: whatever a provider counts is a number of tokens", async () => {
  for (const [input, used] of [[1e308, "1000000000"], [1.2, "2"], [-5, ""]] as const) {
    const script = mapData<{ response?: { usage?: unknown } }>(answer("c"), (payload) => {
      const usage = { input_tokens: input, output_tokens: 1, total_tokens: 1 };
      if (payload.response?.usage) payload.response.usage = usage;
      return payload;
    });
    await asks(alice({ tokensPerDay: 1 }), { small: script }, async (ask) => {
      await (await ask("small")).text();
      await until(async () => {
        const again = await ask("small");
        if (again.status === 200) return await again.body?.cancel(), false;
        const said = /has used (\S+) tokens/.exec(await messageOf(again))?.[1];
        assert.ok(said === used || input < 0, `${input}: ${said}`);
        return true;
      });
    });
  }
});

/** What is passed through: the path, the answer, what of it the client reads, and the tokens that it cost. */
const PASSED: readonly {
  readonly path: string;
  readonly type?: string;
  readonly answer: string;
  readonly gzip?: true;
  readonly leaves?: true;
  readonly tokens: readonly [least: number, most: number];
}[] = [
  { path: "chat/completions/", answer: "x".repeat(400), tokens: [100, 130] },
  { path: "/chat//completions", answer: "x".repeat(400), tokens: [100, 130] },
  { path: "CHAT/COMPLETIONS", answer: "x".repeat(400), tokens: [100, 130] },
  { path: "models/m:streamGenerateContent", answer: "x".repeat(400), tokens: [100, 130] },
  { path: "messages/count_tokens", answer: `{"input_tokens":0}`, tokens: [0, 0] },
  { path: "files", answer: "x".repeat(400), tokens: [0, 0] },
  {
    path: "chat/completions",
    gzip: true,
    answer: `{"usage":{"prompt_tokens":700,"completion_tokens":30},"x":"${"x".repeat(400)}"}`,
    tokens: [730, 730],
  },
  {
    path: "chat/completions",
    answer:
      `{"usage":{"prompt_tokens":7,"completion_tokens":3,"input_tokens":7,"output_tokens":3}}`,
    tokens: [10, 10],
  },
  {
    path: "messages",
    type: "text/event-stream",
    leaves: true,
    answer: `data: {"message":{"usage":{"input_tokens":5,"output_tokens":1}}}\n\n` +
      `event: d\ndata: {"delta":"x"}\n\n`.repeat(50),
    tokens: [55, 57],
  },
];

Deno.test("team: what is passed through is counted whatever its path, coding or end", async () => {
  for (const { path, type = "application/json", answer, gzip, leaves, tokens } of PASSED) {
    const [least, most] = tokens;
    await using provider = serve(() => {
      const coded = new Blob([answer]).stream().pipeThrough(new CompressionStream("gzip"));
      const body = gzip ? coded : leaves ? endless(answer) : answer;
      return new Response(body, {
        headers: { "content-type": type, ...gzip && { "content-encoding": "gzip" } },
      });
    });
    const upstreams = new Map([["a", upstream(`http://127.0.0.1:${provider.port}/v1`)]]);
    using app = testApp({ users: alice({ tokensPerDay: Math.max(1, least) }), upstreams }, { env });
    const ask = () =>
      app.ask(`/v1/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-sidecar-token": TOKEN },
        body: `{"model":"m"}`,
      });
    const response = await ask();
    assert.equal(response.headers.get("content-encoding"), null);
    if (leaves) {
      const reader = response.body!.getReader();
      let size = 0;
      while (size < answer.length) size += (await reader.read()).value?.length ?? 0;
      await reader.cancel();
    } else assert.equal(await response.text(), answer);
    await app.drain();
    // As it stands in the log, the metrics and the history of the user
    const { user, usage, estimate = 0 } = app.records[0] ?? {};
    const cost = usage ? usage.input + usage.output : estimate;
    assert.ok(user === "alice" && cost >= least && cost <= most, `${path}: ${cost}`);
    const again = await ask();
    if (least === 0) {
      assert.equal(again.status, 200, path);
      await again.text();
      continue;
    }
    assert.equal(again.status, 429, path);
    const used = Number(/has used (\d+) tokens/.exec(await messageOf(again))?.[1]);
    assert.ok(used >= least && used <= most, `${path}: ${used}`);
  }
});

/** A body that never ends after its text. */
function endless(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
  });
}

Deno.test("team: every request counts for the minute but lists of models", async () => {
  await using provider = serve(() => Response.json({}));
  const upstreams = new Map([["a", upstream(`http://127.0.0.1:${provider.port}/v1`)]]);
  const clock = {
    now: () => systemClock.now(),
    wall: () => 0,
    after: (ms: number, run: () => void) => systemClock.after(ms, run),
  };
  using app = testApp({ users: alice({ requestsPerMinute: 1 }), upstreams }, { env, clock });
  const counted = [
    ["POST", "models/m:generateContent"],
    ["DELETE", "models/m"],
    ["GET", "responses/resp_1"],
    ["GET", "models"],
  ] as const;
  const statuses = [];
  for (const [method, path] of counted) {
    const response = await app.ask(`/v1/${path}`, {
      method,
      headers: { "content-type": "application/json", "x-sidecar-token": TOKEN },
      ...method === "POST" && { body: "{}" },
    });
    await response.text();
    statuses.push(response.status);
  }
  assert.deepEqual(statuses, [200, 429, 429, 200]);
});
