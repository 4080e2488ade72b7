/**
 * Reduces a request to its shape: fields, number of items, tools; each text becomes a digest and its length.
 *
 * Within one run of the sidecar, equal texts have equal digests: a prompt that changed between two turns is visible.
 * The salt prevents a comparison with digests of known texts.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { isSecretName } from "../../base/secrets/forms.ts";
import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { isPlainName } from "./names.ts";
import { hide } from "./private.ts";
import { isFieldName } from "./obfuscate.ts";

/** The settings of {@link shapeOf}. */
interface ShapeOptions {
  /** Whether texts stay readable; secrets and home paths are hidden in any case. */
  readonly keep: boolean;
  readonly salt: string;
  /** Secrets and paths of this machine. */
  readonly known: readonly string[];
}

/** A longer text is a picture or a file and always becomes a digest. */
const MAX_TEXT = 128 * 1024;

/** The headers that describe the form of a request or response and identify nobody. */
const HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "content-type",
  "originator",
  "retry-after",
  "retry-after-ms",
  "user-agent",
]);

/** The shape of a request's body; the fields and their order stay. */
export function shapeOf(body: JsonObject, options: ShapeOptions): Json {
  return walk("", body, options);
}

/** The headers that may be stored, with private parts hidden. */
export function plainHeaders(headers: Headers, known: readonly string[]): Record<string, string> {
  const kept = [...headers].filter(([name]) =>
    HEADERS.has(name) || /^(?:x-)?ratelimit-/.test(name)
  );
  return Object.fromEntries(kept.map(([name, value]) => [name, hide(value, known)]));
}

function walk(name: string, value: Json, options: ShapeOptions): Json {
  if (typeof value === "string") return text(name, value, options);
  if (Array.isArray(value)) return value.map((each) => walk(name, each, options));
  if (!isObject(value)) return value;
  const fields = Object.entries(value).map(([key, field]) => [
    isFieldName(key) ? hide(key, options.known) : text("", key, options),
    field === undefined ? null : walk(key, field, options),
  ]);
  return Object.fromEntries(fields);
}

function text(name: string, value: string, { keep, salt, known }: ShapeOptions): string {
  if (isSecretName(name)) return "[redacted]";
  const readable = keep ? value.length <= MAX_TEXT : isPlainName(name, value);
  if (readable) return hide(value, known);
  const digest = createHash("sha256").update(salt).update(value).digest("hex").slice(0, 12);
  return `#${digest} (${value.length})`;
}
