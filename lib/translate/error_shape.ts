/**
 * Tells the JSON of an error from the JSON of an answer, on either wire. What the error means is classified in `provider/`.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../base/json.ts";

/** Values of a code that mean success. */
const FINE: ReadonlySet<unknown> = new Set([0, 200, "", "0", "200", "ok", "success"]);
const MESSAGES = ["message", "msg", "error_message", "error_msg", "errorMessage"];
const CODES = ["code", "error_code", "err_code", "errorCode", "status_code", "status"];

/** Keys under which an error stands. */
const ERRORS = ["error", "errors", "Error", "err"];

/**
 * Whether an object names an error: under a key that says so, as text, an object or a list that is not empty; or a
 * `base_resp` whose status is not 0.
 */
export function saysError(json: JsonObject): boolean {
  const { base_resp: base } = json;
  if (ERRORS.some((key) => isSomething(json[key]))) return true;
  return isObject(base) && typeof base.status_code === "number" && base.status_code !== 0;
}

function isSomething(value: Json | undefined): boolean {
  if (Array.isArray(value)) return value.some(isSomething);
  return isObject(value) ? Object.keys(value).length > 0 : filled(value) !== undefined;
}

/**
 * Whether an object that is neither event nor chunk is the error itself, without an envelope: a message with a code
 * that does not mean success, vLLM's `object: "error"`, FastAPI's `detail`.
 */
export function isBareError(json: JsonObject): boolean {
  const { object, detail, success } = json;
  const hasMessage = MESSAGES.some((key) => filled(json[key]) !== undefined);
  if (hasMessage && (object === "error" || success === false)) return true;
  // A message that calls itself an error's needs no code, unless it says that there is none.
  if (MESSAGES.slice(2).some((key) => isCode(json[key]))) return true;
  if (hasMessage && CODES.some((key) => isCode(json[key]))) return true;
  return filled(detail) !== undefined || (Array.isArray(detail) && detail.length > 0);
}

function isCode(value: unknown): boolean {
  const code = typeof value === "string" ? value.toLowerCase() : value;
  return (typeof code === "number" || typeof code === "string") && !FINE.has(code);
}
