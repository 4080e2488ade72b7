import assert from "node:assert/strict";
import { EventBoundary } from "../../../lib/proxy/passthrough/boundary.ts";
import { sseReader } from "../../../lib/wire/sse.ts";
import { fc } from "../../helpers/fast_check.ts";

const cases: [string, boolean][] = [
  ["", true],
  ["data: a", false],
  ["data: a\n", false],
  ["data: a\n\n", true],
  ["data: a\r\n", false],
  ["data: a\r\n\r", false],
  ["data: a\r\n\r\n", true],
  ["data: a\r", false],
  ["data: a\r\r", true],
  ["data: a\n\r\n", true],
  ["data: a\n\ndata", false],
  ["data: a\n\n: comment\n", false],
  ["\n", true],
  ["\r\n", true],
];
for (const [text, between] of cases) {
  Deno.test(`boundary: after ${JSON.stringify(text)} there is ${between ? "room" : "none"}`, () => {
    const bytes = new TextEncoder().encode(text);
    const whole = new EventBoundary();
    whole.pass(bytes);
    const single = new EventBoundary();
    for (const byte of bytes) single.pass(Uint8Array.of(byte));
    assert.deepEqual([whole.between, single.between], [between, between]);
  });
}

Deno.test("boundary: a heartbeat at a boundary never changes the events around it", () => {
  const line = fc.constantFrom("data: a", "data:b", "event: e", ": c", "id: 1", "", "", "");
  const end = fc.constantFrom("\n", "\r", "\r\n");
  const heartbeat = new TextEncoder().encode('event: ping\ndata: {"type": "ping"}\n\n');
  fc.assert(
    fc.property(fc.array(fc.tuple(line, end)), fc.nat(), (lines, at) => {
      const bytes = new TextEncoder().encode(lines.flat().join("") + "data: end\n\n");
      const cut = at % (bytes.length + 1);
      const boundary = new EventBoundary();
      boundary.pass(bytes.subarray(0, cut));
      if (!boundary.between) return;
      const events = (...parts: Uint8Array[]) => {
        const reader = sseReader({ maxEvent: 1e6 });
        return parts.flatMap((part) => reader.push(part)).filter(({ event }) => event !== "ping");
      };
      assert.deepEqual(
        events(bytes.subarray(0, cut), heartbeat, bytes.subarray(cut)),
        events(bytes),
      );
    }),
    { numRuns: 2000 },
  );
});
