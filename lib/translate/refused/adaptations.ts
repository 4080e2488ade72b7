/**
 * Applies to a Responses request what its upstream was found to need: see `refused_part.ts` for what there is.
 *
 * Its rule: the request is never changed, and what an adaptation has nothing to do with is the same request. Turning
 * tools into functions is not done here but by `function_tools.ts`, because the answer has to be turned back.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { NO_IMAGE } from "../chat/content.ts";
import { ToolTable } from "../tool_table.ts";
import { toFunctionItems } from "../request/function_items.ts";
import { toFunctionTools } from "../request/function_tools.ts";

/** For how much of what goes to an upstream an adaptation holds. */
export type Scope =
  /** All of it: a matter of the server. */
  | "upstream"
  /** What asks for the same model. */
  | "model"
  /** What this conversation brings along; nothing is remembered of it here. */
  | "conversation";

/** What to do without. */
export interface Adaptation {
  /** Its name, at most 100 characters: `field reasoning.effort`. */
  readonly what: string;
  /** What is different afterwards, in words: `with function tools only`. */
  readonly how: string;
  readonly scope: Scope;
  /** How the names of those begin that it takes the place of: `bytes: `. */
  readonly replaces?: string;
}

/** Turns all tools into functions, calls and all that goes with them; where the answer is read, by `function_tools.ts`. */
export const FUNCTION_TOOLS = "function tools";

/** The request as it is to go up. */
export function adapted(request: JsonObject, whats: Iterable<string>): JsonObject {
  let body = request;
  for (const what of whats) body = apply(body, what);
  return body;
}

function apply(body: JsonObject, what: string): JsonObject {
  switch (what) {
    case FUNCTION_TOOLS:
      return toFunctionTools(body, ["function"]).request;
    case "sealed reasoning":
      return withInput(body, (items) => items.filter((item) => !isSealed(item)));
    case "unsealed reasoning":
      return withInput(body, (items) => items.filter((item) => !isUnsealed(item)));
    case "reasoning without text":
      return withInput(body, (items) => items.filter((item) => !isTextless(item)));
    case "images in tool outputs":
      return withInput(body, plainOutputs);
    case "images":
      return withInput(body, (items) => each(items, withoutImages));
    case "system messages":
      return leadingSystem(body);
    case "developer role":
      return withInput(
        body,
        (items) =>
          each(items, (item) => item.role === "developer" ? { ...item, role: "system" } : item),
      );
  }
  const [kind, name = ""] = what.split(" ", 2);
  if (kind === "item") return withInput(body, (items) => withoutItems(items, name));
  return kind === "field" ? withoutField(body, name) : body;
}

/** Whether an item is reasoning that only its provider can read. */
function isSealed(item: Json): boolean {
  return isObject(item) && item.type === "reasoning" &&
    filled(item.encrypted_content) !== undefined;
}

/** Whether an item is reasoning without anything that a server could read. */
function isTextless(item: Json): boolean {
  return isObject(item) && item.type === "reasoning" &&
    !(Array.isArray(item.content) && item.content.length > 0);
}

/** Whether an item is reasoning of which its provider has to know the id. */
function isUnsealed(item: Json): boolean {
  return isObject(item) && item.type === "reasoning" && !isSealed(item);
}

function withInput(
  body: JsonObject,
  change: (items: readonly Json[]) => readonly Json[],
): JsonObject {
  const { input } = body;
  if (!Array.isArray(input)) return body;
  const changed = change(input);
  const same = changed.length === input.length && changed.every((item, at) => item === input[at]);
  return same ? body : { ...body, input: [...changed] };
}

function each(items: readonly Json[], change: (item: JsonObject) => JsonObject): readonly Json[] {
  return items.map((item) => isObject(item) ? change(item) : item);
}

/** Items of one type in words or as calls of functions, and their outputs with them. */
function withoutItems(items: readonly Json[], type: string): readonly Json[] {
  const kept = type === "reasoning"
    ? items.filter((item) => !isObject(item) || item.type !== type)
    : items;
  const refused = new Set([type, `${type}_output`, type.replace(/_call$/, "")]);
  if (!kept.some((item) => isObject(item) && refused.has(String(item.type)))) return kept;
  return toFunctionItems(kept, { table: new ToolTable(), takes: (one) => !refused.has(one) });
}

