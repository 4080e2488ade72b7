/**
 * The bench's provider, over raw TCP so that it is not what a flood measures: every write is one system call.
 *
 * The model's name says what to send: `flood-5000-1` so many events as fast as they are taken, so many in each write;
 * `paced-25` so many events a second until the client leaves, each with its time; `idle` a few events, then silence.
 *
 * Run by itself it serves on a free port and prints it: a provider in a process of its own, as floods want it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import { answer, floodOf, httpChunk, type Wire } from "./answers.ts";

/** A running provider. */
export interface Upstream {
  readonly port: number;
  close(): Promise<void>;
}

const HEAD =
  "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
const END = "0\r\n\r\n";

/** Serves on a free port of loopback. */
export async function startUpstream(): Promise<Upstream> {
  const open = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    open.add(socket);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => open.delete(socket));
    listenTo(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", 4_096, resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

/** Reads requests, one after the other, and answers each when it is whole. */
function listenTo(socket: Socket): void {
  let parts: Buffer[] = [];
  let missing: number | undefined;
  let chunked = false;
  socket.on("data", (bytes: Buffer) => {
    parts.push(bytes);
    if (missing === undefined) {
      const text = Buffer.concat(parts).toString("latin1");
      const end = text.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = text.slice(0, end);
      chunked = /^transfer-encoding:.*chunked/im.test(head);
      const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
      missing = length - (text.length - end - 4);
    } else missing -= bytes.length;
    if (chunked ? !ends(parts) : missing > 0) return;
    const whole = Buffer.concat(parts);
    parts = [];
    missing = undefined;
    respond(socket, whole);
  });
}

function ends(parts: readonly Buffer[]): boolean {
  return Buffer.concat(parts.slice(-2)).subarray(-END.length).toString("latin1") === END;
}

function respond(socket: Socket, request: Buffer): void {
  const head = request.subarray(0, request.indexOf("\r\n\r\n")).toString("latin1");
  const path = head.split(" ")[1] ?? "";
  const last = /^connection: *close/im.test(head);
  const wire: Wire = path.endsWith("/chat/completions")
    ? "chat"
    : path.endsWith("/messages")
    ? "anthropic"
    : "responses";
  const model = /"model": ?"([\w-]+)"/.exec(request.toString("latin1"))?.[1] ?? "";
  const [kind, first, second] = model.split("-");
  socket.write(HEAD);
  if (kind === "flood") {
    return flood(socket, floodWrites(wire, Number(first), Number(second)), last);
  }
  const one = answer(wire);
  socket.write(httpChunk(one.head()));
  const tick = () => socket.write(httpChunk(one.delta(`@${performance.now().toFixed(3)} `)));
  tick();
  if (kind !== "paced") return;
  const timer = setInterval(tick, 1_000 / Number(first));
  socket.on("close", () => clearInterval(timer));
}

/** Rendered once, before the first byte goes out. */
const rendered = new Map<string, readonly Uint8Array[]>();

function floodWrites(wire: Wire, events: number, together: number): readonly Uint8Array[] {
  const key = `${wire} ${events} ${together}`;
  const writes = rendered.get(key) ?? floodOf(wire, events, together);
  rendered.set(key, writes);
  return writes;
}

function flood(socket: Socket, writes: readonly Uint8Array[], last: boolean): void {
  let next = 0;
  const go = () => {
    while (next < writes.length && !socket.destroyed) {
      if (!socket.write(writes[next++] as Uint8Array)) return void socket.once("drain", go);
    }
    socket.write(END);
    if (last) socket.end();
  };
  go();
}

if (import.meta.main) {
  const { port } = await startUpstream();
  Deno.stderr.writeSync(new TextEncoder().encode(`listening on http://127.0.0.1:${port}\n`));
}
