/**
 * What both translating wires tell the reader of an answer.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../base/json.ts";
import { writtenTools } from "../../translate/calls/written_tools.ts";
import { declaredTools } from "../../translate/chat/tools.ts";
import type { AnswerReaderOptions } from "../../translate/reader_options.ts";
import type { ToolTable } from "../../translate/tool_table.ts";
import type { EncodeContext } from "./adapter.ts";

/**
 * The options that the wires share.
 *
 * @param adapted the request with function tools, and what they stand for
 * @param sent what was sent: the ids of calls in it, the answer that it continues, and to whom it went
 */
export function readerOptions(
  { createdAt, random, limits, title, classify, rewrites = true, tolerates, believes, prefix }:
    EncodeContext,
  { request, tools }: { readonly request: JsonObject; readonly tools: ToolTable },
  { taken, unfinished, sender }: {
    readonly taken: ReadonlySet<string>;
    readonly unfinished: string | undefined;
    readonly sender: string;
  },
): AnswerReaderOptions {
  return {
    model: filled(request.model) ?? "",
    createdAt,
    random,
    limits,
    title,
    toolNames: declaredTools(request),
    written: writtenTools(request, tools),
    takenCallIds: taken,
    rewrites,
    unfinished,
    sender,
    ...(tolerates && { tolerates }),
    ...(believes && { believes }),
    ...(prefix !== undefined && { prefix }),
    classify: (error) =>
      isObject(error) ? classify(error, JSON.stringify(error)) : classify({ error }, String(error)),
  };
}
