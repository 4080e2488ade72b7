/** Spans of exchanges, as a tracer of OpenTelemetry is asked for them. */

import assert from "node:assert/strict";
import { isTraceparent } from "../../lib/base/traceparent.ts";
import type { ExchangeRecord } from "../../lib/observe/observer.ts";
import { asksForTraces, denoTracer, type Tracer, traces } from "../../lib/observe/traces.ts";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const PARENT = `00-${TRACE}-b7ad6b7169203331-01`;
const record: ExchangeRecord = {
  id: "1".repeat(32),
  upstream: "up",
  model: "m",
  path: "/responses",
  status: 200,
  head: 10,
  firstContent: 20,
  longestSilence: 5,
  heartbeats: 2,
  replays: 1,
  attempts: 3,
  outcome: "completed",
  usage: { input: 7, cached: 0, output: 3, reasoning: 0 },
  duration: 400,
};

/** What a tracer was asked for by one exchange. */
function spanOf(changes: Partial<ExchangeRecord>) {
  const asked: unknown[] = [];
  const tracer: Tracer = {
    startSpan(name, options, context) {
      const key = Symbol.for("OpenTelemetry Context Key SPAN");
      const parent = context?.getValue(key) as { spanContext(): object } | undefined;
      asked.push(name, options.startTime, options.attributes, parent?.spanContext());
      return { setStatus: (status) => asked.push(status), end: (time) => asked.push(time) };
    },
  };
  traces(tracer, () => 1_000).finished({ ...record, ...changes });
  return asked;
}

Deno.test("traces: a span begins and ends with its exchange, under the client's, and says what the log says", () => {
  assert.deepEqual(spanOf({ requestId: "mine", traceparent: PARENT }), [
    "sidecar /responses",
    600,
    {
      "gen_ai.request.model": "m",
      "http.response.status_code": 200,
      "sidecar.upstream": "up",
      "sidecar.outcome": "completed",
      "sidecar.request_id": "mine",
      "sidecar.attempts": 3,
      "sidecar.replays": 1,
      "sidecar.heartbeats": 2,
      "sidecar.longest_silence_ms": 5,
      "sidecar.first_content_ms": 20,
      "gen_ai.usage.input_tokens": 7,
      "gen_ai.usage.output_tokens": 3,
    },
    { traceId: TRACE, spanId: "b7ad6b7169203331", traceFlags: 1, isRemote: true },
    1_000,
  ]);
});

Deno.test("traces: a failure is marked by its code; its message, keys and control characters stay out", () => {
  const key = `sk-${"a1B2c3D4".repeat(6)}`;
  const span = spanOf({
    outcome: "failed",
    code: "overloaded",
    message: `The key ${key}`,
    model: `m\u001b[31m ${key}`,
  });
  const text = JSON.stringify(span);
  assert.ok(!text.includes(key) && !text.includes("\\u001b"), text);
  assert.deepEqual(span.slice(-2), [{ code: 2, message: "overloaded" }, 1_000]);
});

Deno.test("traces: what is no traceparent is no parent", () => {
  for (
    const bad of [
      "",
      `ff-${TRACE}-b7ad6b7169203331-01`,
      `00-${"0".repeat(32)}-b7ad6b7169203331-01`,
      `00-${TRACE}-${"0".repeat(16)}-01`,
      PARENT.toUpperCase(),
      `${PARENT}x`,
      `${PARENT}-${"a".repeat(300)}`,
    ]
  ) assert.equal(isTraceparent(bad), false, bad);
  assert.equal(isTraceparent(PARENT), true);
  assert.equal(spanOf({ traceparent: "00-1-2-3" })[3], undefined);
});

Deno.test("traces: only where OTEL_DENO asks for them", () => {
  for (const value of [undefined, "", "false", "0"]) {
    assert.equal(asksForTraces(() => value), false);
  }
  for (const value of ["true", "1"]) assert.equal(asksForTraces(() => value), true);
});

Deno.test("traces: a Deno that exports nothing has no tracer, instead of one that throws at every exchange", () => {
  // As this process was started without OTEL_DENO
  assert.equal(denoTracer("1"), undefined);
});
