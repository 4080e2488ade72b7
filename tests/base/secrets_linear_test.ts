import assert from "node:assert/strict";
import { displayLine, displayText } from "../../lib/base/display.ts";
import { maskSecrets } from "../../lib/base/secrets/secrets.ts";
import { hide } from "../../lib/observe/recorder/private.ts";
import { mask } from "../../lib/observe/recorder/mask.ts";
import { hideKeys } from "../../lib/patch/diff.ts";
import { fc } from "../helpers/fast_check.ts";
import { worked } from "../helpers/rules/growth.ts";

/** What was, or could be, read again from every place in it. */
const pieces: readonly string[] = [
  "sk-",
  "sk-a1",
  "tp-tp_",
  "eyJ",
  "eyJ.",
  "token=",
  "token='",
  'token="',
  '"token":',
  String.raw`\"token\":\"`,
  "token=token:",
  "x-auth-",
  "key ",
  "api key ",
  "api-",
  "authorization: bearer ",
  "bearer ",
  "basic  ",
  "cookie: ",
  "//a:",
  "//a:b@",
  "://",
  "?key=",
  "&key",
  "AKIA",
  "AIzaAKIA",
  "0123456789abcdef",
  "0123456789abcdef0123456789abcdef.",
  "-----BEGIN PRIVATE KEY-----",
  "-----BEGIN ",
  "bce-v3/",
  "ms-0a1b2c3d-4e5f-",
  "%73k-",
  "%25",
  "&amp;",
  "&#115;",
  "\\",
  '\\"',
  "\\u0073",
  "\u200b",
  "s\u200bk-",
  "/home/",
  "C:\\Users\\",
  " ",
  "\n",
  "key\n",
  "a",
  "密钥：",
  "\x1b[31m",
  "\x1b",
  "\u202e",
  "👩‍",
  "\ud800",
  '{"type":"a","index":1,"delta":"b"},',
  "[",
  '["',
  '[{"a":"',
];
const known = ["plain0secret1of2nobody3", "aaaaaaaaaaaaaaab"];
const stages: Readonly<Record<string, (text: string) => unknown>> = {
  maskSecrets: (text) => maskSecrets(text, known),
  displayLine: (text) => displayLine(text, Infinity),
  displayText: (text) => displayText(text, Infinity),
  hide: (text) => hide(text, known),
  "mask, readable": (text) => [...mask(text, { keep: true, refusal: false, known })],
  "mask, unreadable": (
    text,
  ) => [...mask(`data: ${text}\n\n`, { keep: false, refusal: false, known })],
  hideKeys: (text) => hideKeys(text),
};

const UNIT = 8 * 1024;
const TIMES = 16;
/** What reads a text again from every place in it does more than ten thousand million steps in this long a text: not in so few milliseconds. */
const QUICK = 20;

/**
 * Whether one long text costs about as much as as many short ones that are as long together: what reads it again from every place costs
 * sixteen times as much. Both take equally long on any machine, and so are disturbed alike; a busy one is asked again.
 */
function isLinear(work: (text: string) => unknown, piece: string): boolean {
  const text = (size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
  const [short, long] = [text(UNIT), text(TIMES * UNIT)];
  return [1, 2, 3, 4, 5].some(() => {
    const once = worked(() => void work(long));
    if (once < QUICK) return true;
    const many = worked(() => {
      for (let n = 0; n < TIMES; n++) work(short);
    });
    return once <= many * 6;
  });
}

for (const [name, stage] of Object.entries(stages)) {
  Deno.test(`growth: ${name} costs sixteen times as much for sixteen times the text, whatever the text`, () => {
    for (const piece of pieces) assert.ok(isLinear(stage, piece), JSON.stringify(piece));
  });
}

Deno.test("growth: the measure finds code that reads a text again from every offset in it", () => {
  const again = (text: string) => {
    let sum = 0;
    for (let from = 0; from < text.length; from++) {
      for (let at = from; at < text.length; at += 128) sum += text.charCodeAt(at);
    }
    return sum;
  };
  // A machine that is disturbed in one half of a measurement alone may excuse it once, not three times
  assert.ok([1, 2, 3].some(() => !isLinear(again, "a")));
  assert.ok(isLinear((text) => text.replace(/a/g, (letter) => `${letter}${letter}`), "a"));
});

Deno.test("secrets: masking twice changes nothing, whatever the text", () => {
  const piece = fc.oneof(
    fc.constantFrom(...pieces),
    fc.constantFrom(
      "sk-abcd1234efgh",
      "…",
      "[redacted]",
      "****",
      "x",
      "=",
      ": ",
      '"',
      ", ",
      "abc123def456",
      "\\n",
      ".",
    ),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
      const once = maskSecrets(parts.join(""), known);
      assert.equal(maskSecrets(once, known), once);
    }),
    // What random runs find once in many: a key after a UUID without a break between them, a user behind three slashes
    {
      numRuns: 3_000,
      examples: [
        [["ms-0a1b2c3d-4e5f-", "a", "sk-abcd1234efgh"]],
        [["bce-v3/", "sk-", "0-", "bce-v3/", "//a:b@"]],
      ],
    },
  );
});

Deno.test("recorder_private: hiding keeps every length, whatever the text", () => {
  const piece = fc.oneof(
    fc.constantFrom(...pieces),
    fc.string({ maxLength: 3 }),
    fc.constant(known[0] as string),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (parts) => {
      const text = parts.join("");
      assert.equal(hide(text, known).length, text.length);
    }),
    { numRuns: 1_000 },
  );
});
