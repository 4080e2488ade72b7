/**
 * Content parts of the Responses API to content blocks of the Messages API.
 *
 * The API refuses a block of text that is empty or blank, so none is made.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Block } from "../../wire/anthropic.ts";
import { readContent } from "../chat/content.ts";

/** A picture as Codex sends it: `data:image/png;base64,…`. */
const DATA_URL = /^data:([a-z0-9.+/-]+);base64,/i;

/** A block of text; none for blank text. */
export function textBlocks(text: string): Block[] {
  return text.trim() === "" ? [] : [{ type: "text", text }];
}

/**
 * The blocks of a Responses `content` or `output`: texts and images in their order.
 *
 * @param images whether the model sees images; if not, a text says that one was left out
 */
export function contentBlocks(content: Json | undefined, images: boolean): Block[] {
  return readContent(content, images).parts.flatMap((part) =>
    part.type === "image_url" ? [imageBlock(part)] : textBlocks(filled(part.text) ?? "")
  );
}

/** @param part an image part of the Chat wire */
function imageBlock({ image_url: image }: JsonObject): Block {
  const url = isObject(image) ? filled(image.url) ?? "" : "";
  const inline = DATA_URL.exec(url);
  const source: JsonObject = inline
    ? { type: "base64", media_type: inline[1] ?? "", data: url.slice(inline[0].length) }
    : { type: "url", url };
  return { type: "image", source };
}
