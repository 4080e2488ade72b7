/** Our reader and `eventsource-parser` find the same messages, whatever the text and wherever it is cut. */

import assert from "node:assert/strict";
import { createParser } from "eventsource-parser";
import { fc } from "../helpers/fast_check.ts";
import { outOfProportion } from "../helpers/rules/growth.ts";
import { SseLines, type SseMessage } from "../../lib/wire/sse_lines.ts";

function ours(pieces: readonly string[]): SseMessage[] {
  const lines = new SseLines(1 << 20, () => {
    throw new Error("too long");
  });
  for (const piece of pieces) lines.push(piece);
  return lines.messages;
}

function theirs(pieces: readonly string[]): SseMessage[] {
  const out: SseMessage[] = [];
  const parser = createParser({
    onEvent: ({ event, data }) => out.push(event === undefined ? { data } : { event, data }),
  });
  for (const piece of pieces) parser.feed(piece);
  return out;
}

const token = fc.constantFrom(
  ...[
    "\n",
    "\r",
    "\r\n",
    "data",
    "data:",
    "data: ",
    "event",
    "event:",
    "event: ",
    "id: 1",
    "retry:",
  ],
  ...[
    ":",
    " ",
    "x",
    "dat",
    "even",
    "dataset: 1",
    "events: 1",
    "{",
    "\n\n",
    "\r\r",
    "é",
    "long enough to be cut",
  ],
);

Deno.test("sse: finds what eventsource-parser finds", () => {
  fc.assert(
    fc.property(
      fc.array(token, { maxLength: 40 }),
      fc.integer({ min: 1, max: 12 }),
      (tokens, length) => {
        const text = `x${tokens.join("")}`; // a byte order mark is the decoder's affair
        const pieces: string[] = [];
        for (let at = 0; at < text.length; at += length) pieces.push(text.slice(at, at + length));
        assert.deepEqual(ours(pieces), theirs(pieces));
        assert.deepEqual(ours(tokens), theirs(tokens));
      },
    ),
    { numRuns: 3_000 },
  );
});

Deno.test("sse: an event name that waits for its blank line costs nothing again with every chunk", () => {
  const wrong = outOfProportion((size) => {
    const lines = new SseLines(1 << 20, () => {
      throw new Error("too long");
    });
    lines.push(`event: ${"n".repeat(size)}\n`);
    for (let n = 0; n < size; n++) lines.push(":\n");
    lines.push("data: x\n\n");
    assert.equal(lines.messages[0]?.event?.length, size);
  }, 4_000);
  assert.equal(wrong, undefined);
});
