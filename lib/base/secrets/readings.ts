/**
 * The readings of a text: the text itself, and the text with escapes, entities and percent-encodings resolved and without
 * invisible characters.
 *
 * A key that is written with one of them is a key. Every reading knows where in the text its characters are.
 *
 * @module
 */

/** A text after some levels of encoding were resolved. */
interface Reading {
  readonly text: string;
  /** The offset in the original text of each character, and of the end; absent where the offsets are equal. */
  readonly at?: Uint32Array;
}

/** Most levels of encoding that are resolved: an escape in an escape in an escape. */
const MAX_DEPTH = 3;

const HINT = /[%\\&\u00ad\u034f\u180e\u200b-\u200f\u2060-\u2064\ufeff\ufe00-\ufe0f]/;
const HIDDEN =
  /%([0-9a-f]{2})|\\u([0-9a-f]{4})|\\u\{([0-9a-f]{1,6})\}|\\x([0-9a-f]{2})|\\([nrtbf"'\\/])|&#(\d{1,7});|&#x([0-9a-f]{1,6});|&([a-z]{2,6});|[\u00ad\u034f\u180e\u200b-\u200f\u2060-\u2064\ufeff\ufe00-\ufe0f]/gi;

const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  apos: "'",
  nbsp: " ",
  hyphen: "-",
  dash: "-",
  lowbar: "_",
  period: ".",
  equals: "=",
  colon: ":",
  sol: "/",
  plus: "+",
  num: "#",
};
const CONTROLS: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: "\b", f: "\f" };

/** The text as it is, and each further reading that differs from the one before. */
export function readings(text: string): Reading[] {
  const found: Reading[] = [{ text }];
  for (let depth = 0; depth < MAX_DEPTH; depth++) {
    const next = resolved(found.at(-1) as Reading);
    if (next === undefined) break;
    found.push(next);
  }
  return found;
}

/** The reading with one level of encoding resolved; `undefined` where there is none. */
function resolved({ text, at }: Reading): Reading | undefined {
  if (!HINT.test(text)) return undefined;
  const parts: string[] = [];
  const places = new Uint32Array(text.length + 1);
  let length = 0;
  let from = 0;
  const keep = (until: number) => {
    parts.push(text.slice(from, until));
    for (let i = from; i < until; i++) places[length++] = i;
  };
  for (const hit of text.matchAll(HIDDEN)) {
    const character = meaning(hit);
    if (character === undefined) continue;
    keep(hit.index);
    if (character !== "") {
      parts.push(character);
      places[length++] = hit.index;
    }
    from = hit.index + hit[0].length;
  }
  if (from === 0) return undefined;
  keep(text.length);
  places[length] = text.length;
  const own = places.subarray(0, length + 1);
  if (at) { for (let i = 0; i < own.length; i++) own[i] = at[own[i] as number] as number; }
  return { text: parts.join(""), at: own };
}

/** The UTF-16 unit that is meant; empty for an invisible character, `undefined` for what encodes no character of a key. */
function meaning(hit: RegExpExecArray): string | undefined {
  const [, percent, u, point, x, sign, decimal, hex, name] = hit;
  if (sign !== undefined) return CONTROLS[sign.toLowerCase()] ?? sign;
  if (name !== undefined) {
    return Object.hasOwn(NAMED, name.toLowerCase()) ? NAMED[name.toLowerCase()] : undefined;
  }
  const digits = percent ?? u ?? point ?? x ?? hex;
  const code = decimal !== undefined
    ? Number(decimal)
    : digits === undefined
    ? undefined
    : parseInt(digits, 16);
  if (code === undefined) return "";
  if (code > 0xffff || (percent !== undefined && code > 0x7f)) return undefined;
  const character = String.fromCharCode(code);
  return HINT.test(character) && code > 0x7f ? "" : character;
}
