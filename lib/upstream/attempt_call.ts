/**
 * The input of one attempt: the request, the limits, and how its answer is classified.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Failure } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { Timeouts } from "../config/config.ts";
import type { SseMessage } from "../wire/sse.ts";
import type { Client, UpstreamAnswer } from "./transport/client.ts";

/** An answer of an upstream that is no stream. */
export interface BadAnswer {
  /** Its HTTP status; a 200 where the body is the error. */
  readonly status: number;
  readonly headers: Headers;
  /** At most 64 KiB of the body. */
  readonly text: string;
}

/** Time and network, the same for all attempts of a process. */
export interface Net {
  readonly clock: Clock;
  readonly client: Client;
}

/** One attempt. */
export interface AttemptCall {
  readonly url: string;
  readonly headers: Headers;
  /** The body's text, made when it is sent, so that a stream does not hold megabytes of history for as long as it lasts. */
  readonly body: () => string;
  /** The upstream in sentences. */
  readonly title: string;
  readonly timeouts: Timeouts;
  /** Bytes of the largest event, and of a complete JSON answer. */
  readonly maxEvent: number;
  /** Whether a last message without its blank line counts; see `sseReader`. */
  readonly tail: boolean;
  /** Aborts when the client left or the sidecar stops; its reason is a Failure. */
  readonly signal: AbortSignal;
  /** What an answer that is no stream means. */
  readonly classify: (answer: BadAnswer) => Failure;
  /** A complete answer sent as one JSON body, as the messages it would have been; `undefined` if it is none. */
  readonly decodeComplete: (json: JsonObject) => SseMessage[] | undefined;
  /** Called when the response head has come, with whatever status. */
  readonly onHead: (head: Pick<UpstreamAnswer, "status" | "headers">) => void;
  /** Takes every chunk, valid until it returns, and `undefined` at the end. */
  readonly onBytes?: ((chunk: Uint8Array | undefined) => void) | undefined;
}
