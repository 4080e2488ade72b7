import assert from "node:assert/strict";
import { displayLine, displayText } from "../../lib/base/display.ts";
import { maskSecrets } from "../../lib/base/secrets.ts";
import { hide } from "../../lib/observe/recorder_private.ts";
import { mask } from "../../lib/observe/recorder_mask.ts";
import { hideKeys } from "../../lib/patch/diff.ts";
import { fc } from "../helpers/fast_check.ts";

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

/** The least of three runs, in milliseconds: what the work costs when nobody interrupts it. */
function cost(work: () => unknown): number {
  const runs = [1, 2, 3].map(() => {
    const started = performance.now();
    work();
    return performance.now() - started;
  });
  return Math.min(...runs);
}

const UNIT = 16 * 1024;
for (const [name, stage] of Object.entries(stages)) {
  Deno.test(`growth: ${name} costs four times as much for four times the text, whatever the text`, () => {
    for (const piece of pieces) {
      const text = (size: number) => piece.repeat(Math.ceil(size / piece.length)).slice(0, size);
      const once = cost(() => stage(text(UNIT)));
      if (cost(() => stage(text(4 * UNIT))) <= Math.max(once, 2) * 10) continue;
      // A noisy machine has another chance, over a longer way: 16 times is linear, 256 times is not
      const [short, long] = [UNIT, 16 * UNIT].map((size) => cost(() => stage(text(size))));
      assert.ok(
        (long as number) <= Math.max(short as number, 2) * 64,
        `${JSON.stringify(piece)}: ${short} ms, then ${long} ms`,
      );
    }
  });
}

Deno.test("growth: the 270 KB of sk-sk-… that made everybody wait cost no more than their length", () => {
  const text = "sk-".repeat(90_000);
  const plain = cost(() => maskSecrets("abc".repeat(90_000)));
  assert.ok(cost(() => maskSecrets(text)) <= Math.max(plain, 5) * 40);
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
    { numRuns: 3_000 },
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
