/** Every part of an answer has a named limit, whose failure names it; real answers stay below. */

import assert from "node:assert/strict";
import { attempt, REQUEST } from "../../helpers/streams/attempts.ts";
import {
  isObject,
  type JsonObject,
  MAX_DEPTH,
  parseJson,
  tooDeep,
} from "../../../lib/base/json.ts";
import { MAX_ID, MOST_ANSWER, MOST_ITEMS } from "../../../lib/translate/answer_limits.ts";
import { wellFormed } from "../../../lib/translate/response/well_formed.ts";
import { WIRES } from "../../../lib/proxy/wires/wires.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { readObject } from "../../../lib/proxy/inbound/body.ts";
import { Failure } from "../../../lib/base/errors.ts";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";

const added = (item: JsonObject, output_index: number) => ({
  type: "response.output_item.added",
  output_index,
  item,
});
const call = (n: number) => ({
  type: "function_call",
  id: `f${n}`,
  call_id: `c${n}`,
  name: "shell",
});
const message = (n: number) => ({ type: "message", id: `m${n}`, role: "assistant", content: [] });
const text = (delta: string, n: number) => ({
  type: "response.output_text.delta",
  item_id: `m${n}`,
  output_index: n,
  delta,
});
const times = (n: number, make: (at: number) => JsonObject) =>
  Array.from({ length: n }, (_, at) => make(at));

const limits = { event: 1024, toolCalls: 3 };
const MEBI = "x".repeat(1024 ** 2);

const refused: {
  name: string;
  wire: "responses" | "chat";
  answer: JsonObject[];
  code: string;
  says: RegExp;
}[] = [
  {
    name: "calls that are announced",
    wire: "responses",
    answer: times(4, (n) => added(call(n), n)),
    code: "too_large",
    says: /more than 3 tool calls/,
  },
  {
    name: "calls whose deltas alone come",
    wire: "responses",
    answer: times(4, (n) => ({
      type: "response.function_call_arguments.delta",
      item_id: `f${n}`,
      output_index: n,
      delta: "x",
    })),
    code: "too_large",
    says: /more than 3 tool calls/,
  },
  {
    name: "items",
    wire: "responses",
    answer: [text("x", 0), ...times(MOST_ITEMS + 1, (n) => added(message(n + 1), n + 1))],
    code: "too_large",
    says: /more than 10000 items/,
  },
  {
    name: "announcements without content",
    wire: "responses",
    answer: times(5_000, (n) => added(message(n), n)),
    code: "too_large",
    says: /announced over and over/,
  },
  {
    name: "characters, on the Responses wire",
    wire: "responses",
    answer: times(MOST_ANSWER / 1024 ** 2 + 1, (n) => text(MEBI, n)),
    code: "too_large",
    says: /longer than 32 MiB/,
  },
  {
    name: "characters of an id",
    wire: "responses",
    answer: [added({ ...message(0), id: "m".repeat(MAX_ID + 1) }, 0)],
    code: "bad_answer",
    says: /id longer than 4 KiB/,
  },
  {
    name: "levels of JSON",
    wire: "responses",
    answer: [nested(MAX_DEPTH + 1)],
    code: "bad_answer",
    says: /not valid JSON/,
  },
  {
    name: "levels of JSON, on the Chat wire",
    wire: "chat",
    answer: [nested(MAX_DEPTH + 1)],
    code: "bad_answer",
    says: /no JSON object/,
  },
  {
    name: "words and thoughts in turn",
    wire: "chat",
    answer: times(MOST_ITEMS + 2, (n) => ({
      choices: [{ delta: n % 2 ? { content: "x" } : { reasoning_content: "y" } }],
    })),
    code: "too_large",
    says: /more than 10000 items/,
  },
];
for (const { name, wire, answer, code, says } of refused) {
  Deno.test(`answer limits: too many ${name} are refused with a message`, () => {
    const { failure } = attempt(wire, answer, { limits });
    assert.equal(failure?.code, code, failure?.message);
    assert.match(failure?.fullMessage ?? "", says);
  });
}

Deno.test("answer limits: as many calls as are allowed are an answer", () => {
  const done = (n: number) => ({
    ...added({ ...call(n), arguments: "{}" }, n),
    type: "response.output_item.done",
  });
  const answer = [
    ...times(3, (n) => added(call(n), n)),
    ...times(3, (n) => added(call(n), n)), // said again
    ...times(3, done),
    { type: "response.completed", response: { id: "r", output: [] } },
  ];
  const { failure, ledger } = attempt("responses", answer, { limits });
  assert.equal(failure, undefined);
  assert.equal(ledger.finished.length, 3);
});

