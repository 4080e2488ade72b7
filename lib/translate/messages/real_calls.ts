/**
 * The calls that an answer makes, as far as written calls have to be compared with them. One that lacks what its tool requires is
 * kept back until the answer ends: its arguments may stand in the text.
 *
 * @module
 */

import { filled, isObject, type JsonObject, parseJson } from "../../base/json.ts";
import { LazyMap, LazySet } from "../../base/lazy_map.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import type { RealCall } from "../written/same_call.ts";
import type { WrittenTools } from "../written/tools.ts";
import { changed } from "../response/received_item.ts";

/** The calls of one answer. */
export class RealCalls {
  readonly all: RealCall[] = [];
  /** The `done` that is kept back, by its call's place in the list. */
  readonly #kept = new LazyMap<number, ResponsesEvent>();
  readonly #begun = new LazySet<number>();

  constructor(readonly tools: WrittenTools) {}

  /** How many are finished. */
  get count(): number {
    return this.all.length;
  }

  /** A call was announced at an index. */
  begun(index: number): void {
    this.#begun.add(index);
  }

  /** A call is finished. Returns whether its `done` is kept back; one that was never announced cannot be. */
  finished(
    event: ResponsesEvent,
    { type, name, arguments: args }: JsonObject,
    index: number,
  ): boolean {
    const called = filled(name) ?? "";
    const text = typeof args === "string" ? args : "";
    this.all.push({ name: called, args: text });
    if (type !== "function_call" || !this.#begun.has(index) || !this.#lacks(called, text)) {
      return false;
    }
    this.#kept.set(this.all.length - 1, event);
    return true;
  }

  /** Whether the arguments lack what the tool requires. */
  #lacks(called: string, text: string): boolean {
    const name = this.tools.size === 0 ? undefined : this.tools.nameOf(called);
    const required = name === undefined ? undefined : this.tools.schema(name)?.required;
    if (!Array.isArray(required) || required.length === 0) return false;
    const args = text.trim() === "" ? {} : parseJson(text);
    return isObject(args) &&
      required.some((key) => typeof key === "string" && !Object.hasOwn(args, key));
  }

  /**
   * The `done` events that were kept back.
   *
   * @param filled arguments that were found in the text, by the call's place in the list
   * @param onFilled told of each item that has others now
   */
  release(
    filled: ReadonlyMap<number, string>,
    onFilled?: (item: JsonObject, by: JsonObject) => void,
  ): ResponsesEvent[] {
    const events = [...this.#kept].map(([at, event]) => {
      const args = filled.get(at);
      const { item } = event.data;
      if (args === undefined || !isObject(item)) return event;
      const full = { ...item, arguments: args };
      onFilled?.(item, full);
      return changed(event, { item: full });
    });
    this.#kept.clear();
    return events;
  }
}
