/**
 * A TOML text read for editing: every value with the place of its bytes.
 *
 * Two parsers must agree that the text is TOML: one knows where things stand, the other what they are.
 *
 * @module
 */

import { parse, TomlError } from "smol-toml";
import { type AST, ParseError, parseTOML } from "toml-eslint-parser";
import { Failure } from "../base/errors.ts";
import type { Json } from "../base/json.ts";

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
    const leaves: Leaf[] = [];
    const tables: Table[] = [];
    const [root] = parseTOML(body).body;
    for (const node of root.body) {
      if (node.type === "TOMLKeyValue") addPair(node, [], false);
      else {
        const key = node.resolvedKey.map(String);
        tables.push({ key, at: moved(node.range) });
        for (const pair of node.body) addPair(pair, key, false);
      }
    }
    return { text, leaves, tables, value };

    function addPair(pair: AST.TOMLKeyValue, above: readonly string[], inline: boolean): void {
      const names = pair.key.keys;
      const key = [...above, ...names.map((one) => one.type === "TOMLBare" ? one.name : one.value)];
      if (pair.value.type === "TOMLInlineTable" && pair.value.body.length > 0) {
        for (const inner of pair.value.body) addPair(inner, key, true);
        return;
      }
      leaves.push({
        key,
        value: plain(pair.value),
        at: moved(pair.value.range),
        pair: moved(pair.range),
        name: moved(names[names.length - 1]?.range ?? pair.key.range),
        inline,
      });
    }

    function moved([from, to]: AST.Range): Range {
      return [from + shift, to + shift];
    }
  } catch (error) {
    if (error instanceof TomlError) throw fail(error.line, error.column, error);
    if (error instanceof ParseError) throw fail(error.lineNumber, error.column + 1, error);
    throw error;
  }
}

/** The value at `key`, or `undefined`. */
export function leafAt(doc: TomlDoc, key: readonly string[]): Leaf | undefined {
  return doc.leaves.find((leaf) => sameKey(leaf.key, key));
}

/** Whether two ways lead to the same value. */
export function sameKey(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((part, at) => part === b[at]);
}

function plain(node: AST.TOMLContentNode): Json | undefined {
  if (node.type !== "TOMLValue") return undefined;
  return typeof node.value === "object" ? undefined : node.value;
}
