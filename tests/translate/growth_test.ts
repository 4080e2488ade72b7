/** No stage of text costs more than in proportion to its input, whatever that is and however it is cut. */

import { fc } from "../helpers/fast_check.ts";
import { everySecond, HOSTILE_TEXTS, outOfProportion, pieces } from "../helpers/rules/growth.ts";
import assert from "node:assert/strict";
import { Failure } from "../../lib/base/errors.ts";
import { GrowingText } from "../../lib/base/growing_text.ts";
import { parseJson } from "../../lib/base/json.ts";
import { GENERIC } from "../../lib/provider/profiles.ts";
import { responses } from "../../lib/proxy/wires/responses.ts";
import { GENERIC_CHAT } from "../../lib/provider/chat_rules.ts";
import { CallArguments } from "../../lib/translate/answer/call_arguments.ts";
import { saysNoSuchModel } from "../../lib/provider/openai_models.ts";
import { answerObject } from "../../lib/translate/calls/answer_object.ts";
import { checkCall } from "../../lib/translate/calls/check_call.ts";
import { DeclaredCalls } from "../../lib/translate/calls/declared_calls.ts";
import { readFrames } from "../../lib/translate/chat/frames.ts";
import { fixUp } from "../../lib/translate/chat/fix_up/fix_up.ts";
import { Channels } from "../../lib/translate/written/channels.ts";
import { plainTools } from "../../lib/translate/written/tools.ts";
import { WrittenCalls } from "../../lib/translate/written/written_calls.ts";
import { ThinkTags } from "../../lib/translate/answer/think_tags.ts";
import { customInput, InputReader } from "../../lib/translate/response/custom_input.ts";
import { JsonStringDecoder } from "../../lib/translate/response/json_string.ts";
import { responsesReader } from "../../lib/translate/response/read_events.ts";
import { ToolTable } from "../../lib/translate/tool_table.ts";
import { wellFormed } from "../../lib/translate/response/well_formed.ts";
import { sseReader } from "../../lib/wire/sse.ts";

const encoder = new TextEncoder();

/** Runs code that may throw a {@link Failure}; any other error is thrown on. */
function allowFailure(run: () => void): void {
  try {
    run();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
  }
}

const TOOLS = plainTools(new Map([["shell", { properties: { a: {}, k: {} } }]]));

/** Each takes the pieces of one text. */
const STAGES: Readonly<Record<string, (text: Iterable<string>) => void>> = {
  sse(text) {
    const reader = sseReader({ maxEvent: 1 << 24, tail: true });
    for (const piece of text) reader.push(encoder.encode(piece));
    reader.end();
  },
  "sse in one line of data"(text) {
    const reader = sseReader({ maxEvent: 1 << 24, tail: true });
    reader.push(encoder.encode("data: "));
    for (const piece of text) reader.push(encoder.encode(piece));
    reader.end();
  },
  "think tags"(text) {
    const tags = new ThinkTags();
    for (const piece of text) tags.push(piece, false);
    tags.end(false);
  },
  "text calls"(text) {
    const calls = new WrittenCalls(TOOLS, 1 << 20);
    for (const piece of text) calls.push(piece);
    calls.end(true);
  },
  channels(text) {
    const channels = new Channels();
    for (const piece of text) channels.push(piece);
    channels.end();
  },
  "call arguments, looked at with every piece"(text) {
    const args = new CallArguments();
    for (const piece of text) {
      args.add(piece);
      void (args.complete || args.hasContent || args.equals(piece));
    }
  },
  "growing text"(text) {
    const growing = new GrowingText();
    for (const piece of text) growing.add(piece);
    growing.toString();
  },
  "json string"(text) {
    const closed = new JsonStringDecoder();
    const open = new JsonStringDecoder(true);
    for (const piece of text) {
      closed.push(piece);
      open.push(piece);
    }
  },
  "input reader"(text) {
    const reader = new InputReader();
    for (const piece of text) reader.push(piece);
  },
};

const DECLARED = new DeclaredCalls({
  tools: [{
    type: "function",
    name: "f",
    parameters: {
      type: "object",
      properties: {
        a: { anyOf: [{ $ref: "#" }, { type: "array", items: { $ref: "#" } }, { type: "number" }] },
        input: { type: "array" },
        list: { type: "array", items: { $ref: "#/properties/a" } },
      },
    },
  }],
}, new ToolTable());

