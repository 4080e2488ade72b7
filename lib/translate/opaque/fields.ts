/**
 * Fields in which providers put state of their own that they want back with the next request, unread: seals over reasoning,
 * signatures of calls (docs/facts/providers.md §11).
 *
 * Its rule: a field is recognized by its name, whoever sent it, and goes back to nobody else.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

/** Lists that come in pieces. */
const LISTS = /^(?:reasoning_details|thinking_blocks|reasoning_items|reasoning_blocks)$/;
/** One text each, such as `reasoning_opaque`, `thought_signature`, `reasoning_encrypted_content`. */
const TEXTS =
  /^(?:cot_id|reasoning_id)$|(?:^|_)(?:opaque|signature|encrypted(?:_content)?)$|[a-z]Signature$/;
/** Objects that hold state among other things; they go back where they hold some. */
const OBJECTS = /^(?:extra_content|provider_specific_fields|provider_metadata)$/;
/** What tells state in such an object. */
const STATE = /signature|encrypted|opaque|thinking_blocks|reasoning_details/i;

/** Where reasoning comes as text, in the order in which it is read. */
const REASONING_FIELDS = [
  "reasoning_content",
  "reasoning",
  "reasoning_text",
  "cot_summary",
  "thinking",
  "thought",
];

/** Whether servers that know a field for reasoning know this one. */
export function isUsualField(name: string): boolean {
  return name === "reasoning_content" || name === "reasoning";
}

/** State in a piece of a message or of a call. Lists grow entry by entry, of other values the last one counts. */
export interface OpaqueFields {
  readonly lists: Readonly<Record<string, Json[]>>;
  readonly values: JsonObject;
}

/** Whether state may stand under this name. */
export function isOpaqueField(name: string): boolean {
  return LISTS.test(name) || TEXTS.test(name) || OBJECTS.test(name);
}

/** The field in which a piece of a message holds reasoning as text; `undefined` where there is none. */
export function reasoningField(piece: JsonObject): string | undefined {
  return REASONING_FIELDS.find((name) => filled(piece[name]) !== undefined);
}

/** Reads the state in a piece of a message; `undefined` where there is none. */
export function opaqueFields(piece: JsonObject): OpaqueFields | undefined {
  let lists: Record<string, Json[]> | undefined;
  let values: JsonObject | undefined;
  for (const name in piece) {
    const value = piece[name];
    if (Array.isArray(value)) {
      if (LISTS.test(name) && value.length > 0) (lists ??= {})[name] = value;
    } else if (isObject(value) ? isState(name, value) : filled(value) && TEXTS.test(name)) {
      (values ??= {})[name] = value;
    }
  }
  return lists || values ? { lists: lists ?? {}, values: values ?? {} } : undefined;
}

/** Reads the state in a piece of a call or an item, and in its `function`; `undefined` where there is none. */
export function opaqueCallFields(piece: JsonObject): JsonObject | undefined {
  const own = allOf(opaqueFields(piece));
  const inside = isObject(piece.function) ? allOf(opaqueFields(piece.function)) : undefined;
  return own || inside ? { ...own, ...(inside && { function: inside }) } : undefined;
}

/** A message or a call without any of it; the same object where it holds none. */
export function withoutOpaqueFields(object: JsonObject): JsonObject {
  const names = Object.keys(object).filter(isOpaqueField);
  if (names.length === 0) return object;
  const rest = { ...object };
  for (const name of names) delete rest[name];
  return rest;
}

function allOf(fields: OpaqueFields | undefined): JsonObject | undefined {
  return fields && { ...fields.lists, ...fields.values };
}

function isState(name: string, value: JsonObject): boolean {
  return OBJECTS.test(name) && STATE.test(JSON.stringify(value));
}
