/** What a stream that waits keeps in use: little of its own, and its request once. */

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { WIRES } from "../../bench/answers.ts";
import { ask, type Asked, shortBody } from "../../bench/client.ts";
import { longRequest } from "../../bench/measure_size.ts";
import { startUpstream } from "../../bench/upstream.ts";
import { lines } from "../../helpers/codex/codex.ts";

const RUN = fileURLToPath(new URL("../../helpers/rules/waiting_run.ts", import.meta.url));
const KIB = 1024;
const REQUEST = 200 * KIB;
/** Streams before the first look, so that code is compiled, and those that are measured. */
const [WARM, COUNT] = [50, 200];

/** Bytes in use for each waiting stream. */
async function keptFor(wire: string, body: Uint8Array): Promise<number> {
  const upstream = await startUpstream();
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-q", "--v8-flags=--expose-gc", "-A", RUN],
      ...[`http://127.0.0.1:${upstream.port}/v1`, wire],
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const told = lines(child.stdout);
  const read = async () => Number((await told.next()).value);
  const port = await read();
  const hop = { name: wire, port, path: "/v1", pid: child.pid, close: () => Promise.resolve() };
  const input = child.stdin.getWriter();
  const inUse = async () => {
    await input.write(new TextEncoder().encode("\n"));
    return await read();
  };
  const open: Asked[] = [];
  const wait = async (count: number) => {
    for (let i = 0; i < count; i++) {
      const asked = await ask(hop, body);
      open.push(asked);
      let text = "";
      while (!text.includes("@")) { // the first delta: from now on it is silent
        const bytes = await asked.read();
        assert.ok(bytes, "the answer ended");
        text += new TextDecoder().decode(bytes);
      }
    }
    return await inUse();
  };
  try {
    const before = await wait(WARM);
    return (await wait(COUNT) - before) / COUNT;
  } finally {
    for (const asked of open) asked.leave();
    await input.close();
    await child.status;
    await told.return();
    await upstream.close();
  }
}

for (const wire of WIRES) {
  Deno.test(`waiting memory: a silent stream keeps less than 54 KiB in use (${wire})`, async () => {
    const kept = await keptFor(wire, shortBody("idle")) / KIB;
    assert.ok(kept > 10 && kept < 54, `${kept} KiB`);
  });

  Deno.test(`waiting memory: the texts of a request of 200 KiB are kept once (${wire})`, async () => {
    const kept = await keptFor(wire, longRequest(REQUEST)) / REQUEST;
    assert.ok(kept > 1 && kept < 2, `${kept} times`);
  });
}
