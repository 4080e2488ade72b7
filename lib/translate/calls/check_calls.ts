/**
 * Checks every call of an answer before it is finished ({@link checkCall}), on any wire: events in, events out.
 *
 * A call is held until its `output_item.done`. One that needs no change then goes out as it came; of one that does, all
 * events say the same. Nobody waits for the rest of a call: Codex shows nothing of it before its `done`.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { type ResponsesEvent, responsesEvent, TERMINAL } from "../../wire/responses.ts";
import { checkCall, checkName } from "./check_call.ts";
import type { DeclaredCalls } from "./declared_calls.ts";
import { HeldCalls } from "./held_calls.ts";

/**
 * Told of a flaw that another attempt may cure, in words; returns whether the answer is taken as it is.
 */
export type Tolerates = (flaw: string) => boolean;

/** What {@link checkCalls} must know. */
interface CheckCallsOptions {
  readonly declared: DeclaredCalls;
  readonly tolerates: Tolerates;
  /** Who answers, for sentences. */
  readonly title: string;
  /** Whether the model writes HTML entities into arguments. @default false */
  readonly escapes?: boolean;
}

/** Checks the calls of one answer. `push` throws `bad_answer` for a call that cannot be read and is not tolerated. */
export function checkCalls(options: CheckCallsOptions): Stage<ResponsesEvent, ResponsesEvent> {
  return new Checker(options);
}

class Checker implements Stage<ResponsesEvent, ResponsesEvent> {
  readonly #held = new HeldCalls();
  /** Whether a call was changed, so that the terminal event has to say the same. */
  #changed = false;

  constructor(readonly options: CheckCallsOptions) {}

  push(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data: { item, response } } = event;
    if (TERMINAL.has(type)) {
      return [...this.end(), this.#changed ? this.#terminal(event, response) : event];
    }
    const out = this.#held.push(event);
    if (type !== "response.output_item.done" || !isObject(item)) return out;
    const checked = this.#check(item);
    if (checked === item && agree(out, item)) return out;
    this.#changed = true;
    return rewritten(out, checked);
  }

  /** Calls that did not end go out as they came: to Codex an unfinished item means nothing. */
  end(): ResponsesEvent[] {
    return this.#held.release();
  }

  /** @throws Failure `bad_answer` */
  #check(item: JsonObject): JsonObject {
    const { declared, tolerates, title, escapes } = this.options;
    const { call, readable } = checked(item, declared, escapes);
    const flaw = `${title} sent a call of ${shownName(call)} whose arguments are no JSON object`;
    if (!readable && !tolerates(flaw)) throw new Failure("bad_answer", flaw);
    return call;
  }

  #terminal(event: ResponsesEvent, response: Json | undefined): ResponsesEvent {
    if (!isObject(response) || !Array.isArray(response.output)) return event;
    const { declared, escapes } = this.options;
    const output = response.output.map((each) =>
      isObject(each) ? checked(each, declared, escapes).call : each
    );
    return responsesEvent(event.type, { ...event.data, response: { ...response, output } });
  }
}

/** An item, checked where it is a call; the same object where it needs no change. */
function checked(
  item: JsonObject,
  declared: DeclaredCalls,
  escapes = false,
): { call: JsonObject; readable: boolean } {
  const name = filled(item.name);
  if (name === undefined) return { call: item, readable: true };
  const namespace = filled(item.namespace);
  if (item.type === "custom_tool_call") {
    const own = checkName(name, declared, namespace);
    return { call: own === name ? item : { ...item, name: own }, readable: true };
  }
  const { arguments: args } = item;
  if (item.type !== "function_call" || typeof args !== "string") {
    return { call: item, readable: true };
  }
  const { readable, ...call } = checkCall({ name, args }, declared, namespace, escapes);
  const same = call.name === name && call.args === args;
  return { call: same ? item : { ...item, name: call.name, arguments: call.args }, readable };
}

/** The events of a call whose finished item is another than the provider's. */
function rewritten(events: readonly ResponsesEvent[], item: JsonObject): ResponsesEvent[] {
  const { name, arguments: args } = item;
  const again = (event: ResponsesEvent, fields: JsonObject) =>
    responsesEvent(event.type, { ...event.data, ...fields });
  let told = false;
  /** All arguments as the one delta of the call, in the place of the first event about them. */
  const all = ({ data: { item_id, output_index, sequence_number } }: ResponsesEvent) => {
    const first = !told && filled(args) !== undefined;
    told = true;
    const place = { item_id, output_index, sequence_number };
    return first
      ? [responsesEvent("response.function_call_arguments.delta", { ...place, delta: args })]
      : [];
  };
  return events.flatMap((event): ResponsesEvent[] => {
    const { data } = event;
    switch (event.type) {
      case "response.output_item.added":
        return isObject(data.item) && filled(data.item.name) !== undefined
          ? [again(event, { item: { ...data.item, name } })]
          : [event];
      case "response.function_call_arguments.delta":
        return all(event);
      case "response.function_call_arguments.done": {
        const named = name === undefined ? {} : { name };
        return [...all(event), again(event, { arguments: args, ...named })];
      }
      case "response.output_item.done":
        return [again(event, { item })];
      default:
        return [event];
    }
  });
}

/** Whether the deltas of a call are the beginning of its arguments; they are for display only. */
function agree(events: readonly ResponsesEvent[], { arguments: args }: JsonObject): boolean {
  if (typeof args !== "string") return true;
  let at = 0;
  for (const { type, data: { delta } } of events) {
    if (type !== "response.function_call_arguments.delta" || typeof delta !== "string") continue;
    if (!args.startsWith(delta, at)) return false;
    at += delta.length;
  }
  return true;
}

/** A name as it may stand in a sentence: what is no plain word may be an answer. */
function shownName({ name }: JsonObject): string {
  return typeof name === "string" && /^[\w.-]{1,64}$/.test(name) ? name : "a tool";
}
