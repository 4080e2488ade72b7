/**
 * The request's body: read once, whole, and never beyond its limit, neither as sent nor as decoded.
 *
 * Whole, because an upstream must be asked again with the same bytes, and because some refuse a request without a length.
 *
 * @module
 */

import { brotliDecompressSync, gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { Failure } from "../base/errors.ts";
import { isObject, type JsonObject, MAX_DEPTH, parseJson, tooDeep } from "../base/json.ts";
import { showSize } from "../base/units.ts";

/** One decoder per content coding. Each stops at `maxOutputLength`, so that a bomb never unfolds. */
const DECODERS: Readonly<Record<string, typeof gunzipSync>> = {
  gzip: gunzipSync,
  "x-gzip": gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  zstd: zstdDecompressSync,
};

/**
 * The body in plain bytes; empty when there is none.
 *
 * @param limit bytes, for the body as sent and for the body decoded.
 * @throws Failure `body_too_large`, `bad_encoding` (unknown), `bad_request` (broken), `client_gone`
 */
export async function readBody(request: Request, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const codings = (request.headers.get("content-encoding") ?? "").toLowerCase().split(",")
    .map((coding) => coding.trim()).filter((coding) => coding !== "" && coding !== "identity");
  const unknown = codings.find((coding) => !Object.hasOwn(DECODERS, coding));
  if (unknown !== undefined || codings.length > 2) {
    throw new Failure("bad_encoding", `The request body is encoded as ${codings.join(", ")}`, {
      hint: `The sidecar reads ${Object.keys(DECODERS).join(", ")}`,
    });
  }
  if (Number(request.headers.get("content-length")) > limit) throw tooLarge(limit);
  let bytes = await gather(request.body, limit);
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
  limit: number,
): Promise<Uint8Array<ArrayBuffer>> {
  if (body === null) return new Uint8Array(0);
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = body.getReader();
  while (true) {
    const { done, value } = await reader.read().catch((cause) => {
      throw new Failure("client_gone", "The client broke off its request", { cause });
    });
    if (done) break;
    size += value.length;
    if (size > limit) {
      // Nobody waits for this: the refusal is what matters
      reader.cancel().catch(() => undefined);
      throw tooLarge(limit);
    }
    chunks.push(value);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
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
  // Deno's zstd and brotli say nothing of a body cut short within its first block
  if (plain.length === 0 && bytes.length > 0) throw broken();
  return new Uint8Array(plain);
}

function tooLarge(limit: number): Failure {
  return new Failure("body_too_large", `The request body is larger than ${showSize(limit)}`, {
    hint: "Raise limits.body, or start a new thread: Codex sends the whole history each time",
  });
}
