/**
 * Changes to a JSON text by the bytes of single values: everything else stays where it is, as it is.
 *
 * Key order, indentation, escapes and numbers beyond JavaScript's survive, because nothing is written anew but what
 * changes; inside a string that is the part between its first and its last differing character.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import type { Json } from "../../base/json.ts";

/** The way to a value from the root; array elements by their index, written as text. */
export type JsonPath = readonly string[];

/** A JSON text and what it means. */
export interface JsonDoc {
  readonly text: string;
  readonly value: Json;
}

interface Member {
  readonly name: string;
  /** Where the member begins: its key, or in an array its value. */
  readonly from: number;
  readonly value: Node;
}

interface Node {
  readonly from: number;
  readonly to: number;
  /** What an object or an array holds; absent for all else. */
  readonly members?: readonly Member[];
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[\]{},:]|[^\s[\]{},:"]+/gy;
const BLANK = /[\s\ufeff]*/y;

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
    // The parser quotes the text around the fault, which may be a key: only the position is told.
    const at = /at position (\d+)/.exec(error.message)?.[1];
    const where = at === undefined ? "" : `:${position(text.replace(/^\ufeff/, ""), Number(at))}`;
    throw new Failure("bad_config", `${file}${where}: this is not valid JSON`, {
      hint: "Let the program that wrote it repair it; nothing was changed",
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

/** How the value at `path` is written, or `undefined`. */
export function sourceAt({ text }: JsonDoc, path: JsonPath): string | undefined {
  const node = nodeAt(scan(text), path);
  return node && text.slice(node.from, node.to);
}

/** Puts a JSON text in the place of the value at `path`; the same document where there is none. */
export function setSource(doc: JsonDoc, path: JsonPath, source: string): JsonDoc {
  const node = nodeAt(scan(doc.text), path);
  return node ? again(doc.text, node.from, node.to, source) : doc;
}

/**
 * Sets one value, adds it to the end of an object that lacks it, or, given `undefined`, takes it away.
 *
 * @returns the document as it is where there is nothing to hold the value, or nothing to take away
 */
export function setJson(doc: JsonDoc, path: JsonPath, value: Json | undefined): JsonDoc {
  const name = path.at(-1);
  const { text } = doc;
  const parent = nodeAt(scan(text), path.slice(0, -1));
  if (name === undefined || !parent?.members) return doc;
  const at = parent.members.findLastIndex((member) => member.name === name);
  const found = parent.members[at];
  if (value === undefined) return found ? cut(doc, parent.members, at) : doc;
  if (found) {
    const { from, to } = found.value;
    return again(text, from, to, rewritten(text.slice(from, to), value));
  }
  if (text[parent.from] !== "{") return doc;
  const last = parent.members.at(-1);
  const end = last ? last.value.to : parent.from + 1;
  return again(
    text,
    end,
    end,
    `${last ? "," : ""}${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
}

/** Takes a member away, with the comma that parted it from its neighbour. */
function cut({ text }: JsonDoc, members: readonly Member[], at: number): JsonDoc {
  const [before, member, after] = [members[at - 1], members[at], members[at + 1]];
  if (!member) return again(text, 0, 0, "");
  if (before) return again(text, before.value.to, member.value.to, "");
  return again(text, member.from, after ? after.from : member.value.to, "");
}

function again(text: string, from: number, to: number, put: string): JsonDoc {
  return readJson(text.slice(0, from) + put + text.slice(to), "The edited JSON");
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
  // Of two members with one name the last one counts, as for every parser.
  for (const name of path) node = node?.members?.findLast((member) => member.name === name)?.value;
  return node;
}

/** Finds where everything stands in a text that is known to be JSON. */
function scan(text: string): Node {
  let at = 0;

  function next(): { from: number; token: string } {
    BLANK.lastIndex = at;
    BLANK.test(text);
    TOKEN.lastIndex = BLANK.lastIndex;
    const from = BLANK.lastIndex;
    const token = TOKEN.exec(text)?.[0] ?? "";
    at = from + token.length;
    return { from, token };
  }

  function node({ from, token }: ReturnType<typeof next>): Node {
    if (token !== "{" && token !== "[") return { from, to: at };
    const members: Member[] = [];
    for (let one = next(); one.token !== "}" && one.token !== "]"; one = next()) {
      if (one.token === ",") one = next();
      let name = String(members.length);
      let first = one;
      if (token === "{") {
        name = JSON.parse(one.token) as string;
        next();
        first = next();
      }
      members.push({ name, from: one.from, value: node(first) });
    }
    return { from, to: at, members };
  }

  return node(next());
}

function position(text: string, at: number): string {
  const lines = text.slice(0, at).split("\n");
  return `${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`;
}
