import assert from "node:assert/strict";
import * as zlib from "node:zlib";
import { Failure, type FailureCode } from "../../../lib/base/errors.ts";
import {
  BODY_TIMEOUT_MS,
  readBody as readBodyOf,
  readObject,
} from "../../../lib/proxy/inbound/body.ts";
import { FakeClock, settle } from "../../helpers/clock/fake_clock.ts";

const LIMIT = 1000;
const text = JSON.stringify({ model: "m", input: "x".repeat(500) });
const bytes = new TextEncoder().encode(text);
const packed = {
  gzip: zlib.gzipSync(bytes),
  "x-gzip": zlib.gzipSync(bytes),
  deflate: zlib.deflateSync(bytes),
  br: zlib.brotliCompressSync(bytes),
  zstd: zlib.zstdCompressSync(bytes),
};
const zeros = new Uint8Array(50_000_000);

function post(body: Uint8Array, headers: Record<string, string> = {}): Request {
  return new Request("http://127.0.0.1/", { method: "POST", body: body.slice(), headers });
}

/** Reads it, and leaves no timer behind. */
async function readBody(request: Request, limit: number): Promise<Uint8Array> {
  const clock = new FakeClock();
  try {
    return await readBodyOf(request, { limit, clock, silence: 30_000 });
  } finally {
    assert.equal(clock.armed, 0);
  }
}

async function codeOf(promise: Promise<unknown>): Promise<FailureCode> {
  const failure = await promise.then(() => assert.fail("nothing was refused"), (error) => error);
  assert(failure instanceof Failure, String(failure));
  return failure.code;
}

for (const [coding, body] of Object.entries({ identity: bytes, ...packed })) {
  Deno.test(`body: ${coding} is read`, async () => {
    const read = await readBody(post(body, { "content-encoding": coding }), LIMIT);
    assert.equal(new TextDecoder().decode(read), text);
  });
}

Deno.test("body: two codings come off in the reverse order", async () => {
  const body = zlib.zstdCompressSync(packed.gzip);
  const read = await readBody(post(body, { "content-encoding": "GZIP, zstd" }), LIMIT);
  assert.equal(new TextDecoder().decode(read), text);
});

Deno.test("body: none is empty", async () => {
  assert.equal((await readBody(new Request("http://127.0.0.1/"), LIMIT)).length, 0);
});

