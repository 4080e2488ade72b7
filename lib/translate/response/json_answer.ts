/**
 * Holds an answer to the schema that was asked for (`text.format`), where the provider does not: the message is the JSON
 * object alone, whatever the model wrote around it. Events in, events out, on any wire.
 *
 * A message is held until it is done, for only then can its object be found. An answer without one is asked for again, if
 * that can still be done; what stands before a call is no answer and passes.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { isCall, type ResponsesEvent, responsesEvent, TERMINAL } from "../../wire/responses.ts";
import { answerObject } from "../calls/answer_object.ts";
import type { Tolerates } from "../calls/check_calls.ts";

/** Most events that are held behind a message without an object; then all go on as they are. */
const MOST_HELD = 256;

/** The schema that a request asks an answer for; `undefined` where it asks for none. */
export function answerSchema({ text }: JsonObject): JsonObject | undefined {
  const format = isObject(text) && isObject(text.format) ? text.format : {};
  if (format.type === "json_object") return { type: "object" };
  return format.type === "json_schema" && isObject(format.schema) ? format.schema : undefined;
}

/** What {@link jsonAnswer} must know. */
interface JsonAnswerOptions {
  readonly schema: JsonObject;
  readonly tolerates: Tolerates;
  /** Who answers, for sentences. */
  readonly title: string;
}

/** The stage of one answer. `push` throws `bad_answer` for an answer that is no such object and is not tolerated. */
export function jsonAnswer(options: JsonAnswerOptions): Stage<ResponsesEvent, ResponsesEvent> {
  return new JsonAnswer(options);
}

class JsonAnswer implements Stage<ResponsesEvent, ResponsesEvent> {
  /** Indexes of messages that began and are not done. */
  readonly #open = new Map<Json | undefined, ResponsesEvent>();
  /** Finished messages that hold their object alone, by id. */
  readonly #changed = new Map<Json | undefined, JsonObject>();
  /** What came since a message without an object; `undefined` where there was none. */
  #held: ResponsesEvent[] | undefined;
  #calls = false;

  constructor(readonly options: JsonAnswerOptions) {}

  push(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data: { item, output_index: index } } = event;
    if (TERMINAL.has(type)) return this.#end(event);
    if (type === "response.output_item.added" && isObject(item) && item.type === "message") {
      this.#open.set(index, event);
      return [];
    }
    const added = this.#open.get(index);
    if (added && type !== "response.output_item.done") return [];
    if (isObject(item) && isCall(item)) this.#calls = true;
    if (type !== "response.output_item.done" || !isObject(item) || item.type !== "message") {
      return this.#pass([event]);
    }
    this.#open.delete(index);
    return this.#message(added, event, item);
  }

  end(): ResponsesEvent[] {
    return this.#release();
  }

  #message(
    added: ResponsesEvent | undefined,
    done: ResponsesEvent,
    item: JsonObject,
  ): ResponsesEvent[] {
    const found = answerObject(textOf(item), this.options.schema);
    if (!found?.fits) this.#held ??= [];
    const own = found === undefined || found.text === textOf(item)
      ? item
      : { ...item, content: [{ type: "output_text", text: found.text, annotations: [] }] };
    if (own !== item) this.#changed.set(item.id, own);
    const last = own === item ? done : responsesEvent(done.type, { ...done.data, item: own });
    return this.#pass([...(added ? [added] : []), ...partEvents(own, done), last]);
  }

  /** Events go on, or are held behind a message that may have to be asked for again. */
  #pass(events: ResponsesEvent[]): ResponsesEvent[] {
    if (!this.#held) return events;
    this.#held.push(...events);
    return this.#calls || this.#held.length > MOST_HELD ? this.#release() : [];
  }

  #release(): ResponsesEvent[] {
    const held = this.#held ?? [];
    this.#held = undefined;
    return held;
  }

  /** @throws Failure `bad_answer` */
  #end(event: ResponsesEvent): ResponsesEvent[] {
    const { tolerates, title } = this.options;
    const complete = event.type === "response.completed";
    const flaw = `${title} did not answer with the JSON object that was asked for`;
    if (complete && this.#held && !this.#calls && !tolerates(flaw)) {
      throw new Failure("bad_answer", flaw);
    }
    const out = this.#release();
    const { response } = event.data;
    if (this.#changed.size === 0 || !isObject(response) || !Array.isArray(response.output)) {
      return [...out, event];
    }
    const output = response.output.map((each) =>
      isObject(each) ? this.#changed.get(each.id) ?? each : each
    );
    return [
      ...out,
      responsesEvent(event.type, { ...event.data, response: { ...response, output } }),
    ];
  }
}

/** The events between `added` and `done` of a message, its text in one delta. */
function partEvents(item: JsonObject, { data }: ResponsesEvent): ResponsesEvent[] {
  const parts = Array.isArray(item.content) ? item.content : [];
  const place = { item_id: item.id, output_index: data.output_index };
  return parts.flatMap((part, content_index) => {
    const at = { ...place, content_index };
    if (!isObject(part) || part.type !== "output_text" || typeof part.text !== "string") return [];
    const { text } = part;
    return [
      responsesEvent("response.content_part.added", { ...at, part: { ...part, text: "" } }),
      responsesEvent("response.output_text.delta", { ...at, delta: text, logprobs: [] }),
      responsesEvent("response.output_text.done", { ...at, text, logprobs: [] }),
      responsesEvent("response.content_part.done", { ...at, part }),
    ];
  });
}

function textOf({ content }: JsonObject): string {
  const parts = Array.isArray(content) ? content : [];
  return parts.map((part) => isObject(part) && typeof part.text === "string" ? part.text : "")
    .join("");
}
