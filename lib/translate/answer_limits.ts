/**
 * How much one answer may hold, and how much of that one item takes. One of these limits bounds every list and every text
 * that a stage keeps.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import type { Json, JsonObject } from "../base/json.ts";
import { showSize } from "../base/units.ts";

/** Most items in one answer, calls among them. Answers of an hour have some hundreds. */
export const MOST_ITEMS = 10_000;

/** Most characters in one answer; twice `limits.event` where that is more. A model writes some hundred thousand. */
export const MOST_ANSWER = 32 * 1024 * 1024;

/** Longest id of an item or call, which many events repeat; those of providers have at most some hundred characters. */
export const MAX_ID = 4096;

/** The weight of each value besides its characters. */
const NODE = 16;

/** The limits of an answer; both are settings. */
export interface AnswerLimits {
  /** Most tool calls (docs/facts/providers.md §1.3: more is a runaway model). */
  readonly toolCalls: number;
  /** Most characters of one item. @default 0 */
  readonly event?: number;
}

/** Counts what one answer holds. @throws Failure `too_large` from every method that adds */
export class AnswerSize {
  #items = 0;
  #calls = 0;
  #characters = 0;
  readonly #most: number;

  constructor(readonly limits: AnswerLimits) {
    this.#most = Math.max(MOST_ANSWER, 2 * (limits.event ?? 0));
  }

  /** Counts one more item. */
  item(): void {
    if (++this.#items > MOST_ITEMS) throw tooManyItems();
  }

  /** Counts one more tool call. */
  call(): void {
    if (++this.#calls > this.limits.toolCalls) throw tooManyCalls(this.limits.toolCalls);
  }

  /** Counts more characters, or fewer where the number is negative. */
  add(characters: number): void {
    this.#characters += characters;
    if (this.#characters > this.#most) {
      throw new Failure("too_large", `The answer is longer than ${showSize(this.#most)}`, {
        hint: "Raise limits.event if such answers are meant",
      });
    }
  }
}

/** The failure of an answer with more than {@link MOST_ITEMS} items. */
export function tooManyItems(): Failure {
  return new Failure("too_large", `The answer holds more than ${MOST_ITEMS} items`);
}

/** The failure of an item longer than `limits.event`. @param title who sent it */
export function tooLongItem(title: string, event: number): Failure {
  return new Failure("too_large", `${title} sent one item longer than ${showSize(event)}`, {
    hint: "Raise limits.event if such answers are meant",
  });
}

function tooManyCalls(most: number): Failure {
  return new Failure("too_large", `The answer holds more than ${most} tool calls`, {
    hint: "Raise limits.tool_calls if that is meant",
  });
}

/** @throws Failure `bad_answer` for an item whose ids are longer than {@link MAX_ID} */
export function checkIds({ id, call_id }: JsonObject): void {
  for (const each of [id, call_id]) {
    if (typeof each === "string" && each.length > MAX_ID) {
      const message = `The answer names an item with an id longer than ${showSize(MAX_ID)}`;
      throw new Failure("bad_answer", message);
    }
  }
}

/** About how many characters a value has as JSON text. */
export function weight(value: Json | undefined): number {
  if (typeof value === "string") return NODE + value.length;
  if (typeof value !== "object" || value === null) return NODE;
  let sum = NODE;
  if (Array.isArray(value)) { for (const each of value) sum += weight(each); }
  else for (const key in value) sum += key.length + weight(value[key]);
  return sum;
}

/** Whether a value can be an item's index: a fractional, negative or huge number is none. */
export function isIndex(value: Json | undefined): value is number {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;
}
