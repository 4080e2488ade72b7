/**
 * Parses a TOML text for editing: every value with its byte position.
 *
 * Two parsers must accept the text: one gives positions, the other values.
 *
 * @module
 */

import { parse, TomlError } from "smol-toml";
import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { Failure } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";

/** From, to: offsets into the text, the second one exclusive. */
export type Range = readonly [from: number, to: number];

/** One `key = value`. An inline table is no leaf: its own pairs are. */
export interface Leaf {
  /** The path from the root: `["model_providers", "custom", "base_url"]`; an index for tables of an array. */
  readonly key: readonly string[];
  /** The value, where it is a string, a number or a boolean. */
  readonly value: Json | undefined;
  /** The position of the value. */
  readonly at: Range;
  /** The position of key and value. */
  readonly pair: Range;
  /** The position of the last part of the key. */
  readonly name: Range;
  /** Whether it is inside an inline table `{ … }`. */
  readonly inline: boolean;
}

/** A header `[a.b]` and its pairs, to the end of the last one. */
export interface Table {
  readonly key: readonly string[];
  readonly at: Range;
}

/** A text that is TOML. */
export interface TomlDoc {
  readonly text: string;
  /** In the order of the text. */
  readonly leaves: readonly Leaf[];
  /** In the order of the text; tables of arrays are among them. */
  readonly tables: readonly Table[];
  /** The same as plain values; whole numbers are bigints. */
  readonly value: Readonly<Record<string, unknown>>;
}

const BOM = "\ufeff";

/**
 * Reads a TOML text; a byte order mark is stepped over.
 *
 * @param file its name in messages
 * @throws {Failure} `bad_config`, with line and column. The parsers' own messages may quote a key, so they are not shown.
 */
export function readToml(text: string, file: string): TomlDoc {
  const shift = text.startsWith(BOM) ? 1 : 0;
  const body = text.slice(shift);
  const fail = (line: number, column: number, cause: unknown) =>
    new Failure("bad_config", `${file}:${line}:${column}: this is not valid TOML`, {
      cause,
      hint: "Correct the line; nothing was changed",
    });
  try {
    const value = parse(body, { integersAsBigInt: true });
    // Without the line break, this parser (1.0.3) gives a wrong position for a 0 at the end of the text.
    const [root] = parseTOML(`${body}\n`).body;
    const tables = root.body.flatMap((node) =>
      node.type === "TOMLTable"
        ? [{ key: node.resolvedKey.map(String), at: moved(node.range, shift) }]
        : []
    );
    const leaves = root.body.flatMap((node) => {
      if (node.type === "TOMLKeyValue") return pairLeaves(node, [], shift);
      const above = node.resolvedKey.map(String);
      return node.body.flatMap((pair) => pairLeaves(pair, above, shift));
    });
    return { text, leaves, tables, value };
  } catch (error) {
    if (error instanceof TomlError) throw fail(error.line, error.column, error);
    if (error instanceof ParseError) throw fail(error.lineNumber, error.column + 1, error);
    throw error;
  }
}

/** A pair as a leaf, or the pairs inside its inline table. */
function pairLeaves(
  { key: { keys: names, range }, value, range: pair }: AST.TOMLKeyValue,
  above: readonly string[],
  shift: number,
  inline = false,
): Leaf[] {
  const key = [...above, ...names.map((one) => one.type === "TOMLBare" ? one.name : one.value)];
  if (value.type === "TOMLInlineTable" && value.body.length > 0) {
    return value.body.flatMap((inner) => pairLeaves(inner, key, shift, true));
  }
  return [{
    key,
    value: plain(value),
    at: moved(value.range, shift),
    pair: moved(pair, shift),
    name: moved(names.at(-1)?.range ?? range, shift),
    inline,
  }];
}

function moved([from, to]: AST.Range, by: number): Range {
  return [from + by, to + by];
}

/** The value at `key`, or `undefined`. */
export function leafAt(doc: TomlDoc, key: readonly string[]): Leaf | undefined {
  return doc.leaves.find((leaf) => sameKey(leaf.key, key));
}

/** Whether there is a value or a table at `key` or below it. */
export function holds({ leaves, tables }: TomlDoc, key: readonly string[]): boolean {
  return [...leaves, ...tables].some((one) => key.every((part, at) => one.key[at] === part));
}

/** Whether two keys are equal. */
export function sameKey(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, at) => part === b[at]);
}

function plain(node: AST.TOMLContentNode): Json | undefined {
  if (node.type !== "TOMLValue") return undefined;
  return typeof node.value === "object" ? undefined : node.value;
}
