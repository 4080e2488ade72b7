/**
 * Opens a TCP connection to whichever address of a host answers first (RFC 8305, "happy eyeballs").
 *
 * The runtime's own implementation gives each address a quarter of a second and then abandons it, so that a distant
 * host is never reached. Here a slow address stays in the race.
 *
 * @module
 */

import { lookup } from "node:dns";
import { connect, isIP, type Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { isLocalhostName } from "../../base/loopback.ts";

/** Options of {@link dial}. */
interface DialOptions {
  /** A name, or an address without brackets. */
  readonly host: string;
  readonly port: number;
  readonly clock: Clock;
  /** Ends all attempts; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Finds a host's addresses. @default the system's resolver */
  readonly resolve?: Resolve | undefined;
}

/** Finds the addresses of a name; rejects with the system's error. */
export type Resolve = (host: string) => Promise<string[]>;

/** The time between the starts of two attempts, in milliseconds, as RFC 8305 §5 advises. */
const HEAD_START = 250;
/** The most addresses of one host that are tried. */
const MAX_ADDRESSES = 16;
/** Milliseconds of silence after which the kernel asks whether the peer is still there. */
const KEEP_ALIVE = 30_000;

/**
 * Opens a TCP connection.
 *
 * @throws the signal's reason, or the system's error of the attempt that failed last
 */
export async function dial(options: DialOptions): Promise<Socket> {
  const { host, signal, resolve = systemResolve } = options;
  signal.throwIfAborted();
  const addresses = isIP(host) ? [host] : await unlessAborted(resolve(host), signal);
  return await race(interleaved(addresses).slice(0, MAX_ADDRESSES), options);
}

/** The system's resolver; `localhost` is both loopback addresses, whatever it says (RFC 6761 §6.3). */
export function systemResolve(host: string): Promise<string[]> {
  if (isLocalhostName(host)) {
    return Promise.resolve(["127.0.0.1", "::1"]);
  }
  return new Promise((resolve, reject) =>
    lookup(host, { all: true, verbatim: true }, (error, found) => {
      if (error) reject(error);
      else resolve(found.map(({ address }) => address));
    })
  );
}

/** The addresses in the resolver's order, with IPv4 and IPv6 in turns. */
function interleaved(addresses: readonly string[]): string[] {
  const first = isIP(addresses[0] ?? "");
  const [ours, theirs] = [true, false].map((same) =>
    addresses.filter((address) => (isIP(address) === first) === same)
  ) as [string[], string[]];
  return ours.flatMap((address, at) => [address, ...theirs.slice(at, at + 1)])
    .concat(theirs.slice(ours.length));
}

function race(
  addresses: readonly string[],
  { port, clock, signal }: DialOptions,
): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const running = new Set<Socket>();
    let next = 0;
    let cancelTimer = () => {};
    const settle = () => {
      cancelTimer();
      signal.removeEventListener("abort", abort);
      const losers = [...running];
      running.clear(); // first: one that is destroyed must not start another
      for (const socket of losers) socket.destroy();
    };
    const abort = () => {
      settle();
      reject(signal.reason);
    };
    const fail = (error: unknown) => {
      if (next < addresses.length) return start();
      if (running.size > 0) return;
      settle();
      reject(error);
    };
    const start = () => {
      cancelTimer();
      const socket = connect({ host: addresses[next++] ?? "", port, noDelay: true });
      running.add(socket);
      const broke = (error: unknown) => {
        if (running.delete(socket)) fail(error);
      };
      socket.on("error", broke);
      socket.once("connect", () => {
        if (!running.delete(socket)) return;
        // The connection must not hold the race for as long as it lasts
        socket.off("error", broke).on("error", ignore);
        socket.setKeepAlive(true, KEEP_ALIVE);
        settle();
        resolve(socket);
      });
      if (next < addresses.length) cancelTimer = clock.after(HEAD_START, start);
    };
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    else if (addresses.length === 0) fail(Object.assign(new TypeError(), { code: "ENODATA" }));
    else start();
  });
}

/** An error is followed by `close`, which whoever has the connection then watches. */
function ignore(): void {}

/** A promise, or the signal's reason where that comes first. */
export function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", abort));
  });
}
