/**
 * Which models a request names, wherever a provider may read one.
 *
 * Its rule: what cannot be told for certain is named as `undefined`, so that a list of models refuses it.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

/** Paths below a base whose model stands in the body, and nowhere in the path or in another file. */
const IN_BODY =
  /^(?:responses(?:\/(?:compact|input_tokens))?|(?:chat\/)?completions|messages(?:\/count_tokens)?|embeddings|moderations|rerank|images\/(?:generations|edits)|audio\/speech|alpha\/search)$/;

/** Fields in which gateways read models to ask instead. */
const INSTEAD: ReadonlySet<string> = new Set([
  "models",
  "fallback",
  "fallbacks",
  "fallback_models",
]);

/** Whether the body of a request to this path says which model answers. */
export function namesModelInBody(rest: string): boolean {
  return IN_BODY.test(rest);
}

/**
 * The models that a body names beside its `model`: to be asked instead, or in a field that a provider which ignores letter case
 * reads as `model`.
 */
export function modelsBeside(json: JsonObject): (string | undefined)[] {
  return Object.entries(json).flatMap(([name, value]) => {
    const field = name.toLowerCase();
    if (field === "model") return name === field ? [] : [filled(value)];
    return INSTEAD.has(field) && value !== null ? namesIn(value) : [];
  });
}

function namesIn(value: Json | undefined): (string | undefined)[] {
  return (Array.isArray(value) ? value : [value]).map((one) =>
    filled(isObject(one) ? one.model : one)
  );
}
