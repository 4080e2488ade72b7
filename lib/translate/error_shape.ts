/**
 * Tells the JSON of an error from the JSON of an answer, on either wire. What the error means is classified in `provider/`.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../base/json.ts";

/** Values of a code that mean success. */
const FINE: ReadonlySet<unknown> = new Set([0, 200, "", "0", "200", "ok", "success"]);
const MESSAGES = ["message", "msg", "error_message", "error_msg", "errorMessage"];
const CODES = ["code", "error_code", "err_code", "errorCode", "status_code", "status"];

/** Whether an object names an error: an `error` that is not empty, or a `base_resp` whose status is not 0. */
export function saysError({ error, base_resp: base }: JsonObject): boolean {
  if (isObject(error) ? Object.keys(error).length > 0 : filled(error) !== undefined) return true;
  return isObject(base) && typeof base.status_code === "number" && base.status_code !== 0;
}

/**
 * Whether an object that is neither event nor chunk is the error itself, without an envelope: a message with a code
 * that does not mean success, vLLM's `object: "error"`, FastAPI's `detail`.
 */
export function isBareError(json: JsonObject): boolean {
  const { object, detail, success } = json;
  const hasMessage = MESSAGES.some((key) => filled(json[key]) !== undefined);
  if (hasMessage && (object === "error" || success === false)) return true;
  if (hasMessage && CODES.some((key) => isCode(json[key]))) return true;
  return filled(detail) !== undefined || (Array.isArray(detail) && detail.length > 0);
}

function isCode(value: unknown): boolean {
  const code = typeof value === "string" ? value.toLowerCase() : value;
  return (typeof code === "number" || typeof code === "string") && !FINE.has(code);
}
