/**
 * Which parts of a request do not reach the model, as text for the log.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../base/json.ts";

/** Names the hosted tools that were left out, by their types: `the hosted tool web_search`. */
export function toolsLeftOut(types: readonly string[]): string[] {
  return types.map((type) => `the hosted tool ${type.slice(0, LONGEST)}`);
}

/** Most characters of a tool's type that are shown; real ones have 30 characters at most. */
const LONGEST = 64;

const PARTS: Readonly<Record<string, string>> = {
  input_image: "images",
  image_url: "images",
  input_file: "files",
  input_audio: "audio",
};

/**
 * The kinds of content parts that a Chat request leaves out.
 *
 * @param images whether the model sees images
 */
export function partsLeftOut({ input }: JsonObject, images: boolean): string[] {
  const kinds = new Set<string>();
  for (const item of Array.isArray(input) ? input : []) {
    if (!isObject(item)) continue;
    for (const part of [...asArray(item.content), ...asArray(item.output)]) {
      const kind = isObject(part) && typeof part.type === "string" ? PARTS[part.type] : undefined;
      if (kind !== undefined && !(kind === "images" && images)) kinds.add(kind);
    }
  }
  return [...kinds];
}

function asArray(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
