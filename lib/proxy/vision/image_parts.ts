/**
 * The images of a Responses request: where they stand, and texts in their place.
 *
 * An image stands in a message, in what one agent said to another, or in a tool's output. The request is never changed.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

/** The adaptations by which an upstream refused images for a model, on each wire. */
export const IMAGE_ADAPTATIONS: readonly string[] = ["images", "chat images", "anthropic images"];

/** The keys of an item under which parts stand. */
const LISTS = ["content", "output"] as const;

/** The addresses of all images in the order in which they stand, each once; `data:` URLs for those sent along. */
export function imagesIn({ input }: JsonObject): string[] {
  const found = new Set<string>();
  for (const item of Array.isArray(input) ? input : []) {
    if (!isObject(item)) continue;
    for (const key of LISTS) {
      const parts = item[key];
      for (const part of Array.isArray(parts) ? parts : []) {
        const url = isImage(part) ? urlOf(part) : undefined;
        if (url !== undefined) found.add(url);
      }
    }
  }
  return [...found];
}

/**
 * The request with a text in the place of each image.
 *
 * @param text the text for an image by its address; `undefined` where it has none, such as one that is stored elsewhere
 */
export function withTexts(
  request: JsonObject,
  text: (url: string | undefined) => string,
): JsonObject {
  const { input } = request;
  if (!Array.isArray(input)) return request;
  let changed = false;
  const items = input.map((item) => {
    if (!isObject(item)) return item;
    let own = item;
    for (const key of LISTS) {
      const parts = item[key];
      if (!Array.isArray(parts) || !parts.some(isImage)) continue;
      own = {
        ...own,
        [key]: parts.map((part) => isImage(part) ? inWords(text(urlOf(part))) : part),
      };
    }
    changed ||= own !== item;
    return own;
  });
  return changed ? { ...request, input: items } : request;
}

/** Whether a request holds any image. */
export function hasImages({ input }: JsonObject): boolean {
  return Array.isArray(input) && input.some((item) =>
    isObject(item) && LISTS.some((key) => {
      const parts = item[key];
      return Array.isArray(parts) && parts.some(isImage);
    })
  );
}

function isImage(part: Json): part is JsonObject {
  return isObject(part) && (part.type === "input_image" || part.type === "image_url");
}

function urlOf({ image_url: url }: JsonObject): string | undefined {
  return filled(url) ?? (isObject(url) ? filled(url.url) : undefined);
}

function inWords(text: string): JsonObject {
  return { type: "input_text", text };
}
