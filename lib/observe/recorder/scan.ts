/**
 * Finds the strings of a JSON text by position, without parsing it, so that they can be changed in place.
 *
 * The text may be cut or damaged: the part behind a fault is still read as well as possible, and never skipped.
 *
 * @module
 */

/** One string of the JSON text. */
export interface Literal {
  /** Offsets of the text between the quotes. */
  readonly from: number;
  readonly to: number;
  /** Whether it names a field. */
  readonly isKey: boolean;
  /** The field that holds it; empty where none does. Elements of an array have the name of the array. */
  readonly name: string;
  /** The path from the root: `choices.0.delta.content`. */
  readonly path: string;
}

/** A string without escapes, and the offset of each of its characters; no `spots` where nothing was escaped. */
export interface Decoded {
  readonly text: string;
  readonly spots?: readonly number[];
}

interface Level {
  readonly array: boolean;
  /** Of an array: the field that holds it. */
  name: string;
  index: number;
  /** Whether the next string of an object is a field name. */
  keyNext: boolean;
}

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** The depth of a path; deeper levels share one. Otherwise each string would cost the depth of a hostile answer. */
const MAX_PATH = 32;

/** The strings of `source` between two offsets, in the order of the text. */
export function* literals(source: string, start = 0, end = source.length): Generator<Literal> {
  const levels: Level[] = [];
  for (let at = start; at < end; at++) {
    const level = levels.at(-1);
    switch (source[at]) {
      case "{":
      case "[":
        levels.push({
          array: source[at] === "[",
          name: source[at] === "[" ? level?.name ?? "" : "",
          index: 0,
          keyNext: true,
        });
        break;
      case "}":
      case "]":
        levels.pop();
        break;
      case ",":
        if (level) {
          level.keyNext = true;
          level.index++;
        }
        break;
      case '"': {
        const from = at + 1;
        at = closing(source, from, end);
        const isKey = level !== undefined && !level.array && level.keyNext;
        if (isKey) {
          level.keyNext = false;
          level.name = decode(source, from, at).text;
        }
        yield { from, to: at, isKey, name: level?.name ?? "", path: pathOf(levels) };
      }
    }
  }
}

/** Decodes the inside of a string: escapes become the characters that they stand for. */
export function decode(source: string, from: number, to: number): Decoded {
  const raw = source.slice(from, to);
  if (!raw.includes("\\")) return { text: raw };
  let text = "";
  const spots: number[] = [];
  for (let at = from; at < to; at++) {
    spots.push(at);
    if (source[at] !== "\\") {
      text += source[at];
      continue;
    }
    const next = at + 1 < to ? source[++at] as string : "\\";
    const code = next === "u"
      ? /^[0-9a-f]{4}/i.exec(source.slice(at + 1, Math.min(at + 5, to)))?.[0]
      : undefined;
    if (code) at += 4;
    text += code ? String.fromCharCode(parseInt(code, 16)) : ESCAPES[next] ?? next;
  }
  return { text, spots };
}

/** The offset of the closing quote; the end where there is none. */
function closing(source: string, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    if (source[at] === "\\") at++;
    else if (source[at] === '"') return at;
  }
  return end;
}

function pathOf(levels: readonly Level[]): string {
  return levels.slice(0, MAX_PATH).map(({ array, name, index }) => array ? index : name).join(".");
}
