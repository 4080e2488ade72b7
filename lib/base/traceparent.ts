/**
 * The header `traceparent` of W3C Trace Context: which trace a request belongs to.
 *
 * It is read and passed on, never made.
 *
 * @module
 */

/** A span of another program. */
interface TraceParent {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly traceFlags: number;
}

const LONGEST = 200;

/** Version, trace, span and flags, each in lower-case hex; version ff and ids of zeros are none. */
const FORM =
  /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-.*)?$/;

/** Reads one; `undefined` where it is none. */
export function readTraceparent(text: string): TraceParent | undefined {
  if (text.length > LONGEST) return undefined;
  const [, traceId, spanId, flags] = FORM.exec(text) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  return { traceId, spanId, traceFlags: parseInt(flags, 16) };
}

/** Whether text is a `traceparent`. */
export function isTraceparent(text: string): boolean {
  return readTraceparent(text) !== undefined;
}
