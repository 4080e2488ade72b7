/**
 * A TCP connection as a Node stream, so that `node:http` can parse what `Deno.listen` accepted.
 *
 * Its rule: a client that closes its side has left, so the connection ends at once, as it did under `Deno.serve`.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Duplex } from "node:stream";

/** Bytes of a read while nothing is expected: an idle stream keeps one such buffer. */
const SMALL_READ = 64;
/** Bytes of a read while a request body is coming. */
const LARGE_READ = 64 * 1024;

/** Bytes at the end of a read that are handed on by themselves: `node:http` keeps what it parsed last for as long as it answers. */
const LAST = 64;

const NOTHING = new Uint8Array(0);

type Done = (error?: Error | null) => void;

/** The stream. It has no timers: `connections.ts` has the deadlines. */
export class TcpStream extends Duplex {
  readonly #conn: Deno.TcpConn;
  /** Its two addresses. */
  readonly ends: { readonly local: Deno.NetAddr; readonly remote: Deno.NetAddr };
  #buffer = new Uint8Array(SMALL_READ);
  #reading = false;

  constructor(conn: Deno.TcpConn) {
    super({ allowHalfOpen: true });
    this.#conn = conn;
    this.ends = { local: conn.localAddr, remote: conn.remoteAddr };
    // An event must leave at once, however small it is
    conn.setNoDelay(true);
    this.once("end", () => this.destroy());
  }

  override _read(): void {
    if (this.#reading) return;
    this.#reading = true;
    this.#conn.read(this.#buffer).then((size) => this.#take(size), (error) => this.destroy(error));
  }

  override _write(chunk: Uint8Array, _encoding: string, done: Done): void {
    if (chunk.length === 0) return done();
    this.#conn.write(chunk).then((size) => {
      if (size < chunk.length) this._write(chunk.subarray(size), "", done);
      else done();
    }, done);
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: Done): void {
    this._write(Buffer.concat(chunks.map(({ chunk }) => chunk)), "", done);
  }

  override _final(done: Done): void {
    // Where the peer is gone, the end need not be sent
    this.#conn.closeWrite().then(() => done(), () => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#conn.close();
    done(error);
  }

  /** Resolves when the stream's queue is empty, or the stream destroyed. */
  flushed(): Promise<void> {
    return new Promise((resolve) => this.write(NOTHING, () => resolve()));
  }

  /** Writes past the stream's queue, which must be empty; resolves with the number of bytes that the system has taken. */
  send(bytes: Uint8Array): Promise<number> {
    return this.#conn.write(bytes);
  }

  /** Ends when everything written has gone out; `connections.ts` limits how long that takes. */
  destroySoon(): void {
    this.end();
  }

  #take(size: number | null): void {
    this.#reading = false;
    if (this.destroyed) return;
    if (size === null) return void this.push(null);
    const bytes = this.#buffer;
    const next = size === bytes.length ? LARGE_READ : SMALL_READ;
    const last = Math.max(0, size - LAST);
    const [first, rest] = [bytes.slice(0, last), bytes.slice(last, size)];
    if (bytes.length !== next) this.#buffer = new Uint8Array(next);
    if (last > 0) this.push(first);
    this.push(rest);
  }
}
