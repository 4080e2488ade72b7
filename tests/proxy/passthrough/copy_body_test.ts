import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { copyBody } from "../../../lib/proxy/passthrough/copy_body.ts";
import { bodyReader } from "../../../lib/upstream/body_reader.ts";
import { FakeClock, settle } from "../../helpers/clock/fake_clock.ts";
import { testConfig } from "../../helpers/proxy/app.ts";

const HEARTBEAT = ": keepalive\n\n";

/** A carried body whose upstream, clock and client are under the test's hand. */
function scene({ events = true } = {}) {
  const clock = new FakeClock();
  const client = new AbortController();
  const ends: [string | undefined, number][] = [];
  const pulled = { times: 0 };
  let upstream!: ReadableStreamDefaultController<Uint8Array>;
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => void (upstream = controller),
    pull: () => void pulled.times++,
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  const timeouts = { ...testConfig().timeouts, firstEvent: 35_000, silence: 25_000 };
  const stream = copyBody({
    body: bodyReader(body),
    clock,
    title: "MiMo",
    signal: client.signal,
    explain: (thrown) => new Failure("broken_stream", String(thrown)),
    heartbeats: events
      ? { text: HEARTBEAT, interval: 10_000, timeouts, onHeartbeat: () => {} }
      : undefined,
    onEnd: (failure, silence) => ends.push([failure?.code, silence]),
  });
  const reader = stream.getReader();
  const read = async () => {
    const { done, value } = await reader.read();
    return done ? undefined : new TextDecoder().decode(value);
  };
  const send = (text: string) => upstream.enqueue(new TextEncoder().encode(text));
  return {
    clock,
    client,
    ends,
    pulled,
    reader,
    read,
    send,
    upstream,
    wasCancelled: () => cancelled,
  };
}

Deno.test("copy body: bytes go through as they come and end cleanly", async () => {
  const { read, send, upstream, ends, clock } = scene();
  send("data: a\r");
  assert.equal(await read(), "data: a\r");
  const next = read();
  send("\n\r\n");
  assert.equal(await next, "\n\r\n");
  upstream.close();
  assert.equal(await read(), undefined);
  assert.deepEqual([ends, clock.armed], [[[undefined, 0]], 0]);
});

Deno.test("copy body: heartbeats go out before the first event and between two, and nothing is lost", async () => {
  const { read, send, upstream, clock } = scene();
  const got: (string | undefined)[] = [];
  const step = async (act: () => void | Promise<void>) => {
    const next = read();
    await act();
    got.push(await next);
  };
  await step(() => clock.advance(10_000));
  await step(() => clock.advance(10_000));
  await step(() => send("data: a\n\n"));
  await step(() => clock.advance(10_000));
  await step(() => send("data: b\n\n"));
  upstream.close();
  await step(() => {});
  assert.deepEqual(got, [HEARTBEAT, HEARTBEAT, "data: a\n\n", HEARTBEAT, "data: b\n\n", undefined]);
  assert.equal(clock.armed, 0);
});

Deno.test("copy body: no heartbeat falls inside an event", async () => {
  const { read, send, clock } = scene();
  send("data: a");
  assert.equal(await read(), "data: a");
  const next = read();
  await clock.advance(21_000);
  send("b\n\n");
  assert.equal(await next, "b\n\n");
  const heartbeat = read();
  await clock.advance(9_999);
  assert.equal(await Promise.race([heartbeat, settle().then(() => "silence")]), "silence");
  await clock.advance(1);
  assert.equal(await heartbeat, HEARTBEAT);
});

Deno.test("copy body: a client that does not read gets no heartbeat, and no bytes are read for it", async () => {
  const { pulled, clock, read, send } = scene();
  await clock.advance(24_000);
  assert.deepEqual([pulled.times, clock.armed], [0, 0]);
  send("data: late\n\n");
  assert.equal(await read(), "data: late\n\n");
});

Deno.test("copy body: a body that is no event stream gets no heartbeats and waits without limit", async () => {
  const { read, send, clock } = scene({ events: false });
  const next = read();
  await clock.advance(3_600_000);
  send("{}");
  assert.equal(await next, "{}");
});

for (
  const [name, first, wait, code, message] of [
    ["before the first byte", "", 35_000, "first_event_timeout", /for 35 s after its response/],
    ["after content", "data: a\n\n", 25_000, "silence", /for 25 s after 9 bytes/],
  ] as const
) {
  Deno.test(`copy body: heartbeats do not hide an upstream that is silent ${name}`, async () => {
    const { read, send, clock, ends, wasCancelled } = scene();
    if (first) send(first);
    if (first) assert.equal(await read(), first);
    const heartbeats = [];
    const broken = (async () => {
      while (true) heartbeats.push(await read());
    })();
    const rejected = assert.rejects(broken, { code, message });
    await clock.advance(wait);
    await rejected;
    assert.deepEqual(ends, [[code, wait]]);
    assert.deepEqual([heartbeats.length, wasCancelled(), clock.armed], [
      Math.floor(wait / 10_000),
      true,
      0,
    ]);
  });
}

Deno.test("copy body: a broken upstream breaks the client's stream", async () => {
  const { read, send, upstream, ends, clock } = scene();
  send("data: a\n\n");
  await read();
  const next = read();
  const rejected = assert.rejects(next, { code: "broken_stream" });
  upstream.error(new Error("reset"));
  await rejected;
  assert.deepEqual([ends, clock.armed], [[["broken_stream", 0]], 0]);
});

Deno.test("copy body: a client that cancels a silent stream frees the upstream", async () => {
  const { reader, ends, wasCancelled, clock } = scene();
  const next = reader.read();
  await clock.advance(3_000);
  await reader.cancel();
  assert.deepEqual([(await next).done, ends, wasCancelled()], [
    true,
    [["client_gone", 3_000]],
    true,
  ]);
});

Deno.test("copy body: a client that leaves without reading frees the upstream", async () => {
  const { client, ends, wasCancelled, clock, reader } = scene();
  client.abort(new Failure("shutting_down", "The sidecar stops"));
  await settle();
  assert.deepEqual([ends, wasCancelled(), clock.armed], [[["shutting_down", 0]], true, 0]);
  await assert.rejects(reader.read(), { code: "shutting_down" });
});

Deno.test("copy body: the end is reported once", async () => {
  const { client, reader, read, upstream, ends } = scene();
  upstream.close();
  assert.equal(await read(), undefined);
  client.abort(new Failure("client_gone", "late"));
  await reader.cancel();
  assert.deepEqual(ends, [[undefined, 0]]);
});
