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
import { type BodyReader, bodyReader } from "../../upstream/body_reader.ts";
import { type TextSource, textSourceOf } from "../text_body.ts";
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

/**
 * Answers one request; resolves when its answer is written, or cannot be. It waits as long as the answer lasts and holds
 * nothing of its head.
 *
 * @param stream its connection
 */
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
  const body = await begin(incoming, outgoing, { stream, signal: left.signal, fetch });
  if (left.signal.aborted) return body?.cancel(undefined);
  const chunked = outgoing.chunkedEncoding;
  // The chunks are framed by the writer
  outgoing.chunkedEncoding = false;
  const writer = new BodyWriter(stream, chunked, clock);
  try {
    if (body) {
      await stream.flushed();
      await write(body, writer, left.signal);
    }
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

/** The body of an answer, as text from its source where it has one. */
type Body = TextSource | BodyReader;

/** Finds the answer and sends its head. @returns its body; `undefined` where none is sent */
async function begin(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { stream, signal, fetch }: { stream: TcpStream; signal: AbortSignal; fetch: Fetch },
): Promise<Body | undefined> {
  const response = await respond(incoming, stream, signal, fetch);
  const body = response.body ? textSourceOf(response.body) ?? bodyReader(response.body) : undefined;
  if (signal.aborted) return body;
  const headers: string[] = [];
  for (const [name, value] of response.headers) headers.push(name, value);
  // The unread rest of a body would be taken for the next request
  if (!incoming.complete) headers.push("connection", "close");
  outgoing.writeHead(response.status, headers);
  // A head may be long before the first byte of its body
  outgoing.flushHeaders();
  if (incoming.method !== "HEAD") return body;
  body?.cancel(undefined);
  return undefined;
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
  readonly #signal: AbortSignal;

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
      body: bare ? null : bodyOf(incoming),
    });
    this.#url = url;
    this.#method = method;
    this.#signal = signal;
  }

  override get url(): string {
    return this.#url;
  }

  override get method(): string {
    return this.#method;
  }

  /** The given one: `Request` itself would make another that follows it. */
  override get signal(): AbortSignal {
    return this.#signal;
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
  const take = (piece: Uint8Array) => {
    pieces.push(piece);
    incoming.pause();
    wake();
  };
  const over = () => wake();
  incoming.on("data", take).on("end", over).on("error", over).on("close", over);
  // The request is held for as long as it is answered, and its listeners with it
  const leave = () =>
    incoming.off("data", take).off("end", over).off("error", over).off("close", over);
  incoming.pause();
  return new ReadableStream({
    async pull(controller) {
      while (pieces.length === 0) {
        if (incoming.readableEnded) {
          leave();
          return controller.close();
        }
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
async function write(body: Body, writer: BodyWriter, left: AbortSignal): Promise<void> {
  // Also while a read waits: a client that leaves must end what answers it
  const leave = () => body.cancel(undefined);
  if (left.aborted) return leave();
  left.addEventListener("abort", leave, { once: true });
  // What was written is in no variable: it would be held until the next piece comes
  if ("next" in body) {
    while (!body.over) await writer.text(await body.next());
  } else {
    for (let chunks = await body.read(); chunks; chunks = await body.read()) {
      for (const chunk of chunks) await writer.bytes(chunk);
    }
  }
}
