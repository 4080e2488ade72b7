/**
 * Opaque state on the Responses wire: fields of items that Codex does not keep, and which the provider wants back
 * (docs/facts/providers.md §11). A signature of reasoning is kept in that item's mark; that of a call in a reasoning item
 * before it, which shows nothing.
 *
 * Its rule: an answer without such fields goes through as it came.
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { isCall, type ResponsesEvent, responsesEvent, TERMINAL } from "../../wire/responses.ts";
import { isIndex, weight } from "../answer_limits.ts";
import { opaqueCallFields } from "../opaque/fields.ts";
import { MOST_STATE, type OpaqueState } from "../opaque/state.ts";
import { markText, stateItem, stateOf } from "../opaque/reasoning_mark.ts";
import { changed, numberOf } from "./received_item.ts";

/** A stage that moves such fields to where Codex keeps them. @param sender see `senderName` */
export function keepState(sender: string, random: Random): Stage<ResponsesEvent, ResponsesEvent> {
  return new KeepState(sender, random);
}

class KeepState implements Stage<ResponsesEvent, ResponsesEvent> {
  /** The index of each item under which it goes on, once an item was put between. */
  readonly #indexes = new Map<number, number>();
  readonly #added: JsonObject[] = [];
  #last = -1;
  #answer = "";
  #weight = 0;

  constructor(readonly sender: string, readonly random: Random) {}

  push(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data } = event;
    const { item, response } = data;
    if (isObject(response)) this.#answer ||= filled(response.id) ?? "";
    if (TERMINAL.has(type)) return [this.#terminal(event)];
    if (type !== "response.output_item.done" || !isObject(item)) return [this.#place(event)];
    if (item.type === "reasoning") return [this.#place(this.#reasoning(event, item))];
    const id = filled(item.call_id);
    const fields = isCall(item) && id !== undefined ? opaqueCallFields(item) : undefined;
    if (fields === undefined || id === undefined) return [this.#place(event)];
    const mark = this.#mark({ calls: { [id]: fields } });
    if (mark === undefined) return [this.#place(event)];
    const placed = this.#place(event);
    return [...this.#insert(mark, event), placed];
  }

  end(): ResponsesEvent[] {
    return [];
  }

  #reasoning(event: ResponsesEvent, item: JsonObject): ResponsesEvent {
    const { encrypted_content: sealed, format, ...rest } = item;
    const fields = opaqueCallFields(rest);
    if (fields === undefined) return event;
    const message = {
      ...fields,
      ...(sealed !== undefined && { encrypted_content: sealed }),
      ...(format !== undefined && { format }),
    };
    const mark = this.#mark({ message });
    if (mark === undefined) return event;
    return changed(event, { item: { ...item, encrypted_content: markText(mark) } });
  }

  #mark(state: OpaqueState): Parameters<typeof stateItem>[1] | undefined {
    this.#weight += weight({ ...state.message, ...state.calls });
    if (this.#weight > MOST_STATE) return undefined;
    return { answer: this.#answer, from: this.sender, state };
  }

  #insert(mark: Parameters<typeof stateItem>[1], event: ResponsesEvent): ResponsesEvent[] {
    const item = stateItem(`rs_${this.random.id()}`, mark);
    this.#added.push(item);
    const fields = { output_index: ++this.#last, ...numberOf(event) };
    const { encrypted_content: _, ...begun } = item;
    return [
      responsesEvent("response.output_item.added", { ...fields, item: begun }),
      responsesEvent("response.output_item.done", { ...fields, item }),
    ];
  }

  /** Items that begin behind one that was put between move on by it. */
  #place(event: ResponsesEvent): ResponsesEvent {
    const { output_index: index } = event.data;
    if (!isIndex(index)) return event;
    let placed = this.#indexes.get(index);
    if (placed === undefined) {
      placed = this.#added.length === 0 ? index : Math.max(index, this.#last + 1);
      this.#indexes.set(index, placed);
      this.#last = Math.max(this.#last, placed);
    }
    return placed === index ? event : changed(event, { output_index: placed });
  }

  #terminal(event: ResponsesEvent): ResponsesEvent {
    const { response } = event.data;
    if (this.#added.length === 0 || !isObject(response) || !Array.isArray(response.output)) {
      return event;
    }
    return changed(event, {
      response: { ...response, output: [...response.output, ...this.#added] },
    });
  }
}

/**
 * The request with its state where the provider had it. What came from others stays in its marks, which nobody gets.
 *
 * @param receiver to whom it goes, see `senderName`
 */
export function restoreState(request: JsonObject, receiver: string): JsonObject {
  const { input } = request;
  if (!Array.isArray(input)) return request;
  const calls = new Map<string, JsonObject>();
  let found = false;
  const items = input.map((item): Json => {
    const state = isObject(item) ? stateOf(item, receiver) : undefined;
    if (!isObject(item) || state === undefined) return item;
    for (const [id, fields] of Object.entries(state.calls ?? {})) calls.set(id, fields);
    found ||= calls.size > 0;
    if (state.message === undefined) return item;
    found = true;
    const { encrypted_content: _, ...rest } = item;
    return { ...rest, ...state.message };
  });
  if (!found) return request;
  const restored = items.map((item): Json => {
    const fields = isObject(item) && isCall(item)
      ? calls.get(filled(item.call_id) ?? "")
      : undefined;
    return fields === undefined ? item : { ...(item as JsonObject), ...fields };
  });
  return { ...request, input: restored };
}
