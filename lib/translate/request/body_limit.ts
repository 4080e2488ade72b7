/**
 * Requests larger than a provider takes: the oldest images go first, and a text in their place says so.
 *
 * Only images that are sent along count; an address costs nothing. Works on the bodies of all wires.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

/** Stands where an image was that would have made the request too large. */
export const TOO_LARGE =
  "[An image stood here. It was left out: with it the request would be larger than the provider takes.]";

/** A smaller image is worth no word. */
const LEAST_IMAGE = 1024;
/** What a reader may count more than we do. */
const MARGIN = 1024;
/** What an image that is left out may take more than is counted for it. */
const SLACK = 64;

/** A body that fits. */
export interface FittedBody {
  readonly body: JsonObject;
  /** Images that were left out. */
  readonly dropped: number;
  /** Images that went up. */
  readonly left: number;
}

/** Where an image stands: in which entry, under which key, at which place. */
interface Image {
  readonly entry: number;
  readonly key: "content" | "output";
  readonly part: number;
  /** Its place in the result of a tool that stands at {@link part}, on the Messages wire. */
  readonly inner?: number;
  readonly bytes: number;
}

/**
 * Leaves out the oldest images until the body is no longer than `max`, or without its oldest half where nobody said how
 * long it may be.
 *
 * @param max bytes of its JSON; `undefined`: unknown
 * @returns `undefined` where it fits already, or would not fit without any image
 */
export function fitBody(body: JsonObject, max: number | undefined): FittedBody | undefined {
  const name = Array.isArray(body.messages) ? "messages" : "input";
  const entries = body[name];
  if (!Array.isArray(entries)) return undefined;
  const images = imagesOf(entries);
  if (images.length === 0) return undefined;
  const all = images.reduce((sum, { bytes }) => sum + bytes, 0);
  let excess = all / 2;
  if (max !== undefined) {
    excess = bytesOf(body) + MARGIN - max;
    if (excess <= 0 || all - images.length * TOO_LARGE.length < excess) return undefined;
  }
  const gone: Image[] = [];
  for (const image of images) {
    if (excess <= 0) break;
    gone.push(image);
    excess -= image.bytes - TOO_LARGE.length - PLACE;
  }
  return {
    body: { ...body, [name]: without(entries, gone) },
    dropped: gone.length,
    left: images.length - gone.length,
  };
}

/**
 * The body as a provider with a limit takes it, and what was left out, in words for the log.
 *
 * @param max bytes; `undefined`: no limit is known
 */
export function limitBody(
  body: JsonObject,
  max: number | undefined,
): { readonly body: JsonObject; readonly leftOut: readonly string[] } {
  const fitted = max === undefined ? undefined : fitBody(body, max);
  return fitted === undefined
    ? { body, leftOut: [] }
    : { body: fitted.body, leftOut: [`the oldest images of a request beyond ${max} bytes`] };
}

/** What the JSON around a text takes. */
const PLACE = 40;

/** How providers and gateways say that a body is too long; the groups are the number, before or behind the words. */
const TOO_LONG =
  /\b(?:request|body|payload|entity|content)\b.{0,60}?\b(?:too large|exceed\w*|larger than|limit)|(?:exceed\w*|limit|too large|larger than|max\w*)\b.{0,60}?\b(?:request body|request size|request entity|bod(?:y|ies)|payload|bytes|request_too_large)|\b413\b/i;
const LEAST_LIMIT = 100_000;
/** Words of another limit. */
const OTHER = /\btokens?\b|context (?:length|window)|rate limit|per (?:min|day)/i;

/**
 * The fix-up for a refusal of that kind, on either wire. `max`: the limit for later bodies, in bytes: the one that was named,
 * or what leaves this body as it is now.
 */
export function fixUpSize(
  message: string,
  body: JsonObject,
): { readonly what: string; readonly body: JsonObject; readonly max: number } | undefined {
  if (!TOO_LONG.test(message) || OTHER.test(message)) return undefined;
  const max = limitIn(message);
  // A number that the body stays below was not the limit, but the size of the request or of one part.
  const known = max !== undefined && bytesOf(body) > max - MARGIN;
  const fitted = fitBody(body, known ? max : undefined);
  if (fitted === undefined) return undefined;
  const what = fitted.left === 0 ? "images" : `images but the newest ${fitted.left}`;
  const { dropped, body: left } = fitted;
  return { what, body: left, max: known ? max : bytesOf(left) + MARGIN + dropped * SLACK };
}

/** The number of bytes that a refusal names: the smallest, for it may name the size of the request as well. */
function limitIn(message: string): number | undefined {
  const numbers = [...message.matchAll(/(\d[\d,_]{0,15}(?:\.\d+)?)\s*(MiB|MB|M\b|KiB|KB)?/gi)].map(
    ([, digits = "", unit = ""]) => {
      const value = Number(digits.replace(/[,_]/g, ""));
      const times = /^m/i.test(unit) ? 1_000_000 : /^k/i.test(unit) ? 1_000 : 1;
      return value * times;
    },
  ).filter((value) => value >= LEAST_LIMIT);
  return numbers.length === 0 ? undefined : Math.min(...numbers);
}

function bytesOf(body: JsonObject): number {
  return new TextEncoder().encode(JSON.stringify(body)).length;
}

function imagesOf(entries: readonly Json[]): Image[] {
  const images: Image[] = [];
  for (const [entry, value] of entries.entries()) {
    if (!isObject(value)) continue;
    for (const key of ["content", "output"] as const) {
      const parts = value[key];
      if (!Array.isArray(parts)) continue;
      for (const [part, each] of parts.entries()) {
        if (!isObject(each)) continue;
        const bytes = imageBytes(each);
        if (bytes >= LEAST_IMAGE) images.push({ entry, key, part, bytes });
        if (each.type !== "tool_result" || !Array.isArray(each.content)) continue;
        for (const [inner, one] of each.content.entries()) {
          const bytes = isObject(one) ? imageBytes(one) : 0;
          if (bytes >= LEAST_IMAGE) images.push({ entry, key, part, inner, bytes });
        }
      }
    }
  }
  return images;
}

/** The length of an image that is sent along; 0 for anything else. */
function imageBytes({ type, image_url: url, source }: JsonObject): number {
  if (type === "image") return isObject(source) ? filled(source.data)?.length ?? 0 : 0;
  if (type !== "image_url" && type !== "input_image") return 0;
  const text = filled(url) ?? (isObject(url) ? filled(url.url) : undefined) ?? "";
  return text.startsWith("data:") ? text.length : 0;
}

function without(entries: readonly Json[], gone: readonly Image[]): Json[] {
  const result = [...entries];
  const parts = new Map<string, Json[]>();
  for (const { entry, key, part, inner } of gone) {
    const old = result[entry] as JsonObject;
    const place = `${entry} ${key}`;
    let list = parts.get(place);
    if (!list) {
      parts.set(place, list = [...old[key] as Json[]]);
      result[entry] = { ...old, [key]: list };
    }
    const at = list[part] as JsonObject;
    if (inner === undefined) {
      list[part] = { type: at.type === "input_image" ? "input_text" : "text", text: TOO_LARGE };
    } else {
      const text = { type: "text", text: TOO_LARGE };
      list[part] = { ...at, content: (at.content as Json[]).with(inner, text) };
    }
  }
  return result;
}
