/**
 * A TOML text read for editing: every value with the place of its bytes.
 *
 * Two parsers must agree that the text is TOML: one knows where things stand, the other what they are.
 *
 * @module
 */

import { parse, TomlError } from "smol-toml";
import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { Failure } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";

/** From, to: offsets into the text, the second one exclusive. */
export type Range = readonly [from: number, to: number];

/** One `key = value` whose value is no inline table: those are walked into. */
export interface Leaf {
  /** The whole way from the root: `["model_providers", "custom", "base_url"]`; an index for tables of an array. */
  readonly key: readonly string[];
  /** The value, where JSON knows it: a string, a number, a boolean. */
  readonly value: Json | undefined;
  /** Where the value stands. */
  readonly at: Range;
  /** Where key and value stand. */
  readonly pair: Range;
  /** Where the last part of the key stands. */
  readonly name: Range;
  /** Whether it stands inside `{ … }`. */
  readonly inline: boolean;
}

/** A header `[a.b]` and what follows it, to the end of its last pair. */
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
 * @throws {Failure} `bad_config`, with line and column. The parsers' own words may quote a key, so they are not shown.
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
    // Without the line break this parser places a 0 that ends the text behind itself (1.0.3).
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

/** Whether anything stands at `key` or below it: a value, a table, a value of that table. */
export function holds({ leaves, tables }: TomlDoc, key: readonly string[]): boolean {
  return [...leaves, ...tables].some((one) => key.every((part, at) => one.key[at] === part));
}

/** Whether two ways lead to the same value. */
export function sameKey(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, at) => part === b[at]);
}

function plain(node: AST.TOMLContentNode): Json | undefined {
  if (node.type !== "TOMLValue") return undefined;
  return typeof node.value === "object" ? undefined : node.value;
}
