import assert from "node:assert/strict";
import { Failure } from "../../lib/base/errors.ts";
import { silent } from "../../lib/observe/observer.ts";
import type { App } from "../../lib/proxy/app.ts";
import { ABORT_GRACE, startServer } from "../../lib/proxy/server.ts";
import { testConfig } from "../helpers/proxy/app.ts";
import { FakeClock, seededRandom } from "../helpers/clock/fake_clock.ts";

/** An app whose `/stream` runs until the test, or an abort, ends it; `/deaf` ignores the abort. */
function heldApp() {
  const idle = Promise.withResolvers<void>();
  const aborted: Failure[] = [];
  let end = () => {};
  let live = 0;
  const app: App & { aborted: Failure[]; closed: number; unreadied: number; finish(): void } = {
    aborted,
    closed: 0,
    unreadied: 0,
    finish: () => end(),
    fetch(request) {
      const { pathname } = new URL(request.url);
      if (pathname === "/") return Promise.resolve(new Response("whole"));
      live++;
      const body = new ReadableStream<Uint8Array>({
        start(controller) {
          controller.enqueue(new TextEncoder().encode("begun "));
          end = () => {
            controller.enqueue(new TextEncoder().encode("ended"));
            controller.close();
            live--;
            idle.resolve();
          };
        },
      });
      return Promise.resolve(new Response(body, { headers: { "x-path": pathname } }));
    },
    mostAtOnce: () => new Map(),
    live: () => live,
    unready: () => void app.unreadied++,
    drain: () => live === 0 ? Promise.resolve() : idle.promise,
    abort(reason) {
      aborted.push(reason);
      if (live > 0) end();
    },
    close: () => void app.closed++,
  };
  return app;
}

function start(
  app: App,
  host = "127.0.0.1",
  port = 0,
  drain = { notice: 0, limit: 80_000 },
) {
  const clock = new FakeClock();
  const config = testConfig({ listen: { host, port, token: null }, drain });
  const deps = { clock, random: seededRandom(1), observer: silent, env: () => undefined };
  return { clock, running: startServer(config, { ...deps, version: "1.2.3", app }) };
}

Deno.test("server: port 0 finds a free one and answers there", async () => {
  const app = heldApp();
  const { running } = start(app);
  assert.equal(running.url, `http://127.0.0.1:${running.port}`);
  assert.notEqual(running.port, 0);
  assert.equal(await (await fetch(running.url)).text(), "whole");
  await running.stop();
  assert.equal(app.closed, 1);
});

Deno.test("server: without an app of the test's it runs the real one", async () => {
  const { running } = start(undefined as unknown as App);
  const health = await (await fetch(`${running.url}/healthz`)).json();
  assert.deepEqual(health, { status: "ok", version: "1.2.3", live: 0 });
  await running.stop();
});

Deno.test("server: stopping lets a live stream end and takes no new connection", async () => {
  const app = heldApp();
  const { running } = start(app);
  const response = await fetch(`${running.url}/stream`);
  let stopped = false;
  const stop = running.stop().then(() => stopped = true);
  await assert.rejects(async () => await Deno.connect({ port: running.port }));
  assert.deepEqual([stopped, running.live()], [false, 1]);
  app.finish();
  assert.equal(await response.text(), "begun ended");
  await stop;
  assert.deepEqual([running.live(), app.aborted, app.closed], [0, [], 1]);
});

Deno.test("server: with a notice it is unready first, takes connections until that is over, and an abort does not wait", async () => {
  for (const hurried of [false, true]) {
    const app = heldApp();
    const { running, clock } = start(app, "127.0.0.1", 0, { notice: 10_000, limit: 80_000 });
    const stop = running.stop();
    assert.equal(app.unreadied, 1);
    assert.equal(await (await fetch(running.url)).text(), "whole");
    if (hurried) await running.abort();
    else await clock.advance(10_000);
    await stop;
    await assert.rejects(async () => await Deno.connect({ port: running.port }));
    assert.deepEqual([clock.armed, app.closed], [0, 1]);
  }
});

Deno.test("server: aborting, also after stopping, ends live streams with the reason", async () => {
  const app = heldApp();
  const { running, clock } = start(app);
  const response = await fetch(`${running.url}/stream`);
  const stop = running.stop();
  await running.abort();
  await stop;
  assert.equal(await response.text(), "begun ended");
  assert.deepEqual(app.aborted.map(({ code }) => code), ["shutting_down"]);
  assert.deepEqual([clock.armed, app.closed], [0, 1]);
});

Deno.test("server: a stream that does not hear the abort delays it by the grace at most", async () => {
  const app = heldApp();
  const finish = app.finish;
  app.abort = () => {};
  const { running, clock } = start(app);
  const response = await fetch(`${running.url}/stream`);
  const abort = running.abort();
  await clock.advance(ABORT_GRACE);
  await abort;
  assert.equal(running.live(), 1);
  finish();
  await response.text();
  await running.stop();
});

Deno.test("server: a taken port is reported in one line, with a hint", async () => {
  const first = start(heldApp()).running;
  const second = heldApp();
  assert.throws(() => start(second, "127.0.0.1", first.port), (error) => {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, "bad_config");
    assert.equal(
      error.fullMessage,
      `The sidecar cannot listen on 127.0.0.1:${first.port}: the port is taken. ` +
        `Stop what listens there (${first.url}/healthz tells whether it is a sidecar), ` +
        "or choose another port with --port",
    );
    return true;
  });
  assert.equal(second.closed, 1);
  await first.stop();
});

Deno.test("server: an address of another machine is reported as that", () => {
  assert.throws(() => start(heldApp(), "192.0.2.1"), /192\.0\.2\.1:0: this machine has no such/);
});

Deno.test("server: a client on this machine can use the URL of every address", async () => {
  for (const [host, shown] of [["0.0.0.0", "127.0.0.1"], ["localhost", "localhost"]] as const) {
    const { running } = start(heldApp(), host);
    assert.equal(running.url, `http://${shown}:${running.port}`);
    assert.equal(await (await fetch(running.url)).text(), "whole");
    await running.stop();
  }
});
