/**
 * What one try at an upstream is given.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import type { Failure } from "../base/errors.ts";
import type { JsonObject } from "../base/json.ts";
import type { Timeouts } from "../config/config.ts";
import type { SseMessage } from "../wire/sse.ts";
import type { Answer, Client } from "./transport/client.ts";

/** What an upstream said instead of a stream. */
export interface BadAnswer {
  /** Its HTTP status; a 200 where the body was the error. */
  readonly status: number;
  readonly headers: Headers;
  /** At most 64 KiB of the body. */
  readonly text: string;
}

/** The outside world of an attempt, the same for all attempts of a process. */
export interface Net {
  readonly clock: Clock;
  readonly client: Client;
}

/** One try. */
export interface AttemptCall {
  readonly url: string;
  readonly headers: Headers;
  /** The body's text, made when it is sent, so that a stream does not hold megabytes of history for as long as it lasts. */
  readonly body: () => string;
  readonly title: string;
  readonly timeouts: Timeouts;
  /** Bytes of the largest event, and of a whole JSON answer. */
  readonly maxEvent: number;
  /** Whether a last message without its blank line counts; see `sseReader`. */
  readonly tail: boolean;
  /** Aborts when the client left or the sidecar stops; its reason is a Failure. */
  readonly signal: AbortSignal;
  /** What an answer that is no stream means. */
  readonly classify: (answer: BadAnswer) => Failure;
  /** A complete answer sent as one JSON body, as the messages it would have been; `undefined` if it is none. */
  readonly whole: (json: JsonObject) => SseMessage[] | undefined;
  /** The response head is there, whatever it says. */
  readonly onHead: (head: Pick<Answer, "status" | "headers">) => void;
  /** Takes every chunk, valid until it returns, and `undefined` at the end. */
  readonly onBytes?: ((chunk: Uint8Array | undefined) => void) | undefined;
}
