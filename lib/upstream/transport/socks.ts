/**
 * The client's side of SOCKS 5 (RFC 1928, RFC 1929) and SOCKS 4a, up to the open tunnel.
 *
 * The package `socks` (2.8.11) is not used: it never cancels its timer, so that each connection stays in memory for as
 * long as its time-out. The proxy always gets the host's name and resolves it.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import type { Socket } from "node:net";

/** Options of {@link openSocks}. */
interface SocksOptions {
  readonly version: 4 | 5;
  /** Connected to the proxy. */
  readonly socket: Socket;
  /** Empty where none is given. */
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: number;
}

/** `undefined` once the tunnel is open, otherwise the proxy's refusal, as the end of a sentence about the proxy. */
type SocksOutcome = string | undefined;

const REPLIES: Readonly<Record<number, string>> = {
  1: "general failure",
  2: "not allowed by its rules",
  3: "network unreachable",
  4: "host unreachable",
  5: "connection refused",
  6: "the time is up",
  7: "it does not connect",
  8: "it does not know this kind of address",
};

/** Opens the tunnel. Rejects with what broke the socket. */
export async function openSocks(options: SocksOptions): Promise<SocksOutcome> {
  const reader = new Reader(options.socket);
  try {
    return options.version === 4 ? await four(options, reader) : await five(options, reader);
  } finally {
    reader.release();
  }
}

async function four({ socket, user, host, port }: SocksOptions, reader: Reader) {
  const address = [0, 0, 0, 1]; // 4a: the name follows
  socket.write(
    Uint8Array.of(4, 1, port >> 8, port & 255, ...address, ...text(user), 0, ...text(host), 0),
  );
  const [version, code] = await reader.take(8);
  if (version !== 0) return "does not speak SOCKS 4";
  return code === 90 ? undefined : `does not connect to ${host}:${port} (SOCKS 4 reply ${code})`;
}

async function five({ socket, user, password, host, port }: SocksOptions, reader: Reader) {
  const known = user !== "" || password !== "";
  socket.write(known ? Uint8Array.of(5, 2, 0, 2) : Uint8Array.of(5, 1, 0));
  const [version, method] = await reader.take(2);
  if (version !== 5) return "does not speak SOCKS 5";
  if (method === 2 && known) {
    const [who, secret] = [text(user), text(password)];
    socket.write(Uint8Array.of(1, who.length, ...who, secret.length, ...secret));
    const [, status] = await reader.take(2);
    if (status !== 0) return "does not take the user and password of the proxy variable";
  } else if (method !== 0) return "asks for a user and a password it does not have";
  const name = text(host);
  socket.write(Uint8Array.of(5, 1, 0, 3, name.length, ...name, port >> 8, port & 255));
  const [, code = 1, , kind] = await reader.take(4);
  if (code !== 0) {
    return `does not connect to ${host}:${port}: ${REPLIES[code] ?? `SOCKS 5 reply ${code}`}`;
  }
  const size = kind === 1 ? 4 : kind === 4 ? 16 : (await reader.take(1))[0] ?? 0;
  await reader.take(size + 2); // the address it connected from is not used
  return undefined;
}

/** At most 255 bytes: the length is one of them. */
function text(value: string): Uint8Array {
  return new TextEncoder().encode(value).subarray(0, 255);
}

/** Reads exact numbers of bytes. */
class Reader {
  readonly #socket: Socket;
  #came: Buffer = Buffer.alloc(0);
  #broken: unknown;
  #wake = () => {};
  readonly #data = (chunk: Buffer) => {
    this.#came = Buffer.concat([this.#came, chunk]);
    this.#wake();
  };
  readonly #over = (error?: unknown) => {
    this.#broken ??= error instanceof Error ? error : new TypeError("aborted");
    this.#wake();
  };

  constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", this.#data).on("error", this.#over).on("end", this.#over)
      .on("close", this.#over);
  }

  async take(size: number): Promise<Buffer> {
    while (this.#came.length < size) {
      if (this.#broken !== undefined) throw this.#broken;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const taken = this.#came.subarray(0, size);
    this.#came = this.#came.subarray(size);
    return taken;
  }

  /** Leaves the socket flowing: a paused one stays silent under TLS and HTTP. No byte is lost, since hosts only answer. */
  release(): void {
    this.#socket.off("data", this.#data).off("error", this.#over).off("end", this.#over)
      .off("close", this.#over);
  }
}
