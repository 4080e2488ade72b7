/**
 * Changes single values of a TOML text by byte position; every other byte stays as it is.
 *
 * A new value is added directly behind an existing one, in the form of that one's line, so that its removal restores
 * the same bytes.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { Failure } from "../../base/errors.ts";
import { type Leaf, type Range, readToml, type Table, type TomlDoc } from "./toml_doc.ts";

/** A text that replaces a range, and the values that it sets. */
export interface TomlSplice {
  readonly from: number;
  readonly to: number;
  readonly text: string;
  /** The values that change; `undefined` means removed. */
  readonly sets: readonly (readonly [key: readonly string[], value: unknown])[];
}

/** A name and its value. */
export type TomlEntry = readonly [name: string, value: string | number | boolean];

/** A value as TOML. A string is in single quotes where `like` is, and in double quotes otherwise. */
export function literal(value: TomlEntry[1], like = ""): string {
  if (typeof value !== "string") return String(value);
  const single = like.startsWith("'") && !like.startsWith("'''") && !/['\p{Cc}]/u.test(value);
  // TOML has the escapes of JSON, and also requires an escape for DEL.
  return single ? `'${value}'` : JSON.stringify(value).replaceAll("\x7f", "\\u007f");
}

/** Replaces a value; a string keeps the kind of quotes. */
export function setValue({ text }: TomlDoc, leaf: Leaf, value: TomlEntry[1]): TomlSplice {
  const [from, to] = leaf.at;
  return { from, to, text: literal(value, text.slice(from, to)), sets: [[leaf.key, value]] };
}

/** Replaces a value by a TOML source of any type. @throws {Failure} `bad_config` where `source` is no TOML */
export function setSource({ at: [from, to], key }: Leaf, source: string, file: string): TomlSplice {
  const { value } = readToml(`value = ${source}`, file).value;
  return { from, to, text: source, sets: [[key, value]] };
}

/** Adds values behind `leaf`: in the same table, with the same indentation or dotted key. */
export function addBehind(
  { text }: TomlDoc,
  leaf: Leaf,
  entries: readonly TomlEntry[],
): TomlSplice {
  const [from, to] = leaf.pair;
  const above = leaf.key.slice(0, -1);
  const sets = entries.map(([name, value]) => [[...above, name], value] as const);
  // The dotted key before the last name, as it is written
  const dotted = text.slice(from, leaf.name[0]);
  const pairs = entries.map(([name, value]) => `${dotted}${name} = ${literal(value)}`);
  if (leaf.inline) return { from: to, to, text: pairs.map((one) => `, ${one}`).join(""), sets };
  const indent = text.slice(lineStart(text, from), from);
  const rows = pairs.map((one) => (/^[ \t]*$/.test(indent) ? indent : "") + one);
  return { ...addLines(text, lineEnd(text, to), rows), sets };
}

/** Adds values to the top of a text, before its first table. */
export function addTop(doc: TomlDoc, entries: readonly TomlEntry[]): TomlSplice {
  const { text, leaves, tables: [first] } = doc;
  const sets = entries.map(([name, value]) => [[name], value] as const);
  const top = leaves.filter(({ pair }) => !first || pair[0] < first.at[0]).at(-1);
  const at = top ? lineEnd(text, top.pair[1]) : first ? lineStart(text, first.at[0]) : text.length;
  return {
    ...addLines(text, at, entries.map(([name, value]) => `${name} = ${literal(value)}`)),
    sets,
  };
}

/** Adds a table to the end of a text, behind a blank line. */
export function addTable(
  { text }: TomlDoc,
  key: readonly string[],
  entries: readonly TomlEntry[],
): TomlSplice {
  const head = `[${key.map(bareOrQuoted).join(".")}]`;
  const rows = [head, ...entries.map(([name, value]) => `${name} = ${literal(value)}`)];
  const lines = /^\ufeff?$/.test(text) ? rows : ["", ...rows];
  const sets = [[key, Object.fromEntries(entries)] as const];
  return { ...addLines(text, text.length, lines), sets };
}

/** Removes a value with its key and its line. */
export function removeLeaf(doc: TomlDoc, leaf: Leaf): TomlSplice {
  const lines = leaf.inline ? removeInline(doc, leaf) : removeLines(doc.text, leaf.pair);
  return { ...lines, text: "", sets: [[leaf.key, undefined]] };
}

/** Removes a table and the blank line before it. */
export function removeTable({ text }: TomlDoc, { key, at }: Table): TomlSplice {
  const lines = removeLines(text, at);
  // Where the text has no final line break, the one before the blank line is removed already.
  const atEnd = lines.to === text.length && !text.endsWith("\n");
  const blank = (atEnd ? /\r?\n$/ : /(?<=^|\n)\r?\n$/).exec(text.slice(0, lines.from));
  return { from: blank?.index ?? lines.from, to: lines.to, text: "", sets: [[key, undefined]] };
}

/**
 * Applies splices and checks the result: it must be TOML, and only the values that the splices set may differ.
 *
 * @throws {Failure} `internal`, where it is not so: a bug, found before anything is written
 */
export function splice(doc: TomlDoc, splices: readonly TomlSplice[], file: string): TomlDoc {
  let text = doc.text;
  // From the end of the text; of two splices at one position, the first one comes first in the result.
  const order = splices.map((one, at) => ({ ...one, at }));
  for (const { from, to, text: put } of order.sort((a, b) => b.from - a.from || b.at - a.at)) {
    text = text.slice(0, from) + put + text.slice(to);
  }
  const next = readToml(text, file);
  const wanted = simple(doc.value);
  for (const [key, value] of splices.flatMap(({ sets }) => sets)) {
    put(wanted, key, simpleValue(value));
  }
  if (!isDeepStrictEqual(simple(next.value), simple(wanted))) {
    throw new Failure("internal", `${file} would not hold what it should after the change`, {
      hint: "Nothing was changed; please report this with the shape of the file",
    });
  }
  return next;
}

function addLines(text: string, at: number, rows: readonly string[]): Omit<TomlSplice, "sets"> {
  const eol = /\r?\n/.exec(text)?.[0] ?? "\n";
  const start = /^\ufeff?$|\n$/.test(text.slice(0, at));
  return { from: at, to: at, text: rows.map((row) => start ? row + eol : eol + row).join("") };
}

/** The range of complete lines with their line breaks. For a last line without one, with the line break before it. */
function removeLines(text: string, [from, to]: Range): { from: number; to: number } {
  const start = lineStart(text, from);
  const end = lineEnd(text, to);
  if (text.endsWith("\n") || end < text.length) return { from: start, to: end };
  return { from: start - (/\r?\n$/.exec(text.slice(0, start))?.[0].length ?? 0), to: end };
}

function removeInline({ text, leaves }: TomlDoc, leaf: Leaf): { from: number; to: number } {
  const [from, to] = leaf.pair;
  const lead = /[ \t]*,[ \t]*$/.exec(text.slice(0, from));
  if (lead) return { from: lead.index, to };
  const next = leaves.find(({ pair }) => pair[0] >= to)?.pair[0] ?? to;
  return { from, to: /^[ \t]*,[ \t]*$/.test(text.slice(to, next)) ? next : to };
}

function lineStart(text: string, at: number): number {
  const start = text.lastIndexOf("\n", at - 1) + 1;
  return start === 0 && text.startsWith("\ufeff") ? 1 : start;
}

/** The offset behind the line break that ends the line, or the end of the text. */
function lineEnd(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end < 0 ? text.length : end + 1;
}

function bareOrQuoted(part: string): string {
  return /^[\w-]+$/.test(part) ? part : JSON.stringify(part);
}

/** Sets a value, and creates missing tables on its path. */
function put(into: Plain, key: readonly string[], value: unknown): void {
  const [first = "", ...rest] = key;
  if (rest.length === 0) into[first] = value;
  else put((into[first] ??= {}) as Plain, rest, value);
}

type Plain = Record<string, unknown>;

/** A table in a form for comparison: empty tables are left out, dates are texts. */
function simple(table: object): Plain {
  const out: Plain = {};
  for (const [key, value] of Object.entries(table)) {
    const one = simpleValue(value);
    if (one !== undefined) out[key] = one;
  }
  return out;
}

function simpleValue(value: unknown): unknown {
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Date) return String(value.toISOString());
  if (Array.isArray(value)) return value.map(simpleValue);
  const table = simple(value);
  return Object.keys(table).length === 0 ? undefined : table;
}
