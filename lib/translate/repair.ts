/**
 * Repairs a Responses stream where providers are known to be careless, and only there.
 *
 * Its rule: what is right goes through as the very same object; an end that was not reached is never made up.
 * The deviations are those of docs/facts/codex.md §3.3-§3.5 and docs/facts/providers.md §1.8, §2.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { filled, isObject, type Json, type JsonObject, parseJson } from "../base/json.ts";
import type { Stage } from "../base/stage.ts";
import { isCall, type ResponsesEvent, responsesEvent } from "../wire/responses.ts";
import { callText, mendItem, prefixedId, textId, unheard } from "./mend_item.ts";
import { changed, impliedCall, impliedItem, listen, numberOf, type OpenItem } from "./open_item.ts";
import { DONE_MARK } from "./responses_reader.ts";
import { strictUsage, writesFractions } from "./usage.ts";

/** Options of {@link repairer}. */
export interface RepairOptions {
  /** The most tool calls one answer may hold; more is a runaway model (docs/facts/providers.md §1.3). */
  readonly toolCalls: number;
}

/** A stage from events as they came to events as Codex needs them. `end()` throws `truncated` without a terminal event. */
export function repairer(options: RepairOptions): Stage<ResponsesEvent, ResponsesEvent> {
  return new Repairer(options);
}

class Repairer implements Stage<ResponsesEvent, ResponsesEvent> {
  readonly #open = new Map<number, OpenItem>();
  readonly #done = new Set<number>();
  #calls = 0;
  #events = 0;
  #responseId = "";
  #over = false;

