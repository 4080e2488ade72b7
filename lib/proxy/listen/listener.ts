/**
 * The listening socket: it accepts connections for as long as the process lives, or reports that it cannot.
 *
 * A failed accept is always tried again: `Deno.serve` and `node:http` both stop accepting for ever, silently, when
 * descriptors run out (2.7.14, 2.9.6).
 *
 * @module
 */

import { type Clock, sleep } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { showDuration } from "../../base/units.ts";
import type { Observer } from "../../observe/observer.ts";
import { Burst } from "./burst.ts";
import { CLOSE_TIMEOUT_MS } from "./connections.ts";

/** Pause after an accept that failed, in milliseconds. */
export const ACCEPT_PAUSE = 100;
/** How long accepting may fail without a break while nothing is being answered, in milliseconds. */
export const GIVE_UP = 60_000;
/** The most refused connections that are answered at the same time; a further one closes the oldest. */
const MAX_REFUSALS = 16;

/** Options of {@link Listener}. */
interface ListenerOptions {
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
  /** Closes idle connections when no descriptors are left. */
  readonly shed: () => void;
  /** Takes a connection over; the callee closes it. */
  readonly take: (conn: Deno.TcpConn) => void;
  /** Opens the socket. @default the system's */
  readonly listen?: (address: { hostname: string; port: number }) => Deno.TcpListener;
}

/**
 * What an accept says of one connection whose client has left the queue, and not of the socket. Deno asks the connection for
 * its ends, and one that was reset has none: `NotConnected`, measured with 2.7.14 and 2.9.6.
 */
const LEFT = [
  Deno.errors.ConnectionAborted,
  Deno.errors.ConnectionReset,
  Deno.errors.NotConnected,
] as const;

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
  /** The connections that are being refused, oldest first, each with the function that ends it. */
  readonly #refusing = new Map<Promise<void>, () => void>();
  readonly #port: number;
  #socket: Deno.TcpListener;
  #failingSince: number | undefined;

  /** @throws the system's error, when the address cannot be had. */
  constructor(options: ListenerOptions) {
    this.#options = options;
    const { clock, observer, host, port, max } = options;
    const warn = (message: string) => observer.notice("warning", message);
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

  /** Resolves with the reason when it has given up accepting, and never otherwise. */
  get lost(): Promise<Failure> {
    return this.#lost.promise;
  }

  /** Stops accepting; resolves when refusals under way have ended. */
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

  /** Answers 503 and reads what the client still sends: a close over unread bytes would reset the connection. */
  async #refuse(conn: Deno.TcpConn, cut: Promise<void>): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#options.clock.after(CLOSE_TIMEOUT_MS, resolve);
    // It ends too where the client went away
    await Promise.race([cut, late, sendRefusal(conn).then(undefined, () => undefined)]);
    cancel();
    conn.close();
  }

  /** Frees descriptors where there are none, waits, listens again where the socket is broken; returns false when it gives up. */
  async #recover(error: unknown): Promise<boolean> {
    const { clock, shed, busy } = this.#options;
    const { signal } = this.#closed;
    const reason = error instanceof Error ? error.message : String(error);
    if (LEFT.some((kind) => error instanceof kind)) return true;
    this.#failures.note();
    this.#failingSince ??= clock.now();
    const failing = clock.now() - this.#failingSince;
    if (failing >= GIVE_UP && !busy()) {
      this.#lost.resolve(
        new Failure(
          "internal",
          `The sidecar could not accept a connection for ${showDuration(GIVE_UP)}: ${reason}`,
          { hint: "Raise the limit of open files, or find what uses them up" },
        ),
      );
      return false;
    }
    const full = /too many open files/i.test(reason);
    if (full) shed();
    await sleep(clock, ACCEPT_PAUSE, signal).catch(() => undefined); // rejects when it is closed meanwhile
    if (signal.aborted) return false;
    if (!full) this.#listenAgain();
    return true;
  }

  #listen(hostname: string, port: number): Deno.TcpListener {
    const { listen = Deno.listen } = this.#options;
    return listen({ hostname, port });
  }

  /** Replaces a broken socket. Where that fails, the next accept fails too and is counted. */
  #listenAgain(): void {
    try {
      closeSocket(this.#socket);
      this.#socket = this.#listen(this.#options.host, this.#port);
    } catch (error) {
      this.#options.observer.notice("warning", `The sidecar cannot listen again: ${String(error)}`);
    }
  }
}

async function sendRefusal(conn: Deno.TcpConn): Promise<void> {
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