const bombs = {
  gzip: zlib.gzipSync(zeros),
  deflate: zlib.deflateSync(zeros),
  br: zlib.brotliCompressSync(zeros, { params: { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: zlib.zstdCompressSync(zeros),
};
for (const [coding, body] of Object.entries(bombs)) {
  Deno.test(`body: a bomb of ${coding} is refused without being unfolded`, async () => {
    const before = Deno.memoryUsage().rss;
    const refused = readBody(post(body, { "content-encoding": coding }), body.length + LIMIT);
    assert.equal(await codeOf(refused), "body_too_large");
    assert(Deno.memoryUsage().rss - before < 25_000_000, "the bomb went off");
  });
}

Deno.test("body: one that announces too much is refused unread", async () => {
  const request = new Request("http://127.0.0.1/", {
    method: "POST",
    body: new ReadableStream({ pull: () => assert.fail("it was read") }, { highWaterMark: 0 }),
    headers: { "content-length": "1001" },
  });
  assert.equal(await codeOf(readBody(request, LIMIT)), "body_too_large");
});

Deno.test("body: one that announces nothing is counted and cut off", async () => {
  let sent = 0;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 300;
      controller.enqueue(new Uint8Array(300));
    },
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  const request = new Request("http://127.0.0.1/", { method: "POST", body });
  assert.equal(await codeOf(readBody(request, LIMIT)), "body_too_large");
  assert.deepEqual({ sent, cancelled }, { sent: 1200, cancelled: true });
});

Deno.test("body: exactly the limit passes", async () => {
  assert.equal((await readBody(post(new Uint8Array(LIMIT)), LIMIT)).length, LIMIT);
});

const refusals: [string, Uint8Array, string, FailureCode][] = [
  ["an unknown coding", bytes, "snappy", "bad_encoding"],
  ["an inherited property as coding", bytes, "constructor", "bad_encoding"],
  ["a chain of codings", bytes, "gzip, gzip, gzip", "bad_encoding"],
  ["gzip that is none", bytes, "gzip", "bad_request"],
  ["gzip cut short", packed.gzip.subarray(0, -4), "gzip", "bad_request"],
  ["zstd that is none", bytes, "zstd", "bad_request"],
  ["zstd cut short", packed.zstd.subarray(0, -4), "zstd", "bad_request"],
];
for (const [name, body, coding, code] of refusals) {
  Deno.test(`body: ${name} is refused`, async () => {
    assert.equal(await codeOf(readBody(post(body, { "content-encoding": coding }), LIMIT)), code);
  });
}

Deno.test("body: a client that breaks off is gone", async () => {
  const body = new ReadableStream({ pull: (controller) => controller.error(new Error("reset")) });
  const request = new Request("http://127.0.0.1/", { method: "POST", body });
  assert.equal(await codeOf(readBody(request, LIMIT)), "client_gone");
});

/** A request whose body comes when the test says so. */
function dripping() {
  let controller!: ReadableStreamDefaultController<Uint8Array>;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (given) => void (controller = given),
    cancel: () => void (cancelled = true),
  });
  const clock = new FakeClock();
  const request = new Request("http://127.0.0.1/", { method: "POST", body });
  const read = readBodyOf(request, { limit: LIMIT, clock, silence: 30_000 });
  const drip = () => controller.enqueue(new Uint8Array(1));
  return { clock, read, drip, end: () => controller.close(), cancelled: () => cancelled };
}

Deno.test("body: one that stops coming is given up after the silence, not before", async () => {
  const { clock, read, drip, cancelled } = dripping();
  const code = codeOf(read);
  await clock.advance(29_000);
  drip();
  await clock.advance(29_000);
  assert.equal(cancelled(), false);
  await clock.advance(1_001);
  assert.equal(await code, "body_timeout");
  await settle();
  assert.deepEqual([cancelled(), clock.armed], [true, 0]);
});

Deno.test("body: one that drips without end is given up in the end", async () => {
  const { clock, read, drip } = dripping();
  const code = codeOf(read);
  for (let passed = 0; passed < BODY_TIMEOUT_MS; passed += 20_000) {
    drip();
    await clock.advance(20_000);
  }
  assert.equal(await code, "body_timeout");
  assert.equal(clock.armed, 0);
});

Deno.test("body: one that comes slowly is read whole", async () => {
  const { clock, read, drip, end } = dripping();
  for (let i = 0; i < 20; i++) {
    drip();
    await clock.advance(25_000);
  }
  end();
  assert.equal((await read).length, 20);
  assert.equal(clock.armed, 0);
});

const objects: [string, Uint8Array | string, RegExp][] = [
  ["nothing", "", /is empty/],
  ["no JSON", "{model", /is not JSON/],
  ["an array", "[1]", /an array/],
  ["null", "null", /null/],
  ["a string", '"x"', /a string/],
  ["no UTF-8", new Uint8Array([0x7b, 0xff, 0x7d]), /not UTF-8/],
];
for (const [name, body, message] of objects) {
  Deno.test(`body: ${name} is no object, and the refusal says so`, () => {
    const raw = typeof body === "string" ? new TextEncoder().encode(body) : body;
    assert.throws(() => readObject(raw), { code: "bad_request", message });
  });
}

Deno.test("body: an object is an object, with a byte order mark too", () => {
  assert.deepEqual(readObject(new TextEncoder().encode('\ufeff{"model":"m"}')), { model: "m" });
});
