/**
 * What was found in messages that is no text of them, and how it becomes items: the calls once the answer is complete and it is
 * known which of them the model made too, the reasoning at once.
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import { type AnswerLimits, AnswerSize } from "../answer_limits.ts";
import { numberOf } from "../response/received_item.ts";
import { settleCalls } from "../written/same_call.ts";
import type { WrittenCall, WrittenTools } from "../written/tools.ts";
import type { HeldText } from "../written/written_calls.ts";
import {
  type Inserted,
  insertedCall,
  insertedMessage,
  insertedReasoning,
  insertedText,
} from "./inserted_items.ts";
import type { ItemPlaces } from "./item_places.ts";
import type { RealCalls } from "./real_calls.ts";

/** What the stage must know. */
export interface WrittenEventsOptions {
  readonly tools: WrittenTools;
  readonly limits: AnswerLimits;
  readonly random: Random;
}

/** What was found in one answer. `settle` throws `too_large` for more calls than are allowed. */
export class FoundCalls {
  readonly #options: WrittenEventsOptions;
  readonly #places: ItemPlaces;
  readonly #calls: RealCalls;
  readonly #size: AnswerSize;
  readonly #parked: HeldText[] = [];

  constructor(options: WrittenEventsOptions, places: ItemPlaces, calls: RealCalls) {
    this.#options = options;
    this.#places = places;
    this.#calls = calls;
    this.#size = new AnswerSize(options.limits);
  }

  /** Keeps calls until the answer is complete. */
  park(held: HeldText): void {
    this.#parked.push(held);
  }

  /** Reasoning as an item of its own. @param near an event for its number @param before the item that it stands before */
  reasoning(
    text: string,
    near: ResponsesEvent | undefined,
    before: JsonObject | undefined,
  ): ResponsesEvent[] {
    const id = `rs_${this.#options.random.id()}`;
    return this.#insert((index, more) => insertedReasoning(index, id, text, more), near, before);
  }

  #insert(
    make: (index: number, more: JsonObject) => Inserted,
    near: ResponsesEvent | undefined,
    before?: JsonObject,
  ): ResponsesEvent[] {
    const inserted = make(this.#places.free(), near ? numberOf(near) : {});
    this.#places.inserted(inserted.item, before);
    return inserted.events;
  }

  /** The answer is complete: written calls are made, but for those that were made already. */
  settle(event: ResponsesEvent): ResponsesEvent[] {
    const { tools } = this.#options;
    const written: WrittenCall[] = [];
    const out: ResponsesEvent[] = [];
    for (const { calls, raw } of this.#parked) {
      if (!settleCalls(calls, this.#calls.all, tools).lost) written.push(...calls);
      else {
        const id = `msg_${this.#options.random.id()}`;
        out.push(...this.#insert((index, more) => insertedMessage(index, id, raw, more), event));
      }
    }
    const { own, filled } = settleCalls(written, this.#calls.all, tools);
    out.push(...this.#calls.release(filled, (item, full) => this.#places.replace(item, full)));
    for (let made = 0; made < this.#calls.count; made++) if (own.length > 0) this.#size.call();
    for (const call of own) out.push(...this.#make(call, event));
    return out;
  }

  #make({ name, args }: WrittenCall, near: ResponsesEvent): ResponsesEvent[] {
    const { random, tools } = this.#options;
    this.#size.call();
    const call_id = `call_${random.id()}`;
    const input = tools.isCustom(name) ? inputOf(args) : undefined;
    return this.#insert(
      (index, more) =>
        input === undefined
          ? insertedCall(index, { id: `fc_${random.id()}`, call_id }, { name, args }, more)
          : insertedText(index, { id: `ctc_${random.id()}`, call_id }, { name, input }, more),
      near,
    );
  }
}

/** The one text among arguments. */
function inputOf(args: string): string | undefined {
  const value = JSON.parse(args) as Json;
  const texts = isObject(value) ? Object.values(value).map(filled) : [];
  return texts.length === 1 ? texts[0] : undefined;
}
