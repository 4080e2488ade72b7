/**
 * The client over `node:http` (docs/decisions/2026-11-25-upstream-transport.md says why): one request, one connection.
 *
 * @module
 */

import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { showSize } from "../../base/units.ts";
import type { Client, Outgoing, UpstreamAnswer } from "./client.ts";
import { connect, type UpstreamConnection } from "./connect.ts";
import type { Resolve } from "./dial.ts";
import { framesOf } from "./body_frames.ts";
import { HeadStream } from "./head_stream.ts";
import { ask, MAX_HEAD } from "./node_request.ts";
import { SocketBody } from "./socket_body.ts";
import { watchPeer } from "./peer_watch.ts";
import type { ReadEnv } from "./proxy_env.ts";
import { openTrust } from "./trust.ts";
import { proxyRefused } from "./tunnel.ts";
import { codeOf, reasonOf } from "./network_errors.ts";

/** Options of {@link nodeClient}. */
export interface NodeClientOptions {
  readonly clock: Clock;
  /** Reads an environment variable: proxies and authorities. */
  readonly env: ReadEnv;
  /** Finds the addresses of a host. @default the system's resolver */
  readonly resolve?: Resolve;
}

/** Makes a client that keeps no connection for a next request. */
export function nodeClient({ clock, env, resolve }: NodeClientOptions): Client {
  const world = { clock, env, trust: openTrust(env), resolve };
  const open = new Set<Socket>();
  return {
    async send(outgoing) {
      const { title, signal } = outgoing;
      const url = new URL(outgoing.url);
      const connection = await connect(url, title, signal, world);
      const { socket } = connection;
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      outgoing.onConnected?.();
      return await exchange(outgoing, url, connection, clock);
    },
    close() {
      for (const socket of open) socket.destroy();
    },
  };
}

/** What becomes of a request. */
interface Outcome {
  /** Whether its answer has begun: what happens to the request afterwards does not count. */
  begun(): boolean;
  /** Takes the head of the answer, and the bytes behind it that have come already. */
  answer(incoming: IncomingMessage, first: readonly Uint8Array[]): void;
  fail(failure: unknown): void;
}

/**
 * Sends a request and takes its answer.
 *
 * What lives as long as the answer stands in this function and must not hold the request: V8 keeps whatever one of a
 * function's closures uses for all of them.
 */
function exchange(
  outgoing: Outgoing,
  url: URL,
  connection: UpstreamConnection,
  clock: Clock,
): Promise<UpstreamAnswer> {
  const { title, signal, method } = outgoing;
  const { socket, peer } = connection;
  const { host } = url;
  /** `undefined` once there is a head, which it would hold. */
  let awaited: PromiseWithResolvers<UpstreamAnswer> | undefined = Promise.withResolvers();
  const { promise } = awaited;
  let stopWatch = () => {};
  let body: SocketBody | undefined;
  const over = () => {
    stopWatch();
    signal.removeEventListener("abort", abort);
    socket.destroy();
  };
  const fail = (failure: unknown) => {
    over();
    awaited?.reject(failure);
  };
  const abort = () => {
    body?.cancel(signal.reason);
    fail(signal.reason);
  };
  const answer = (incoming: IncomingMessage, first: readonly Uint8Array[]) => {
    const { statusCode: status = 0, headers } = incoming;
    const frames = framesOf({
      method,
      status,
      transferEncoding: headers["transfer-encoding"],
      contentLength: headers["content-length"],
    });
    body = new SocketBody({ socket, first, frames, title, onOver: over });
    try {
      awaited?.resolve({ status, headers: headersOf(incoming), body });
    } catch (error) {
      body.cancel(error);
      const message = `${title} answered with a header that is none: ${reasonOf(error)}`;
      awaited?.reject(new Failure("bad_answer", message, { cause: error }));
    }
    awaited = undefined;
  };
  const gone = () => {
    const message = `${title} is gone: ${host} does not answer any more`;
    const failure = new Failure("broken_stream", message, {
      hint: "The network on the way broke, or the machine there is down",
    });
    if (body) body.fail(failure);
    else fail(failure);
  };
  if (signal.aborted) abort();
  else {
    signal.addEventListener("abort", abort, { once: true });
    if (peer) {
      stopWatch = watchPeer({
        clock,
        ...peer,
        received: () => body?.received ?? 0,
        paused: () => body?.paused ?? false,
        onGone: gone,
      });
    }
    send(outgoing, url, connection, { begun: () => body !== undefined, answer, fail });
  }
  return promise;
}

/** Sends a request by `node:http`, which also reads the head of its answer. */
function send(
  outgoing: Outgoing,
  url: URL,
  connection: UpstreamConnection,
  { begun, answer, fail }: Outcome,
): void {
  const { title } = outgoing;
  const { socket, proxy } = connection;
  const head = new HeadStream(socket);
  let asked: ClientRequest;
  try {
    asked = ask(outgoing, url, connection, head);
  } catch (error) {
    const message = `The request to ${title} cannot be sent: ${reasonOf(error)}`;
    return fail(new Failure("bad_request", message, { cause: error }));
  }
  asked.once("response", (incoming) => {
    incoming.on("error", () => {}); // its body is read elsewhere
    const first = head.finish();
    // What is left of the request is still sent
    if (asked.writableFinished) head.destroy();
    else asked.once("finish", () => head.destroy());
    if (proxy && incoming.statusCode === 407) {
      const fact = "asks for a user and a password it does not have (HTTP 407)";
      return fail(proxyRefused(proxy, fact, incoming.statusCode));
    }
    if (first) return answer(incoming, first);
    const message = `${title} answered with something that is not HTTP (its head has no end)`;
    fail(new Failure("bad_answer", message));
  });
  let informed = 0;
  asked.on("information", () => {
    if (++informed <= MOST_INFORMED) return head.next();
    const message =
      `${title} sent more than ${MOST_INFORMED} interim answers (HTTP 1xx) and no answer`;
    fail(new Failure("bad_answer", message));
  });
  asked.once("upgrade", () => {
    fail(new Failure("bad_answer", `${title} answered HTTP 101 and left HTTP, unasked`));
  });
  asked.on("error", (error) => begun() || fail(unanswered(error, title)));
  asked.once("close", () => begun() || fail(unanswered(new TypeError("aborted"), title)));
}

/** The most interim answers (HTTP 1xx) before the answer; real servers send a few. */
const MOST_INFORMED = 1_000;

function headersOf({ rawHeaders }: IncomingMessage): Headers {
  const headers = new Headers();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    headers.append(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  }
  return headers;
}

/** The failure of a request without an answer. The host may have read it; the retry policy decides what follows. */
function unanswered(error: unknown, title: string): Failure {
  const code = codeOf(error);
  if (code === "HPE_HEADER_OVERFLOW") {
    const message = `${title} answered with a head larger than ${showSize(MAX_HEAD)}`;
    return new Failure("bad_answer", message, { cause: error });
  }
  if (code.startsWith("HPE_")) {
    const reason = reasonOf(error).replace(/^Parse Error: /, "");
    const message = `${title} answered with something that is not HTTP (${reason})`;
    return new Failure("bad_answer", message, { cause: error });
  }
  const message = `${title} closed the connection before it answered (${reasonOf(error)})`;
  return new Failure("broken_stream", message, { cause: error });
}
