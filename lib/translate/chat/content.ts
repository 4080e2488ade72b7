/**
 * Content parts of the Responses API to what a Chat message may hold: text, or text and images.
 *
 * Text alone is always one string; tool messages take nothing else, and every provider takes it.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

/** The text in place of an image that the model cannot see. */
export const NO_IMAGE = "[An image stood here. It was left out: this model reads text only.]";

/** The texts of a content in order, and its images as Chat parts. */
export interface Content {
  readonly text: string;
  readonly images: readonly JsonObject[];
  /** Texts and images in their order, for a message that may hold both. */
  readonly parts: readonly JsonObject[];
}

/** Reads a Responses `content` or `output`: a string, or a list of parts. Unknown parts are named in the text. */
export function readContent(content: Json | undefined, images: boolean): Content {
  if (!Array.isArray(content)) {
    const text = typeof content === "string" ? content : content ? JSON.stringify(content) : "";
    return { text, images: [], parts: text === "" ? [] : [textPart(text)] };
  }
  const parts = content.map((part) => readPart(part, images)).filter((part) => part !== undefined);
  const texts = parts.map((part) => part.text).filter((text) => typeof text === "string");
  return {
    text: texts.join("\n"),
    images: parts.filter(({ type }) => type === "image_url"),
    parts,
  };
}

/** The content of a user message: a string, or parts with at least one text among them. */
export function userContent({ text, images, parts }: Content): Json {
  if (images.length === 0) return text;
  // Some servers refuse an image without a text next to it (docs/facts/providers.md §1.4).
  return text === "" ? [textPart("(image)"), ...parts] : [...parts];
}

function readPart(part: Json, images: boolean): JsonObject | undefined {
  if (typeof part === "string") return textPart(part);
  if (!isObject(part)) return undefined;
  const text = filled(part.text) ?? filled(part.refusal);
  if (text !== undefined) return textPart(text);
  switch (part.type) {
    case "input_image":
    case "image_url":
      return imagePart(part, images);
    case "input_file":
    case "input_audio":
      return textPart(`[A ${part.type.slice(6)} stood here. It was left out.]`);
    default:
      return undefined;
  }
}

function imagePart(part: JsonObject, images: boolean): JsonObject {
  const nested = isObject(part.image_url) ? part.image_url : {};
  const url = filled(part.image_url) ?? filled(nested.url);
  // An image that only has a file id is stored at another provider.
  if (!images || url === undefined) return textPart(NO_IMAGE);
  const detail = part.detail ?? nested.detail;
  const known = detail === "low" || detail === "high";
  return { type: "image_url", image_url: { url, ...(known ? { detail } : {}) } };
}

function textPart(text: string): JsonObject {
  return { type: "text", text };
}
