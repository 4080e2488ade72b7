/**
 * Answers one request of `node:http` by a fetch handler: head and body become a `Request`, the `Response` is written back.
 *
 * URL and method are passed on as they came, not normalised: the app refuses what it cannot read exactly.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { errorResponse } from "../error_response.ts";
import { textSourceOf } from "../text_body.ts";
import { BodyWriter, WRITE_TIMEOUT_MS } from "./body_writer.ts";
import type { TcpStream } from "./tcp_stream.ts";

/** The two ends of a connection. */
export interface Ends {
  readonly local: Deno.NetAddr;
  readonly remote: Deno.NetAddr;
}

/** The end of a chunked body. */
const LAST_CHUNK = "0\r\n\r\n";

/** Answers a request; never rejects. */
export type Fetch = (request: Request, ends?: Ends) => Promise<Response>;

/** Answers one request; resolves when its answer is written, or cannot be. @param stream its connection */
export async function answer(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  stream: TcpStream,
  { fetch, clock }: { readonly fetch: Fetch; readonly clock: Clock },
): Promise<void> {
  if (stream.destroyed) return;
  const left = new AbortController();
  const over = new Promise<void>((resolve) => {
    outgoing.once("finish", resolve);
    outgoing.once("close", () => {
      if (!outgoing.writableFinished) left.abort();
      resolve();
    });
  });
  const response = await respond(incoming, stream, left.signal, fetch);
  if (left.signal.aborted) return void response.body?.cancel().catch(() => undefined);
  const headers: string[] = [];
  for (const [name, value] of response.headers) headers.push(name, value);
  // The unread rest of a body would be taken for the next request
  if (!incoming.complete) headers.push("connection", "close");
  outgoing.writeHead(response.status, headers);
  // A head may be long before the first byte of its body
  outgoing.flushHeaders();
  const chunked = outgoing.chunkedEncoding;
  // The chunks are framed by the writer
  outgoing.chunkedEncoding = false;
  const writer = new BodyWriter(stream, chunked, clock);
  try {
    if (response.body && incoming.method !== "HEAD") {
      await stream.flushed();
      await write(response.body, writer, left.signal);
    } else await response.body?.cancel();
    outgoing.end(chunked ? LAST_CHUNK : undefined);
  } catch {
    // The body broke off, so the client's connection must break too
    outgoing.destroy();
  } finally {
    writer.close();
  }
  const cancel = clock.after(WRITE_TIMEOUT_MS, () => outgoing.destroy());
  await over;
  cancel();
}

/** The answer, a refusal where the head cannot be one of a `Request`. */
async function respond(
  incoming: IncomingMessage,
  { ends }: TcpStream,
  signal: AbortSignal,
  fetch: Fetch,
): Promise<Response> {
  let request;
  try {
    request = new RawRequest(incoming, signal);
  } catch (error) {
    const failure = error instanceof Failure
      ? error
      : new Failure("bad_request", "The sidecar cannot read the request's head", { cause: error });
    return errorResponse(failure, { codex: false });
  }
  return await fetch(request, ends);
}

/** A request whose URL and method are what the client wrote. */
class RawRequest extends Request {
  readonly #url: string;
  readonly #method: string;

  /** @throws {Failure} `bad_host`; `TypeError`, for headers that are none */
  constructor(incoming: IncomingMessage, signal: AbortSignal) {
    const { method = "GET", rawHeaders } = incoming;
    const pairs: [string, string][] = [];
    for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
      pairs.push([rawHeaders[i] ?? "", rawHeaders[i + 1] ?? ""]);
    }
    const url = urlOf(incoming.url ?? "/", pairs);
    const bare = method === "GET" || method === "HEAD" || !hasBody(incoming);
    super("http://sidecar.invalid/", {
      // `Request` refuses some methods itself; the app refuses them with its own message
      method: bare ? "GET" : "POST",
      headers: pairs,
      signal,
      body: bare ? null : bodyOf(incoming),
    });
    this.#url = url;
    this.#method = method;
  }

  override get url(): string {
    return this.#url;
  }

  override get method(): string {
    return this.#method;
  }
}

/** @throws {Failure} `bad_host`, when the request has more than one Host header; the guard checks whether its target agrees */
function urlOf(target: string, headers: readonly [string, string][]): string {
  const hosts = headers.filter(([name]) => name.toLowerCase() === "host");
  if (hosts.length > 1) throw new Failure("bad_host", "The request has more than one Host header");
  const host = hosts[0]?.[1] ?? "";
  if (target.startsWith("/")) return `http://${host}${target}`;
  return /^[a-z][a-z\d+.-]*:\/\//i.test(target) ? target : `http://${host}/${target}`;
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
}

/** The body as a stream that reads only when it is pulled; all bytes since the last pull are one chunk. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array<ArrayBuffer>> {
  let pieces: Uint8Array[] = [];
  let wake = () => {};
  incoming.on("data", (piece: Uint8Array) => {
    pieces.push(piece);
    incoming.pause();
    wake();
  });
  for (const event of ["end", "error", "close"]) incoming.once(event, () => wake());
  incoming.pause();
  return new ReadableStream({
    async pull(controller) {
      while (pieces.length === 0) {
        if (incoming.readableEnded) return controller.close();
        if (incoming.destroyed) return controller.error(new Error("the connection was closed"));
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        incoming.resume();
        await promise;
      }
      controller.enqueue(Buffer.concat(pieces));
      pieces = [];
    },
    cancel: () => void incoming.pause(),
  }, { highWaterMark: 0 });
}

/** Writes a body. @throws what the body throws, and where the client is gone */
async function write(
  body: ReadableStream<Uint8Array>,
  writer: BodyWriter,
  left: AbortSignal,
): Promise<void> {
  const source = textSourceOf(body);
  const reader = source ? undefined : body.getReader();
  // Also while a read waits: a client that leaves must end what answers it
  const leave = () => source ? source.cancel() : void reader?.cancel().catch(() => undefined);
  if (left.aborted) return leave();
  left.addEventListener("abort", leave, { once: true });
  while (source && !source.over) {
    const text = await source.next();
    if (left.aborted) return;
    await writer.text(text);
  }
  while (reader) {
    const { done, value } = await reader.read();
    if (done || left.aborted) return;
    await writer.bytes(value);
  }
}
