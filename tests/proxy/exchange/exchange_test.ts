import assert from "node:assert/strict";
import { pool } from "../../helpers/pool.ts";
import { type Result, runExchange, type Setup } from "../../helpers/proxy/exchange.ts";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import { checkGrammar, messageText } from "../../../lib/translate/grammar.ts";
import { remaining, type SimulatedAnswer } from "../../../lib/simulate/answer.ts";
import { breakAt, insertAt } from "../../../lib/simulate/transform_script.ts";
import { faultNamed, FAULTS, misbehave } from "../../../lib/simulate/faults/faults.ts";
import { fits } from "../../../lib/simulate/faults/fault.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import {
  comment,
  cut,
  eof,
  event,
  hang,
  json,
  raw,
  reset,
  type Script,
  type ScriptMark,
  streamHead,
  wait,
} from "../../../lib/simulate/script.ts";
import { freePort } from "../../helpers/free_port.ts";

const answer: SimulatedAnswer = {
  wire: "responses",
  reasoning: "Let me think about it.",
  text: "The answer is 42, as ever.",
};
const calling: SimulatedAnswer = {
  ...answer,
  calls: [{ kind: "function", name: "ls", arguments: { path: "." } }],
};
const pace = { silence: 20_000, drip: 400 };

/** The finished items as the client has them. */
function items({ events }: Result): string[] {
  return events.flatMap(({ type, data: { item } }) =>
    type === "response.output_item.done" && isObject(item)
      ? [`${item.type} ${messageText(item) || (item.name ?? "")}`.trim()]
      : []
  );
}

function ending({ events }: Result): string {
  const last = events.at(-1)!;
  const { error } = last.data.response as JsonObject;
  return isObject(error) ? `${last.type} ${error.code}: ${error.message}` : last.type;
}

function grammatical(result: Result): void {
  assert.equal(checkGrammar(result.events), undefined);
}

const WHOLE = ["reasoning", "message The answer is 42, as ever."];

for (const wire of ["responses", "chat"] as const) {
  Deno.test(`exchange: the provider's count of tokens is recorded, ${wire} wire`, async () => {
    const script = () => goodScript({ wire, text: "Well.", inputTokens: 1_234 });
    const { record } = await runExchange({ script, target: { wire } });
    const { input, output = 0 } = record.usage ?? {};
    assert.equal(input, 1_234);
    assert.ok(output > 0);
  });
}

Deno.test("exchange: who shows running exchanges is told how one goes on", async () => {
  const told: string[] = [];
  const whole = goodScript(answer);
  const result = await runExchange({
    script: (_, n) => n === 1 ? breakAt(whole, "mid-text", [cut]) : whole,
    observer: {
      attemptFailed() {},
      finished() {},
      notice() {},
      progress(id, progress) {
        assert.equal(id, "test");
        const { kind } = progress;
        if (kind !== "bytes" && told.at(-1) !== kind) told.push(kind);
        if (kind === "attempt") assert.deepEqual([progress.who, progress.of], ["Sim", 6]);
        if (kind === "again") assert.equal(progress.replay, true);
      },
    },
  });
  assert.equal(ending(result), "response.completed");
  assert.deepEqual(told, ["attempt", "content", "again", "attempt", "content"]);
});

Deno.test("exchange: a good answer goes through once, byte for byte in its data", async () => {
  const result = await runExchange({ script: () => goodScript(answer) });
  assert.equal(result.status, 200);
  assert.equal(result.posts.length, 1);
  assert.deepEqual(items(result), WHOLE);
  assert.equal(ending(result), "response.completed");
  grammatical(result);
  const sent = goodScript(answer).flatMap((step) => step.do === "send" ? [String(step.body)] : [])
    .join("");
  assert.equal(result.text, sent);
  assert.equal(result.record.outcome, "completed");
});

