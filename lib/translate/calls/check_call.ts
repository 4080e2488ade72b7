/**
 * A finished call, checked against the tool it calls: its name cleaned, its arguments decoded by the declared schema.
 *
 * What parses and fits stays byte for byte. A call of a tool that nobody declared stays too: Codex answers it. So does
 * what cannot be read: the caller decides whether it is asked for again.
 *
 * @module
 */

import { isObject, type JsonObject, parseJson } from "../../base/json.ts";
import { calledName, gluedArguments } from "./called_name.ts";
import type { DeclaredCalls } from "./declared_calls.ts";
import { decodeValues } from "./decode_values.ts";
import { readArguments } from "./read_arguments.ts";
import type { Schemas } from "./schemas.ts";
import { unescapeShell } from "./unescape_shell.ts";

/** A call as it stands in an item. */
interface CheckedCall {
  readonly name: string;
  readonly args: string;
}

/**
 * Checks a call of a function.
 *
 * @returns the call as it should be; `readable` is false where its arguments are no JSON object though its tool takes one
 */
export function checkCall(
  call: CheckedCall,
  declared: DeclaredCalls,
  namespace?: string,
  escapes = false,
): CheckedCall & { readonly readable: boolean } {
  const called = calledName(call.name, (name) => declared.nameOf(name, namespace));
  if (!called) return { ...call, readable: true };
  const { name, rest } = called;
  const schemas = declared.schemas(name, namespace);
  const own = saysNothing(call.args)
    ? gluedArguments(rest, (value) => schemas?.fits(value) ?? true) ?? call.args
    : call.args;
  if (!schemas) return { name, args: own, readable: true };
  const read = argumentsBy(schemas, own);
  const args = read !== undefined && escapes ? unescapeShell(read, schemas) : read;
  return { name, args: args ?? own, readable: args !== undefined };
}

/** The name of a call of any kind, cleaned. */
export function checkName(name: string, declared: DeclaredCalls, namespace?: string): string {
  return calledName(name, (each) => declared.nameOf(each, namespace))?.name ?? name;
}

/** The text of an object as the schema wants it; `undefined` where there is none to be read. */
function argumentsBy(schemas: Schemas, text: string): string | undefined {
  if (isNothing(text)) return "{}";
  const fits = (value: JsonObject) => schemas.fits(value);
  const object = isObject(parseJson(text)) ? text : readArguments(text, fits);
  return object === undefined ? undefined : decodeValues(object, schemas);
}

function isNothing(text: string): boolean {
  const said = text.trim();
  return said === "" || said === "null" || said === '""';
}

/** Whether arguments may have been left out because they stand elsewhere. */
function saysNothing(text: string): boolean {
  return isNothing(text) || text.trim() === "{}";
}
