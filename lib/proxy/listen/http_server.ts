/**
 * An HTTP/1.1 server around a fetch handler: its own accept loop, connections with deadlines, `node:http` as the parser.
 *
 * The reasons are in `docs/decisions/2026-11-25-listener.md`. HTTP/2 is not supported, not even by prior knowledge.
 *
 * @module
 */

import { createServer, type IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Clock } from "../../base/clock.ts";
import type { Failure } from "../../base/errors.ts";
import type { Observer } from "../../observe/observer.ts";
import { Connections } from "./connections.ts";
import { Listener } from "./listener.ts";
import { answer, type Fetch } from "./node_http.ts";
import { TcpStream } from "./tcp_stream.ts";

/** Largest request head, in bytes. */
export const MAX_HEAD = 64 * 1024;

/** The first version of Deno whose `node:http` treats an upgrade without a listener as a request, as Node does. */
const UPGRADE_IS_REQUEST = [2, 9] as const;

/** Options of {@link serveHttp}. */
interface HttpServerOptions {
  readonly host: string;
  readonly port: number;
  /** Most connections; more are answered 503. */
  readonly max: number;
  readonly clock: Clock;
  readonly observer: Observer;
}

/** A server that listens. */
export interface HttpServer {
  readonly port: number;
  /** See {@link Listener.lost}. */
  readonly lost: Promise<Failure>;
  /** Accepts no more, lets running answers end, and resolves when every connection is closed. */
  close(): Promise<void>;
}

/**
 * Starts a server that listens when this returns.
 *
 * @throws the system's error, when the address cannot be had.
 */
export function serveHttp(
  fetch: Fetch,
  { host, port, max, clock, observer }: HttpServerOptions,
): HttpServer {
  const connections = new Connections<TcpStream>(clock);
  const bug = (error: unknown, outgoing: ServerResponse) => {
    observer.notice("error", `A request failed outside the app: ${String(error)}`);
    outgoing.destroy();
  };
  const reply = (incoming: IncomingMessage, outgoing: ServerResponse, stream: TcpStream) =>
    answer(incoming, outgoing, stream, { fetch, clock }).catch((error) => bug(error, outgoing));
  // Its own deadlines need its own listening and differ between versions: none of them is used
  const parser = createServer({
    maxHeaderSize: MAX_HEAD,
    headersTimeout: 0,
    requestTimeout: 0,
    keepAliveTimeout: 0,
  }, (incoming, outgoing) => {
    connections.request(incoming.socket, (stream) => reply(incoming, outgoing, stream));
  });
  // A server that does not listen itself would close every connection after one answer
  Object.defineProperty(parser, "listening", { value: true });
  parser.on("clientError", (error, stream) => {
    if (stream.writable) connections.end(stream, refusal(error));
    else stream.destroy();
  });
  parser.on(
    "connect",
    (_incoming, stream: Duplex) =>
      connections.end(
        stream,
        raw("400 Bad Request", "The sidecar cannot pass on the method CONNECT"),
      ),
  );
  // Before 2.9, Deno drops a request for an upgrade that nobody listens for; since then it is a request like any other
  if (!upgradeIsRequest()) {
    parser.on("upgrade", (incoming, stream: Socket) => {
      const outgoing = new ServerResponse(incoming);
      outgoing.shouldKeepAlive = false;
      outgoing.assignSocket(stream);
      connections.request(
        stream,
        (taken) => reply(incoming, outgoing, taken).finally(() => connections.end(stream)),
      );
    });
  }
  const listener = new Listener({
    host,
    port,
    max,
    clock,
    observer,
    open: () => connections.size,
    busy: () => connections.busy,
    shed: () => connections.shed(),
    take: (conn) => {
      const stream = new TcpStream(conn);
      connections.add(stream);
      parser.emit("connection", stream);
    },
  });
  return {
    port: listener.port,
    lost: listener.lost,
    close: async () => void await Promise.all([listener.close(), connections.close()]),
  };
}

function upgradeIsRequest(): boolean {
  const [major = 0, minor = 0] = Deno.version.deno.split(".").map(Number);
  const [since, sinceMinor] = UPGRADE_IS_REQUEST;
  return major > since || (major === since && minor >= sinceMinor);
}

function refusal(error: Error): string {
  const code = "code" in error ? error.code : undefined;
  return code === "HPE_HEADER_OVERFLOW"
    ? raw(
      "431 Request Header Fields Too Large",
      `The request's head is larger than ${MAX_HEAD} bytes`,
    )
    : raw("400 Bad Request", "The request is not the HTTP/1.1 that the sidecar reads");
}

function raw(status: string, text: string): string {
  return `HTTP/1.1 ${status}\r\nContent-Type: text/plain; charset=utf-8\r\n` +
    `Content-Length: ${text.length + 1}\r\nConnection: close\r\n\r\n${text}\n`;
}
