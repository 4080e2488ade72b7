/**
 * A server of bytes on a real socket, for what no HTTP server would send, and one request sent through the client.
 *
 * @module
 */

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { systemClock } from "../../../lib/base/clock.ts";
import { Failure } from "../../../lib/base/errors.ts";
import type { Outgoing, UpstreamAnswer } from "../../../lib/upstream/transport/client.ts";
import { nodeClient, type NodeClientOptions } from "../../../lib/upstream/transport/node_client.ts";

/** One connection as the server sees it. */
export interface RawConnection {
  readonly conn: Deno.Conn;
  /** The request's head; `""` where the server does not read. */
  readonly head: string;
  /** Puts text on the wire, one byte a character. */
  say(text: string): Promise<void>;
  /** Reads and forgets until the other side has closed. */
  gone(): Promise<void>;
}

/** A server that stops, connections included, when the test is over. */
export interface RawServer extends AsyncDisposable {
  readonly port: number;
  /** Connections so far. */
  readonly accepted: number;
}

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Serves on a free port; a connection is closed when its handler is done. */
export function rawServer(
  handler: (connection: RawConnection) => Promise<void>,
  { hostname = "127.0.0.1", port = 0, reads = true } = {},
): RawServer {
  const listener = Deno.listen({ hostname, port });
  const conns = new Set<Deno.Conn>();
  let accepted = 0;
  const serve = async (conn: Deno.Conn) => {
    conns.add(conn);
    accepted++;
    try {
      await handler({
        conn,
        head: reads ? await readHead(conn) : "",
        async say(text) {
          const bytes = latin1(text);
          for (let at = 0; at < bytes.length;) at += await conn.write(bytes.subarray(at));
        },
        gone: () => untilClosed(conn),
      });
    } catch (error) {
      // The other side left, or the test is over
      if (!(error instanceof Deno.errors.BadResource || isGone(error))) throw error;
    } finally {
      if (conns.delete(conn)) conn.close();
    }
  };
  const running: Promise<void>[] = [];
  const accepting = (async () => {
    for await (const conn of listener) running.push(serve(conn));
  })();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    get accepted() {
      return accepted;
    },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const conn of conns) {
        conns.delete(conn);
        conn.close();
      }
      await accepting;
      await Promise.all(running);
    },
  };
}

function isGone(error: unknown): boolean {
  return error instanceof Deno.errors.BrokenPipe || error instanceof Deno.errors.ConnectionReset ||
    error instanceof Deno.errors.Interrupted || error instanceof Deno.errors.ConnectionAborted;
}

async function readHead(conn: Deno.Conn): Promise<string> {
  const buffer = new Uint8Array(64 * 1024);
  let head = "";
  while (!head.includes("\r\n\r\n")) {
    const size = await conn.read(buffer);
    if (size === null) break;
    head += new TextDecoder("latin1").decode(buffer.subarray(0, size));
  }
  return head;
}

async function untilClosed(conn: Deno.Conn): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    while (await conn.read(buffer) !== null);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

/**
 * An address of loopback at which no packet is answered: a listener whose queue is full drops what comes.
 * Linux alone does so, and alone has 127.0.0.2 by itself.
 *
 * @returns `undefined` where that cannot be had
 */
export async function silentAddress(
  port: number,
): Promise<(AsyncDisposable & { host: string }) | undefined> {
  if (Deno.build.os !== "linux") return undefined;
  const host = "127.0.0.2";
  const listener = Deno.listen({ hostname: host, port });
  const filling: Socket[] = [];
  let silent = false;
  while (!silent && filling.length < 5_000) {
    const socket = connect(port, host);
    filling.push(socket.on("error", () => socket.destroy()));
    silent = await new Promise((resolve) => {
      const timer = setTimeout(() => resolve(true), 500);
      socket.once("connect", () => {
        clearTimeout(timer);
        resolve(false);
      });
    });
  }
  return {
    host,
    async [Symbol.asyncDispose]() {
      listener.close();
      const closed = filling.map((socket) => once(socket, "close"));
      for (const socket of filling) socket.destroy();
      await Promise.all(closed);
    },
  };
}

/** What became of one request. */
export type Told =
  | { readonly status: number; readonly text: string; readonly headers: Headers }
  | { readonly failed: string; readonly said: string; readonly status?: number };

/** Options of {@link told}. */
export interface ToldOptions extends Partial<Outgoing>, Partial<NodeClientOptions> {
  readonly environment?: Readonly<Record<string, string>>;
}

/** Sends one request through a client of its own. */
export function sendOnce(url: string, options: ToldOptions = {}): Promise<UpstreamAnswer> {
  const { clock = systemClock, environment = {}, resolve, ...more } = options;
  const client = nodeClient({
    clock,
    env: (name) => environment[name],
    ...(resolve && { resolve }),
  });
  return client.send({
    url,
    method: "POST",
    headers: new Headers(),
    body: () => "{}",
    title: "Sim",
    signal: new AbortController().signal,
    ...more,
  });
}

/** Sends one request and reads the answer whole; a failure is told by its code and words. */
export async function told(url: string, options: ToldOptions = {}): Promise<Told> {
  let status: number | undefined;
  try {
    const answer = await sendOnce(url, options);
    status = answer.status;
    return { status, text: await textOf(answer), headers: answer.headers };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { failed: error.code, said: error.fullMessage, ...(status !== undefined && { status }) };
  }
}

/** The whole body. */
export async function textOf({ body }: UpstreamAnswer): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for (let chunks = await body.read(); chunks; chunks = await body.read()) {
    for (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  }
  return text;
}