const breaks: { mark: ScriptMark; resumes: "resend" | "continue" | "complete" }[] = [
  { mark: "head", resumes: "resend" },
  { mark: "created", resumes: "resend" },
  { mark: "mid-reasoning", resumes: "resend" },
  { mark: "after-reasoning", resumes: "continue" },
  { mark: "mid-text", resumes: "continue" },
  { mark: "after-message", resumes: "continue" },
  { mark: "mid-arguments", resumes: "continue" },
  { mark: "after-call", resumes: "complete" },
];
const ends: { name: string; steps: Script; setup?: Partial<Setup> }[] = [
  { name: "a clean EOF", steps: [eof] },
  { name: "a cut", steps: [cut] },
  { name: "a reset", steps: [reset] },
  { name: "a silence", steps: [hang], setup: { timeouts: { silence: 2_000, firstEvent: 2_000 } } },
  {
    name: "comments only",
    steps: Array.from({ length: 40 }, () => [wait(200), comment()]).flat(),
    setup: { timeouts: { progress: 2_000, firstEvent: 2_000 } },
  },
];
const broken = breaks.flatMap((row) =>
  ends.map((end) => ({ ...row, ...end, name: `${end.name} at ${row.mark}` }))
);
Deno.test("exchange: whatever ends a stream wherever, the ledger's table answers it, unseen by the client", async (t) => {
  await pool(t, broken.map((row) => ({ name: row.name, run: () => survives(row) })), 48);
});

async function survives({ mark, resumes, steps, setup }: typeof broken[number]): Promise<void> {
  const result = await runExchange({
    ...setup,
    script: ({ json }, n) =>
      n === 1
        ? breakAt(goodScript({ ...calling, seed: "1" }), mark, steps)
        : goodScript({ ...remaining(calling, json), seed: "2" }),
  });
  grammatical(result);
  assert.equal(ending(result), "response.completed");
  assert.deepEqual(items(result), [...WHOLE, "function_call ls"]);
  assert.equal(result.posts.length, resumes === "complete" ? 1 : 2);
  const first = result.posts[0]!.json!.input as JsonObject[];
  const second = result.posts.at(-1)!.json!.input as JsonObject[];
  const appended = second.slice(first.length).map(({ type }) => type);
  assert.equal(appended.length > 0, resumes === "continue");
  assert.ok(appended.every((type) => type === "reasoning" || type === "message"));
}

Deno.test("exchange: two breaks in a row are two replays", async () => {
  const result = await runExchange({
    script: misbehave({ ...faultNamed("reset-mid-text"), times: 2 }, answer, pace),
  });
  grammatical(result);
  assert.equal(result.posts.length, 3);
  assert.deepEqual(items(result), WHOLE);
  assert.deepEqual([result.record.replays, result.record.attempts], [2, 3]);
});

