import assert from "node:assert/strict";
import { plainTools } from "../../../lib/translate/written/tools.ts";
import { WrittenCalls } from "../../../lib/translate/written/written_calls.ts";
import { ThinkTags } from "../../../lib/translate/answer/think_tags.ts";
import { outOfProportion } from "../../helpers/rules/growth.ts";

const tools = plainTools(new Set(["shell"]));
const LIMIT = 1024 * 1024;

/** What is shown and called when the text comes in these pieces. */
function read(pieces: Iterable<string>, limit = LIMIT) {
  const texts = new WrittenCalls(tools, limit);
  let shown = "";
  for (const piece of pieces) shown += texts.push(piece);
  const { text, calls } = texts.end(true);
  return { shown: shown + text, calls };
}

/** Pieces of a text. */
function* cut(text: string, length: number) {
  for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
}

/** Texts that open again and again and never close. */
const hostile: [name: string, text: (n: number) => string][] = [
  ["openers of JSON", (n) => "<tool_call>{".repeat(n) + "</tool_call>"],
  ["openers behind a tick", (n) => "`" + "<tool_call>".repeat(n)],
  ["parameters", (n) => `<function=shell>${"<parameter=a>".repeat(n)}</function>`],
  [
    "keys",
    (n) => `<tool_call>shell\n${"<arg_key>".repeat(n)}${"</arg_key>".repeat(n)}</tool_call>`,
  ],
  [
    "tokens",
    (n) =>
      `<|tool_calls_section_begin|>${"<|tool_call_begin|>".repeat(n)}<|tool_calls_section_end|>`,
  ],
];
for (const [name, text] of hostile) {
  for (const length of [4_000, Infinity]) {
    Deno.test(`text_calls: ${name} without end are text, all of it, in pieces of ${length}, at a cost in proportion`, () => {
      const whole = text(8_000);
      assert.deepEqual(read(cut(whole, Math.min(length, whole.length))), {
        shown: whole,
        calls: [],
      });
      assert.equal(
        outOfProportion((n) => read(cut(text(n), Math.min(length, 10 ** 9))), 8_000),
        undefined,
      );
    });
  }
}

Deno.test("text_calls: a long call in small pieces is one call, at a cost in proportion", () => {
  const text = (n: number) =>
    `<tool_call>${
      JSON.stringify({ name: "shell", arguments: { cmd: "abcd".repeat(n) } })
    }</tool_call>`;
  assert.deepEqual(read(cut(text(9), 7)), {
    shown: "",
    calls: [{ name: "shell", args: JSON.stringify({ cmd: "abcd".repeat(9) }) }],
  });
  assert.equal(outOfProportion((n) => read(cut(text(n), 7)), 20_000), undefined);
});

Deno.test("text_calls: a few openers as text in a value are text of the value", () => {
  const text =
    "<function=shell><parameter=cmd>grep '<parameter=' a <parameter=x></parameter></function>";
  assert.deepEqual(read([text]).calls, [{
    name: "shell",
    args: JSON.stringify({ cmd: "grep '<parameter=' a <parameter=x>" }),
  }]);
});

Deno.test("think_tags: tags without end are read at a cost in proportion", () => {
  const run = (n: number) => {
    const tags = new ThinkTags();
    for (const piece of cut("`<think></think>".repeat(n), 5_000)) tags.push(piece, false);
  };
  assert.equal(outOfProportion(run, 8_000), undefined);
});
