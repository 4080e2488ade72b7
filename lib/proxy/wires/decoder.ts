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
import type { Decoder } from "./adapter.ts";

/**
 * Makes a decoder.
 *
 * @param reader turns messages into events about the tools that the provider got
 * @param adapted the request with those tools, and what they stand for
 * @param context who answers, and what is taken of an answer that has a flaw
 * @param finished see {@link Decoder.finished}
 */
export function decoder(
  reader: Stage<SseMessage, ResponsesEvent>,
  { request, tools }: { readonly request: JsonObject; readonly tools: ToolTable },
  { title, tolerates, schema }: {
    readonly title: string;
    readonly tolerates: Tolerates;
    /** What the answer is held to; `undefined`: nothing, or the provider does that itself. */
    readonly schema?: JsonObject | undefined;
  },
  finished: () => boolean,
): Decoder {
  const check = checkCalls({ declared: new DeclaredCalls(request, tools), tolerates, title });
  const shaped = tools.empty ? check : pipe(check, restoreTools(tools));
  const restore = schema === undefined
    ? shaped
    : pipe(shaped, jsonAnswer({ schema, tolerates, title }));
  let progressed = false;
  const restored = (events: ResponsesEvent[]): ResponsesEvent[] =>
    events.flatMap((event) => restore.push(event));
  return {
    push(message) {
      progressed = false;
      const events = reader.push(message);
      progressed = events.some(isContent);
      return restored(events);
    },
    end: () => restored(reader.end()),
    get progressed() {
      return progressed;
    },
    get finished() {
      return finished();
    },
  };
}
