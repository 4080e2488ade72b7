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

/** A picture as Codex sends it, `data:image/png;base64,…`, in a form that the API takes. */
const DATA_URL = /^data:image\/(png|jpe?g|gif|webp)(?:;[\w-]+=[^;,]{0,64})*;base64,/i;

/** The text in place of an image that the API would refuse the request for. */
const OTHER_IMAGE =
  "[An image stood here. It was left out: only PNG, JPEG, GIF and WebP are taken.]";

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
  const [start, kind = ""] = DATA_URL.exec(url) ?? [];
  if (start === undefined) {
    return /^https:/i.test(url)
      ? { type: "image", source: { type: "url", url } }
      : { type: "text", text: OTHER_IMAGE };
  }
  const media_type = `image/${kind.toLowerCase().replace("jpg", "jpeg")}`;
  return { type: "image", source: { type: "base64", media_type, data: url.slice(start.length) } };
}
