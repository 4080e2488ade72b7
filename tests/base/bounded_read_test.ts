import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { type BoundedAnswer, fetchBounded, readBounded } from "../../lib/base/bounded_read.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { Failure } from "../../lib/base/errors.ts";
import { endless } from "../helpers/peers/endless.ts";
import { FakeClock } from "../helpers/clock/fake_clock.ts";

/** A server that answers with a given handler; `left`: resolves when its client is gone. */
async function asked<T>(
  answer: (request: Request) => Response,
  use: (url: string) => Promise<T>,
): Promise<{ got: T; paths: string[] }> {
  const paths: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    paths.push(new URL(request.url).pathname);
    return answer(request);
  });
  try {
    return { got: await use(`http://127.0.0.1:${server.addr.port}/a`), paths };
  } finally {
    await server.shutdown();
  }
}

const bounds = { maxBytes: 1000, timeout: 60_000, clock: systemClock };

Deno.test("bounded_read: a body within the bound is complete, one byte more is cut", async () => {
  for (const [length, cut] of [[0, false], [999, false], [1000, false], [1001, true]] as const) {
    const { got } = await asked(
      () => new Response("x".repeat(length)),
      (url) => fetchBounded(url, {}, bounds),
    );
    assert.deepEqual([got.text.length, got.cut], [Math.min(length, 1000), cut], `${length}`);
  }
});

Deno.test("bounded_read: a body without an end is left at the bound, and its sender notices", async () => {
  const { body, left } = endless("a".repeat(64 * 1024));
  const { got } = await asked(
    () => new Response(body),
    async (url) => {
      const answer = await fetchBounded(url, {}, bounds);
      await left;
      return answer;
    },
  );
  assert.deepEqual([got.text, got.cut], ["a".repeat(1000), true]);
});

Deno.test("bounded_read: a body that drips for ever ends with a message when its time is over", async () => {
  const clock = new FakeClock();
  const { body, left } = endless("a", 5);
  await asked(() => new Response(body), async (url) => {
    const reading = fetchBounded(url, {}, { ...bounds, timeout: 8_000, clock });
    const refused = assert.rejects(reading, (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.fullMessage, "No complete answer came within 8 s");
      return true;
    });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await clock.advance(8_000);
    await refused;
    await left;
  });
  assert.equal(clock.armed, 0);
});

Deno.test("bounded_read: a head that never comes ends with a message, too", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const clock = new FakeClock();
  const accepted = listener.accept();
  const reading = fetchBounded(`http://127.0.0.1:${listener.addr.port}/`, {}, { ...bounds, clock });
  const refused = assert.rejects(reading, { code: "head_timeout" });
  const connection = await accepted;
  await clock.advance(60_000);
  await refused;
  connection.close();
  listener.close();
});

Deno.test("bounded_read: of a few compressed bytes that become 256 MiB no more than the bound is kept", async () => {
  const bomb = new Uint8Array(gzipSync(new Uint8Array(256 * 1024 * 1024)));
  const before = Deno.memoryUsage().rss;
  const { got } = await asked(
    () => new Response(bomb, { headers: { "content-encoding": "gzip" } }),
    (url) => fetchBounded(url, {}, bounds),
  );
  assert.deepEqual([got.text.length, got.cut], [1000, true]);
  const grown = (Deno.memoryUsage().rss - before) / 2 ** 20;
  assert.ok(grown < 128, `${grown} MiB more`);
});

Deno.test("bounded_read: a redirect is an answer, and nobody else is asked", async () => {
  const { got, paths } = await asked<BoundedAnswer>(
    () => new Response(null, { status: 307, headers: { location: "/b" } }),
    (url) => fetchBounded(url, { authorization: "Bearer x" }, bounds),
  );
  assert.deepEqual([got.status, paths], [307, ["/a"]]);
});

Deno.test("bounded_read: characters that are split between two pieces come together", async () => {
  const bytes = new TextEncoder().encode("für");
  async function* pieces() {
    for (const byte of bytes) yield await Promise.resolve(new Uint8Array([byte]));
  }
  assert.deepEqual(await readBounded(pieces(), 100), { text: "für", cut: false });
});
