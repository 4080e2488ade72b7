/**
 * The diff that the user sees before a change: all texts, with every key hidden.
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

/** Values behind a suspect name, in TOML and JSON, also inside a quoted text. */
const NAMED = new RegExp(
  String
    .raw`((?<!env_)(?:${SUSPECT_WORDS})\w{0,64}\\{0,8}["']?\s{0,8}[:=]\s{0,8}\\{0,8}["'])[^"'\\\n]+`,
  "gi",
);

/** Names of secret values; the value of `env_key` and the like is the name of a variable. */
const SECRET = new RegExp(`^(?!env_).*(?:${SUSPECT_WORDS})`, "i");

/** Tables of which each value may be a key. */
const WHOLLY_SECRET: readonly string[] = ["http_headers", "query_params", "args", "env"];

/** The query of a URL. */
const QUERY = /(:\/\/[^\s"'?]{0,2048}\?)[^\s"']+/g;

/** The header of such a table, and such a table on one line. */
const HEADERS = /^\s*\[[^\]\n]*(?<!env_)(?:http_headers|query_params)["']?\]/;
const INLINE = /(?<!env_)(?:http_headers|query_params)\b.*/g;

/** A value in quotes behind a `=`. */
const VALUE = /(=\s*\\*["'])([^"'\\\n]+)/g;
/** Settings whose value names an environment variable; users paste the key itself there. */
const NAMES_VARIABLE: readonly string[] = ["env_key", "env_http_headers"];
const ENV_KEY = /(?<!\w)(env_key\\*["']?\s*[:=]\s*\\*["'])([^"'\\\n]+)/g;
const ENV_HEADERS = /(?<!\w)env_http_headers\b[^}\n]*/g;
const ENV_HEADERS_TABLE = /^\s*\[[^\]\n]*env_http_headers["']?\]/;

/** A unified diff of all previews, without keys, with one line of context. @param color whether to use ANSI colours */
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

/** Hides every possible key: in TOML by the name of its value, in any text by its form. */
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

/** Hides keys by their form, and the queries of URLs. */
function hideForms(text: string): string {
  return maskSecrets(text).replace(QUERY, "$1…");
}

/** Hides secret values of a TOML text, in every way of writing; a text that is no TOML stays as it is. */
function hideLeaves(text: string): string {
  const doc = attempt(() => readToml(text, ""));
  if (doc instanceof Failure) return text;
  let out = text;
  for (const { key, value, at: [from, to] } of doc.leaves.toReversed()) {
    // Escapes can hide the form of a key, so the decoded value is checked as well.
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

/** Hides values that should be the name of a variable and are none. @param all whether each value of the line should be one */
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
