/**
 * A span for each exchange, for OpenTelemetry: what the log says of it, under the trace that the client's `traceparent` names.
 *
 * Deno exports them where `OTEL_DENO=true` asks for that, by its own `OTEL_*` variables; a compiled binary cannot. A span is made when the exchange is over,
 * from the record that the log gets too: nothing of it runs on the data path, and no text of a request or an answer is in it.
 *
 * @module
 */

import { displayLine } from "../base/display.ts";
import { maskSecrets } from "../base/secrets/secrets.ts";
import { readTraceparent } from "../base/traceparent.ts";
import { type ExchangeRecord, type Observer, silent } from "./observer.ts";

/** What a span needs to be made: the part of OpenTelemetry's tracer that is used here. */
export interface Tracer {
  startSpan(name: string, options: SpanOptions, context?: SpanContextReader): Span;
}

interface SpanOptions {
  readonly kind: number;
  /** Milliseconds since 1970. */
  readonly startTime: number;
  readonly attributes: Readonly<Record<string, string | number>>;
}

interface Span {
  setStatus(status: { readonly code: number; readonly message?: string }): unknown;
  end(time: number): void;
}

/** A context of OpenTelemetry that has nothing but a parent. */
interface SpanContextReader {
  getValue(key: symbol): unknown;
  setValue(key: symbol, value: unknown): SpanContextReader;
  deleteValue(key: symbol): SpanContextReader;
}

/** `SpanKind.SERVER` and `SpanStatusCode.ERROR` of OpenTelemetry's API. */
const SERVER = 1;
const ERROR = 2;
/** Where OpenTelemetry's API keeps the parent in a context. */
const SPAN_KEY = Symbol.for("OpenTelemetry Context Key SPAN");
const LONGEST = 200;

/** An observer that makes spans. @param wall milliseconds since 1970 */
export function traces(tracer: Tracer, wall: () => number): Observer {
  return {
    ...silent,
    finished(record) {
      const end = wall();
      const options = {
        kind: SERVER,
        startTime: end - record.duration,
        attributes: attributes(record),
      };
      const parent = parentOf(record.traceparent);
      const span = tracer.startSpan(
        `sidecar ${safe(record.path)}`,
        options,
        ...parent ? [parent] : [],
      );
      if (record.outcome === "failed") span.setStatus({ code: ERROR, message: record.code ?? "" });
      span.end(end);
    },
  };
}

/** Names of OpenTelemetry's conventions where it has one, else `sidecar.*`; times in milliseconds. */
function attributes(record: ExchangeRecord): Record<string, string | number> {
  const { code, usage, firstContent, requestId, id } = record;
  return {
    "gen_ai.request.model": safe(record.model),
    "http.response.status_code": record.status,
    "sidecar.upstream": safe(record.upstream),
    "sidecar.outcome": record.outcome,
    "sidecar.request_id": safe(requestId ?? id),
    "sidecar.attempts": record.attempts,
    "sidecar.replays": record.replays,
    "sidecar.heartbeats": record.heartbeats,
    "sidecar.longest_silence_ms": record.longestSilence,
    ...firstContent !== null && { "sidecar.first_content_ms": firstContent },
    ...code && { "error.type": code },
    ...usage && {
      "gen_ai.usage.input_tokens": usage.input,
      "gen_ai.usage.output_tokens": usage.output,
    },
  };
}

function safe(text: string): string {
  return displayLine(maskSecrets(text), LONGEST);
}

/** The client's span as the parent; `undefined` where it named none. */
function parentOf(traceparent: string | undefined): SpanContextReader | undefined {
  const context = readTraceparent(traceparent ?? "");
  if (!context) return undefined;
  const reader: SpanContextReader = {
    getValue: (key) =>
      key === SPAN_KEY ? { spanContext: () => ({ ...context, isRemote: true }) } : undefined,
    setValue: () => reader,
    deleteValue: () => reader,
  };
  return reader;
}

/** Whether the environment asks Deno for OpenTelemetry. */
export function asksForTraces(env: (name: string) => string | undefined): boolean {
  return /^(true|1)$/i.test(env("OTEL_DENO") ?? "");
}

/**
 * Deno's own tracer; `undefined` where it makes no spans. A compiled binary has one that throws: whether it exports was decided
 * when it was compiled (measured on 2.7.14, docs/facts/deno.md §8).
 */
export function denoTracer(version: string): Tracer | undefined {
  const { telemetry } = Deno as {
    telemetry?: { tracerProvider?: { getTracer(name: string, version: string): Tracer } };
  };
  const tracer = telemetry?.tracerProvider?.getTracer("codex-sidecar", version);
  try {
    // What never ends is never exported
    tracer?.startSpan("probe", { kind: SERVER, startTime: 0, attributes: {} });
    return tracer;
  } catch (error) {
    if (error instanceof Error) return undefined;
    throw error;
  }
}
