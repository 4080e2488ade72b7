import assert from "node:assert/strict";
import { type Result, runExchange, type Setup } from "../../helpers/proxy/exchange.ts";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { Failure } from "../../../lib/base/errors.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { AdaptedUpstreams } from "../../../lib/proxy/route/learned/adapted_upstreams.ts";
import { Learned } from "../../../lib/proxy/route/learned/learned.ts";
import { Seals } from "../../../lib/proxy/wires/seals.ts";
import { WIRES } from "../../../lib/proxy/wires/wires.ts";
import type { SimulatedAnswer } from "../../../lib/simulate/answer.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { body, event, json, type Script, streamHead } from "../../../lib/simulate/script.ts";
import { checkGrammar } from "../../../lib/translate/grammar.ts";

const TEXT = "Fine.";
const tools = [
  { type: "function", name: "shell", parameters: { type: "object", properties: {} } },
  {
    type: "custom",
    name: "apply_patch",
    format: { type: "grammar", syntax: "lark", definition: "x" },
  },
  { type: "namespace", name: "mcp__probe", tools: [{ type: "function", name: "measure" }] },
];
const hi = { type: "message", role: "user", content: [{ type: "input_text", text: "hi" }] };
const request = (more: JsonObject = {}, ...items: Json[]): JsonObject => ({
  model: "m",
  stream: true,
  tools,
  input: [hi, ...items],
  ...more,
});
const good = (answer: Partial<SimulatedAnswer> = {}): Script =>
  goodScript({ wire: "responses", text: TEXT, ...answer });
const refusal = (message: string, status = 400) => json(status, { error: { message } });

/** One process: what it learned, and what its log says. */
function sidecar() {
  const learned = new Learned();
  const said: string[] = [];
  const observer = { ...silent, notice: (_: unknown, words: string) => said.push(words) };
  const ask = (setup: Setup) => runExchange({ codex: true, learned, observer, ...setup });
  return { said, ask };
}

function done({ events }: Result): JsonObject[] {
  assert.equal(checkGrammar(events), undefined);
  assert.equal(events.at(-1)?.type, "response.completed");
  return events.flatMap(({ type, data: { item } }) =>
    type === "response.output_item.done" && isObject(item) ? [item] : []
  );
}

const types = (list: Json | undefined) =>
  (Array.isArray(list) ? list : []).map((each) => isObject(each) ? each.type : each);

for (const status of [400, 422, 500]) {
  Deno.test(`refusals: functions only, said with ${status}, is asked once; calls come back as they were declared`, async () => {
    const { said, ask } = sidecar();
    const script: Setup["script"] = ({ json: sent }) =>
      types(sent?.tools).some((type) => type !== "function")
        ? refusal("'type' of tool must be 'function'", status)
        : good({
          calls: [{ kind: "function", name: "apply_patch", arguments: { input: "*** Begin" } }],
        });
    for (const posts of [2, 1]) {
      const result = await ask({ script, body: request() });
      assert.equal(result.posts.length, posts);
      const called = done(result).at(-1)!;
      assert.deepEqual([called.type, called.name, called.input], [
        "custom_tool_call",
        "apply_patch",
        "*** Begin",
      ]);
    }
    assert.deepEqual(said, ["From now on requests to Sim go out with function tools only"]);
  });
}

Deno.test("refusals: one after another, each thing once, whatever retry.attempts says", async () => {
  const { said, ask } = sidecar();
  const script: Setup["script"] = ({ json: sent = {} }) => {
    if (types(sent.input).includes("local_shell_call")) {
      return refusal("unknown input item type: local_shell_call", 422);
    }
    if (types(sent.tools).includes("custom")) return refusal("unsupported tool type: custom");
    if (isObject(sent.reasoning) && sent.reasoning.effort) {
      return refusal("Model m does not support parameter reasoningEffort.");
    }
    return sent.service_tier ? refusal("Unknown parameter: 'service_tier'.", 500) : good();
  };
  const body = request({ reasoning: { effort: "high" }, service_tier: "flex" }, {
    type: "local_shell_call",
    call_id: "c",
    status: "completed",
    action: { type: "exec", command: ["ls"] },
  });
  for (const posts of [5, 1]) {
    const result = await ask({ script, body, retry: { attempts: 1 } });
    assert.equal(result.posts.length, posts);
    done(result);
  }
  const other = await ask({ script, body: { ...body, model: "other" } });
  assert.equal(other.posts.length, 3, "tools and items are the server's, fields are the model's");
  assert.equal(said.length, 2);
});

