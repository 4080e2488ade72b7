/**
 * Joins the reader of a wire and the stage that restores Codex's tools into one decoder.
 *
 * Progress is measured between the two, because checking calls and restoring hold content back while the provider works.
 *
 * @module
 */

import type { JsonObject } from "../../base/json.ts";
import { pipe, type Stage } from "../../base/stage.ts";
import { checkCalls, type Tolerates } from "../../translate/calls/check_calls.ts";
import { DeclaredCalls } from "../../translate/calls/declared_calls.ts";
import { jsonAnswer } from "../../translate/response/json_answer.ts";
import { restoreTools } from "../../translate/response/restore_tools.ts";
import type { ToolTable } from "../../translate/tool_table.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import type { SseMessage } from "../../wire/sse.ts";
import { isContent } from "../answer/progress.ts";
import type { Decoder, Ending } from "./adapter.ts";

/**
 * Makes a decoder.
 *
 * @param reader turns messages into events about the tools that the provider got
 * @param adapted the request with those tools, and what they stand for
 * @param context who answers, and what is taken of an answer that has a flaw
 * @param ending see {@link Decoder.ending}
 */
export function decoder(
  reader: Stage<SseMessage, ResponsesEvent>,
  { request, tools }: { readonly request: JsonObject; readonly tools: ToolTable },
  { title, tolerates, schema, written, escapes = false }: {
    readonly title: string;
    readonly tolerates: Tolerates;
    /** What the answer is held to; `undefined`: nothing, or the provider does that itself. */
    readonly schema?: JsonObject | undefined;
    /** Reads messages for calls that were written out, where the reader does not. */
    readonly written?: Stage<ResponsesEvent, ResponsesEvent>;
    /** Whether the model writes HTML entities into arguments. */
    readonly escapes?: boolean;
  },
  ending: () => Ending,
): Decoder {
  const declared = new DeclaredCalls(request, tools);
  const check = checkCalls({ declared, tolerates, title, escapes });
  const checked = written ? pipe(written, check) : check;
  const shaped = tools.empty ? checked : pipe(checked, restoreTools(tools));
  const restore = schema === undefined
    ? shaped
    : pipe(shaped, jsonAnswer({ schema, tolerates, title }));
  return new WireDecoder(reader, restore, ending);
}

/** A class: an object literal with getters is a dictionary to V8, half a kilobyte and slow to look into. */
class WireDecoder implements Decoder {
  readonly #reader: Stage<SseMessage, ResponsesEvent>;
  readonly #restore: Stage<ResponsesEvent, ResponsesEvent>;
  readonly #ending: () => Ending;
  #progressed = false;

  constructor(
    reader: Stage<SseMessage, ResponsesEvent>,
    restore: Stage<ResponsesEvent, ResponsesEvent>,
    ending: () => Ending,
  ) {
    this.#reader = reader;
    this.#restore = restore;
    this.#ending = ending;
  }

  get progressed(): boolean {
    return this.#progressed;
  }

  get ending(): Ending {
    return this.#ending();
  }

  push(message: SseMessage): ResponsesEvent[] {
    this.#progressed = false;
    const events = this.#reader.push(message);
    this.#progressed = events.some(isContent);
    return this.#restored(events);
  }

  end(): ResponsesEvent[] {
    return this.#restored(this.#reader.end());
  }

  #restored(events: readonly ResponsesEvent[]): ResponsesEvent[] {
    const [only] = events;
    if (only && events.length === 1) return this.#restore.push(only); // most messages are one event
    return events.flatMap((event) => this.#restore.push(event));
  }
}
