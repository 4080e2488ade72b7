/**
 * The request's body: read once, completely, and never beyond its limit, neither as sent nor as decoded.
 *
 * Completely, because another attempt needs the same bytes, and because some upstreams refuse a request without a length.
 *
 * @module
 */

import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { isObject, type JsonObject, MAX_DEPTH, parseJson, tooDeep } from "../../base/json.ts";
import { showDuration, showSize } from "../../base/units.ts";

/** One decoder per content coding. Each stops at `maxOutputLength`, so that a small body never becomes a huge one. */
const DECODERS: Readonly<Record<string, typeof gunzipSync>> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/** How long a complete body may take, in milliseconds, even where bytes keep coming. */
export const BODY_TIMEOUT_MS = 10 * 60_000;

/** Bytes that must have come before memory is reserved by `content-length`. */
const TRUST_LENGTH_FROM = 1024 * 1024;

/** Options of {@link readBody}. */
interface ReadBodyOptions {
  /** Bytes, for the body as sent and for the body decoded. */
  readonly limit: number;
  readonly clock: Clock;
  /** Most milliseconds without a byte. */
  readonly silence: number;
}

/**
 * The body in plain bytes; empty when there is none.
 *
 * @throws Failure `body_too_large`, `body_timeout`, `bad_encoding` (unknown), `bad_request` (broken), `client_gone`
 */
export async function readBody(
  request: Request,
  options: ReadBodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { limit } = options;
  const codings = (request.headers.get("content-encoding") ?? "").toLowerCase().split(",")
    .map((coding) => coding.trim()).filter((coding) => coding !== "" && coding !== "identity");
  const unknown = codings.find((coding) => !Object.hasOwn(DECODERS, coding));
  if (unknown !== undefined || codings.length > 2) {
    throw new Failure("bad_encoding", `The request body is encoded as ${codings.join(", ")}`, {
      hint: `The sidecar reads ${Object.keys(DECODERS).join(", ")}`,
    });
  }
  const length = Number(request.headers.get("content-length")) || 0;
  if (length > limit) throw tooLarge(limit);
  let bytes = await gather(request.body, length, options);
  for (const coding of codings.reverse()) bytes = decode(bytes, coding, limit);
  return bytes;
}

/**
 * Reads a body as a JSON object.
 *
 * @throws Failure `bad_request`
 */
export function readObject(bytes: Uint8Array): JsonObject {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new Failure("bad_request", "The request body is not UTF-8", { cause });
  }
  const json = parseJson(text);
  if (isObject(json)) return json;
  const fact = bytes.length === 0
    ? "is empty"
    : json === undefined
    ? tooDeep(text) ? `is nested more than ${MAX_DEPTH} levels deep` : "is not JSON"
    : `is JSON, but ${
      Array.isArray(json) ? "an array" : json === null ? "null" : `a ${typeof json}`
    }`;
  throw new Failure("bad_request", `The request body ${fact}`, { hint: "Send a JSON object" });
}

async function gather(
  body: ReadableStream<Uint8Array> | null,
  length: number,
  { limit, clock, silence }: ReadBodyOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array(0);
  // One buffer that doubles: a list of chunks would cost a hundred times its bytes where they come one by one
  let buffer = new Uint8Array(4096);
  let size = 0;
  const reader = body.getReader();
  const { expired, reset, cancel } = deadlines(clock, silence);
  // The cancel is not awaited: the refusal must not wait for the client
  const refuse = (failure: Failure) => {
    reader.cancel().catch(() => undefined);
    throw failure;
  };
  const broken = (cause: unknown) => {
    throw new Failure("client_gone", "The client broke off its request", { cause });
  };
  try {
    while (true) {
      const read = await Promise.race([reader.read().catch(broken), expired]);
      if (read instanceof Failure) return refuse(read);
      if (read.done) break;
      reset();
      const end = size + read.value.length;
      if (end > limit) return refuse(tooLarge(limit));
      if (end > buffer.length) {
        // A promised length reserves nothing at first; after the first MiB it saves all further copies
        const promised = end > TRUST_LENGTH_FROM ? length : 0;
        const doubled = Math.min(limit, 2 * buffer.length);
        const larger = new Uint8Array(promised >= end ? promised : Math.max(end, doubled));
        larger.set(buffer.subarray(0, size));
        buffer = larger;
      }
      buffer.set(read.value, size);
      size = end;
    }
  } finally {
    cancel();
  }
  return buffer.subarray(0, size);
}

/** The two deadlines of a body as one promise. They share a timer, set again only when it fires: a chunk costs none. */
function deadlines(clock: Clock, silence: number) {
  const { promise: expired, resolve } = Promise.withResolvers<Failure>();
  const begun = clock.now();
  let last = begun;
  let cancel = () => {};
  const check = () => {
    const now = clock.now();
    const what = now - begun >= BODY_TIMEOUT_MS
      ? `did not send its request body within ${showDuration(BODY_TIMEOUT_MS)}`
      : now - last >= silence
      ? `sent nothing of its request body for ${showDuration(silence)}`
      : undefined;
    if (what === undefined) return arm();
    resolve(
      new Failure("body_timeout", `The client ${what}`, {
        hint: "Send it again; timeouts.client says how long the sidecar waits",
      }),
    );
  };
  const arm = () => {
    const due = Math.min(last + silence, begun + BODY_TIMEOUT_MS);
    cancel = clock.after(Math.max(1, due - clock.now()), check);
  };
  arm();
  return { expired, reset: () => void (last = clock.now()), cancel: () => cancel() };
}

function decode(bytes: Uint8Array, coding: string, limit: number): Uint8Array<ArrayBuffer> {
  const broken = (cause?: unknown) =>
    new Failure("bad_request", `The request body is not the ${coding} it says it is`, { cause });
  let plain;
  try {
    plain = DECODERS[coding]!(bytes, { maxOutputLength: limit });
  } catch (error) {
    const large = error instanceof RangeError && "code" in error &&
      error.code === "ERR_BUFFER_TOO_LARGE";
    throw large ? tooLarge(limit) : broken(error);
  }
  // Deno's zstd and brotli report no error for a body that ends within its first block
  if (plain.length === 0 && bytes.length > 0) throw broken();
  return new Uint8Array(plain);
}

function tooLarge(limit: number): Failure {
  return new Failure("body_too_large", `The request body is larger than ${showSize(limit)}`, {
    hint: "Raise limits.body, or start a new thread: Codex sends the whole history each time",
  });
}
