/**
 * Reads one HTTP/1.1 request from the bytes of a connection, as far as a simulated provider has to: head, length or
 * chunks, nothing pipelined.
 *
 * @module
 */

import { Buffer } from "node:buffer";

/** A request as it came: header names in lower case. */
export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

/** Takes the bytes so far; returns the request once they hold all of it. */
export function readRequest(bytes: Uint8Array): RawRequest | undefined {
  const text = new TextDecoder("latin1");
  const top = text.decode(bytes.subarray(0, 65_536));
  const end = top.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const [first = "", ...lines] = top.slice(0, end).split("\r\n");
  const [method = "", path = ""] = first.split(" ");
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  const rest = bytes.subarray(end + 4);
  const body = headers["transfer-encoding"]?.includes("chunked")
    ? unchunk(rest)
    : sized(rest, Number(headers["content-length"] ?? 0));
  return body && { method, path, headers, body };
}

function sized(bytes: Uint8Array, length: number): Uint8Array | undefined {
  return bytes.length < length ? undefined : bytes.subarray(0, length);
}

function unchunk(bytes: Uint8Array): Uint8Array | undefined {
  const parts: Uint8Array[] = [];
  for (let at = 0;;) {
    const line = bytes.indexOf(10, at);
    if (line < 0) return undefined;
    const size = parseInt(new TextDecoder("latin1").decode(bytes.subarray(at, line)), 16);
    const from = line + 1;
    if (bytes.length < from + size + 2) return undefined;
    if (size === 0) return new Uint8Array(Buffer.concat(parts));
    parts.push(bytes.subarray(from, from + size));
    at = from + size + 2;
  }
}
