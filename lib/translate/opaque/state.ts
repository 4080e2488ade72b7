/**
 * The opaque state of one answer: gathered while it comes, kept by Codex in the mark of a reasoning item, given back with
 * the message and the calls it came with.
 *
 * Its rule: it goes back unchanged to whom it came from, or not at all. State of which a part is lost is no state.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { LazyMap } from "../../base/lazy_map.ts";
import { weight } from "../answer_limits.ts";
import { isUsualField, type OpaqueFields, reasoningField } from "./fields.ts";
import { OpaqueList } from "./list.ts";

/** Most characters of it in one answer; a seal over an hour of reasoning has some ten thousand. */
export const MOST_STATE = 1024 * 1024;

/** What an answer brought. All of it is JSON. */
export interface OpaqueState {
  /**
   * The field in which reasoning came as text; `""`: only inside {@link message}. Absent: it goes back where the rules say,
   * because it came there, or alone in a field that servers know.
   */
  readonly as?: string;
  /** Fields of the message. */
  readonly message?: JsonObject;
  /** Fields of calls, by their call ids as Codex has them. */
  readonly calls?: Readonly<Record<string, JsonObject>>;
}

/** Gathers the state of one answer. */
export class StateCollector {
  #as: string | undefined;
  #lists = new LazyMap<string, OpaqueList>();
  #values: JsonObject = {};
  #calls = new LazyMap<string, JsonObject>();
  #weight = 0;

  /**
   * @param usual the field in which the rules send reasoning back; `undefined`: they send none
   */
  constructor(readonly usual?: string | null) {}

  /** Takes a piece of the message. @param piece where {@link fields} were read */
  message(piece: JsonObject, fields: OpaqueFields | undefined): void {
    const as = reasoningField(piece);
    if (as !== undefined) this.#as = as;
    if (fields === undefined) return;
    const { lists, values } = fields;
    for (const name in lists) {
      const list = this.#lists.get(name) ?? new OpaqueList();
      this.#lists.set(name, list);
      this.#weight += weight(lists[name]);
      if (this.#fits) list.push(lists[name] ?? []);
    }
    this.#weight += weight(values);
    if (this.#fits) Object.assign(this.#values, values);
  }

  /** Takes the state of a call. */
  call(id: string, fields: JsonObject): void {
    this.#weight += id.length + weight(fields);
    if (this.#fits) this.#calls.set(id, fields);
  }

  /** Everything since the last time; `undefined` where there is nothing to keep. */
  take(): OpaqueState | undefined {
    const lists = [...this.#lists].map(([name, list]): [string, Json] => [name, list.toJson()]);
    const message: JsonObject = { ...Object.fromEntries(lists), ...this.#values };
    const calls = Object.fromEntries(this.#calls);
    const inside = [...this.#lists.values()].some(({ hasText }) => hasText);
    const as = this.#as ?? (inside ? "" : undefined);
    const known = as === undefined || as === this.usual ||
      (Object.keys(message).length === 0 && isUsualField(as));
    const state: OpaqueState = {
      ...(!known && { as }),
      ...(this.#fits && Object.keys(message).length > 0 && { message }),
      ...(this.#fits && Object.keys(calls).length > 0 && { calls }),
    };
    this.#lists = new LazyMap();
    this.#values = {};
    this.#calls = new LazyMap();
    this.#as = undefined;
    return Object.keys(state).length > 0 ? state : undefined;
  }

  get #fits(): boolean {
    return this.#weight <= MOST_STATE;
  }
}

/** Puts the states of one turn together again. */
export function joinStates(states: readonly OpaqueState[]): OpaqueState {
  const lists = new Map<string, OpaqueList>();
  const values: JsonObject = {};
  let calls: Record<string, JsonObject> = {};
  let as: string | undefined;
  for (const state of states) {
    as = state.as || (as ?? state.as);
    calls = { ...calls, ...state.calls };
    for (const [name, value] of Object.entries(state.message ?? {})) {
      if (!Array.isArray(value)) values[name] = value;
      else {
        const list = lists.get(name) ?? new OpaqueList();
        lists.set(name, list);
        list.push(value);
      }
    }
  }
  const all = [...lists].map(([name, list]): [string, Json] => [name, list.toJson()]);
  return {
    ...(as !== undefined && { as }),
    message: { ...Object.fromEntries(all), ...values },
    calls,
  };
}

/** Reads state that Codex sent back. */
export function readState(json: Json | undefined): OpaqueState | undefined {
  if (!isObject(json)) return undefined;
  const { as, message, calls } = json;
  return {
    ...(typeof as === "string" && { as }),
    ...(isObject(message) && { message }),
    ...(isObject(calls) && {
      calls: Object.fromEntries(
        Object.entries(calls).filter((each): each is [string, JsonObject] => isObject(each[1])),
      ),
    }),
  };
}

/**
 * Names a sender of state in a few characters, without saying who it is: a hash of the provider's row, its address and the
 * wire, `-`, and the family of the model.
 */
export function senderName(
  { row, base, wire, model }: { row: string; base: string; wire: string; model: string },
): string {
  const origin = URL.canParse(base) ? new URL(base).origin : base;
  const bare = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  const family = /^[a-z]{1,24}/.exec(bare)?.[0] ?? "";
  return `${hash(`${row} ${origin} ${wire}`)}-${family}`;
}

/** Whether two names of senders are of one provider, whatever the model. */
export function isSameProvider(one: string, other: string): boolean {
  return one.split("-")[0] === other.split("-")[0];
}

/** FNV-1a, 32 bits, as hex. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) {
    value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  }
  return (value >>> 0).toString(16).padStart(8, "0");
}
