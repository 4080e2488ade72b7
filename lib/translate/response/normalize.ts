/**
 * Normalizes a Responses stream where providers are known to deviate from what Codex reads.
 *
 * Its rule: an event that is right goes through as the same object; the end of an answer is never made up.
 * The deviations are those of docs/facts/codex.md §3.3-§3.5 and docs/facts/providers.md §1.8, §2.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { DONE } from "../../wire/end_mark.ts";
import { isCall, type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import { type AnswerLimits, AnswerSize, checkIds, isIndex, weight } from "../answer_limits.ts";
import { normalizeItem, nothingReceived, prefixedId, textId } from "./normalize_item.ts";
import { LazyMap, LazySet } from "../../base/lazy_map.ts";
import {
  accumulate,
  begun,
  changed,
  impliedCall,
  impliedItem,
  numberOf,
  type ReceivedItem,
} from "./received_item.ts";
import { completion, incompletion, isSoundEnd, lateItem, markedEnd } from "./normalize_end.ts";
import { strictUsage } from "../usage.ts";

/**
 * A stage from events as they came to events as Codex needs them. `end()` throws `truncated` without a terminal event,
 * `push()` throws `too_large` when the answer holds more than its limits (`answer_limits.ts`).
 */
export function normalizer(options: AnswerLimits): Stage<ResponsesEvent, ResponsesEvent> {
  return new Normalizer(options);
}

class Normalizer implements Stage<ResponsesEvent, ResponsesEvent> {
  readonly #open = new Map<number, ReceivedItem>();
  /** The index of each open item, by the id it came with. */
  readonly #byId = new LazyMap<string, number>();
  readonly #done = new LazySet<number>();
  #highest = -1;
  readonly #size: AnswerSize;
  #events = 0;
  #responseId = "";
  #announced: JsonObject | undefined;
  #over = false;

  constructor(limits: AnswerLimits) {
    this.#size = new AnswerSize(limits);
  }

  push(event: ResponsesEvent): ResponsesEvent[] {
    if (this.#over) return [];
    this.#events++;
    switch (event.type) {
      case "response.created":
      case "response.in_progress":
      case "response.queued":
        return this.#scaffold(event);
      case "response.output_item.added":
        return this.#added(event);
      case "response.output_item.done":
        return this.#finished(event);
      case "response.incomplete":
      case "response.completed":
      case "response.done":
        return this.#completed(event);
      case DONE:
        return this.#endMark();
      default:
        return isIndex(event.data.output_index)
          ? this.#inside(event, event.data.output_index)
          : [event];
    }
  }

  end(): ResponsesEvent[] {
    if (this.#over) return [];
    throw new Failure(
      "truncated",
      `The stream ended after ${this.#events} events without saying so`,
    );
  }

  #scaffold(event: ResponsesEvent): ResponsesEvent[] {
    const { response } = event.data;
    if (!isObject(response)) return [];
    const { created_at, model } = response;
    this.#announced ??= { created_at, model };
    this.#responseId ||= filled(response.id) ?? "";
    return [event];
  }

  #added(event: ResponsesEvent): ResponsesEvent[] {
    const { item, output_index: index } = event.data;
    if (!isObject(item) || !isIndex(index) || this.#done.has(index)) return [];
    checkIds(item);
    const given = textId(item.id);
    const id = given && prefixedId(item.type, given);
    const received = this.#open.get(index);
    const counted = received?.counted === true || isCall(item);
    if (counted && !received?.counted) this.#size.call();
    this.#begin(
      index,
      begun(received, { id, early: item, announced: true, counted }),
      event,
      received,
    );
    const same = id === undefined || id === item.id;
    return [same ? event : changed(event, { item: { ...item, id } })];
  }

