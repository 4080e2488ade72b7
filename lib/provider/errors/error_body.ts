/**
 * Finds the error message in whatever a provider sent instead of an answer.
 *
 * Never trusts a content type: an error may be JSON in a dozen envelopes, an SSE line without SSE, a gateway's
 * HTML page, plain text, or nothing. Only named fields are read, so that echoed prompts and failed generations
 * stay out.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";
import { asHtml } from "./html_text.ts";

/** The error that a body holds; every field is as the provider wrote it. */
export interface ErrorBody {
  /** `text` is also JSON that names no error in any known envelope. */
  readonly form: "json" | "html" | "text" | "empty";
  /** The message; for other forms than JSON the visible text. */
  readonly message?: string;
  /** Some providers put the real reason here, others the name of a field. */
  readonly param?: string;
  readonly code?: string;
  readonly type?: string;
  /** The HTTP status that the body itself names, 400-599. */
  readonly status?: number;
}

type Fields = { -readonly [Key in Exclude<keyof ErrorBody, "form">]?: ErrorBody[Key] };

/** How many errors inside each other are opened: relays wrap the error of what is behind them. */
const MAX_DEPTH = 4;

/** Characters of one field that are read; a field that is longer echoes the request. */
const MAX_FIELD = 64 * 1024;

/** Values of `type` that name an envelope or event, not an error. */
const ENVELOPES = new Set(["error", "response.failed", "about:blank"]);

/** Reads a body or one event's text. Pass `json` when it is parsed already. */
export function readErrorBody(text: string, json?: Json): ErrorBody {
  // The text is not needed where it is parsed already
  const trimmed = json === undefined ? text.replace(/^\uFEFF/, "").trim() : "";
  const root = json ?? parseJson(trimmed) ?? parseJson(sseData(trimmed));
  if (root !== undefined && typeof root !== "number" && root !== null) {
    const found = find(root, 0);
    if (Object.keys(found).length > 0) return { form: "json", ...found };
  }
  if (trimmed === "") return { form: "empty" };
  const html = asHtml(trimmed);
  return html === undefined ? { form: "text", message: trimmed } : { form: "html", message: html };
}

/** What stands behind `data:` in text that was meant to be an event stream. */
function sseData(text: string): string {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => line.startsWith("data:"));
  return lines.map((line) => line.slice(5).trimStart()).join("\n");
}

function find(value: Json, depth: number): Fields {
  if (depth > MAX_DEPTH) return {};
  if (typeof value === "string") return unwrapped({ message: value.slice(0, MAX_FIELD) }, depth);
  if (Array.isArray(value)) return value[0] === undefined ? {} : find(value[0], depth + 1);
  if (!isObject(value)) return {};

  const outer = fields(value);
  const inner = value.error ?? value.Error ?? value.err ??
    (isObject(value.response) ? value.response.error : undefined);
  if (typeof inner === "string" && inner !== "") {
    // `error` is the message itself, or a label beside `message`
    return unwrapped(
      outer.message
        ? { type: inner.slice(0, MAX_FIELD), ...outer }
        : { ...outer, message: inner.slice(0, MAX_FIELD) },
      depth,
    );
  }
  if (inner !== undefined && inner !== null) return { ...outer, ...find(inner, depth + 1) };
  if (isObject(value.base_resp) && value.base_resp.status_code !== 0) {
    return { ...outer, ...fields(value.base_resp) };
  }
  const list = value.errors ?? value.detail;
  if (!outer.message && list !== undefined && list !== null) {
    return { ...outer, ...find(list, depth + 1) };
  }
  return cause(value, unwrapped(outer, depth), depth);
}

/** The usual fields of one object. */
function fields(object: JsonObject): Fields {
  const first = (...names: string[]): string | undefined => {
    for (const name of names) {
      const value = object[name];
      const text = typeof value === "number" ? String(value) : filled(value);
      if (text !== undefined) return text.slice(0, MAX_FIELD);
    }
    return undefined;
  };
  const found: Fields = {};
  const message = first("message", "msg", "error_message", "error_msg", "status_msg", "Message") ??
    first("error_description");
  const where = Array.isArray(object.loc) ? object.loc.join(".") : undefined;
  const param = first("param") ?? where;
  // a numeric `status_code` beside no code is MiniMax's business code or, within 400-599, an HTTP status
  const code = first("code", "error_code", "err_code", "Code") ?? first("status_code");
  const type = first("type", "error_type") ?? first("status");
  const status = [
    object.status_code,
    object.http_code,
    object.statusCode,
    object.status,
    object.code,
  ]
    .map((value) => typeof value === "string" && /^\d{3}$/.test(value) ? Number(value) : value)
    .find((value): value is number => typeof value === "number" && value >= 400 && value < 600);
  if (message !== undefined) found.message = message;
  if (param !== undefined) found.param = param;
  if (code !== undefined) found.code = code;
  if (type !== undefined && !ENVELOPES.has(type) && !/^\d+$/.test(type)) found.type = type;
  if (status !== undefined) found.status = status;
  return found;
}

/** A message that carries another error as JSON text: `upstream said: {"error":…}`. */
function unwrapped(found: Fields, depth: number): Fields {
  const message = found.message ?? "";
  const brace = message.indexOf("{");
  if (brace < 0) return found;
  const json = parseJson(message.slice(brace, message.lastIndexOf("}") + 1));
  return isObject(json) ? joined(found, message.slice(0, brace), find(json, depth + 1)) : found;
}

/** A router's `metadata.raw` holds the error of the provider behind it. */
function cause(object: JsonObject, found: Fields, depth: number): Fields {
  const raw = isObject(object.metadata) ? object.metadata.raw : undefined;
  if (raw === undefined || raw === null || raw === "") return found;
  const inner = find(typeof raw === "string" ? parseJson(raw) ?? raw : raw, depth + 1);
  return joined(found, found.message ?? "", inner);
}

/** The inner error, its message after the text that introduced it; without a message of its own it changes nothing. */
function joined(outer: Fields, lead: string, inner: Fields): Fields {
  if (inner.message === undefined) return outer;
  let end = lead.length;
  while (end > 0 && /[\s:：,]/.test(lead[end - 1] as string)) end--;
  const intro = lead.slice(0, end);
  return {
    ...outer,
    ...inner,
    message: intro === "" ? inner.message : `${intro}: ${inner.message}`,
  };
}
