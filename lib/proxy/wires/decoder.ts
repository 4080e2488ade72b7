/**
 * Joins the reader of a wire and the stage that restores Codex's tools into one decoder.
 *
 * Progress is measured between the two, because restoring may hold content back while the provider works.
 *
 * @module
 */

import type { Stage } from "../../base/stage.ts";
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
 * @param tools maps those to the tools that Codex sent
 * @param finished see {@link Decoder.finished}
 */
export function decoder(
  reader: Stage<SseMessage, ResponsesEvent>,
  tools: ToolTable,
  finished: () => boolean,
): Decoder {
  const restore = tools.empty ? undefined : restoreTools(tools);
  let progressed = false;
  const restored = (events: ResponsesEvent[]): ResponsesEvent[] =>
    restore ? events.flatMap((event) => restore.push(event)) : events;
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
