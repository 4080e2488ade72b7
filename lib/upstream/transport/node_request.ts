/**
 * Writes one request by `node:http`. Its body is not kept.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { type ClientRequest, request } from "node:http";
import type { Outgoing } from "./client.ts";
import type { UpstreamConnection } from "./connect.ts";
import type { HeadStream } from "./head_stream.ts";

/** The largest response head, in bytes: sixteen times Node's default, and still little memory. */
export const MAX_HEAD = 256 * 1024;
const NO_BODY: ReadonlySet<string> = new Set(["GET", "HEAD"]);
/** Characters of a request body that are sent at once. */
const PIECE = 256 * 1024;

/** Sends a request over `head`. @throws TypeError for one that cannot be written */
export function ask(
  { method, headers, body }: Outgoing,
  url: URL,
  { proxy, proxyHeaders }: UpstreamConnection,
  head: HeadStream,
): ClientRequest {
  const content = body?.();
  const length = typeof content === "string" ? Buffer.byteLength(content) : content?.length;
  const asked = request({
    method,
    path: proxy ? url.href : `${url.pathname}${url.search}`,
    headers: {
      accept: "*/*",
      "user-agent": "codex-sidecar", // some gateways refuse a request that names no program
      ...Object.fromEntries(headers),
      ...proxyHeaders,
      host: url.host,
      ...(!(NO_BODY.has(method) && !length) && { "content-length": length ?? 0 }),
    },
    createConnection: () => head,
    maxHeaderSize: MAX_HEAD,
    // Line feeds alone, both framings at once, folded lines: some gateways send them. What makes that dangerous, a
    // second answer on the same connection, there is not.
    insecureHTTPParser: true,
  });
  if (typeof content === "string") sendText(asked, content);
  else asked.end(content);
  return asked;
}

/** Sends text piece by piece, as it is taken: all of it as bytes at once would be a second copy of a long history. */
function sendText(asked: ClientRequest, text: string): void {
  let at = 0;
  const send = () => {
    while (at < text.length) {
      let end = Math.min(at + PIECE, text.length);
      // Both halves of a character go together
      if (/[\ud800-\udbff]/.test(text.charAt(end - 1)) && end < text.length) end++;
      const piece = text.slice(at, end);
      at = end;
      if (asked.destroyed) return;
      if (!asked.write(piece)) return void asked.once("drain", send);
    }
    asked.end();
  };
  send();
}