  /** An item is open. @param received what was at its index before */
  #begin(
    index: number,
    open: ReceivedItem,
    { text }: ResponsesEvent,
    received: ReceivedItem | undefined,
  ): void {
    if (!received) this.#size.item();
    if (received && open.text !== received.text) this.#forget(index, received);
    const more = text?.length ?? weight(open.early);
    open.weight += more;
    this.#size.add(more);
    this.#open.set(index, open);
    this.#highest = Math.max(this.#highest, index);
    const given = textId(open.early.id);
    if (given !== undefined) this.#byId.set(given, index);
  }

  /** An item is not open any more: its weight no longer counts. */
  #forget(index: number, open: ReceivedItem): void {
    this.#open.delete(index);
    this.#byId.delete(textId(open.early.id) ?? "");
    this.#size.add(-open.weight);
  }

  #inside(event: ResponsesEvent, index: number): ResponsesEvent[] {
    if (this.#done.has(index)) return [];
    const open = this.#open.get(index);
    if (!open) return this.#unannounced(event, index);
    const { data } = event;
    const before = open.weight;
    accumulate(open, event);
    this.#size.add(open.weight - before);
    if (!open.announced) return [];
    const patch: JsonObject = {};
    if (data.item_id !== undefined && data.item_id !== open.id && open.id) patch.item_id = open.id;
    if (
      event.type === "response.function_call_arguments.done" && typeof data.arguments !== "string"
    ) {
      if (open.filled) return [];
      open.filled = true;
      patch.arguments = open.args.toString();
    }
    return [Object.keys(patch).length === 0 ? event : changed(event, patch)];
  }

  /** Deltas of an item that was never added: Codex would drop them, so the item is announced before them. */
  #unannounced(event: ResponsesEvent, index: number): ResponsesEvent[] {
    const call = impliedCall(event);
    if (call) {
      const open = begun(undefined, {
        id: undefined,
        early: call,
        announced: false,
        counted: true,
      });
      this.#size.call();
      this.#begin(index, open, { type: event.type, data: {} }, undefined);
      return this.#inside(event, index);
    }
    const item = impliedItem(event);
    if (!item) return []; // for display only, and no item to display it in
    const fields = { output_index: index, item, ...numberOf(event) };
    const added = responsesEvent("response.output_item.added", fields);
    return [...this.#added(added), ...this.#inside(event, index)];
  }

  #finished(event: ResponsesEvent): ResponsesEvent[] {
    const { item, output_index: given } = event.data;
    if (!isObject(item)) return [];
    checkIds(item);
    const index = isIndex(given) ? given : this.#indexOf(item);
    if (this.#done.has(index)) return [];
    const open = this.#open.get(index);
    const own = textId(item.id);
    const id = open?.id ?? (own && prefixedId(item.type, own));
    const settled = id === undefined || id === item.id ? item : { ...item, id };
    const fixed = normalizeItem(settled, open ?? nothingReceived(), open?.early);
    if (isCall(item) && !open?.counted) this.#size.call();
    if (!open) this.#size.item();
    else this.#forget(index, open);
    this.#size.add(event.text?.length ?? weight(fixed));
    this.#highest = Math.max(this.#highest, index);
    this.#done.add(index);
    return [
      fixed === item && given === index
        ? event
        : changed(event, { output_index: index, item: fixed }),
    ];
  }

  #completed(event: ResponsesEvent): ResponsesEvent[] {
    const response = isObject(event.data.response) ? event.data.response : {};
    if (event.type === "response.incomplete" || response.status === "incomplete") {
      this.#over = true;
      return [incompletion(event, this.#responseId)];
    }
    if (response.status === "cancelled") {
      throw new Failure("bad_answer", "The provider cancelled its own answer");
    }
    const late = this.#lateItems(response.output, event);
    this.#over = true;
    const usage = strictUsage(response.usage);
    const same = late.length === 0 && isSoundEnd(event, response, usage);
    return same ? [event] : [...late, completion({ ...response, usage }, event, this.#responseId)];
  }

  /** Items whose `done` never came although the answer is called complete: taken from `output`, or from what was received. */
  #lateItems(output: Json | undefined, event: ResponsesEvent): ResponsesEvent[] {
    const numbers = numberOf(event);
    const complete = Array.isArray(output) ? output : [];
    const unseen = this.#done.size === 0 && this.#open.size === 0;
    const indexes = unseen ? complete.keys() : [...this.#open.keys()].sort((a, b) => a - b);
    const out: ResponsesEvent[] = [];
    for (const index of indexes) {
      const item = lateItem(complete[index], this.#open.get(index));
      if (!item) continue;
      const fields = { output_index: index, item: { ...item, status: "completed" }, ...numbers };
      out.push(...this.#finished(responsesEvent("response.output_item.done", fields)));
    }
    return out;
  }

  /** `[DONE]`: the provider has finished. With every item closed, the terminal event that is missing is made of it. */
  #endMark(): ResponsesEvent[] {
    if (this.#done.size === 0 || this.#open.size > 0) return this.end();
    this.#over = true;
    return [markedEnd(this.#announced, this.#responseId)];
  }

  #indexOf(item: JsonObject): number {
    const at = this.#byId.get(filled(item.id) ?? "");
    return at !== undefined && this.#open.has(at) ? at : this.#highest + 1;
  }
}
