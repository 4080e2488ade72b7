/**
 * A provider on loopback that plays scripts: good answers, slow ones, broken ones, none.
 *
 * Demo, stress, doctor and tests share it. It knows no model and no key; the script decides what it answers.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { createServer, type Socket } from "node:net";
import { type Clock, systemClock } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import { isObject, type JsonObject, parseJson } from "../base/json.ts";
import { type RawRequest, readRequest } from "./http_in.ts";
import { play } from "./play.ts";
import { json, type Script } from "./script.ts";

/** A request the provider got. */
export interface SeenRequest {
  /** 1 for the first request of the same method, 2 for the next, … */
  readonly n: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** The body, where it is a JSON object in plain text. */
  readonly json: JsonObject | undefined;
  /** When it was complete, on the provider's clock. */
  readonly at: number;
  /** How the exchange went: the script came to its end, or the client left before; and when, on the provider's clock. */
  readonly over: Promise<{ readonly how: "played" | "left"; readonly at: number }>;
}

/** What {@link startProvider} needs. */
export interface ProviderOptions {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Default: any free one. */
  readonly port?: number;
  /** Chooses the script; `n` counts requests of one method from 1, so that a GET takes no turn away from the POSTs. */
  readonly script: (request: SeenRequest, n: number) => Script;
}

/** A running provider. */
export interface Provider {
  /** `http://127.0.0.1:PORT/v1` */
  readonly url: string;
  readonly port: number;
  /** In the order they came. */
  readonly requests: readonly SeenRequest[];
  /** Those that ask for an answer. */
  readonly posts: readonly SeenRequest[];
  /** Lets every script pass this gate, now and later. */
  open(gate: string): void;
  stop(): Promise<void>;
}

/** Starts a provider on loopback. Throws what the system says where the port cannot be had. */
export async function startProvider(options: ProviderOptions): Promise<Provider> {
  const { clock = systemClock, port: wanted = 0, script } = options;
  const requests: SeenRequest[] = [];
  const gates = new Map<string, PromiseWithResolvers<void>>();
  const connections = new Set<{ readonly socket: Socket; readonly leave: () => void }>();
  const gate = (name: string) => {
    const known = gates.get(name) ?? Promise.withResolvers<void>();
    gates.set(name, known);
    return known;
  };
  const answer = async (socket: Socket, raw: RawRequest, signal: AbortSignal) => {
    const over = Promise.withResolvers<{ how: "played" | "left"; at: number }>();
    const request = seen(raw, requests, clock.now(), over.promise);
    requests.push(request);
    const passed = (name: string) => race(gate(name).promise, signal);
    try {
      await play(socket, choose(script, request), { clock, signal, gate: passed });
      over.resolve({ how: "played", at: clock.now() });
    } catch (error) {
      over.resolve({ how: "left", at: clock.now() });
      if (!signal.aborted) throw error;
    }
  };
  const server = createServer({ noDelay: true, allowHalfOpen: true }, (socket) => {
    const left = new AbortController();
    const leave = () => left.abort(new Failure("client_gone", "The client left the provider"));
    const connection = { socket, leave };
    connections.add(connection);
    let parts: Uint8Array[] | undefined = [];
    socket.on("data", (bytes: Uint8Array) => {
      if (!parts) return;
      parts.push(bytes);
      const raw = readRequest(parts.length === 1 ? bytes : Buffer.concat(parts));
      if (!raw) return;
      parts = undefined;
      void answer(socket, raw, left.signal);
    });
    socket.on("end", () => {
      leave();
      socket.end();
    });
    socket.on("error", leave);
    socket.on("close", () => {
      leave();
      connections.delete(connection);
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(wanted, "127.0.0.1", resolve);
  });
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    requests,
    get posts() {
      return requests.filter((request) => request.method === "POST");
    },
    open: (name) => gate(name).resolve(),
    stop() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const { socket, leave } of connections) {
        leave();
        socket.destroy();
      }
      return closed;
    },
  };
}

function seen(
  raw: RawRequest,
  before: readonly SeenRequest[],
  at: number,
  over: SeenRequest["over"],
): SeenRequest {
  const text = new TextDecoder().decode(raw.body);
  const value = parseJson(text);
  const { method, path, headers } = raw;
  const n = before.filter((request) => request.method === method).length + 1;
  return { n, method, path, headers, text, json: isObject(value) ? value : undefined, at, over };
}

function choose(script: ProviderOptions["script"], request: SeenRequest): Script {
  try {
    return script(request, request.n);
  } catch (error) {
    const message = `The test's script threw: ${error instanceof Error ? error.stack : error}`;
    return json(500, { error: { message } });
  }
}

function race(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    promise.then(resolve, reject);
  });
}