const SEE_BELOW = "(see the image below)";

/** Tool outputs as strings; the images in them follow in a message of the user. */
function plainOutputs(items: readonly Json[]): readonly Json[] {
  const out: Json[] = [];
  let images: Json[] = [];
  const flush = () => {
    if (images.length === 0) return;
    const lead = { type: "input_text", text: "Images returned by the tools:" };
    out.push({ type: "message", role: "user", content: [lead, ...images] });
    images = [];
  };
  for (const item of items) {
    const isOutput = isObject(item) && String(item.type).endsWith("_output");
    if (!isOutput) flush();
    if (!isOutput || !Array.isArray(item.output)) {
      out.push(item);
      continue;
    }
    const shown = item.output.filter(isImage);
    for (const image of shown) images.push(image);
    const texts = item.output.map(textOf).filter((text) => text !== "");
    out.push({ ...item, output: texts.join("\n") || (shown.length > 0 ? SEE_BELOW : "") });
  }
  flush();
  return out;
}

function withoutImages(item: JsonObject): JsonObject {
  for (const key of ["content", "output"]) {
    const parts = item[key];
    if (!Array.isArray(parts) || !parts.some(isImage)) continue;
    const texts = parts.map((part) =>
      isImage(part) ? { type: "input_text", text: NO_IMAGE } : part
    );
    return {
      ...item,
      [key]: key === "output" ? texts.map(textOf).filter((text) => text !== "").join("\n") : texts,
    };
  }
  return item;
}

/** What others than the user and the assistant say goes into the instructions; where it comes late, to the user. */
function leadingSystem(body: JsonObject): JsonObject {
  const lead: string[] = [];
  const changed = withInput(body, (items) => {
    const isSystem = (item: Json): item is JsonObject =>
      isObject(item) && (item.role === "system" || item.role === "developer");
    const first = items.findIndex((item) => !isSystem(item));
    const before = first < 0 ? items : items.slice(0, first);
    for (const item of before) if (isSystem(item)) lead.push(contentText(item.content));
    return each(
      items.slice(before.length),
      (item) => isSystem(item) ? { ...item, role: "user" } : item,
    );
  });
  if (lead.length === 0) return changed;
  const texts = [filled(body.instructions) ?? "", ...lead].filter((text) => text !== "");
  return { ...changed, instructions: texts.join("\n\n") };
}

/** Without one field: `service_tier`, `reasoning.effort`, or one of every item: `input[].status`. */
function withoutField(body: JsonObject, name: string): JsonObject {
  const [list, inside] = name.split("[].");
  if (list !== undefined && inside !== undefined) {
    const entries = body[list];
    if (!Array.isArray(entries)) return body;
    const changed = each(entries, (entry) => without(entry, inside));
    return changed.every((entry, at) => entry === entries[at])
      ? body
      : { ...body, [list]: [...changed] };
  }
  const [first = "", second] = name.split(".");
  const outer = body[first];
  if (second === undefined || !isObject(outer)) {
    return second === undefined ? without(body, first) : body;
  }
  const rest = without(outer, second);
  if (rest === outer) return body;
  return Object.keys(rest).length === 0 ? without(body, first) : { ...body, [first]: rest };
}

function without(object: JsonObject, name: string): JsonObject {
  if (!Object.hasOwn(object, name)) return object;
  const { [name]: _, ...rest } = object;
  return rest;
}

function isImage(part: Json): boolean {
  return isObject(part) && (part.type === "input_image" || part.type === "image_url");
}

function contentText(content: Json | undefined): string {
  return Array.isArray(content)
    ? content.map(textOf).filter((text) => text !== "").join("\n")
    : filled(content) ?? "";
}

function textOf(part: Json): string {
  return isObject(part) ? filled(part.text) ?? "" : filled(part) ?? "";
}
