/**
 * What the reader of an answer needs to know of its exchange, on every wire that is translated.
 *
 * @module
 */

import type { Random } from "../base/clock.ts";
import type { Failure } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import type { Tolerates } from "./calls/check_calls.ts";
import type { WrittenTools } from "./written/tools.ts";
import type { CallLimits } from "./answer/tool_calls.ts";

/** Options of a reader; a wire adds its own rules. */
export interface AnswerReaderOptions {
  /** The model's id, for the rules and for the events. */
  readonly model: string;
  /** When the answer was asked for, in seconds since the epoch; used where the provider gives no time. */
  readonly createdAt: number;
  /** The declared functions: name -> parameter schema, where it is known. */
  readonly toolNames: ReadonlyMap<string, JsonObject> | ReadonlySet<string>;
  /** The same for calls that are written out as text, by any spelling of their names. @default `toolNames` */
  readonly written?: WrittenTools;
  readonly random: Random;
  /** Most calls in one answer, and most characters in one item of it. */
  readonly limits: CallLimits;
  /** The call ids of the history. */
  readonly takenCallIds: ReadonlySet<string>;
  /** The id of the answer that this one continues, for the mark of its reasoning. */
  readonly unfinished?: string | undefined;
  /** Who gives it, see `senderName`; without it nothing opaque is kept. */
  readonly sender?: string;
  /** How the answer begins, where that was given to the provider and only the rest comes back. */
  readonly prefix?: string;
  /** Turns an error that came inside the stream into a failure: its JSON, or its text if it is none. */
  readonly classify: (body: Json) => Failure;
  /** Who answers, for error messages. @default "The provider" */
  readonly title?: string;
  /** Whether the client shows the text of a finished item, whatever was streamed for it before. @default true */
  readonly rewrites?: boolean;
  /** Whether an answer is taken although it has a flaw that another attempt may cure. @default none is */
  readonly tolerates?: Tolerates;
  /**
   * Told of an end mark without a finish reason, in words; returns whether it is an end, because this provider always ends so.
   * @default it is none
   */
  readonly believes?: (habit: string) => boolean;
}
