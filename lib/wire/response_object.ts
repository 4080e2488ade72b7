/**
 * The Response object as the OpenAI API documents it, with every field that its schema requires.
 *
 * A setting of the request that the sidecar does not know has the value that means so: `null`, `[]`, `{}`.
 * Source: `tests/wire/openai-api.schema.json`, from openai/openai-openapi.
 *
 * @module
 */

import type { Json, JsonObject } from "../base/json.ts";

/** The fields that are the same in every Response object of one answer. */
export interface ResponseHead {
  readonly id: string;
  /** Whole seconds since the epoch. */
  readonly createdAt: number;
  readonly model: string;
}

/** The fields that differ between the Response objects of one answer. */
export interface ResponseState {
  /** Finished items. @default [] */
  readonly output?: Json[];
  /** In the strict shape. The field is left out where there is no usage: the schema allows no `null`. */
  readonly usage?: JsonObject | null;
  readonly error?: JsonObject;
  /** Why the answer is incomplete. */
  readonly reason?: "max_output_tokens" | "content_filter";
}

/** Makes the Response object of an answer in the given status. */
export function responseObject(
  { id, createdAt, model }: ResponseHead,
  status: "in_progress" | "completed" | "incomplete" | "failed",
  { output = [], usage, error, reason }: ResponseState = {},
): JsonObject {
  return {
    id,
    object: "response",
    created_at: createdAt,
    status,
    error: error ?? null,
    incomplete_details: reason === undefined ? null : { reason },
    instructions: null,
    metadata: {},
    model,
    output,
    parallel_tool_calls: true,
    temperature: null,
    tool_choice: "auto",
    tools: [],
    top_p: null,
    ...(usage ? { usage } : {}),
  };
}

/** A text part of a message, finished or begun, without annotations. */
export function outputText(text: string): JsonObject {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}
