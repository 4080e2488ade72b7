/**
 * The format that a request asks for (`text.format`): as a field where the provider can enforce it, as an instruction where it
 * cannot.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../base/json.ts";
import type { ChatRules } from "../../provider/chat_rules.ts";

/** What the format adds to a request. */
interface AnswerFormat {
  readonly fields: JsonObject;
  /** Sentences for the opening message. */
  readonly instructions: readonly string[];
}

/** Reads `text.format` of a request. */
export function answerFormat(request: JsonObject, { schema: support }: ChatRules): AnswerFormat {
  const format = isObject(request.text) && isObject(request.text.format) ? request.text.format : {};
  const object: JsonObject = support === "prompt"
    ? {}
    : { response_format: { type: "json_object" } };
  if (format.type === "json_object") {
    return { fields: object, instructions: ["Answer with one JSON object and nothing else."] };
  }
  if (format.type !== "json_schema") return { fields: {}, instructions: [] };
  if (support !== "json_schema") {
    const schema = JSON.stringify(format.schema ?? {});
    return {
      fields: object,
      instructions: [
        `Answer with one JSON object that follows this JSON Schema, and nothing else:\n${schema}`,
      ],
    };
  }
  const { schema = {}, strict } = format;
  const native = {
    name: filled(format.name) ?? "answer",
    schema,
    ...(typeof strict === "boolean" ? { strict } : {}),
  };
  return {
    fields: { response_format: { type: "json_schema", json_schema: native } },
    instructions: [],
  };
}
