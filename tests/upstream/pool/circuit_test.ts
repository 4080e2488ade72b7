/** A circuit: open until a time, one probe, longer each time. */

import assert from "node:assert/strict";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { Circuit } from "../../../lib/upstream/pool/circuit.ts";

Deno.test("circuit: open for a time, then one request tries it", async () => {
  const clock = new FakeClock();
  const circuit = new Circuit(clock);
  assert.ok(circuit.welcomes);
  circuit.failed("Busy");
  assert.deepEqual({ ...circuit.state }, { is: "open", until: 30_000, why: "Busy" });
  assert.ok(!circuit.welcomes);
  await clock.advance(30_000);
  assert.deepEqual({ ...circuit.state }, { is: "half-open", why: "Busy" });
  assert.ok(circuit.welcomes);
  const probe = circuit.begin();
  assert.ok(!circuit.welcomes, "one probe at a time");
  circuit.begin().left();
  assert.ok(!circuit.welcomes, "who had nowhere else to go was no probe");
  probe.succeeded();
  assert.deepEqual({ ...circuit.state }, { is: "closed" });
});

Deno.test("circuit: longer each time, up to five minutes; a success begins anew", async () => {
  const clock = new FakeClock();
  const circuit = new Circuit(clock);
  const waits: number[] = [];
  for (let at = 0; at < 6; at++) {
    circuit.failed("Busy");
    const { state } = circuit;
    assert.ok(state.is === "open");
    waits.push((state.until - clock.now()) / 1000);
    await clock.advance(state.until - clock.now());
  }
  assert.deepEqual(waits, [30, 60, 120, 240, 300, 300]);
  circuit.begin().succeeded();
  circuit.failed("Busy");
  assert.equal(circuit.state.is === "open" && circuit.state.until - clock.now(), 30_000);
});

Deno.test("circuit: a refusal's own time counts, up to a month", async () => {
  const clock = new FakeClock();
  const circuit = new Circuit(clock);
  circuit.failed("Quota", 7_200_000);
  assert.equal(circuit.state.is === "open" && circuit.state.until, 7_200_000);
  circuit.failed("Busy");
  assert.equal(circuit.state.is === "open" && circuit.state.until, 7_200_000, "never shorter");
  await clock.advance(7_200_000);
  circuit.failed("Quota", 1e15);
  assert.equal(circuit.state.is === "open" && circuit.state.until - clock.now(), 31 * 86_400_000);
});

Deno.test("circuit: a probe whose client left leaves room for another", async () => {
  const clock = new FakeClock();
  const circuit = new Circuit(clock);
  circuit.failed("Busy");
  await clock.advance(30_000);
  circuit.begin().left();
  assert.ok(circuit.welcomes);
});

Deno.test("circuit: many that fail at once open it once", async () => {
  const clock = new FakeClock();
  const circuit = new Circuit(clock);
  for (let at = 0; at < 12; at++) circuit.failed("Busy");
  assert.equal(circuit.state.is === "open" && circuit.state.until, 30_000);
  await clock.advance(30_000);
  circuit.failed("Busy");
  assert.equal(circuit.state.is === "open" && circuit.state.until, 90_000, "doubled once");
});

Deno.test("circuit: an answer that began before a refusal does not undo it", () => {
  const clock = new FakeClock();
  const circuit = new Circuit(clock);
  const early = circuit.begin();
  circuit.failed("Quota", 3_600_000);
  early.succeeded();
  early.left();
  assert.equal(circuit.state.is, "open");
  circuit.begin().succeeded(); // one that had nowhere else to go
  assert.equal(circuit.state.is, "closed");
});
