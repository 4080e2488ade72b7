/**
 * The bench's parts with tiny numbers: that they run and say what they saw, never what is fast.
 */

import assert from "node:assert/strict";
import { answer, floodOf, WIRES } from "./answers.ts";
import { contestants, type Hop, type Opener, sidecar } from "./hop.ts";
import { longRequest, measureIdle, measureRequest } from "./measure_size.ts";
import { measureFlood, measurePaced } from "./measure_speed.ts";
import { selfTimes } from "./profile.ts";
import { median, table } from "./table.ts";
import { startUpstream } from "./upstream.ts";

/** Milliseconds between the heartbeats of the sidecars here: the shortest that can be set. */
const HEARTBEAT = 100;

const hops: Record<string, { open: Opener; heartbeat?: number }> = {
  "a bare proxy": { open: opener("bare Deno") },
  "node:http": { open: opener("node:http") },
  "the sidecar on the Responses wire": {
    open: (port) => sidecar(port, "responses", { heartbeat: HEARTBEAT }),
    heartbeat: HEARTBEAT,
  },
  "the sidecar on the Chat wire": {
    open: (port) => sidecar(port, "chat", { heartbeat: HEARTBEAT }),
  },
  "the sidecar on the Messages wire": {
    open: (port) => sidecar(port, "anthropic", { heartbeat: HEARTBEAT }),
    heartbeat: HEARTBEAT,
  },
};

function opener(name: string): Opener {
  return (port) => contestants().find((one) => one.name === name)?.open(port) ?? never(name);
}

function never(name: string): never {
  throw new Error(`there is no contestant ${name}`);
}

for (const [name, { open, heartbeat }] of Object.entries(hops)) {
  Deno.test({
    name: `bench: every measurement runs through ${name}`,
    ignore: Deno.build.os !== "linux", // memory is read from /proc
    async fn() {
      const upstream = await startUpstream();
      const hop = await open(upstream.port);
      assert.ok(typeof hop === "object", `${hop}`);
      try {
        await measureAll(hop, heartbeat);
      } finally {
        await hop.close();
        await upstream.close();
      }
    },
  });
}

async function measureAll(hop: Hop, heartbeat: number | undefined): Promise<void> {
  for (const together of [1, 16]) {
    const { rate } = await measureFlood(hop, { streams: 2, events: 100, together, lasting: 1 });
    assert.ok(rate > 0);
  }
  const paced = await measurePaced(hop, { streams: 3, pace: 50, warm: 100, window: 200 });
  assert.ok(paced.p50 > 0 && paced.p99 >= paced.p50, JSON.stringify(paced));
  assert.ok(paced.arrived > 0, "no event arrived");
  assert.ok(await measureRequest(hop, longRequest(100_000)) > 0);
  const [held] = await measureIdle(hop, { counts: [3], settle: 1, heartbeat });
  assert.equal(held?.streams, 3);
  assert.equal(Number.isNaN(held?.late), heartbeat === undefined, "heartbeats were seen");
}

Deno.test("bench: an answer that lost its end is not fast but an error", async () => {
  const cutting = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(`data: {"usage":{"total_tok`),
  );
  const hop = { name: "cutting", port: cutting.addr.port, path: "/v1", pid: undefined };
  const options = { streams: 1, events: 10, together: 1, lasting: 1 };
  const asked = measureFlood({ ...hop, close: () => Promise.resolve() }, options);
  await assert.rejects(asked, /cutting cut an answer short/);
  await cutting.shutdown();
});

Deno.test("bench: an event is about 200 bytes, and a flood has each in a write of its own", () => {
  for (const wire of WIRES) {
    const { length } = answer(wire).delta(" fox");
    assert.ok(length > 150 && length < 250, `${wire}: ${length}`);
    assert.equal(floodOf(wire, 48, 1).length, 50);
    assert.equal(floodOf(wire, 48, 16).length, 5);
  }
});

Deno.test("bench: a profile becomes functions by their own time", () => {
  const node = (id: number, functionName: string, url: string) => {
    return { id, callFrame: { functionName, url, lineNumber: 8 } };
  };
  const profile = {
    nodes: [node(1, "(idle)", ""), node(2, "push", "file:///x/lib/wire/sse.ts")],
    samples: [1, 2, 2],
    timeDeltas: [1_000, 2_000, 1_000],
  };
  assert.deepEqual(selfTimes(profile), [
    { where: "push  lib/wire/sse.ts:9", ms: 3, share: 0.75 },
    { where: "(idle)", ms: 1, share: 0.25 },
  ]);
});

Deno.test("bench: medians leave out what was not measured, tables line up", () => {
  assert.equal(median([3, NaN, 1, 2]), 2);
  assert.equal(table(["", "ms"], [["a", "1"], ["bcd", "22"]]), "     ms\na     1\nbcd  22");
});
