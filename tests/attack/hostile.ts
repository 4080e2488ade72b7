/**
 * The provider that attacks: raw TCP, one attack for each connection, ended with it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import type { Ask, Attack, Out } from "./attack.ts";

/** A running one. */
export interface Hostile {
  readonly port: number;
  /** Plays this from now on. */
  play(attack: Attack, scale: number): void;
  stop(): Promise<void>;
}

/** Attacks everybody who sends a POST; other requests get an empty 200. */
export async function startHostile(): Promise<Hostile> {
  const open = new Set<Socket>();
  let now: { attack: Attack; scale: number; turn: number } | undefined;
  const play = async (out: Out, request: Buffer) => {
    if (!now) return;
    await now.attack.play(out, { scale: now.scale, turn: now.turn++, request } satisfies Ask);
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    void serve(socket, play).catch((error) => {
      if (!socket.destroyed) throw error;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : 0,
    play: (attack, scale) => {
      now = { attack, scale, turn: 0 };
    },
    async stop() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of open) socket.destroy();
      await closed;
    },
  };
}

async function serve(
  socket: Socket,
  play: (out: Out, request: Buffer) => Promise<void>,
): Promise<void> {
  const request = await readRequest(socket);
  if (!request) return void socket.destroy();
  // from now on its bytes do not matter, but its end does
  socket.on("data", () => {});
  socket.on("end", () => socket.destroy());
  if (request.subarray(0, 5).toString("latin1") === "POST ") {
    await play(outOf(socket), request);
  } else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
  socket.end();
}

/** Everything up to the end of the body; `undefined` where it never comes. */
function readRequest(socket: Socket): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    const parts: Buffer[] = [];
    let size = 0;
    let wanted = Infinity;
    const take = (bytes: Buffer) => {
      parts.push(bytes);
      size += bytes.length;
      if (wanted === Infinity) {
        const top = Buffer.concat(parts);
        const end = top.indexOf("\r\n\r\n");
        if (end < 0) return;
        const head = top.subarray(0, end).toString("latin1");
        wanted = end + 4 + Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
        if (/^transfer-encoding:.*chunked/im.test(head)) wanted = NaN;
      }
      const last = Buffer.concat(parts.slice(-2)).subarray(-5).toString("latin1");
      if (Number.isNaN(wanted) ? last !== "0\r\n\r\n" : size < wanted) return;
      socket.off("data", take);
      resolve(Buffer.concat(parts));
    };
    socket.on("data", take);
    socket.once("close", () => resolve(undefined));
  });
}

function outOf(socket: Socket): Out {
  return {
    get open() {
      return !socket.destroyed && socket.writable;
    },
    write(bytes) {
      if (socket.destroyed || !socket.writable || socket.write(bytes)) return Promise.resolve();
      return new Promise((resolve) => {
        const done = () => {
          socket.off("drain", done);
          socket.off("close", done);
          resolve();
        };
        socket.on("drain", done);
        socket.on("close", done);
      });
    },
  };
}
