import assert from "node:assert/strict";
import { customInput, InputReader } from "../../../lib/translate/response/custom_input.ts";
import { fc } from "../../helpers/fast_check.ts";
import { worked } from "../../helpers/rules/growth.ts";

const cases: [string, string, string][] = [
  ["the input", '{"input":"a\\nb"}', "a\nb"],
  ["the input among other keys", '{"note":"x","input":"a"}', "a"],
  ["the only string under another key", '{"patch":"a","strip":0}', "a"],
  ["a JSON string", '"a\\nb"', "a\nb"],
  ["arguments encoded twice", '"{\\"input\\":\\"a\\"}"', "a"],
  ["an input that is JSON itself, untouched", '{"input":"{\\"input\\":\\"a\\"}"}', '{"input":"a"}'],
  ["no arguments", "", ""],
  ["an empty object", "{}", ""],
  ["raw text", "*** Begin Patch\n*** End Patch", "*** Begin Patch\n*** End Patch"],
  ["raw text that is JSON of no use", '{"a":"x","b":"y"}', '{"a":"x","b":"y"}'],
  ["a number", "12", "12"],
  ["bare line breaks", '{"input":"a\nb"}', "a\nb"],
  ["bare quotes", '{"input":"say "hi" now"}', 'say "hi" now'],
  ["an escape JSON does not know", '{"input":"\\d+\\.\\u12."}', "\\d+\\.\\u12."],
  ["a missing end", '{"input":"a\\nb', "a\nb"],
  ["an end within an escape", '{"input":"a\\u00', "a"],
  ["a missing brace", '{"input":"a"', "a"],
  ["an escaped quote at the cut", '{"input":"a\\"', 'a"'],
  ["another key and a bad escape", ' { "code" : "\\q" } ', "\\q"],
  ["half a surrogate pair", '{"input":"a\\ud83d"}', "a\ufffd"],
];
for (const [name, args, want] of cases) {
  Deno.test(`custom_input: reads ${name}`, () => assert.equal(customInput(args), want));
}

/** Splits a text at the given places. */
function split(text: string, cuts: number[]): string[] {
  const at = [0, ...cuts.map((cut) => cut % (text.length + 1)).sort((a, b) => a - b), text.length];
  return at.slice(1).map((end, index) => text.slice(at[index], end));
}

Deno.test("custom_input: reads any input from arguments in any pieces, and never half a character", () => {
  const anyText = fc.string({ unit: "binary" });
  const escaped = (text: string) =>
    text.replace(
      /[^]/g,
      (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
  fc.assert(
    fc.property(anyText, fc.array(fc.nat()), fc.boolean(), (text, cuts, escape) => {
      const args = escape ? `{ "input" : "${escaped(text)}"}` : JSON.stringify({ input: text });
      const reader = new InputReader();
      const pieces = split(args, cuts).map((piece) => reader.push(piece));
      assert.equal(pieces.join(""), text);
      assert.ok(pieces.every((piece) => piece.isWellFormed()));
      assert.equal(customInput(args), text);
    }),
    { numRuns: 500 },
  );
});

Deno.test("custom_input: never throws and is always well-formed", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("{", '"', "\\", "u", "d", "8", ":", "\ud83d", "}", " ") }),
      (text) => {
        assert.ok(customInput(text).isWellFormed());
        assert.ok(customInput(`{"input":"${text}`).isWellFormed());
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("custom_input: ends a long tail of blanks quickly", () => {
  const args = `{"input":"${'x" \n'.repeat(20_000)}${" ".repeat(200_000)}\n"} .`;
  const ms = worked(() => void customInput(args));
  assert.ok(ms < 1_000, `${ms} ms of work`);
});
