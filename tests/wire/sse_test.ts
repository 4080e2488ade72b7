import assert from "node:assert/strict";
import { fc } from "../helpers/fast_check.ts";
import { Failure } from "../../lib/base/errors.ts";
import { type SseMessage, sseReader, writeSse } from "../../lib/wire/sse.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** Reads text, cut into pieces of `size` bytes. */
function read(text: string, size = 1 << 20, tail = false): SseMessage[] {
  const reader = sseReader({ maxEvent: 1 << 20, tail });
  const all = bytes(text);
  const out: SseMessage[] = [];
  for (let at = 0; at < all.length; at += size) {
    out.push(...reader.push(all.subarray(at, at + size)));
  }
  return [...out, ...reader.end()];
}

const cases: { name: string; text: string; out: SseMessage[] }[] = [
  {
    name: "LF",
    text: "event: a\ndata: 1\n\ndata: 2\n\n",
    out: [{ event: "a", data: "1" }, { data: "2" }],
  },
  {
    name: "CRLF",
    text: "event: a\r\ndata: 1\r\n\r\ndata: 2\r\n\r\n",
    out: [{ event: "a", data: "1" }, { data: "2" }],
  },
  {
    name: "lone CR",
    text: "event: a\rdata: 1\r\rdata: 2\r\r",
    out: [{ event: "a", data: "1" }, { data: "2" }],
  },
  { name: "a byte order mark", text: "\uFEFFdata: 1\n\n", out: [{ data: "1" }] },
  {
    name: "no space behind the colon",
    text: "event:a\ndata:1\n\n",
    out: [{ event: "a", data: "1" }],
  },
  { name: "several data lines", text: "data: 1\ndata: 2\n\n", out: [{ data: "1\n2" }] },
  {
    name: "comments, ids and retries",
    text: ": hi\nid: 7\nretry: 5\ndata: 1\n\n: bye\n\n",
    out: [{ data: "1" }],
  },
  { name: "characters of four bytes", text: "data: 𝄞é\n\n", out: [{ data: "𝄞é" }] },
  { name: "a cut tail", text: "data: 1\n\ndata: 2\n", out: [{ data: "1" }] },
  { name: "a name without data", text: "event: ping\n\ndata: 1\n\n", out: [{ data: "1" }] },
];
for (const { name, text, out } of cases) {
  Deno.test(`sse: reads ${name}, however the bytes are split`, () => {
    for (const size of [1, 2, 3, 5, 1 << 20]) {
      assert.deepEqual(read(text, size), out, `pieces of ${size}`);
    }
  });
}

Deno.test("sse: a last message without its blank line is delivered only where it is asked for", () => {
  assert.deepEqual(read("data: 1\n\ndata: 2\ndata: 3", 4, true), [{ data: "1" }, { data: "2\n3" }]);
  assert.deepEqual(read("data: 1\n\n", 4, true), [{ data: "1" }]);
});

Deno.test("sse: an event over the limit is refused with a message", () => {
  const reader = sseReader({ maxEvent: 1024 });
  const long = bytes(`data: ${"x".repeat(4096)}`);
  assert.throws(
    () => reader.push(long),
    (error) =>
      error instanceof Failure && error.code === "too_large" && /1 KiB/.test(error.message),
  );
});

Deno.test("sse: what is written is read back, however it is split", () => {
  const text = fc.string({ unit: "binary" }).filter((each) =>
    !/[\r\n\0]/.test(each) && each.isWellFormed()
  );
  const message = fc.record({
    event: text.filter((each) => each !== "" && each.trim() === each),
    data: fc.array(text, { minLength: 1 }).map((lines) => lines.join("\n")).filter((data) =>
      data !== ""
    ),
  });
  fc.assert(
    fc.property(
      fc.array(message.map((each) => ({ ...each }))),
      fc.integer({ min: 1, max: 9 }),
      (messages, size) => {
        assert.deepEqual(read(messages.map(writeSse).join(""), size), messages);
      },
    ),
  );
});
