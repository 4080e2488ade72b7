import assert from "node:assert/strict";
import { PassedUsage } from "../../../lib/proxy/team/passed_usage.ts";

const TEXT = 'data: {"usage":{"prompt_tokens" : 1234,"completion_tokens":56}}\n\n';
const COST = { usage: { input: 1234, cached: 0, output: 56, reasoning: 0 } };

Deno.test("passed usage: the same count wherever the bytes are split", () => {
  const bytes = new TextEncoder().encode(`${"é".repeat(50)}${TEXT}`);
  for (let at = 0; at <= bytes.length; at++) {
    const usage = new PassedUsage(new Uint8Array(1_000), true);
    usage.push(bytes.subarray(0, at));
    usage.push(bytes.subarray(at));
    assert.deepEqual(usage.cost(false), COST, `${at}`);
  }
  const single = new PassedUsage(new Uint8Array(1_000), true);
  for (const byte of bytes) single.push(Uint8Array.of(byte));
  assert.deepEqual(single.cost(false), COST);
});

Deno.test("passed usage: without a count it is the length, where the path costs tokens at all", () => {
  for (const [estimates, cost] of [[true, { estimate: 3 }], [false, {}]] as const) {
    const usage = new PassedUsage(new Uint8Array(4), estimates);
    usage.push(new Uint8Array(8));
    assert.deepEqual(usage.cost(false), cost);
  }
});

Deno.test("passed usage: a picture in a request is not as many tokens as it has bytes", () => {
  const picture = `"data:image/png;base64,${"A".repeat(400_000)}"`;
  const usage = new PassedUsage(new TextEncoder().encode(`{"a":[${picture},${picture}]}`), true);
  assert.deepEqual(usage.cost(false), { estimate: 2_003 });
});
