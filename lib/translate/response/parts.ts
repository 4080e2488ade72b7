/**
 * The parts of a message or of a reasoning item as Codex can read them. Codex drops an item, without a message, when one of
 * its parts is of a kind that it does not know (docs/facts/codex.md §3.5).
 *
 * A list that is right is returned as the same array.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

const KNOWN: ReadonlySet<unknown> = new Set(["output_text", "input_text", "input_image"]);
/** Fields of a text part that must be lists where they are at all. */
const LISTS = ["annotations", "logprobs"];
const THOUGHTS: ReadonlySet<unknown> = new Set(["reasoning_text", "text"]);

/**
 * The content of a finished message: its own text, or the text of its deltas where it has none.
 *
 * @param content the item's `content`, of any type
 * @param received the text of its deltas
 */
export function messageParts(content: Json | undefined, received: string): Json[] {
  const parts = mapped(content, messagePart);
  return received === "" || parts.some(hasContent) ? parts : [outputText(received)];
}

/** The raw text of a reasoning item; `undefined` where neither the item nor its deltas have any. */
export function reasoningParts(content: Json | undefined, received: string): Json[] | undefined {
  const given = content ?? filled(received);
  const part = (text: string) => ({ type: "reasoning_text", text });
  return given === undefined ? undefined : mapped(given, textPart(THOUGHTS, part));
}

/** The summary of a reasoning item, empty where there is none: the list itself must be there. */
export function summaryParts(summary: Json | undefined): Json[] {
  const part = (text: string) => ({ type: "summary_text", text });
  return mapped(summary, textPart(new Set(["summary_text"]), part));
}

type NormalizePart = (part: Json) => Json | undefined;

/** Normalizes each part; a value that is no list counts as its only part. */
function mapped(value: Json | undefined, normalizePart: NormalizePart): Json[] {
  if (value === undefined || value === null || value === "") return [];
  const list = Array.isArray(value) ? value : [value];
  const fixed = list.map(normalizePart).filter((part) => part !== undefined);
  const same = list === value && fixed.length === list.length &&
    fixed.every((part, at) => part === list[at]);
  return same ? list : fixed;
}

function messagePart(part: Json): Json | undefined {
  if (!isObject(part)) return typeof part === "string" ? outputText(part) : undefined;
  if (part.type === "input_image") return part;
  if (typeof part.text === "string") {
    if (LISTS.some((key) => (part[key] ?? null) !== null && !Array.isArray(part[key]))) {
      return outputText(part.text);
    }
    return KNOWN.has(part.type) ? part : { ...part, type: "output_text" };
  }
  const refusal = filled(part.refusal); // Codex would not show it
  return refusal === undefined ? undefined : outputText(refusal);
}

function textPart(known: ReadonlySet<unknown>, make: (text: string) => JsonObject): NormalizePart {
  return (part) => {
    if (typeof part === "string") return make(part);
    if (!isObject(part) || typeof part.text !== "string") return undefined;
    return known.has(part.type) ? part : make(part.text);
  };
}

function hasContent(part: Json): boolean {
  return isObject(part) && (part.type === "input_image" || filled(part.text) !== undefined);
}

function outputText(text: string): JsonObject {
  return { type: "output_text", text, annotations: [] };
}

/** All text of a reasoning item: its own, or where it has none, its summary. */
export function reasoningText({ content, summary }: JsonObject): string {
  return [content, summary].map(joined).find((text) => text !== "") ?? "";
}

/** The item with another text. */
export function withReasoning(item: JsonObject, text: string): JsonObject {
  const key = joined(item.content) === "" ? "summary" : "content";
  const [first] = Array.isArray(item[key]) ? item[key] : [];
  return { ...item, [key]: isObject(first) && text.trim() !== "" ? [{ ...first, text }] : [] };
}

function joined(parts: Json | undefined): string {
  return Array.isArray(parts)
    ? parts.map((part) => isObject(part) ? filled(part.text) ?? "" : "").join("")
    : "";
}