Deno.test("refusals: what did not help is not remembered, and the refusal is told", async () => {
  const { said, ask } = sidecar();
  for (let n = 0; n < 2; n++) {
    const result = await ask({
      script: () => refusal("'type' of tool must be 'function'"),
      body: request(),
    });
    assert.equal(result.status, 400);
    assert.match(result.text, /'type' of tool must be 'function'/);
    assert.deepEqual(result.posts.map(({ json: sent }) => types(sent?.tools)), [
      ["function", "custom", "namespace"],
      ["function", "function", "function"],
    ]);
  }
  assert.deepEqual(said, []);
});

Deno.test("refusals: what a chat server refused of one request stays out of the next", async () => {
  const { said, ask } = sidecar();
  const script: Setup["script"] = ({ json: sent = {}, text }) =>
    text.includes("image_url")
      ? refusal("No endpoints found that support image input", 404)
      : sent.tool_choice
      ? refusal("Unknown parameter: 'tool_choice'.")
      : goodScript({ wire: "chat", text: TEXT });
  const image = { type: "input_image", image_url: "data:image/png;base64,AA" };
  const body = request({ tool_choice: "auto" }, {
    type: "message",
    role: "user",
    content: [image],
  });
  for (const posts of [3, 1]) {
    const result = await ask({ script, body, target: { wire: "chat" } });
    assert.equal(result.posts.length, posts);
    done(result);
  }
  assert.deepEqual(said, [
    "From now on requests to Sim go out without images, without field tool_choice",
  ]);
});

const reasoning = (sealed: string) => ({
  type: "reasoning",
  id: "rs_1",
  summary: [],
  content: null,
  encrypted_content: sealed,
});

const issuing = (sealed: string): Script => {
  const { content: _, ...item } = reasoning(sealed);
  const message = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text: TEXT, annotations: [] }],
  };
  const output = [item, message];
  const response = { id: "resp_1", object: "response", status: "in_progress", output: [] };
  return [
    ...streamHead(),
    event({ type: "response.created", response }),
    ...output.map((each, at) =>
      event({ type: "response.output_item.done", output_index: at, item: each })
    ),
    event({ type: "response.completed", response: { ...response, status: "completed", output } }),
  ];
};

Deno.test("refusals: nulls, marks of our own and seals of another never go out; a refused seal does not again", async () => {
  const { ask } = sidecar();
  done(await ask({ script: () => issuing("seal-of-one"), body: request() }));
  const refusing: Setup["script"] = ({ text }) =>
    text.includes("old-seal")
      ? refusal("The encrypted content could not be verified (code invalid_encrypted_content)")
      : good();
  const body = request(
    {},
    reasoning("old-seal"),
    reasoning("seal-of-one"),
    reasoning("sidecar-reasoning-1:resp_1"),
    { type: "compaction", encrypted_content: "sidecar-summary-1:aGk=" },
  );
  for (const posts of [2, 1]) {
    // each run is another server
    const result = await ask({ script: refusing, body });
    assert.equal(result.posts.length, posts);
    done(result);
    for (const { text } of result.posts) {
      assert.doesNotMatch(text, /null|seal-of-one|sidecar-(?:reasoning|summary)/);
    }
  }
});

Deno.test("seals: one upstream's go back to its origin, unknown ones everywhere; the oldest are forgotten", () => {
  const seals = new Seals();
  const one = seals.of("https://one.example/v1");
  const two = seals.of("https://two.example/v1");
  one.issued("x".repeat(100));
  assert.ok(!one.isForeign("x".repeat(100)));
  assert.ok(!seals.of("https://one.example/other").isForeign("x".repeat(100)));
  assert.ok(two.isForeign("x".repeat(100)));
  assert.ok(!two.isForeign("unknown"));
  seals.refused({ input: [reasoning("x".repeat(100))] });
  assert.ok(one.isForeign("x".repeat(100)));
  for (let at = 0; at < 10_000; at++) one.issued(`seal ${at}`);
  assert.ok(!two.isForeign("x".repeat(100)));
  assert.ok(two.isForeign("seal 9999"));
});

Deno.test("adapted upstreams: bounded in upstreams and in what is known of one", () => {
  const known = new AdaptedUpstreams();
  const field = (what: string) => ({ what, how: "", scope: "upstream" }) as const;
  for (let at = 0; at < 1000; at++) {
    known.record({ upstream: `u${at}`, model: "m" }, [field("field a")]);
    known.record({ upstream: "u999", model: "m" }, [field(`field ${at}`)]);
  }
  assert.deepEqual(known.of({ upstream: "u0", model: "m" }), []);
  assert.equal(known.of({ upstream: "u999", model: "m" }).length, 32);
});

