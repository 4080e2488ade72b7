/**
 * The Response object as the OpenAI API documents it, with every field that its schema requires.
 *
 * What the sidecar does not know of a request's settings stands there with the value that says so: `null`, `[]`, `{}`.
 * Source: `tests/wire/openai-api.schema.json`, from openai/openai-openapi.
 *
 * @module
 */

import type { Json, JsonObject } from "../base/json.ts";

/** What is the same in every Response object of one answer. */
export interface ResponseHead {
  readonly id: string;
  /** Whole seconds since the epoch. */
  readonly createdAt: number;
  readonly model: string;
}

/** What differs from one Response object of an answer to the next. */
export interface ResponseState {
  /** Finished items. @default [] */
  readonly output?: Json[];
  /** In the strict shape. It is left out where there is none: the schema knows no `null` here. */
  readonly usage?: JsonObject | null;
  readonly error?: JsonObject;
  /** Why the answer is incomplete. */
  readonly reason?: "max_output_tokens" | "content_filter";
}

/** Makes one. */
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

/** A finished or beginning text of a message. */
export function outputText(text: string): JsonObject {
  return { type: "output_text", text, annotations: [], logprobs: [] };
}
