/**
 * The interface to the network: one request out, one answer back, whatever sends it.
 *
 * @module
 */

import type { BodyReader } from "../body_reader.ts";

/** One request. */
export interface Outgoing {
  /** `http:` or `https:`. */
  readonly url: string;
  readonly method: string;
  /** Without `host` and `content-length`, which follow from the rest. */
  readonly headers: Headers;
  /** Makes the body when it is sent, so that megabytes are not held while the answer streams; `undefined`: none. */
  readonly body: (() => string | Uint8Array) | undefined;
  /** The upstream in sentences. */
  readonly title: string;
  /** Ends the request at whatever stage it is, its body included; the reason is thrown. */
  readonly signal: AbortSignal;
  /** Called when the connection is open (looked up, connected, through the proxy, secured) and the request is being sent. */
  readonly onConnected?: (() => void) | undefined;
}

/** The head of an answer, and its body to be read. */
export interface UpstreamAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** As it came, codings included. Read it to its end or cancel it. */
  readonly body: BodyReader;
}

/** Sends requests. */
export interface Client {
  /**
   * Sends one request, once: no redirect is followed, nothing is sent again, every request has a connection of its own.
   *
   * @throws Failure `unreachable` when nothing was sent, `broken_stream` or `bad_answer` after that; the signal's reason
   */
  send(outgoing: Outgoing): Promise<UpstreamAnswer>;
  /** Closes every connection that is still open. Call it when no exchange is running. */
  close(): void;
}
