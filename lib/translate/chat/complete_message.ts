/**
 * A last chunk that holds the complete message besides the deltas, or in place of them: only what did not come yet counts.
 *
 * Its rule: what came is not kept for it; its length and its end tell whether the message begins with it.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { reasoningField } from "../opaque/fields.ts";
import type { Chunk } from "./chunk.ts";

/** Characters at the end of what came that are compared. */
const COMPARED = 256;

/** One text, as far as it came. */
class Received {
  #length = 0;
  #end = "";

  add(text: string): void {
    this.#length += text.length;
    this.#end = (this.#end + text).slice(-COMPARED);
  }

  /** What is new in the complete text; nothing where it is another one. */
  rest(complete: string): string {
    const from = this.#length - this.#end.length;
    return complete.slice(from, this.#length) === this.#end ? complete.slice(this.#length) : "";
  }
}

/** What came of one answer. */
export class MessageSoFar {
  readonly #text = new Received();
  readonly #reasoning = new Received();
  #called = false;
  #begun = false;

  /** Notes what a chunk brought. */
  add({ text, reasoning, calls }: Chunk): void {
    this.#begun ||= text !== "" || reasoning !== "" || calls.length > 0;
    if (text !== "") this.#text.add(text);
    if (reasoning !== "") this.#reasoning.add(reasoning);
    if (calls.length > 0) this.#called = true;
  }

  /** The chunk with deltas alone; the same where it has no complete message. */
  deltas(json: JsonObject): JsonObject {
    const { choices } = json;
    if (!Array.isArray(choices) || !choices.some(isComplete)) return json;
    const own = choices.map((choice) => {
      if (!isObject(choice) || !isObject(choice.message) || !isComplete(choice)) return choice;
      const { message, ...rest } = choice;
      return { ...rest, delta: this.#unseen(message) };
    });
    return { ...json, choices: own };
  }

  #unseen(message: JsonObject): JsonObject {
    const { content, tool_calls: calls, function_call: call, ...fields } = message;
    // Lists grow entry by entry: what came is not to come twice.
    const other = this.#begun
      ? Object.fromEntries(Object.entries(fields).filter(([, value]) => !Array.isArray(value)))
      : fields;
    const field = reasoningField(message);
    const reasoning = field === undefined ? {} : {
      [field]: this.#reasoning.rest(String(message[field])),
    };
    const text = typeof content === "string" ? this.#text.rest(content) : content;
    const listed = Array.isArray(calls)
      ? calls.map((each, index) => isObject(each) ? { index, ...each } : each)
      : calls;
    return {
      ...other,
      ...reasoning,
      ...(text === undefined ? {} : { content: text }),
      ...(this.#called || listed === undefined ? {} : { tool_calls: listed }),
      ...(this.#called || call === undefined ? {} : { function_call: call }),
    };
  }
}

/** Whether a choice holds a complete message, and no piece of one. */
function isComplete(choice: Json): boolean {
  if (!isObject(choice) || !isObject(choice.message)) return false;
  const { delta } = choice;
  return !isObject(delta) ||
    !Object.entries(delta).some(([key, value]) =>
      key !== "role" && (Array.isArray(value) ? value.length > 0 : isObject(value) || filled(value))
    );
}
