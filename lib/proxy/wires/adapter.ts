/**
 * The interface of a wire: how a request is encoded for it, and how its answers are decoded to Responses events.
 *
 * Each adapter composes its own stages; a stage that normalizes one wire's streams never stands behind another's decoder.
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import type { Profile } from "../../provider/profile.ts";
import type { Tolerates } from "../../translate/calls/check_calls.ts";
import type { Adaptation } from "../../translate/refused/adaptations.ts";
import type { ClassifyError } from "../../translate/response/read_events.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import type { SseMessage } from "../../wire/sse.ts";
import type { UpstreamSeals } from "./seals.ts";

/** One wire of an upstream. Adapters are stateless: what an attempt needs to remember is in its {@link Decoder}. */
export interface WireAdapter {
  /** Where requests go, below the route's base: `/responses`. */
  readonly path: string;
  /**
   * The base that requests go below, made of the one in the settings, which has no slash at its end. @default the same
   */
  base?(base: string): string;
  /** Whether a client's key goes up in {@link authHeaders} too, because the wire has a form of its own for keys. */
  readonly ownAuth?: boolean;
  /** The headers that carry a key, and what else the wire demands. */
  authHeaders(key: string, profile: Profile): Readonly<Record<string, string>>;
  /** Prepares a request of Codex for one attempt. The request is never changed. */
  encode(request: JsonObject, context: EncodeContext): Encoded;
  /** Whether the provider continues an answer to this request when it gets the beginning of that answer. */
  continues(
    request: JsonObject,
    target: { readonly profile: Profile; readonly base: string },
  ): boolean;
  /** A complete answer that came as one JSON body, as the messages it would have been; `undefined` if it is none. */
  decodeComplete(json: JsonObject): SseMessage[] | undefined;
  /**
   * Fixes up a body that was called too long for the model's window: makes one with a smaller limit of the answer, where the
   * input alone fits. @default the wire names no limit of its own
   */
  fitOutput?(body: JsonObject, message: string): BodyFixUp | undefined;
  /**
   * Fixes up a refused body: makes one without the part that the refusal is about.
   *
   * @param body the body that was refused, on this wire
   * @param message the provider's message, `param` included
   * @param already what was fixed before in this exchange
   * @returns `undefined` where nothing helps
   */
  fixUp(
    body: JsonObject,
    message: string,
    already: ReadonlySet<string>,
    profile: Profile,
  ): BodyFixUp | undefined;
}

/** A body that a refusal no longer applies to. */
export interface BodyFixUp {
  /** What was taken out or changed, for the log: `images`. */
  readonly what: string;
  readonly body: JsonObject;
  /** How it is done for every request that is encoded with {@link EncodeContext.adaptations}; absent: for this body alone. */
  readonly adaptation?: Adaptation;
}

/** What encoding needs besides the request. */
export interface EncodeContext {
  readonly profile: Profile;
  /** The beginning of the answer, which the decoder puts before the rest; only where {@link WireAdapter.continues}. */
  readonly prefix?: string;
  /** Who answers, for sentences. */
  readonly title: string;
  /** The base URL: what only its sender can read goes nowhere else. @default "" */
  readonly base?: string;
  readonly random: Random;
  /** When this attempt starts, in seconds since the epoch. */
  readonly createdAt: number;
  readonly limits: { readonly event: number; readonly toolCalls: number };
  /** What an error inside the stream means. */
  readonly classify: ClassifyError;
  /** What the upstream was found to need, in the words of `translate/refused/refused_part.ts`. @default nothing */
  readonly adaptations?: ReadonlySet<string>;
  /** Whose sealed reasoning is whose. @default nothing is known */
  readonly sealed?: UpstreamSeals;
  /** Whether the client shows a finished item's text, whatever was streamed for it before. @default true */
  readonly rewrites?: boolean;
  /** Whether the model sees images. @default what its provider's row says */
  readonly images?: boolean | undefined;
  /** Whether an answer is taken although it has a flaw that another attempt may cure. @default none is */
  readonly tolerates?: Tolerates;
  /** Whether an end mark without a finish reason is this upstream's way to end. @default it is not */
  readonly believes?: (habit: string) => boolean;
}

/** A request ready to be sent, and how to read what comes back. */
interface Encoded {
  readonly body: JsonObject;
  readonly decoder: Decoder;
  /** Whether a last SSE message without its blank line counts: it does where each line is complete by itself. */
  readonly tail: boolean;
  /** What of the request was left out, as the log names it: `the hosted tool web_search`, `images`. */
  readonly leftOut: readonly string[];
}

/**
 * Reads one answer: SSE messages in, events in the shapes that Codex knows out.
 *
 * `push` and `end` throw the Failure that the answer means; `end` throws `truncated` where the answer has no finish reason
 * and no terminal event.
 */
export interface Decoder extends Stage<SseMessage, ResponsesEvent> {
  /** Whether the last pushed message brought the answer forward, shown yet or not. */
  readonly progressed: boolean;
  /** How near the end is. */
  readonly ending: Ending;
}

/**
 * How near an answer is to its end: the finish reason came after all content (`sure`) or with the last of it (`beside`); content
 * came after one, as some gateways send it with every piece (`doubtful`); it did not come, or no text or call did (`open`).
 */
export type Ending = "open" | "doubtful" | "beside" | "sure";