const HTML = "<!DOCTYPE html><html><body>Welcome</body></html>";
const missing: { name: string; script: Script }[] = [
  { name: "404 with an HTML page", script: body(404, "text/html", HTML) },
  { name: "404 with no body", script: body(404, "text/plain", "") },
  { name: "404 of FastAPI", script: json(404, { detail: "Not Found" }) },
  { name: "404 of Go", script: body(404, "text/plain", "404 page not found") },
  { name: "405", script: json(405, { error: { message: "Method Not Allowed" } }) },
  { name: "200 with an HTML page", script: body(200, "text/html", HTML) },
];
for (const { name, script: nothing } of missing) {
  Deno.test(`refusals: no /responses (${name}) is asked on the other wire, once`, async () => {
    const { said, ask } = sidecar();
    const script: Setup["script"] = ({ path }) =>
      path.endsWith("/responses") ? nothing : goodScript({ wire: "chat", text: TEXT });
    for (const posts of [2, 1]) {
      const result = await ask({ script, body: request() });
      assert.equal(result.posts.length, posts);
      assert.equal(result.posts.at(-1)?.path, "/v1/chat/completions");
      done(result);
    }
    assert.deepEqual(said, ["Sim has no /responses: from now on it gets wire: chat"]);
  });
}

Deno.test("refusals: neither wire there: the first refusal is told, and nothing is remembered", async () => {
  const { said, ask } = sidecar();
  for (let n = 0; n < 2; n++) {
    const result = await ask({
      script: ({ path }) => json(404, { error: { message: `Nothing at ${path}` } }),
      body: request(),
    });
    assert.equal(result.status, 400, "Codex asks a 404 again");
    assert.match(result.text, /Nothing at \/v1\/responses/);
    assert.deepEqual(result.posts.map(({ path }) => path), [
      "/v1/responses",
      "/v1/chat/completions",
    ]);
  }
  assert.deepEqual(said, []);
});

Deno.test("refusals: a gateway's page of trouble is waited out on the wire that was asked for", async () => {
  const { said, ask } = sidecar();
  const script: Setup["script"] = (_, n) =>
    n === 1 ? body(200, "text/html", HTML.replace("Welcome", "502 Bad Gateway")) : good();
  const result = await ask({ script, body: request() });
  done(result);
  assert.deepEqual(result.posts.map(({ path }) => path), ["/v1/responses", "/v1/responses"]);
  assert.deepEqual(said, []);
});

Deno.test("refusals: a model that is not there is not asked for on the other wire", async () => {
  const script = () => json(404, { error: { message: "The model m does not exist" } });
  assert.equal((await sidecar().ask({ script, body: request() })).posts.length, 1);
});

/** What a server may call a tool of a namespace, and one of none. */
const names: [called: JsonObject, name: string, namespace?: string][] = [
  [{ name: "mcp__probe.measure" }, "measure", "mcp__probe"],
  [{ name: "mcp__probe__measure" }, "measure", "mcp__probe"],
  [{ name: "mcp__probe::measure" }, "measure", "mcp__probe"],
  [{ name: "measure", namespace: null }, "measure", "mcp__probe"],
  [{ name: "measure" }, "measure", "mcp__probe"],
  [{ name: "functions.measure" }, "measure", "mcp__probe"],
  [{ name: "mcp__probe.measure", namespace: "mcp__probe" }, "measure", "mcp__probe"],
  [{ name: "measure", namespace: "mcp__probe" }, "measure", "mcp__probe"],
  [{ name: "measure", namespace: "mcp__probe__" }, "measure", "mcp__probe"],
  [{ name: "shell" }, "shell"],
  [{ name: "functions.shell" }, "shell"],
  [{ name: "shell", namespace: "functions" }, "shell"],
  [{ name: "unheard", namespace: "mcp__other" }, "unheard", "mcp__other"],
];
for (const [called, name, namespace] of names) {
  Deno.test(`names: ${JSON.stringify(called)} is ${name}${namespace ? ` of ${namespace}` : ""}`, () => {
    const { body: sent, decoder } = WIRES.responses.encode(request(), {
      profile: profileNamed("generic")!,
      title: "Sim",
      random: seededRandom(1),
      createdAt: 0,
      limits: { event: 1 << 24, toolCalls: 128 },
      classify: (_, words) => new Failure("refused", words),
    });
    assert.deepEqual(sent.tools, tools, "what goes up is what Codex declared");
    const item = { id: "fc_1", type: "function_call", call_id: "c", arguments: "{}", ...called };
    const added = { output_index: 0, item: { ...item, arguments: "" } };
    const events = [
      { type: "response.output_item.added", ...added },
      { type: "response.output_item.done", output_index: 0, item },
    ].flatMap((each) => decoder.push({ event: each.type, data: JSON.stringify(each) }));
    for (const { data } of events) {
      const found = data.item as JsonObject;
      assert.deepEqual([found.name, found.namespace ?? undefined], [name, namespace]);
    }
    assert.equal(events.length, 2);
  });
}
