import assert from "node:assert/strict";
import { displayJson, displayLine, displayStream, displayText } from "../../lib/base/display.ts";
import { fc } from "../helpers/fast_check.ts";

const cases: readonly (readonly [text: string, shown: string])[] = [
  [
    "plain words, 中文，かな, العربية, עברית, हिन्दी, é ü ß",
    "plain words, 中文，かな, العربية, עברית, हिन्दी, é ü ß",
  ],
  ["\x1b[31mred\x1b[0m", "\\u{1b}[31mred\\u{1b}[0m"],
  ["\x1b]0;title\x07\x1b]8;;http://x\x1b\\", "\\u{1b}]0;title\\u{7}\\u{1b}]8;;http://x\\u{1b}\\"],
  ["\x9b2J\x90q\x85", "\\u{9b}2J\\u{90}q\\u{85}"],
  ["a\r\nb\tc\vd\fe\0", "a\\r\\nb\\tc\\u{b}d\\u{c}e\\u{0}"],
  ["a\u2028b\u2029c", "a\\u{2028}b\\u{2029}c"],
  [
    "\u202egnp.exe\u2066x\u2069\u200f\u061c",
    "\\u{202e}gnp.exe\\u{2066}x\\u{2069}\\u{200f}\\u{61c}",
  ],
  [
    "a\u200bb\u2060c\ufeffd\u00ade\u034ff\u3164",
    "a\\u{200b}b\\u{2060}c\\u{feff}d\\u{ad}e\\u{34f}f\\u{3164}",
  ],
  ["x\ud800y\udc00", "x\\u{d800}y\\u{dc00}"],
  ["\ufffe\ufff9a\ufffb", "\\u{fffe}\\u{fff9}a\\u{fffb}"],
  ["\u{e0041}\u{e007f}", "\\u{e0041}\\u{e007f}"],
  ["😀 👍🏽 👩‍👩‍👧‍👦 ❤️ 1️⃣ 🇩🇪 🏳️‍🌈 葛\u{e0100}", "😀 👍🏽 👩‍👩‍👧‍👦 ❤️ 1️⃣ 🇩🇪 🏳️‍🌈 葛\u{e0100}"],
  ["a\u200db 😀\u200dx 😀\u200d", "a\\u{200d}b 😀\\u{200d}x 😀\\u{200d}"],
  ["a\ufe0f 葛\u{e0100}\u{e0101} 1\ufe0f", "a\\u{fe0f} 葛\u{e0100}\\u{e0101} 1\\u{fe0f}"],
  ["C:\\new\\table", "C:\\new\\table"],
  ["", ""],
];
for (const [text, shown] of cases) {
  Deno.test(`display: ${JSON.stringify(text)} is shown as ${shown}`, () => {
    assert.equal(displayLine(text), shown);
    assert.equal(displayLine(shown), shown, "twice is once");
  });
}

Deno.test("display: a text keeps its lines and tabs, and loses returns that would write over them", () => {
  assert.equal(displayText("a\r\nb\n\tc\rd\x1b"), "a\nb\n\tc\\rd\\u{1b}");
});

Deno.test("display: JSON is JSON again, with the same value, and nothing raw in it", () => {
  const value = { "a\u202e": ["\x9b\u200b\x7f", 1, null], b: "\x1b\n" };
  assert.deepEqual(JSON.parse(displayJson(value, 2)), value);
  assert.match(displayJson(value, 2), /^[ -~\n]+$/);
});

/** Everything that no printer may let through, line breaks and tabs apart. */
const RAW =
  /[\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u200c\u2060-\u2064\ufeff\u00ad]|(?![\n\t])\p{Cc}/u;

Deno.test("display: whatever the text and the limit, it is bounded, safe and the same when shown again", () => {
  const unit = fc.oneof(
    fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    fc.constantFrom(
      "\x1b[2J",
      "\u202e",
      "👩‍👧",
      "\u200d",
      "\ufe0f",
      "\n",
      "abc",
      "\ud83d",
      "\\u{1b}",
      "葛",
    ),
  );
  fc.assert(
    fc.property(
      fc.array(unit, { maxLength: 30 }),
      fc.integer({ min: 1, max: 60 }),
      (units, max) => {
        const text = units.join("");
        for (const show of [displayLine, displayText]) {
          const shown = show(text, max);
          assert.ok(shown.length <= max, `${shown.length} of ${max}`);
          assert.doesNotMatch(shown, RAW);
          assert.equal(show(shown, max), shown);
        }
        assert.doesNotMatch(displayLine(text, max), /[\n\t]/);
      },
    ),
    { numRuns: 2_000 },
  );
});

Deno.test("display: the guard of a stream lets the program's own colours through to a terminal, and nothing else", () => {
  const own = "\x1b[31mred\x1b[39m\r\x1b[2Kline\n\x1b[3A\ttab";
  assert.equal(displayStream(own, true), own);
  assert.equal(
    displayStream("\x1b]0;t\x07\x1b[5n\x1b[?1049h\rx", true),
    "\\u{1b}]0;t\\u{7}\\u{1b}[5n\\u{1b}[?1049h\\rx",
  );
  assert.equal(displayStream("\x1b[31mred\x1b[39m\n", false), "\\u{1b}[31mred\\u{1b}[39m\n");
});
