import assert from "node:assert/strict";
import { clearImmediate, setImmediate } from "node:timers";
import * as zlib from "node:zlib";
import { Failure } from "../../lib/base/errors.ts";
import { bodyReader, streamOf } from "../../lib/upstream/body_reader.ts";
import { decoded } from "../../lib/upstream/content_encoding.ts";

const TEXT = `data: ${"0123456789".repeat(400)}\n\n`;
const CODINGS: Readonly<Record<string, (text: string) => Uint8Array>> = {
  gzip: zlib.gzipSync,
  deflate: zlib.deflateSync,
  br: (text) =>
    zlib.brotliCompressSync(text, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 5 } }),
  zstd: zlib.zstdCompressSync,
};

/** A body that sends `chunks` and then ends, breaks or waits for ever; tells why it was cancelled. */
function answer(coding: string, chunks: Uint8Array[], then: "end" | "break" | "wait") {
  const cancelled: unknown[] = [];
  const left = [...chunks];
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const chunk = left.shift();
      if (chunk) return controller.enqueue(new Uint8Array(chunk));
      if (then === "end") controller.close();
      if (then === "break") controller.error(new TypeError("connection reset"));
      if (then === "wait") return new Promise<void>(() => {});
    },
    cancel: (reason) => void cancelled.push(reason),
  }, { highWaterMark: 0 });
  return {
    body: streamOf(decoded(bodyReader(body), coding)),
    cancelled,
  };
}

async function read(body: ReadableStream<Uint8Array>): Promise<string> {
  return await new Response(body as ReadableStream<Uint8Array<ArrayBuffer>>).text();
}

for (const [coding, pack] of Object.entries(CODINGS)) {
  const packed = new Uint8Array(pack(TEXT));
  const half = packed.length >> 1;

  Deno.test(`content encoding: ${coding} is read whole, in whatever pieces it comes`, async () => {
    const bytes = [...packed].map((byte) => Uint8Array.of(byte));
    assert.equal(await read(answer(coding, [packed], "end").body), TEXT);
    assert.equal(await read(answer(coding, bytes, "end").body), TEXT);
  });

  Deno.test(`content encoding: plain text that only claims to be ${coding} stays as it is`, async () => {
    const plain = new TextEncoder().encode(TEXT);
    assert.equal(await read(answer(coding, [plain], "end").body), TEXT);
  });

  // A rejection that nobody catches would fail the test, as it would end the process.
  Deno.test(`content encoding: ${coding} that breaks or is cut is an error of the reader alone`, async () => {
    const cut = [packed.subarray(0, half)];
    for (const chunks of [[], cut, [Uint8Array.of(0x1f, 0x8b, 8, 255, 200)]]) {
      await assert.rejects(read(answer(coding, chunks, "break").body));
    }
    const garbage = [...packed.subarray(0, half), ...new Uint8Array(64).fill(0xe7)];
    await assert.rejects(read(answer(coding, [Uint8Array.from(garbage)], "end").body));
    await assert.rejects(
      read(answer(coding, garbage.map((byte) => Uint8Array.of(byte)), "end").body),
    );
    // Not every decoder minds; a text that is cut is noticed behind it.
    const text = await read(answer(coding, cut, "end").body).catch(() => "");
    assert.ok(TEXT.startsWith(text) && text !== TEXT);
  });

  Deno.test(`content encoding: ${coding} that is silent lets go of its source when it is cancelled`, async () => {
    for (const chunks of [[], [packed.subarray(0, half)]]) {
      const { body, cancelled } = answer(coding, chunks, "wait");
      const reader = body.getReader();
      const pending = reader.read().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
      await reader.cancel("left");
      await pending;
      assert.deepEqual(cancelled, ["left"]);
    }
  });
}

/** Unpacks `packed` until it ends or fails; tells how far it came and how much of it came at once. */
async function unpacked(coding: string, packed: Uint8Array) {
  const reader = decoded(bodyReader(new Blob([new Uint8Array(packed)]).stream()), coding);
  const totals = { bytes: 0, largest: 0, turns: 0, failed: "" };
  const turn = () => {
    totals.turns++;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  try {
    for (let chunks = await reader.read(); chunks; chunks = await reader.read()) {
      const size = chunks.reduce((sum, { length }) => sum + length, 0);
      totals.bytes += size;
      totals.largest = Math.max(totals.largest, size);
    }
  } catch (error) {
    totals.failed = error instanceof Failure ? error.code : String(error);
  } finally {
    clearImmediate(next);
    reader.cancel("over");
  }
  return totals;
}

const MIB = 1024 * 1024;

for (const [coding, pack] of Object.entries(CODINGS)) {
  Deno.test(`content encoding: a bomb in ${coding} is unpacked in small steps, and only up to a limit`, async () => {
    for (const size of [32 * MIB, 64 * MIB]) {
      const packed = pack("a".repeat(size));
      const { bytes, largest, turns, failed } = await unpacked(coding, packed);
      assert.equal(failed, "too_large");
      assert.ok(bytes <= 16 * MIB + 200 * packed.length, `${bytes} bytes of ${packed.length}`);
      assert.ok(largest <= 64 * 1024, `${largest} bytes at once`);
      assert.ok(turns > 5, "nobody else had a turn");
    }
  });

  Deno.test(`content encoding: a long honest answer in ${coding} comes whole`, async () => {
    const events = Array.from(
      { length: 200_000 },
      (_, n) =>
        `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","n":${n * 7919 % 65_537}}\n\n`,
    );
    const text = events.join("");
    const { bytes, failed } = await unpacked(coding, pack(text));
    assert.deepEqual({ bytes, failed }, { bytes: text.length, failed: "" });
  });
}