Deno.test("exchange: an answer that breaks for ever ends with a failure that says so", async () => {
  const result = await runExchange({
    script: () => breakAt(goodScript(answer), "mid-text", [eof]),
    retry: { attempts: 3 },
  });
  grammatical(result);
  assert.match(
    ending(result),
    /^response.failed server_error: Sim: The stream ended after \d+ events without saying so \(3 attempts in /,
  );
  assert.equal(result.posts.length, 3);
});

Deno.test("exchange: a provider that always closes cleanly after whole items is believed the second time", async () => {
  const faulty = faultNamed("missing-terminal");
  const result = await runExchange({
    script: misbehave({ ...faulty, times: Infinity }, { ...answer, reasoning: "hm" }, pace),
  });
  grammatical(result);
  assert.equal(ending(result), "response.completed");
});

const early: { name: string; script: Script; posts: number; status: number; text: RegExp }[] = [
  {
    name: "400",
    script: json(400, { error: { message: "Param Incorrect", param: "temperature is bad" } }),
    posts: 1,
    status: 400,
    text: /Param Incorrect.*temperature is bad/,
  },
  {
    name: "401",
    script: json(401, { error: { message: "Invalid API key" } }),
    posts: 1,
    status: 401,
    text: /Sim answered HTTP 401: Invalid API key/,
  },
  {
    name: "402",
    script: json(402, { error: { message: "Insufficient Balance" } }),
    posts: 1,
    status: 402,
    text: /Insufficient Balance/,
  },
  {
    name: "403",
    script: json(403, { error: { message: "not entitled" } }),
    posts: 1,
    status: 403,
    text: /not entitled/,
  },
  {
    name: "404",
    script: json(404, { error: { message: "no such model" } }),
    posts: 1,
    status: 404,
    text: /no such model/,
  },
  {
    name: "413",
    script: json(413, { error: { message: "too big" } }),
    posts: 1,
    status: 413,
    text: /too big/,
  },
  {
    name: "422",
    script: json(422, { detail: "bad params" }),
    posts: 1,
    status: 422,
    text: /bad params/,
  },
  {
    name: "a quota 429",
    script: json(429, {
      error: { code: "insufficient_quota", message: "You exceeded your current quota" },
    }),
    posts: 1,
    status: 429,
    text: /exceeded your current quota/,
  },
  {
    name: "a 429",
    script: json(429, { error: { message: "slow down" } }),
    posts: 3,
    status: 503,
    text: /slow down.*3 attempts/,
  },
  {
    name: "a 503",
    script: json(503, { error: { message: "busy" } }),
    posts: 3,
    status: 503,
    text: /busy.*3 attempts/,
  },
  {
    name: "an HTML 200",
    script: [
      { do: "head", status: 200, headers: { "content-type": "text/html" }, framing: "chunked" },
      { do: "send", body: "<html><title>Gate</title></html>" },
      eof,
    ],
    posts: 3,
    status: 503,
    text: /HTML page/,
  },
  {
    name: "an overflow",
    script: json(400, {
      error: { message: "This model's maximum context length is 131072 tokens" },
    }),
    posts: 1,
    status: 400,
    text: /"code":"context_length_exceeded"/,
  },
];
for (const { name, script, posts, status, text } of early) {
  Deno.test(`exchange: ${name} before content is ${posts} upstream request(s) and the provider's message`, async () => {
    const result = await runExchange({ script: () => script, retry: { attempts: 3 } });
    assert.equal(result.posts.length, posts);
    assert.equal(result.status, status);
    assert.match(result.text, text);
    assert.doesNotMatch(result.text, /sk-test/);
    assert.equal(result.record.outcome, "failed");
  });
}

Deno.test("exchange: Codex reads a refusal as plain text in a 400, once", async () => {
  const result = await runExchange({
    codex: true,
    script: () => json(401, { error: { message: "Invalid API key" } }),
  });
  assert.equal(result.status, 400);
  assert.equal(result.text, "Sim answered HTTP 401: Invalid API key");
});

Deno.test("exchange: after head_grace the response is announced, and heartbeats follow until there is content", async () => {
  for (const codex of [true, false]) {
    const result = await runExchange({
      codex,
      config: { headGrace: 2_000, heartbeat: { interval: 1_000 } },
      script: () => insertAt(goodScript(answer), "created", [wait(6_000)]),
    });
    grammatical(result);
    const types = result.events.map(({ type }) => type);
    assert.deepEqual(types.slice(0, 2), ["response.created", "response.in_progress"]);
    const heartbeats = types.filter((type) => type === "keepalive").length;
    assert.ok(heartbeats >= 2, types.slice(0, 8).join(" "));
    assert.ok(
      types.slice(2, 2 + heartbeats).every((type) => type === "keepalive"),
      types.join(" "),
    );
    assert.deepEqual(items(result), WHOLE);
    const [first, last] = [result.events[0], result.events.at(-1)].map((each) =>
      each?.data.response as JsonObject
    );
    assert.deepEqual([first?.id, first?.created_at], [last?.id, last?.created_at]);
  }
});

Deno.test("exchange: after head_grace a refusal is sent inside the stream, with a code that stops Codex", async () => {
  const result = await runExchange({
    config: { headGrace: 1_000 },
    script: () => [wait(4_000), ...json(401, { error: { message: "Invalid API key" } })],
  });
  assert.equal(result.status, 200);
  assert.equal(
    ending(result),
    "response.failed invalid_prompt: Sim answered HTTP 401: Invalid API key",
  );
  assert.equal(result.posts.length, 1);
});

Deno.test("exchange: the provider's own wait is honoured", async () => {
  const started = performance.now();
  const result = await runExchange({
    script: (_, n) =>
      n === 1
        ? json(429, { error: { message: "slow" } }, { "retry-after": "6" })
        : goodScript(answer),
  });
  assert.ok((performance.now() - started) * 20 >= 6_000);
  assert.deepEqual(items(result), WHOLE);
});

Deno.test("exchange: a wait that is longer than retry.max_wait is reported, not waited for", async () => {
  const result = await runExchange({
    script: () => json(429, { error: { message: "slow" } }, { "retry-after": "86000" }),
  });
  assert.equal(result.posts.length, 1);
  assert.match(result.text, /it asks to wait 23 h 53 m 20 s, and retry.max_wait leaves 10 m/);
});

Deno.test("exchange: a provider that is not there is tried again and then named", async () => {
  const result = await runExchange({
    script: () => [],
    retry: { attempts: 2 },
    target: { base: `http://127.0.0.1:${freePort()}/v1` },
  });
  assert.equal(result.status, 502);
  assert.match(
    result.text,
    /Sim could not be reached at 127.0.0.1:\d+: Connection refused \(2 attempts/,
  );
});

for (
  const [name, script] of [
    ["before the head", [hang]],
    ["before content", breakAt(goodScript(answer), "created", [hang])],
    ["in the middle of text", breakAt(goodScript(answer), "mid-text", [hang])],
  ] as const
) {
  Deno.test(`exchange: a client that leaves ${name} frees the upstream and is no failure`, async () => {
    const result = await runExchange({
      config: { headGrace: 1_000 },
      script: () => script,
      leaveAfter: 150,
    });
    assert.equal(result.posts.length, 1);
    assert.deepEqual(result.overs.map(({ how }) => how), ["left"]);
    assert.equal(result.record.outcome, "client_gone");
  });
}

const faults = [...FAULTS.values()].flatMap((fault) =>
  [answer, calling]
    .filter((spec) => fits(fault, spec) && !(fault.times === Infinity && fault.best === "failure"))
    .map((spec) => ({ name: `${fault.name}, ${spec === calling ? "call" : "text"}`, fault, spec }))
);
Deno.test("exchange: every fault of the simulated provider is survived, with text and with a call", async (t) => {
  assert.ok(faults.length > 100, `${faults.length} cases`);
  await pool(t, faults.map((row) => ({ name: row.name, run: () => withstands(row) })), 48);
});

async function withstands({ fault, spec }: typeof faults[number]): Promise<void> {
  const result = await runExchange({
    script: misbehave(fault, spec, pace),
    timeouts: { head: 30_000, firstEvent: 30_000, silence: 30_000, progress: 30_000 },
  });
  grammatical(result);
  assert.equal(ending(result), "response.completed");
  const got = items(result);
  const calls = got.filter((item) => item.startsWith("function_call"));
  if (fault.name !== "many-calls") assert.equal(calls.length, spec === calling ? 1 : 0);
  assert.ok(got.some((item) => item.startsWith("message")));
  if (fault.name !== "many-calls") assert.equal(new Set(got).size, got.length, "nothing twice");
}

const chunk = (delta: JsonObject, finish: string | null = null) =>
  raw(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`);
const LATE: { name: string; script: Script; text: string; posts: number }[] = [
  {
    name: "an answer that goes on after its first finish reason is read to its end",
    script: [
      ...Array.from({ length: 6 }, (_, n) => [chunk({ content: `${n}` }, "stop"), wait(2_000)])
        .flat(),
    ],
    text: "012345",
    posts: 1,
  },
  {
    name: "a finished answer whose connection then falls silent is whole",
    script: [chunk({ content: "a" }), chunk({}, "stop"), hang],
    text: "a",
    posts: 1,
  },
  {
    name: "a finished answer with nothing in it whose connection breaks is tried again",
    script: [chunk({ content: "" }), chunk({}, "stop"), cut],
    text: "good",
    posts: 2,
  },
];
for (const { name, script, text, posts } of LATE) {
  Deno.test(`exchange: ${name}`, async () => {
    const again = [chunk({ content: "good" }), chunk({}, "stop")];
    const result = await runExchange({
      script: (_, n) => [...streamHead(), ...(n === 1 ? script : again)],
      target: { wire: "chat" },
      timeouts: { silence: 2_500 },
    });
    assert.deepEqual(items(result), [`message ${text}`]);
    assert.equal(ending(result), "response.completed");
    assert.equal(result.posts.length, posts);
    grammatical(result);
  });
}

const done = (item: JsonObject) =>
  event({ type: "response.output_item.done", output_index: 0, item });
const EMPTY: { name: string; items: JsonObject[] }[] = [
  { name: "nothing", items: [] },
  { name: "reasoning alone", items: [{ type: "reasoning", id: "rs_0", summary: [] }] },
  {
    name: "an empty message",
    items: [{
      type: "message",
      id: "msg_0",
      role: "assistant",
      content: [{ type: "output_text", text: "" }],
    }],
  },
];
for (const { name, items: said } of EMPTY) {
  Deno.test(`exchange: an answer called complete with ${name} in it is tried again, then reported`, async () => {
    const empty = [
      ...streamHead(),
      event({ type: "response.created", response: { id: "r" } }),
      ...said.map(done),
      event({ type: "response.completed", response: { id: "r", output: said } }),
    ];
    const saved = await runExchange({ script: (_, n) => n === 1 ? empty : goodScript(answer) });
    assert.equal(items(saved).at(-1), WHOLE.at(-1));
    assert.equal(ending(saved), "response.completed");
    assert.equal(saved.posts.length, 2);
    grammatical(saved);
    const lost = await runExchange({ script: () => empty, retry: { attempts: 2 } });
    assert.match(lost.text, /neither text nor a tool call in it.*2 attempts/);
  });
}

Deno.test("exchange: a provider that numbers all items 0 loses none of them", async () => {
  const content = [{ type: "output_text", text: "a" }];
  const result = await runExchange({
    script: () => [
      ...streamHead(),
      done({ type: "message", id: "m", role: "assistant", content }),
      done({ type: "function_call", id: "f", call_id: "c", name: "ls", arguments: "{}" }),
      event({ type: "response.completed", response: { id: "r" } }),
    ],
  });
  assert.deepEqual(items(result), ["message a", "function_call ls"]);
});

Deno.test("exchange: a refusal that breaks into a stream without data: and end of line is sent, once", async () => {
  for (const wire of ["responses", "chat", "anthropic"] as const) {
    const result = await runExchange({
      script: () => [
        ...streamHead(),
        {
          chat: chunk({ content: "x" }),
          responses: event({ type: "response.output_text.delta", output_index: 0, delta: "x" }),
          anthropic: event({
            type: "content_block_delta",
            index: 0,
            delta: { type: "text_delta", text: "x" },
          }),
        }[wire],
        raw('{"error":{"message":"bad key","type":"authentication_error"}}'),
      ],
      target: { wire },
    });
    assert.match(ending(result), /^response.failed invalid_prompt: .*bad key/);
    assert.equal(result.posts.length, 1);
  }
});
