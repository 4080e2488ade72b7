import assert from "node:assert/strict";
import { connect } from "node:net";
import { systemClock } from "../../../lib/base/clock.ts";
import type { Failure } from "../../../lib/base/errors.ts";
import { maxConnections } from "../../../lib/proxy/listen/descriptors.ts";
import { ACCEPT_PAUSE, GIVE_UP, Listener } from "../../../lib/proxy/listen/listener.ts";
import { FakeClock, settle } from "../../helpers/clock/fake_clock.ts";

/** A listener whose socket fails as `fail` says, one answer an accept; `undefined` waits for a connection. */
function start(fail: () => Error | undefined, busy = () => false) {
  const clock = new FakeClock();
  const seen = {
    opened: 0,
    shed: 0,
    notices: [] as string[],
    lost: [] as Failure[],
  };
  const listen = () => {
    seen.opened++;
    const closed = Promise.withResolvers<never>();
    closed.promise.catch(() => undefined);
    return {
      addr: { transport: "tcp", hostname: "127.0.0.1", port: 8411 },
      accept: () => {
        const error = fail();
        return error ? Promise.reject(error) : closed.promise;
      },
      close: () => closed.reject(new Deno.errors.BadResource("closed")),
    } as unknown as Deno.TcpListener;
  };
  const listener = new Listener({
    host: "127.0.0.1",
    port: 8411,
    max: 10,
    clock,
    observer: {
      finished() {},
      attemptFailed() {},
      notice: (_, message) => seen.notices.push(message),
    },
    open: () => 0,
    busy,
    shed: () => seen.shed++,
    take: () => assert.fail("there was no connection"),
    listen,
  });
  listener.lost.then((failure) => seen.lost.push(failure));
  return { clock, seen, listener };
}

const full = () => new Error("Too many open files (os error 24)");

Deno.test("listener: used up descriptors are waited for, room is made, and it is said once", async () => {
  let times = 3;
  const { clock, seen, listener } = start(() => times-- > 0 ? full() : undefined);
  await clock.advance(3 * ACCEPT_PAUSE);
  assert.deepEqual([seen.shed, seen.opened, seen.notices.length], [3, 1, 1]);
  await clock.advance(2 * GIVE_UP);
  assert.equal(seen.lost.length, 0);
  await listener.close();
  assert.equal(clock.armed, 0);
});

Deno.test("listener: a socket that is broken is opened again", async () => {
  let broken = true;
  const { clock, seen, listener } = start(() =>
    broken ? new Deno.errors.BadResource("gone") : undefined
  );
  await clock.advance(0);
  broken = false;
  await clock.advance(ACCEPT_PAUSE);
  assert.equal(seen.opened, 2);
  await listener.close();
  assert.equal(clock.armed, 0);
});

for (const kind of ["ConnectionAborted", "ConnectionReset", "NotConnected"] as const) {
  Deno.test(`listener: a client that left the queue is no fault (${kind})`, async () => {
    let times = 5;
    const { clock, seen, listener } = start(() =>
      times-- > 0 ? new Deno.errors[kind]() : undefined
    );
    for (let i = 0; i < 5; i++) await settle();
    assert.deepEqual([seen.notices, clock.armed, times], [[], 0, -1]);
    assert.deepEqual([seen.shed, seen.opened], [0, 1]);
    await listener.close();
  });
}

Deno.test("listener: clients that reset before they are accepted cost nobody else a connection", async () => {
  const socket = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = socket.addr;
  const leave = () =>
    new Promise<void>((resolve) => {
      const client = connect(port, "127.0.0.1", () => client.resetAndDestroy());
      client.once("close", () => resolve());
    });
  await Promise.all(Array.from({ length: 20 }, leave));
  const stays = await Deno.connect({ hostname: "127.0.0.1", port });
  const taken = Promise.withResolvers<Deno.TcpConn>();
  const listener = new Listener({
    host: "127.0.0.1",
    port,
    max: 100,
    clock: systemClock,
    observer: {
      finished() {},
      attemptFailed() {},
      notice: (_, message) => assert.fail(message),
    },
    open: () => 0,
    busy: () => false,
    shed: () => assert.fail("there are descriptors"),
    take: (conn) => taken.resolve(conn),
    listen: () => socket,
  });
  const conn = await taken.promise;
  assert.equal(conn.remoteAddr.port, stays.localAddr.port);
  for (const end of [conn, stays]) end.close();
  await listener.close();
});

Deno.test("listener: it gives up with a message, but never while something runs", async () => {
  let busy = true;
  const { clock, seen, listener } = start(full, () => busy);
  await clock.advance(2 * GIVE_UP);
  assert.equal(seen.lost.length, 0);
  busy = false;
  await clock.advance(ACCEPT_PAUSE);
  assert.match(
    seen.lost[0]?.fullMessage ?? "",
    /could not accept a connection for 1 m: Too many open files/,
  );
  await listener.close();
  assert.equal(clock.armed, 0);
});

const caps: [string, number | undefined, number][] = [
  ["an unknown limit", undefined, 16_384],
  ["a hard limit of 256", 256, 96],
  ["a usual limit", 1024, 480],
  ["a limit below the reserve", 32, 16],
  ["a huge limit", 1_048_576, 16_384],
];
for (const [name, limit, cap] of caps) {
  Deno.test(`descriptors: ${name} leaves room for ${cap} connections`, () =>
    assert.equal(maxConnections(limit), cap));
}
