import assert from "node:assert/strict";
import { framesOf } from "../../../lib/upstream/transport/body_frames.ts";

const PLAIN = {
  method: "POST",
  status: 200,
  transferEncoding: undefined,
  contentLength: undefined,
};
const CHUNKED = { ...PLAIN, transferEncoding: "chunked" };
const COMPLETE = { text: "hello", complete: true };

/** What follows the head, and what comes of it, however it is split. */
const BODIES: Readonly<
  Record<string, [head: typeof PLAIN | typeof CHUNKED | object, string, object]>
> = {
  "chunks": [CHUNKED, "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n", COMPLETE],
  "chunks, and more behind them": [CHUNKED, "5\r\nhello\r\n0\r\n\r\n5\r\nagain\r\n", COMPLETE],
  "large digits, zeros before them": [CHUNKED, `000A\r\nhellohello\r\n0\r\n\r\n`, {
    text: "hellohello",
    complete: true,
  }],
  "an extension and white space": [CHUNKED, "2;x=y\r\nhe\r\n3 \t\r\nllo\r\n0;z\r\n\r\n", COMPLETE],
  "line feeds alone": [CHUNKED, "5\nhello\n0\n\n", COMPLETE],
  "trailers": [CHUNKED, "5\r\nhello\r\n0\r\nx-a: 1\r\nx-b: 2\r\n\r\n", COMPLETE],
  "line breaks in a chunk": [CHUNKED, "6\r\na\r\n0\r\n\r\n0\r\n\r\n", {
    text: "a\r\n0\r\n",
    complete: true,
  }],
  "chunks that do not end": [CHUNKED, "5\r\nhello\r\n", { text: "hello", complete: false }],
  "chunks behind another coding": [
    { ...PLAIN, transferEncoding: "gzip, Chunked " },
    "5\r\nhello\r\n0\r\n\r\n",
    COMPLETE,
  ],
  "chunks and a length": [
    { ...CHUNKED, contentLength: "99" },
    "5\r\nhello\r\n0\r\n\r\n",
    COMPLETE,
  ],
  "a length": [{ ...PLAIN, contentLength: "5" }, "hello and more", COMPLETE],
  "a length that is not reached": [{ ...PLAIN, contentLength: "9" }, "hello", {
    text: "hello",
    complete: false,
  }],
  "no body": [{ ...PLAIN, contentLength: "0" }, "more", { text: "", complete: true }],
  "no content": [{ ...PLAIN, status: 204 }, "more", { text: "", complete: true }],
  "an answer to HEAD": [{ ...PLAIN, method: "HEAD", contentLength: "5" }, "", {
    text: "",
    complete: true,
  }],
  "neither": [PLAIN, "hello", { text: "hello", complete: false, close: true }],
  "another coding alone": [{ ...PLAIN, transferEncoding: "identity" }, "hello", {
    text: "hello",
    complete: false,
    close: true,
  }],
  "no size": [CHUNKED, "\r\nhello", { broken: "a chunk without a size" }],
  "a size that is none": [CHUNKED, "zz\r\nhello", { broken: "a chunk without a size" }],
  "a size that goes wrong": [CHUNKED, "5x\r\nhello", { broken: "a chunk without a size" }],
  "a size beyond all numbers": [CHUNKED, `${"f".repeat(14)}\r\n`, {
    broken: "a chunk that is too large",
  }],
  "more bytes than the size": [CHUNKED, "2\r\nhello\r\n", {
    broken: "a chunk longer than its size",
  }],
  "an extension without end": [CHUNKED, `5;${"x".repeat(17_000)}`, {
    broken: "a chunk extension without end",
  }],
  "trailers without end": [CHUNKED, `0\r\n${"x-a: 1\r\n".repeat(40_000)}`, {
    broken: "trailers without end",
  }],
};

for (const [name, [head, wire, outcome]] of Object.entries(BODIES)) {
  Deno.test(`body frames: ${name}`, () => {
    for (const size of [wire.length + 1, 1, 2, 7]) {
      assert.deepEqual(read(head as typeof PLAIN, wire, size), outcome, `in pieces of ${size}`);
    }
  });
}

/** Reads a body in pieces of so many bytes. */
function read(head: typeof PLAIN, wire: string, size: number): object {
  const frames = framesOf(head);
  const out: Uint8Array[] = [];
  const bytes = new TextEncoder().encode(wire);
  let complete = frames.push(bytes.subarray(0, 0), out);
  try {
    for (let at = 0; at < bytes.length && !complete; at += size) {
      complete = frames.push(bytes.subarray(at, at + size), out);
    }
  } catch (error) {
    return { broken: (error as Error).message };
  }
  assert.ok(out.every(({ length }) => length > 0), "an empty part");
  const text = out.map((part) => new TextDecoder().decode(part)).join("");
  return { text, complete, ...frames.endsWithConnection && { close: true } };
}
