/**
 * Changes single values of a JSON text by byte position; every other byte stays as it is.
 *
 * `jsonc-parser` finds the positions. Its `modify` is not used: it writes a changed string anew (`\\/` becomes `/`),
 * adds a space behind the colon of a new member, and takes the first of two members with one name, where every parser
 * takes the last. So key order, indentation, escapes and numbers beyond JavaScript's range survive. Inside a string,
 * only the part between the first and the last differing character is written.
 *
 * @module
 */

import { type Node, parseTree } from "jsonc-parser";
import { Failure } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";

/** The keys from the root to a value; an array element by its index, written as text. */
export type JsonPath = readonly string[];

/** A JSON text and its parsed value. */
export interface JsonDoc {
  /** With its byte order mark, where it has one. */
  readonly text: string;
  readonly value: Json;
}

const REPAIR = "Let the program that wrote it repair it; nothing was changed";

/**
 * Reads a JSON text; a byte order mark is stepped over.
 *
 * @param file its name in messages
 * @throws {Failure} `bad_config`, with line and column where the parser knows them.
 */
export function readJson(text: string, file: string): JsonDoc {
  try {
    return { text, value: JSON.parse(text.replace(/^\ufeff/, "")) as Json };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    // The parser quotes the text around the fault, which may be a key: only the position is shown.
    const at = /at position (\d+)/.exec(error.message)?.[1];
    const where = at === undefined ? "" : `:${position(text.replace(/^\ufeff/, ""), Number(at))}`;
    throw new Failure("bad_config", `${file}${where}: this is not valid JSON`, {
      hint: REPAIR,
    });
  }
}

/** The value at `path`, or `undefined`. */
export function jsonAt({ value }: JsonDoc, path: JsonPath): Json | undefined {
  let at: Json | undefined = value;
  for (const name of path) {
    if (typeof at !== "object" || at === null) return undefined;
    if (!Object.hasOwn(at, name)) return undefined;
    at = (at as Record<string, Json | undefined>)[name];
  }
  return at;
}

/** The source text of the value at `path`, or `undefined`. */
export function sourceAt({ text }: JsonDoc, path: JsonPath): string | undefined {
  const node = nodeAt(tree(text), path);
  return node && text.slice(node.offset, end(node));
}

/** Replaces the value at `path` by a JSON text; returns the same document where there is no such value. */
export function setJsonSource(doc: JsonDoc, path: JsonPath, source: string): JsonDoc {
  const node = nodeAt(tree(doc.text), path);
  return node ? replaced(doc.text, node.offset, end(node), source) : doc;
}

/**
 * Sets one value. Adds it to the end of an object that lacks it; removes it where `value` is `undefined`.
 *
 * @returns the same document where no object or array holds the value, or where there is nothing to remove
 */
export function setJson(doc: JsonDoc, path: JsonPath, value: Json | undefined): JsonDoc {
  const name = path.at(-1);
  const { text } = doc;
  const parent = nodeAt(tree(text), path.slice(0, -1));
  const members = parent?.children;
  if (name === undefined || !members) return doc;
  const index = indexOf(parent, name);
  const found = members[index];
  if (value === undefined) return found ? withoutMember(doc, members, index) : doc;
  if (found) {
    const { offset, length } = valueOf(found);
    const source = rewritten(text.slice(offset, offset + length), value);
    return replaced(text, offset, offset + length, source);
  }
  if (parent.type !== "object") return doc;
  const last = members.at(-1);
  const at = last ? end(last) : parent.offset + 1;
  const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
  return replaced(text, at, at, last ? `,${member}` : member);
}

/** Removes a member, and the comma between it and its neighbour. */
function withoutMember({ text }: JsonDoc, members: readonly Node[], index: number): JsonDoc {
  const [before, member, after] = [members[index - 1], members[index], members[index + 1]];
  if (!member) return replaced(text, 0, 0, "");
  if (before) return replaced(text, end(before), end(member), "");
  return replaced(text, member.offset, after ? after.offset : end(member), "");
}

function replaced(text: string, from: number, to: number, source: string): JsonDoc {
  return readJson(text.slice(0, from) + source + text.slice(to), "The edited JSON");
}

/** The JSON source of `value`: of a string that replaces a string, what both share stays as it is written. */
function rewritten(source: string, value: Json): string {
  if (!source.startsWith('"') || typeof value !== "string") return JSON.stringify(value);
  // One piece for each UTF-16 unit of the string
  const pieces = source.slice(1, -1).match(/\\u[\da-fA-F]{4}|\\.|[^\\]/gs) ?? [];
  const old = JSON.parse(source) as string;
  const most = Math.min(old.length, value.length);
  let head = 0;
  while (head < most && old[head] === value[head]) head++;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === value[value.length - 1 - tail]) {
    tail++;
  }
  // Halves of a pair stay together
  if (/[\ud800-\udbff]/.test(old[head - 1] ?? "")) head--;
  if (/[\udc00-\udfff]/.test(old[old.length - tail] ?? "")) tail--;
  const put = JSON.stringify(value.slice(head, value.length - tail)).slice(1, -1);
  const kept = [pieces.slice(0, head), pieces.slice(pieces.length - tail)].map((one) =>
    one.join("")
  );
  return `"${kept[0]}${put}${kept[1]}"`;
}

function nodeAt(root: Node, path: JsonPath): Node | undefined {
  let node: Node | undefined = root;
  for (const name of path) {
    const member: Node | undefined = node && node.children?.[indexOf(node, name)];
    node = member && valueOf(member);
  }
  return node;
}

/** The index of a member among the children of an object or an array; -1 where there is none. */
function indexOf({ type, children = [] }: Node, name: string): number {
  // Of two members with one name the last one counts, as for every parser.
  if (type === "object") return children.findLastIndex((one) => one.children?.[0]?.value === name);
  return /^(?:0|[1-9]\d*)$/.test(name) && Number(name) < children.length ? Number(name) : -1;
}

/** The value of a member: of an object's property its second child, of an array the child itself. */
function valueOf(member: Node): Node {
  return member.type === "property" ? member.children?.[1] ?? member : member;
}

function end({ offset, length }: Node): number {
  return offset + length;
}

/**
 * The positions of all values in a text that {@link readJson} has accepted.
 *
 * @throws {Failure} `bad_config` where values are nested so deep that the parser's stack ends
 */
function tree(text: string): Node {
  try {
    // The parser takes a byte order mark for a mistake; a space has the same length.
    const root = parseTree(text.replace(/^\ufeff/, " "));
    if (root) return root;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Failure("bad_config", "The JSON is nested too deep to be edited", {
      cause: error,
      hint: REPAIR,
    });
  }
  throw new Failure("internal", "The JSON to be edited holds no value");
}

function position(text: string, at: number): string {
  const lines = text.slice(0, at).split("\n");
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}
