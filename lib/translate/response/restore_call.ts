/**
 * Restores one call of a function tool, from its `added` to its `done`: its events become those of the tool it stands for.
 *
 * The name may come late. Until it is known all events are held back, because the first one already names the item's type.
 * Codex acts on the finished item only; it shows the deltas before it.
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { filled, isObject, type JsonObject } from "../../base/json.ts";
import { type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import { customInput, InputReader } from "./custom_input.ts";
import { argumentsOf, originOfCall, restoreCallItem, restoredId } from "./restore_item.ts";
import type { Origin, ToolTable } from "../tool_table.ts";

/** Most events held back for a name; its deltas count as one. */
const MOST_HELD = 16;

/** A call that has begun; it belongs to one stream. */
export class RestoredCall {
  #held: ResponsesEvent[] = [];
  /** Arguments that came behind the last held event; `#first` is the event that brought the first of them. */
  readonly #pieces = new GrowingText();
  #first: ResponsesEvent | undefined;
  /** The tool it calls; `undefined` while its name is missing. */
  #origin: Origin | "unknown" | undefined;
  #item: JsonObject;
  /** The arguments so far. The input that was sent is not kept: at the end it is read from the arguments again. */
  readonly #text = new GrowingText();
  readonly #reader = new InputReader();
  #finished = false;

  /** @param item the item of an `output_item.added` event, which is still to be pushed. */
  constructor(
    item: JsonObject,
    readonly index: unknown,
    private readonly tools: ToolTable,
  ) {
    this.#item = item;
    this.#origin = originOfCall(item, tools);
  }

  /** The id of its item. */
  get id(): unknown {
    return this.#item.id;
  }

  /** Whether its name has come. */
  get named(): boolean {
    return this.#origin !== undefined;
  }

  /** Takes the events that were held back for the name; consecutive deltas are joined to one. */
  held(): ResponsesEvent[] {
    this.#join();
    const held = this.#held;
    this.#held = [];
    return held;
  }

  /** Takes the next event of this call. */
  push(event: ResponsesEvent): ResponsesEvent[] {
    if (this.#origin !== undefined) return this.#restore(event);
    const { item, name, delta } = event.data;
    const found = filled(name) ?? (isObject(item) ? filled(item.name) : undefined);
    if (found === undefined && event.type.endsWith(".delta")) {
      this.#first ??= event;
      this.#pieces.add(filled(delta) ?? "");
      return [];
    }
    this.#join();
    // Without a name, further events that the arguments are complete are dropped: the first is enough.
    if (found !== undefined || this.#held.length < MOST_HELD) this.#held.push(event);
    if (found === undefined) return [];
    this.#item = { ...this.#item, name: found };
    this.#origin = originOfCall(this.#item, this.tools) ?? "unknown";
    return this.held().flatMap((each) => this.#restore(each));
  }

  #join(): void {
    if (!this.#first) return;
    const { type, data } = this.#first;
    if (this.#held.length < MOST_HELD) {
      this.#held.push(responsesEvent(type, { ...data, delta: this.#pieces.toString() }));
    }
    this.#first = undefined;
    this.#pieces.replace("");
  }

  #restore(event: ResponsesEvent): ResponsesEvent[] {
    const origin = this.#origin === "unknown" ? undefined : this.#origin;
    switch (event.type) {
      case "response.output_item.added":
        return [withItem(event, origin ? restoreCallItem(this.#item, origin, "") : this.#item)];
      case "response.output_item.done":
        return this.#done(event, origin);
    }
    if (!origin || origin.kind === "function") {
      const name = filled(event.data.name);
      return origin && name !== undefined && name !== origin.name
        ? [responsesEvent(event.type, { ...event.data, name: origin.name })]
        : [event];
    }
    if (event.type.endsWith(".done")) {
      const args = argumentsOf(event.data) || this.#text.toString();
      const end = origin.kind === "custom" && args !== "" ? this.#finish(event, args) : [];
      this.#text.replace(args);
      return end;
    }
    const delta = filled(event.data.delta) ?? "";
    this.#text.add(delta);
    return origin.kind === "custom" ? this.#inputDelta(event, this.#reader.push(delta)) : [];
  }

  #done(event: ResponsesEvent, begun: Origin | undefined): ResponsesEvent[] {
    const item = isObject(event.data.item) ? event.data.item : {};
    const complete = filled(item.name) === undefined ? { ...item, name: this.#item.name } : item;
    const origin = originOfCall(complete, this.tools) ?? begun;
    if (!origin) return [event];
    if (origin.kind === "function") return [withItem(event, restoreCallItem(complete, origin))];
    const args = argumentsOf(item) || this.#text.toString() || argumentsOf(this.#item);
    const restored = restoreCallItem(complete, origin, args);
    // The id must be that of the `added` item, also where the provider changed it meanwhile.
    const id = this.#id();
    if (id !== undefined) restored.id = id;
    const end = origin.kind === "custom" ? this.#finish(event, args) : [];
    return [...end, withItem(event, restored)];
  }

  /** Ends the input, once: sends the part that no delta brought, if the deltas were its beginning, and its `done`. */
  #finish(event: ResponsesEvent, args: string): ResponsesEvent[] {
    if (this.#finished) return [];
    this.#finished = true;
    const input = customInput(args);
    const sent = this.#reader.started ? new InputReader().push(this.#text.toString()) : "";
    const missing = input.startsWith(sent) ? input.slice(sent.length) : "";
    return [...this.#inputDelta(event, missing), this.#inputEvent(event, "done", { input })];
  }

  #inputDelta(event: ResponsesEvent, delta: string): ResponsesEvent[] {
    return delta === "" ? [] : [this.#inputEvent(event, "delta", { delta })];
  }

  #inputEvent(event: ResponsesEvent, last: "delta" | "done", text: JsonObject): ResponsesEvent {
    const { sequence_number, output_index } = event.data;
    const id = this.#id();
    return responsesEvent(`response.custom_tool_call_input.${last}`, {
      ...(sequence_number === undefined ? {} : { sequence_number }),
      ...(id === undefined ? { call_id: this.#item.call_id } : { item_id: id }),
      ...(output_index === undefined ? {} : { output_index }),
      ...text,
    });
  }

  #id(): string | undefined {
    const { id } = this.#item;
    if (typeof id !== "string" || this.#origin === "unknown" || this.#origin === undefined) {
      return undefined;
    }
    return restoredId(id, this.#origin.kind === "custom" ? "custom_tool_call" : "tool_search_call");
  }
}

function withItem(event: ResponsesEvent, item: JsonObject): ResponsesEvent {
  return item === event.data.item ? event : responsesEvent(event.type, { ...event.data, item });
}
