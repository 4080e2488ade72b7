/**
 * What will change, for the eyes of the user: one diff of all texts, with every key hidden.
 *
 * @module
 */

import { structuredPatch } from "diff";
import { createColors } from "picocolors";
import { Failure } from "../base/errors.ts";
import { cleanLine } from "../base/clean.ts";
import { displayLine } from "../base/display.ts";
import { isVariableName, SUSPECT_WORDS } from "../base/secrets/forms.ts";
import { maskSecrets } from "../base/secrets/secrets.ts";
import { attempt } from "./cc_switch/record.ts";
import type { Preview } from "./integration.ts";
import { readToml } from "./text/toml_doc.ts";

/** Values by the name they stand under, in TOML and in JSON, quoted or inside a quoted text. */
const NAMED = new RegExp(
  String
    .raw`((?<!env_)(?:${SUSPECT_WORDS})\w{0,64}\\{0,8}["']?\s{0,8}[:=]\s{0,8}\\{0,8}["'])[^"'\\\n]+`,
  "gi",
);

/** Names of values that are secret; `env_key` and its like name a variable. */
const SECRET = new RegExp(`^(?!env_).*(?:${SUSPECT_WORDS})`, "i");

/** Everything in these may be a key. */
const WHOLLY_SECRET: readonly string[] = ["http_headers", "query_params", "args", "env"];

/** What follows the question mark of a URL. */
const QUERY = /(:\/\/[^\s"'?]{0,2048}\?)[^\s"']+/g;

/** Everything in a table of headers may be a key. */
const HEADERS = /^\s*\[[^\]\n]*(?<!env_)(?:http_headers|query_params)["']?\]/;
const INLINE = /(?<!env_)(?:http_headers|query_params)\b.*/g;

/** A value in quotes, behind its `=`. */
const VALUE = /(=\s*\\*["'])([^"'\\\n]+)/g;
/** Settings whose value names an environment variable; people paste the key itself there. */
const NAMES_VARIABLE: readonly string[] = ["env_key", "env_http_headers"];
const ENV_KEY = /(?<!\w)(env_key\\*["']?\s*[:=]\s*\\*["'])([^"'\\\n]+)/g;
const ENV_HEADERS = /(?<!\w)env_http_headers\b[^}\n]*/g;
const ENV_HEADERS_TABLE = /^\s*\[[^\]\n]*env_http_headers["']?\]/;

/** The texts without keys, as a unified diff with one line of context. */
export function showDiff(previews: readonly Preview[], color: boolean): string {
  return previews.map((preview) => showOne(preview, color)).join("\n");
}

function showOne({ title, before, after }: Preview, color: boolean): string {
  const { bold, red, green, dim } = createColors(color);
  const patch = structuredPatch("", "", hideKeys(before), hideKeys(after), "", "", { context: 1 });
  const rows = patch.hunks.flatMap(({ oldStart, lines }) => [
    dim(`  line ${Math.max(oldStart, 1)}`),
    ...lines.filter((line) => !line.startsWith("\\")).map((line) => {
      const text = `  ${displayLine(line.replace(/\r$/, "").replaceAll("\t", "    "))}`;
      return line.startsWith("-") ? red(text) : line.startsWith("+") ? green(text) : dim(text);
    }),
  ]);
  return [bold(cleanLine(title)), ...rows, ""].join("\n");
}

/** Hides whatever may be a key: by what a TOML text means, and by how any text looks. */
export function hideKeys(text: string): string {
  let headers = false;
  let variables = false;
  return hideLeaves(text).split("\n").map((line) => {
    if (/^\s*\[/.test(line)) {
      headers = HEADERS.test(line);
      variables = ENV_HEADERS_TABLE.test(line);
    }
    const named = hideNoVariables(hideForms(line).replace(NAMED, "$1…"), variables);
    return headers && !line.trimStart().startsWith("[")
      ? hideValues(named)
      : named.replace(INLINE, hideValues);
  }).join("\n");
}

/** Hides keys by their form, and what a URL holds of them. */
function hideForms(text: string): string {
  return maskSecrets(text).replace(QUERY, "$1…");
}

/** Hides secret values of a TOML text, however they are written; a text that is none stays as it is. */
function hideLeaves(text: string): string {
  const doc = attempt(() => readToml(text, ""));
  if (doc instanceof Failure) return text;
  let out = text;
  for (const { key, value, at: [from, to] } of doc.leaves.toReversed()) {
    // What escapes hide from the eye must not hide a key.
    const escaped = typeof value === "string" && text.slice(from, to).includes("\\");
    const variable = key.some((part) => NAMES_VARIABLE.includes(part));
    const secret = key.some((part) => WHOLLY_SECRET.includes(part)) ||
      (variable && !(typeof value === "string" && isVariableName(value))) ||
      SECRET.test(key.at(-1) ?? "") || (escaped && hideForms(value) !== value);
    if (!secret || typeof value === "number" || typeof value === "boolean") continue;
    const quote = text[from] === "'" ? "'" : '"';
    out = `${out.slice(0, from)}${quote}…${quote}${out.slice(to)}`;
  }
  return out;
}

/** Hides what stands where a variable's name should and is none. @param all whether every value of the line should be one */
function hideNoVariables(line: string, all: boolean): string {
  const shown = (value: string) => isVariableName(value) || value === "…" ? value : "…";
  const values = (part: string) =>
    part.replace(VALUE, (_, start: string, value: string) => `${start}${shown(value)}`);
  if (all && !line.trimStart().startsWith("[")) return values(line);
  return line.replace(ENV_KEY, (_, start: string, value: string) => `${start}${shown(value)}`)
    .replace(ENV_HEADERS, values);
}

function hideValues(text: string): string {
  return text.replace(VALUE, "$1…");
}
