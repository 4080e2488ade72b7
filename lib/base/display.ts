/**
 * Makes text from outside safe to show on a terminal, on a page, in a log line or in an answer: one function, used by every printer.
 *
 * Whatever could move a cursor, colour or repaint a screen, forge a line, turn the direction of writing or hide between letters becomes a
 * visible escape: `\n`, `\t`, `\u{1b}`, `\u{202e}`. Letters of every script, ideographs and emoji stay. A zero-width joiner and a variation
 * selector stay between the parts of one emoji, and one selector behind an ideograph, where they are part of a picture; anywhere else they are
 * shown as escapes, also in the scripts that use joiners within words, because nobody could see them there. Flags made of tag characters lose
 * their tags to escapes for the same reason. A backslash stays as it is, so that paths can be read.
 *
 * @module
 */

/** The longest text that is shown, in UTF-16 units, unless a printer says otherwise. */
export const MAX_SHOWN = 8_192;

const LETTERS: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Control characters, lone surrogates, line and paragraph separators, noncharacters, and all that is drawn as nothing: bidi, zero-width, tags. */
const UNSAFE =
  /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}\p{Noncharacter_Code_Point}\u{fff9}-\u{fffb}\u{1d173}-\u{1d17a}]/gu;
/** The same in a text of several lines, where a line break and a tab are what they seem. */
const UNSAFE_IN_LINES = new RegExp(`(?![\\n\\t])${UNSAFE.source}`, "gu");

const EMOJI = /^[\p{Extended_Pictographic}\p{Emoji_Modifier}\p{Regional_Indicator}\u{20e3}]$/u;
const KEYCAP = /^[#*0-9]$/;
const IDEOGRAPH = /^\p{Script=Han}$/u;

/** One line that is safe to show; what is longer than `max` ends with `…`. */
export function displayLine(text: string, max: number = MAX_SHOWN): string {
  return shown(text, UNSAFE, max);
}

/** A text of several lines that is safe to show: line breaks and tabs stay, a carriage return before a line break goes. */
export function displayText(text: string, max: number = MAX_SHOWN): string {
  return shown(clipped(text, max).replaceAll("\r\n", "\n"), UNSAFE_IN_LINES, max);
}

/** A value that is printed as JSON: {@link displayText} for every string and every name in it, for JSON escapes too little. */
export function displayJson(value: unknown, indent?: number): string {
  return escapeJson(JSON.stringify(value, undefined, indent));
}

/** JSON text in which the characters that JSON allows and a terminal would act on are escaped; they can only be in its strings. */
export function escapeJson(json: string): string {
  return json.replace(UNSAFE_IN_LINES, (character) => {
    const units = Array.from({ length: character.length }, (_, at) => character.charCodeAt(at));
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, "0")}`).join("");
  });
}

/** The escape sequences that this program sends to a terminal: colours, and those that redraw a line or a table. */
const OURS = String.raw`\x1b\[(?:\d{1,3}(?:;\d{1,3}){0,4}m|\d{1,4}A|2K)|\r(?=\x1b\[2K)`;

/**
 * The last guard before a stream: it escapes what no printer made safe. A terminal gets colours and the few moves of the
 * cursor that this program makes. A file or a pipe gets none.
 */
export function displayStream(text: string, isTerminal: boolean): string {
  const guarded = new RegExp(
    isTerminal ? `(${OURS})|${UNSAFE_IN_LINES.source}` : UNSAFE_IN_LINES.source,
    "gu",
  );
  return text.replace(guarded, (found: string, ...more: unknown[]) => {
    const own = isTerminal && more[0] !== undefined;
    return own || belongs(text, found, more[isTerminal ? 1 : 0] as number) ? found : escaped(found);
  });
}

function shown(text: string, unsafe: RegExp, max: number): string {
  const begin = clipped(text, max);
  const safe = begin.replace(
    unsafe,
    (character, at: number) => belongs(begin, character, at) ? character : escaped(character),
  );
  if (safe.length <= max && begin.length === text.length) return safe;
  // An escape is not cut, and a joiner at the end would join nothing
  const cut = clipped(safe, Math.max(0, max - 1)).replace(/\\(?:u(?:\{[0-9a-f]{0,6})?)?$/, "");
  return `${cut.replace(/[\u200d\ufe0f]+$/, "")}…`;
}

/** The first `max` UTF-16 units, not cut within a character. */
function clipped(text: string, max: number): string {
  return text.length <= max ? text : text.slice(0, max).replace(/[\ud800-\udbff]$/, "");
}

/** Whether a joiner or selector is a part of the picture before it. */
function belongs(text: string, character: string, at: number): boolean {
  if (character !== "\u200d" && !/^[\ufe00-\ufe0f\u{e0100}-\u{e01ef}]$/u.test(character)) {
    return false;
  }
  const last = characterBefore(text, at);
  // A joiner may follow a selector that is itself a part of a picture
  const before = character === "\u200d" && last === "\ufe0f" ? characterBefore(text, at - 1) : last;
  const after = String.fromCodePoint(text.codePointAt(at + character.length) ?? 0x20);
  if (character === "\u200d") {
    return EMOJI.test(before) && /^\p{Extended_Pictographic}$/u.test(after);
  }
  if (character === "\ufe0f" && KEYCAP.test(before)) return after === "\u20e3";
  if (character === "\ufe0f" || character === "\ufe0e") {
    return /^\p{Extended_Pictographic}$/u.test(before);
  }
  return IDEOGRAPH.test(before);
}

function characterBefore(text: string, at: number): string {
  const pair = /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(Math.max(0, at - 2), at));
  return text.slice(Math.max(0, at - (pair ? 2 : 1)), at);
}

function escaped(character: string): string {
  return LETTERS[character] ?? `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}