/** Each takes one text. */
const WHOLE: Readonly<Record<string, (text: string) => void>> = {
  "custom input": (text) => customInput(text),
  json: (text) => parseJson(text),
  "well formed": (text) => wellFormed({ [text]: [text, text] }),
  "chat frames": (data) => allowFailure(() => readFrames({ data })),
  "responses reader"(data) {
    const reader = responsesReader({ classify: () => new Failure("refused", "x") });
    allowFailure(() => reader.push({ data }));
    allowFailure(() => reader.push({ data, event: "error" }));
  },
  "a called name"(text) {
    const tools = new ToolTable();
    tools.name({ kind: "custom", name: "shell", namespace: "tools" });
    tools.resolve(text);
  },
  "a call's arguments": (args) => checkCall({ name: "f", args }, DECLARED),
  "a call's arguments in a string": (text) =>
    checkCall({ name: "f", args: JSON.stringify(text) }, DECLARED),
  "a call's arguments behind a beginning": (text) =>
    checkCall({ name: "f", args: `{"a":"${text}{"a":"${text}"}` }, DECLARED),
  "an object in an answer": (text) => answerObject(text, { type: "object", required: ["a"] }),
  "an object in an answer behind a brace": (text) =>
    answerObject(`{${text}`, { type: "object", required: ["a"] }),
  "a refusal of a model": (text) => {
    saysNoSuchModel(text);
    saysNoSuchModel(`model ${text}`);
  },
  "a value in a string": (text) =>
    checkCall({ name: "f", args: JSON.stringify({ list: text, a: text }) }, DECLARED),
  "arguments in a call's name": (text) => {
    checkCall({ name: `f${text}`, args: "" }, DECLARED);
    checkCall({ name: text, args: "" }, DECLARED);
    checkCall({ name: `f{${text}`, args: "" }, DECLARED);
    checkCall({ name: `f<arg_key>${text}`, args: "" }, DECLARED);
  },
  "a refusal on the Responses wire": (text) =>
    responses.fixUp({ input: [], tools: [] }, text, new Set(), GENERIC),
  "a refusal": (text) => fixUp(GENERIC_CHAT, text, { messages: [], temperature: 1 }, new Set()),
};

const shown = (text: readonly string[]) => JSON.stringify(text.map((each) => each.slice(0, 40)));

const LENGTHS = [[1, 1], [3, 2], [40, 8], [Infinity, 8]] as const;

for (const [nth, [name, run]] of Object.entries(STAGES).entries()) {
  for (const [at, [length, size]] of LENGTHS.entries()) {
    Deno.test(`growth: ${name} in pieces of ${length} cost what they are long`, () => {
      for (const text of everySecond(HOSTILE_TEXTS, nth + at)) {
        const [first, again, last] = text;
        const wrong = outOfProportion((size) => {
          const whole = first + again.repeat(size / again.length) + last;
          run(pieces(whole, Math.min(length, whole.length)));
        }, size * 1024);
        assert.equal(wrong, undefined, shown(text));
      }
    });
  }
}

for (const [name, run] of Object.entries(WHOLE)) {
  Deno.test(`growth: ${name} costs what the text is long`, () => {
    for (const text of HOSTILE_TEXTS) {
      const [first, again, last] = text;
      const wrong = outOfProportion(
        (size) => run(first + again.repeat(size / again.length) + last),
        16 * 1024,
      );
      assert.equal(wrong, undefined, shown(text));
    }
  });
}

Deno.test("growth: texts made of any marks in any order cost what they are long", () => {
  const mark = fc.constantFrom(
    ...new Set(HOSTILE_TEXTS.flat().filter((each) => each !== "" && each.length < 80)),
  );
  const text = fc.tuple(
    fc.array(mark, { maxLength: 2 }).map((marks) => marks.join("")),
    fc.array(mark, { minLength: 1, maxLength: 3 }).map((marks) => marks.join("")),
    fc.array(mark, { maxLength: 2 }).map((marks) => marks.join("")),
  );
  const stage = fc.constantFrom(...Object.keys(STAGES));
  fc.assert(
    fc.property(
      text,
      stage,
      fc.constantFrom(3, 40, 1 << 30),
      ([first, again, last], name, length) => {
        const wrong = outOfProportion((size) => {
          const whole = first + again.repeat(size / again.length) + last;
          STAGES[name]?.(pieces(whole, Math.min(length, whole.length)));
        }, 8 * 1024);
        assert.equal(wrong, undefined);
      },
    ),
    { numRuns: 60 },
  );
});
