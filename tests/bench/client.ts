/**
 * The bench's client: HTTP/1.1 by hand over raw TCP, so that it costs as little as a client can.
 *
 * @module
 */

import type { Hop } from "./hop.ts";

/** An answer on its way. */
export interface Asked {
  /** The next bytes, framing and head included, valid until the next call; `undefined` at the end. */
  read(): Promise<Uint8Array | undefined>;
  leave(): void;
}

const encoder = new TextEncoder();
const OK = encoder.encode("HTTP/1.1 200");

/** Bytes read at once. */
const BUFFER = 65_536;

/** The body of a short request. */
export function shortBody(model: string): Uint8Array {
  const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "go" }] }];
  return encoder.encode(JSON.stringify({ model, stream: true, store: false, input }));
}

/**
 * Asks for an answer on a connection of its own.
 *
 * @param room bytes of the buffer it reads into
 * @throws where the answer is no 200, at the first read
 */
export async function ask(hop: Hop, body: Uint8Array, room = BUFFER): Promise<Asked> {
  const connection = await Deno.connect({ hostname: "127.0.0.1", port: hop.port });
  connection.setNoDelay(true);
  const head = `POST ${hop.path}/responses HTTP/1.1\r\nhost: 127.0.0.1:${hop.port}\r\n` +
    "content-type: application/json\r\nauthorization: Bearer bench\r\n" +
    `content-length: ${body.length}\r\nconnection: close\r\n\r\n`;
  const buffer = new Uint8Array(room);
  let closed = false;
  const leave = () => {
    if (!closed) connection.close();
    closed = true;
  };
  await send(connection, encoder.encode(head));
  await send(connection, body);
  let started = false;
  return {
    leave,
    async read() {
      if (closed) return undefined;
      const size = await connection.read(buffer).catch((error) => {
        if (closed) return null;
        throw error;
      });
      if (size === null || closed) {
        leave();
        return undefined;
      }
      const bytes = buffer.subarray(0, size);
      if (!started && OK.some((byte, at) => bytes[at] !== byte)) {
        leave();
        const words = new TextDecoder().decode(bytes).slice(0, 600);
        throw new Error(`${hop.name} did not answer 200:\n${words}`);
      }
      started = true;
      return bytes;
    },
  };
}

async function send(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}
