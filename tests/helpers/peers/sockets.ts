/**
 * Real sockets for what `fetch` would tidy up: raw requests, and an upstream whose every connection is watched.
 *
 * @module
 */

import { systemClock } from "../../../lib/base/clock.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { serveHttp } from "../../../lib/proxy/listen/http_server.ts";

/** A server on loopback that stops, connections included, when the test is over. */
export interface Served extends AsyncDisposable {
  readonly port: number;
}

/** Serves on a free port of 127.0.0.1. */
export function serve(handler: (request: Request) => Response | Promise<Response>): Served {
  const stop = new AbortController();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    signal: stop.signal,
    onListen() {},
    onError: () => new Response("handler failed", { status: 500 }),
  }, handler);
  return {
    port: server.addr.port,
    async [Symbol.asyncDispose]() {
      stop.abort();
      await server.finished;
    },
  };
}

/** The same as the sidecar serves: with its own listener in front. */
export function serveApp(handler: (request: Request) => Promise<Response>): Served {
  const server = serveHttp(handler, {
    host: "127.0.0.1",
    port: 0,
    max: 100,
    clock: systemClock,
    observer: silent,
  });
  return { port: server.port, [Symbol.asyncDispose]: () => server.close() };
}

/** Sends bytes as they are and reads until the other side closes, or until `enough` says so. */
export async function raw(
  port: number,
  text: string,
  enough: (answer: string) => boolean = (answer) => /\r\n\r\n/.test(answer),
): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  await connection.write(new TextEncoder().encode(text));
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(4096);
  let answer = "";
  while (!enough(answer)) {
    const size = await connection.read(buffer);
    if (size === null) break;
    answer += decoder.decode(buffer.subarray(0, size), { stream: true });
  }
  return answer;
}