Deno.test("answer limits: an honest call of 1 MiB in small deltas is one whole call, on both wires", () => {
  const args = JSON.stringify({ cmd: "0123456789abcdef".repeat(65_536) });
  const cut: string[] = [];
  for (let at = 0; at < args.length; at += 40) cut.push(args.slice(at, at + 40));
  const chat = attempt("chat", [
    ...cut.map((text, n) => ({
      choices: [{
        delta: {
          tool_calls: [{
            index: 0,
            ...(n === 0 ? { id: "c" } : {}),
            function: { ...(n === 0 ? { name: "shell" } : {}), arguments: text },
          }],
        },
      }],
    })),
    { choices: [{ delta: {}, finish_reason: "tool_calls" }] },
  ]);
  const responses = attempt("responses", [
    added(call(0), 0),
    ...cut.map((delta) => ({
      type: "response.function_call_arguments.delta",
      item_id: "f0",
      output_index: 0,
      delta,
    })),
    { type: "response.output_item.done", output_index: 0, item: call(0) },
    { type: "response.completed", response: { id: "r", output: [] } },
  ]);
  for (const { failure, ledger } of [chat, responses]) {
    assert.equal(failure, undefined);
    assert.equal(ledger.finished[0]?.arguments, args);
  }
});

Deno.test("answer limits: places that are no places do no harm to those that are", () => {
  const answer = [
    ...[1e308, -1, 0.5, 2 ** 40].map((place) => text("x", place)),
    added({ ...message(0) }, 1e308),
    {
      type: "response.output_item.done",
      output_index: 1e308,
      item: { ...message(0), content: "hi" },
    },
    { type: "response.completed", response: { id: "r", output: [] } },
  ];
  const { failure, ledger } = attempt("responses", answer);
  assert.equal(failure, undefined);
  assert.deepEqual(ledger.finished.map(({ content }) => content), [[{
    type: "output_text",
    text: "hi",
    annotations: [],
  }]]);
});

Deno.test("json: as deep as is allowed can be read, walked and written; deeper is none", () => {
  const deep = JSON.stringify(nested(MAX_DEPTH));
  const value = parseJson(deep);
  assert.ok(isObject(value));
  assert.equal(JSON.stringify(wellFormed(value)), deep);
  assert.equal(parseJson(JSON.stringify(nested(MAX_DEPTH + 1))), undefined);
  const brackets = `"${'[{\\"'.repeat(10_000)}\\\\"`;
  assert.equal(tooDeep(brackets), false);
  assert.equal(parseJson(brackets), JSON.parse(brackets));
  assert.equal(tooDeep(`[${brackets},${"[".repeat(MAX_DEPTH)}`), true);
});

Deno.test("json: a request that is too deep is refused with a message", () => {
  const bytes = new TextEncoder().encode(`{"input":${"[".repeat(100_000)}${"]".repeat(100_000)}}`);
  assert.throws(
    () => readObject(bytes),
    (error) => error instanceof Failure && /more than 512 levels deep/.test(error.message),
  );
});

Deno.test("requests: a hundred thousand items of any kind are turned into function tools, in every order, on both wires", () => {
  const kinds: JsonObject[] = [
    { type: "custom_tool_call", id: "ctc_1", call_id: "c~s2", name: "apply_patch", input: "x" },
    {
      type: "custom_tool_call_output",
      call_id: "c~s2",
      output: [{ type: "input_text", text: "x" }],
    },
    { type: "function_call", id: "fc_1", call_id: "c", name: "shell", arguments: "{}" },
    {
      type: "function_call_output",
      call_id: "c",
      output: [{ type: "input_image", image_url: "x" }],
    },
    { type: "reasoning", id: "rs_1", summary: [{ type: "summary_text", text: "x" }] },
    { type: "message", role: "assistant", content: [{ type: "output_text", text: "x" }] },
    { type: "message", role: "user", content: "x" },
  ];
  const profile = profileNamed("mimo");
  assert.ok(profile);
  const inputs = [
    ...kinds.map((kind) => times(100_000, () => kind)),
    times(100_000, (n) => kinds[n % kinds.length] as JsonObject),
    [
      ...times(50_000, () => kinds[2] as JsonObject),
      ...times(50_000, () => kinds[3] as JsonObject),
    ],
  ];
  for (const input of inputs) {
    for (const wire of ["responses", "chat", "anthropic"] as const) {
      const { body } = WIRES[wire].encode({ ...REQUEST, input }, {
        profile: profileNamed("mimo")!,
        title: "Test",
        createdAt: 0,
        random: seededRandom(1),
        limits,
        classify: () => new Failure("refused", "x"),
      });
      assert.ok(JSON.stringify(body).length > 0);
    }
  }
});

/** An object nested so many levels deep. */
function nested(levels: number): JsonObject {
  let value: JsonObject = {};
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
}