  constructor(readonly options: RepairOptions) {}

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
      case "response.completed":
      case "response.done":
        return this.#completed(event);
      case "response.incomplete":
        return this.#incomplete(event);
      case DONE_MARK:
        return this.#endMark();
      default:
        return typeof event.data.output_index === "number"
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
    this.#responseId ||= filled(response.id) ?? "";
    return [event];
  }

  #added(event: ResponsesEvent): ResponsesEvent[] {
    const { item, output_index: index } = event.data;
    if (!isObject(item) || typeof index !== "number" || this.#done.has(index)) return [];
    const given = textId(item.id);
    const id = given && prefixedId(item.type, given);
    const heard = this.#open.get(index);
    const before = heard?.announced === false ? heard : unheard();
    this.#open.set(index, { ...before, id, early: item, announced: true });
    const same = id === undefined || id === item.id;
    return [same ? event : changed(event, { item: { ...item, id } })];
  }

  #inside(event: ResponsesEvent, index: number): ResponsesEvent[] {
    if (this.#done.has(index)) return [];
    const open = this.#open.get(index);
    if (!open) return this.#unannounced(event, index);
    const { data } = event;
    listen(open, event);
    if (!open.announced) return [];
    const patch: JsonObject = {};
    if (data.item_id !== undefined && data.item_id !== open.id && open.id) patch.item_id = open.id;
    if (
      event.type === "response.function_call_arguments.done" && typeof data.arguments !== "string"
    ) {
      patch.arguments = open.args;
    }
    return [Object.keys(patch).length === 0 ? event : changed(event, patch)];
  }

  /** Deltas of an item that was never added: Codex would drop them, so the item is announced first. */
  #unannounced(event: ResponsesEvent, index: number): ResponsesEvent[] {
    const call = impliedCall(event);
    if (call) {
      const open = { ...unheard(), id: undefined, early: call, announced: false };
      this.#open.set(index, open);
      return this.#inside(event, index);
    }
    const item = impliedItem(event);
    if (!item) return []; // display only, and nothing to display it under
    const fields = { output_index: index, item, ...numberOf(event) };
    const added = responsesEvent("response.output_item.added", fields);
    return [...this.#added(added), ...this.#inside(event, index)];
  }

  #finished(event: ResponsesEvent): ResponsesEvent[] {
    const { item, output_index: given } = event.data;
    if (!isObject(item)) return [];
    const index = typeof given === "number" ? given : this.#indexOf(item);
    if (this.#done.has(index)) return [];
    const open = this.#open.get(index);
    const own = textId(item.id);
    const id = open?.id ?? (own && prefixedId(item.type, own));
    const settled = id === undefined || id === item.id ? item : { ...item, id };
    const mended = mendItem(settled, open ?? unheard(), open?.early);
    if (isCall(item) && ++this.#calls > this.options.toolCalls) {
      const words = `The answer holds more than ${this.options.toolCalls} tool calls`;
      throw new Failure("too_large", words, { hint: "Raise limits.tool_calls if that is meant" });
    }
    this.#open.delete(index);
    this.#done.add(index);
    return [
      mended === item && given === index
        ? event
        : changed(event, { output_index: index, item: mended }),
    ];
  }

  #completed(event: ResponsesEvent): ResponsesEvent[] {
    const response = isObject(event.data.response) ? event.data.response : {};
    if (response.status === "incomplete") return this.#incomplete(event);
    if (response.status === "cancelled") {
      throw new Failure("bad_answer", "The provider cancelled its own answer");
    }
    const late = this.#lateItems(response.output, event);
    this.#over = true;
    const usage = strictUsage(response.usage);
    const same = event.type === "response.completed" && filled(response.id) && late.length === 0 &&
      response.end_turn === undefined && !writesFractions(event.text) &&
      (usage === response.usage || response.usage === undefined);
    return same ? [event] : [...late, this.#completion({ ...response, usage }, event)];
  }

  /** Items whose `done` never came although the answer is called complete: taken from `output`, or from what was heard. */
  #lateItems(output: Json | undefined, event: ResponsesEvent): ResponsesEvent[] {
    const numbers = numberOf(event);
    const whole = Array.isArray(output) ? output : [];
    const unseen = this.#done.size === 0 && this.#open.size === 0;
    const indexes = unseen ? whole.keys() : [...this.#open.keys()].sort((a, b) => a - b);
    const out: ResponsesEvent[] = [];
    for (const index of indexes) {
      const open = this.#open.get(index);
      const given = whole[index];
      const item = isObject(given) && (!open || given.type === open.early.type)
        ? given
        : open?.early;
      if (!item) continue;
      if (
        item === open?.early && item.type === "function_call" &&
        parseJson(callText(item.arguments, open.args)) === undefined
      ) {
        throw new Failure(
          "bad_answer",
          "The answer was called complete in the middle of a tool call",
        );
      }
      const fields = { output_index: index, item: { ...item, status: "completed" }, ...numbers };
      out.push(...this.#finished(responsesEvent("response.output_item.done", fields)));
    }
    return out;
  }

  #completion(response: JsonObject, event: ResponsesEvent): ResponsesEvent {
    // `end_turn: false` makes Codex ask again at once, which only its own provider means (docs/facts/codex.md §3.3).
    const { end_turn: _, ...rest } = response;
    return changed({ type: "response.completed", data: event.data }, {
      type: "response.completed",
      response: { ...rest, id: filled(response.id) ?? this.#responseId, status: "completed" },
    });
  }

  #incomplete(event: ResponsesEvent): ResponsesEvent[] {
    const response = isObject(event.data.response) ? event.data.response : {};
    const details = response.incomplete_details;
    const reason = isObject(details) ? filled(details.reason) : undefined;
    if (reason === "content_filter") {
      throw new Failure("moderated", "The provider's content filter stopped the answer");
    }
    if (reason !== "max_output_tokens" && reason !== "length") {
      const words = `The provider left the answer incomplete (${reason ?? "no reason given"})`;
      throw new Failure("bad_answer", words);
    }
    this.#over = true;
    const usage = strictUsage(response.usage);
    return [
      changed({ type: "response.incomplete", data: event.data }, {
        type: "response.incomplete",
        response: {
          ...response,
          id: filled(response.id) ?? this.#responseId,
          status: "incomplete",
          incomplete_details: { reason: "max_output_tokens" },
          usage,
        },
      }),
    ];
  }

  /** `[DONE]` says that the provider is finished; with every item closed, that is the end it forgot to send. */
  #endMark(): ResponsesEvent[] {
    if (this.#done.size === 0 || this.#open.size > 0) return this.end();
    this.#over = true;
    const response = { id: this.#responseId, object: "response", status: "completed", usage: null };
    return [responsesEvent("response.completed", { response, sequence_number: 0 })];
  }

  #indexOf(item: JsonObject): number {
    const id = filled(item.id);
    for (const [index, open] of this.#open) if (id && open.early.id === id) return index;
    return Math.max(-1, ...this.#done, ...this.#open.keys()) + 1;
  }
}
