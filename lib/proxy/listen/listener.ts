/**
 * The listening socket: accepts for as long as the process lives, or says that it cannot.
 *
 * A failed accept is tried again, never dropped: `Deno.serve` and `node:http` both stop accepting for ever, without a word,
 * when descriptors run out (2.7.14, 2.9.6).
 *
 * @module
 */

import { type Clock, sleep } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { showDuration } from "../../base/units.ts";
import type { Observer } from "../../observe/observer.ts";
import { Burst } from "./burst.ts";
import { CLOSE_TIMEOUT } from "./connections.ts";

/** Pause after an accept that failed, in milliseconds. */
export const ACCEPT_PAUSE = 100;
/** How long accepting may fail without a break while nothing is being answered, in milliseconds. */
export const GIVE_UP = 60_000;
/** Most connections beyond the cap that are being told so at the same time; a further one closes the oldest. */
export const MAX_REFUSALS = 16;

/** Options of {@link Listener}. */
export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Most connections. */
  readonly max: number;
  readonly clock: Clock;
  readonly observer: Observer;
  /** How many connections are open. */
  readonly open: () => number;
  /** Whether requests are being answered. */
  readonly busy: () => boolean;
  /** Frees descriptors, when there are none left. */
  readonly shed: () => void;
  /** Takes a connection, which is then the callee's to close. */
  readonly take: (conn: Deno.TcpConn) => void;
  /** Opens the socket. @default the system's */
  readonly listen?: (address: { hostname: string; port: number }) => Deno.TcpListener;
}

const REFUSAL = "The sidecar has as many connections open as it may. Try again in a moment\n";
const REFUSED = new TextEncoder().encode(
  "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n" +
    `Content-Length: ${REFUSAL.length}\r\nRetry-After: 1\r\nConnection: close\r\n\r\n${REFUSAL}`,
);

/** Listens from its construction on. */
export class Listener {
  readonly #options: ListenerOptions;
  readonly #closed = new AbortController();
  readonly #lost = Promise.withResolvers<Failure>();
  readonly #failures: Burst;
  readonly #refusals: Burst;
  readonly #accepting: Promise<void>;
  /** Those that are being refused, oldest first, each with what ends it. */
  readonly #refusing = new Map<Promise<void>, () => void>();
  readonly #port: number;
  #socket: Deno.TcpListener;
  #failingSince: number | undefined;

  /** @throws the system's error, when the address cannot be had. */
  constructor(options: ListenerOptions) {
    this.#options = options;
    const { clock, observer, host, port, max } = options;
    const warn = (words: string) => observer.notice("warning", words);
    this.#failures = new Burst(clock, (count) =>
      warn(
        count === 1
          ? "The sidecar cannot accept a connection now, and goes on trying"
          : `The sidecar failed ${count} more times to accept a connection`,
      ));
    this.#refusals = new Burst(
      clock,
      (count) =>
        warn(
          `${count} ${count === 1 ? "connection was" : "more connections were"} refused with 503:` +
            ` ${max} are open, and more are not allowed`,
        ),
    );
    this.#socket = this.#listen(host, port);
    this.#port = this.#socket.addr.port;
    this.#accepting = this.#accept();
  }

  /** The real port. */
  get port(): number {
    return this.#port;
  }

  /** Resolves when it cannot accept any more, and has given up. */
  get lost(): Promise<Failure> {
    return this.#lost.promise;
  }

  /** Accepts no more. */
  async close(): Promise<void> {
    if (!this.#closed.signal.aborted) {
      this.#closed.abort();
      closeSocket(this.#socket);
      this.#failures.close();
      this.#refusals.close();
      for (const cut of this.#refusing.values()) cut();
    }
    await Promise.all([this.#accepting, ...this.#refusing.keys()]);
  }

  async #accept(): Promise<void> {
    const { signal } = this.#closed;
    while (!signal.aborted) {
      try {
        const conn = await this.#socket.accept();
        this.#failingSince = undefined;
        this.#admit(conn);
      } catch (error) {
        if (signal.aborted || !await this.#recover(error)) return;
      }
    }
  }

  #admit(conn: Deno.TcpConn): void {
    const { open, max, take } = this.#options;
    if (open() < max) return take(conn);
    this.#refusals.note();
    if (this.#refusing.size >= MAX_REFUSALS) this.#refusing.values().next().value?.();
    const { promise: cut, resolve } = Promise.withResolvers<void>();
    const refusing: Promise<void> = this.#refuse(conn, cut)
      .finally(() => this.#refusing.delete(refusing));
    this.#refusing.set(refusing, resolve);
  }

  /** Says why, and reads what the client still sends: closing over unread bytes would reset the answer away. */
  async #refuse(conn: Deno.TcpConn, cut: Promise<void>): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(CLOSE_TIMEOUT, resolve);
    // A client that went away ends it as well as one that heard
    await Promise.race([cut, late, tellRefused(conn).then(undefined, () => undefined)]);
    cancel();
    conn.close();
  }

  /** Makes room, waits, and where the socket itself is at fault listens again; returns false when it gives up. */
  async #recover(error: unknown): Promise<boolean> {
    const { clock, shed, busy } = this.#options;
    const { signal } = this.#closed;
    const words = error instanceof Error ? error.message : String(error);
    if (error instanceof Deno.errors.ConnectionAborted) return true; // a client that left the queue
    if (error instanceof Deno.errors.ConnectionReset) return true;
    this.#failures.note();
    this.#failingSince ??= clock.now();
    const failing = clock.now() - this.#failingSince;
    if (failing >= GIVE_UP && !busy()) {
      this.#lost.resolve(
        new Failure(
          "internal",
          `The sidecar could not accept a connection for ${showDuration(GIVE_UP)}: ${words}`,
          { hint: "Raise the limit of open files, or find what uses them up" },
        ),
      );
      return false;
    }
    shed();
    await sleep(clock, ACCEPT_PAUSE, signal).catch(() => undefined); // rejects when it is closed meanwhile
    if (signal.aborted) return false;
    if (!/too many open files/i.test(words)) this.#listenAgain();
    return true;
  }

  #listen(hostname: string, port: number): Deno.TcpListener {
    const { listen = Deno.listen } = this.#options;
    return listen({ hostname, port });
  }

  /** The socket itself is broken. Where a new one cannot be had, the next accept fails and is counted there. */
  #listenAgain(): void {
    try {
      closeSocket(this.#socket);
      this.#socket = this.#listen(this.#options.host, this.#port);
    } catch (error) {
      this.#options.observer.notice("warning", `The sidecar cannot listen again: ${String(error)}`);
    }
  }
}

async function tellRefused(conn: Deno.TcpConn): Promise<void> {
  await conn.write(REFUSED);
  await conn.closeWrite();
  const unread = new Uint8Array(4096);
  while (await conn.read(unread) !== null);
}

function closeSocket(socket: Deno.TcpListener): void {
  try {
    socket.close();
  } catch (error) {
    if (!(error instanceof Deno.errors.BadResource)) throw error;
  }
}
