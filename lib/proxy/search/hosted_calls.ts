/**
 * Takes the model's calls of the search function out of an answer, and holds back the end of an answer that has any.
 *
 * Its rule: until the searches are carried out the client sees nothing of them, so that an answer which breaks off can be
 * asked for again.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../base/json.ts";
import { LazySet } from "../../base/lazy_map.ts";
import { type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import type { SseMessage } from "../../wire/sse.ts";
import type { Decoder, Ending } from "../wires/adapter.ts";

/** One call. */
export interface HostedCall {
  /** Where its item stands in the answer. */
  readonly index: number;
  /** As the model wrote them. */
  readonly args: string;
}

/** Most calls of one answer; what is beyond them is not carried out. */
export const MOST_CALLS = 32;

/** The calls of one answer: a decoder that leaves them out. */
export class HostedCalls implements Decoder {
  readonly #decoder: Decoder;
  readonly #name: string;
  readonly calls: HostedCall[] = [];
  readonly #ids = new LazySet<string>();
  readonly #indexes = new LazySet<number>();
  #end: ResponsesEvent | undefined;

  constructor(decoder: Decoder, name: string) {
    this.#decoder = decoder;
    this.#name = name;
  }

  /** The end of the answer, which waits for its searches; without their calls. */
  get held(): ResponsesEvent | undefined {
    return this.#end;
  }

  push(message: SseMessage): ResponsesEvent[] {
    return this.#decoder.push(message).flatMap((event) => this.#take(event));
  }

  end(): ResponsesEvent[] {
    return this.#decoder.end().flatMap((event) => this.#take(event));
  }

  get progressed(): boolean {
    return this.#decoder.progressed;
  }

  get ending(): Ending {
    return this.#decoder.ending;
  }

  #take(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data } = event;
    const { item, item_id: id, output_index: index } = data;
    if (isObject(item)) {
      if (item.type !== "function_call" || item.name !== this.#name) return [event];
      const itemId = filled(item.id);
      if (itemId !== undefined) this.#ids.add(itemId);
      if (typeof index === "number") this.#indexes.add(index);
      if (type === "response.output_item.done" && this.calls.length < MOST_CALLS) {
        const args = filled(item.arguments) ?? "{}";
        this.calls.push({ index: typeof index === "number" ? index : this.calls.length, args });
      }
      return [];
    }
    if (type.startsWith("response.function_call_arguments.")) {
      const known = typeof id === "string" ? this.#ids.has(id) : this.#indexes.has(index as number);
      return known ? [] : [event];
    }
    if (type !== "response.completed" || this.calls.length === 0) return [event];
    this.#end = withoutCalls(event, this.#name);
    return [];
  }
}

function withoutCalls(event: ResponsesEvent, name: string): ResponsesEvent {
  const { response } = event.data;
  if (!isObject(response) || !Array.isArray(response.output)) return event;
  const isOther = (item: unknown) =>
    !isObject(item) || item.type !== "function_call" || item.name !== name;
  const output = (response.output as JsonObject[]).filter(isOther);
  return responsesEvent(event.type, { ...event.data, response: { ...response, output } });
}
