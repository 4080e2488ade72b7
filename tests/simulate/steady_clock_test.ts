import assert from "node:assert/strict";
import { steadyClock } from "../../lib/simulate/steady_clock.ts";
import { systemClock } from "../../lib/base/clock.ts";

/** Keeps this process from doing anything else, as a machine does that has no time for it. */
function stall(ms: number): void {
  const until = systemClock.now() + ms;
  while (systemClock.now() < until);
}

Deno.test("steady clock: timers fire in order, and time moves on with them", async () => {
  const clock = steadyClock(systemClock, { factor: 50 });
  const fired: string[] = [];
  const began = clock.now();
  await new Promise<void>((resolve) => {
    clock.after(2_000, () => {
      fired.push("second");
      resolve();
    });
    clock.after(1_000, () => fired.push("first"));
    clock.after(1_500, () => fired.push("cancelled"))();
  });
  assert.deepEqual(fired, ["first", "second"]);
  assert.ok(clock.now() - began >= 2_000);
});

Deno.test("steady clock: no deadline passes while this process stands still, before what came meanwhile is read", async () => {
  const clock = steadyClock(systemClock, { factor: 20 });
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const conn = await Deno.connect({ port: listener.addr.port, hostname: "127.0.0.1" });
  const served = await listener.accept();
  await served.write(new Uint8Array(1));
  const fired: string[] = [];
  const over = new Promise<void>((resolve) => {
    clock.after(2_000, () => {
      fired.push("deadline");
      resolve();
    });
  });
  stall(500);
  await conn.read(new Uint8Array(1));
  fired.push("read");
  await over;
  assert.deepEqual(fired, ["read", "deadline"]);
  for (const one of [conn, served, listener]) one.close();
});

Deno.test("steady clock: what a timer sets going comes before the next timer", async () => {
  const clock = steadyClock(systemClock, { factor: 20 });
  const fired: string[] = [];
  await new Promise<void>((resolve) => {
    clock.after(20, () => void Promise.resolve().then(() => fired.push("of the first")));
    clock.after(21, () => {
      fired.push("second");
      resolve();
    });
    stall(50);
  });
  assert.deepEqual(fired, ["of the first", "second"]);
});
