/**
 * Remote compaction for providers that have none: a user message asks for a summary, and the summary becomes the item that
 * Codex expects.
 *
 * Codex ends such a request with `compaction_trigger`, takes exactly one `compaction` item and echoes it later
 * (docs/facts/codex.md §2.6). The summary is in `encrypted_content`, behind a mark of ours, so that the sidecar keeps no state.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { filled, isObject, type Json, type JsonObject } from "../base/json.ts";
import type { Stage } from "../base/stage.ts";
import { type ResponsesEvent, responsesEvent } from "../wire/responses.ts";

const MARK = "sidecar-summary-1:";

/** What replaces `compaction_trigger`: a user message that asks for the summary. */
export const CHECKPOINT: JsonObject = userMessage(
  "Stop working on the task now. The conversation so far will be replaced by a summary that you write in this " +
    "answer, and another model goes on from that summary alone. Write down the goal and the user's wishes and limits, " +
    "what was done and decided and why, the state of the files and commands involved, every name, path, value or " +
    "error message still needed, and the next steps in order. Be brief but leave out nothing that is needed. " +
    "Call no tools; answer with the summary only.",
);

/** Whether a `compaction` item holds a summary that was asked for in words: no provider can read it as it is. */
export function isOwnCompaction(item: JsonObject): boolean {
  return filled(item.encrypted_content)?.startsWith(MARK) ?? false;
}

/** What replaces a `compaction` item: the summary as a user message, or a note that another provider encrypted it. */
export function readCompaction(item: JsonObject): JsonObject {
  const sealed = filled(item.encrypted_content) ?? "";
  if (!sealed.startsWith(MARK)) {
    return userMessage(
      "(An earlier part of this conversation was compacted by another provider and cannot be read here.)",
    );
  }
  const summary = Buffer.from(sealed.slice(MARK.length), "base64").toString("utf8");
  return userMessage(
    `Summary of the conversation so far, written by the model that led it:\n\n${summary}`,
  );
}

/** Holds back all output of the answer and, when it completes, gives its text as one `compaction` item. */
export function restoreCompaction(): Stage<ResponsesEvent, ResponsesEvent> {
  const texts: string[] = [];
  return {
    push(event) {
      const { data, type } = event;
      if (type === "response.output_item.done") texts.push(textOf(data.item));
      if (type !== "response.completed") {
        return "item" in data || "item_id" in data || "output_index" in data ? [] : [event];
      }
      const response = isObject(data.response) ? data.response : {};
      const output = Array.isArray(response.output) ? response.output : [];
      const summary = texts.join("") || output.map(textOf).join("");
      // Without a summary no item is made up: Codex reports the missing item itself.
      if (summary === "") return [event];
      const item: JsonObject = {
        type: "compaction",
        id: `cmp_${String(response.id ?? "").replace(/^resp_/, "")}`,
        encrypted_content: MARK + Buffer.from(summary).toString("base64"),
      };
      return [
        responsesEvent("response.output_item.done", {
          ...(data.sequence_number === undefined ? {} : { sequence_number: data.sequence_number }),
          output_index: 0,
          item,
        }),
        { type, data: { ...data, response: { ...response, output: [item] } } },
      ];
    },
    end: () => [],
  };
}

function textOf(item: Json | undefined): string {
  if (!isObject(item) || item.type !== "message" || !Array.isArray(item.content)) return "";
  return item.content.map((part) => isObject(part) ? filled(part.text) ?? "" : "").join("");
}

function userMessage(text: string): JsonObject {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}
