/**
 * Cleans what an upstream sent, character for character: nothing moves, so that every event breaks, comes late and is
 * cut where it was.
 *
 * A secret may arrive in pieces, a letter an event. So the strings of one place are joined over the whole answer,
 * cleaned together, and put back piece by piece.
 *
 * @module
 */

import { isSecretName } from "../../base/secrets/forms.ts";
import { isPlainName, saysWhatIsWrong } from "./names.ts";
import { hide, hideInSteps, stars } from "./private.ts";
import { decode, type Decoded, type Literal, literals } from "./scan.ts";
import { betweenStrings, isFieldName, obfuscate, obfuscateCharacters } from "./obfuscate.ts";

/** How an answer is cleaned. */
export interface AnswerMaskOptions {
  /** Whether the answer itself may be read; otherwise only its form is left. */
  readonly keep: boolean;
  /** Whether this is the body of a refusal, which may be read either way. */
  readonly refusal: boolean;
  /** Secrets and paths of this machine. */
  readonly known: readonly string[];
}

type Clean = (text: string) => string;

interface Edit {
  readonly from: number;
  /** As long as what it replaces. */
  readonly text: string;
}

interface Group {
  readonly clean: Clean;
  readonly pieces: (Decoded & { readonly from: number; readonly to: number })[];
}

/** A longer string is not looked into: nothing of it stays readable. */
const MAX_CLEANED = 256 * 1024;

/** Strings that are read before others may run. */
const STEP = 64;

/** What a line of a stream begins with, where it begins with something known. */
const MARK = /^\uFEFF?(?:(data|event|id|retry)?: ?)?/;

/** Returns the text, as long as before; yields often, so that whoever drives it can let others run. */
export function* mask(text: string, options: AnswerMaskOptions): Generator<void, string> {
  const plain: Clean = (part) => hide(part, options.known);
  const unread: Clean = options.keep || options.refusal ? plain : (part) => obfuscate(part, plain);
  const edits: Edit[] = [];
  const groups = new Map<string, Group>();

  const cleanerOf = ({ isKey, name }: Literal, value: string): Clean => {
    if (isKey) return isFieldName(value) ? plain : unread;
    if (isSecretName(name)) return stars;
    return isPlainName(name, value) || saysWhatIsWrong(name) ? plain : unread;
  };
  function* json(from: number, to: number): Generator<void> {
    const place = itemMarks(text.slice(from, to));
    let at = from;
    let read = 0;
    const gap = (until: number) => {
      const between = text.slice(at, until);
      const put = betweenStrings(
        between,
        (word) => /^(?:data|DONE)$/.test(word) ? word : unread(word),
      );
      if (put !== between) edits.push({ from: at, text: put });
    };
    for (const literal of literals(text, from, to)) {
      gap(literal.from);
      at = literal.to;
      const piece = {
        from: literal.from,
        to: literal.to,
        ...decode(text, literal.from, literal.to),
      };
      const clean = cleanerOf(literal, piece.text);
      const key = clean === unread && !literal.isKey ? `${literal.path} ${place}` : `${at}`;
      const group = groups.get(key) ?? { clean, pieces: [] };
      group.pieces.push(piece);
      groups.set(key, group);
      if (++read % STEP === 0) yield;
    }
    gap(to);
  }

  if (/^\uFEFF?\s*[{[]/.test(text)) yield* json(0, text.length);
  else if (!/^\uFEFF?(?:data|event|id|retry)?:/m.test(text)) {
    const readable = unread === plain || /^\uFEFF?\s*</.test(text);
    if (readable) return yield* hideInSteps(text, options.known);
    return text.length > MAX_CLEANED ? obfuscateCharacters(text) : unread(text);
  } else {
    for (const { from, to, mark, json: isJson } of regions(text)) {
      if (isJson) yield* json(from, to);
      else {
        const said = text.slice(from, to);
        const free = mark === "other" || said.trim() === "[DONE]";
        edits.push({ from, text: free ? plain(said) : unread(said) });
      }
      yield;
    }
  }
  for (const { clean, pieces } of groups.values()) {
    for (const edit of yield* cleaned(text, pieces, { clean, plain, known: options.known })) {
      edits.push(edit);
    }
    yield;
  }
  return apply(text, edits);
}

interface Region {
  readonly from: number;
  readonly to: number;
  readonly mark: "data" | "other" | "none";
  readonly json: boolean;
}

/** The lines of a stream; lines of data that follow each other are one. */
function* regions(text: string): Generator<Region> {
  const line = /[^\r\n]*(?:\r\n|[\r\n]|$)/y;
  let open: Region | undefined;
  for (let at = 0; at < text.length; at = line.lastIndex) {
    line.lastIndex = at;
    const whole = line.exec(text)?.[0] ?? "";
    const said = whole.replace(/[\r\n]+$/, "");
    const [begin = "", kind] = MARK.exec(said) ?? [];
    const mark = kind === "data" ? "data" : begin.includes(":") ? "other" : "none";
    const from = at + begin.length;
    const to = at + said.length;
    if (mark === "data" && open?.json) open = { ...open, to };
    else {
      if (open) yield open;
      open = {
        from,
        to,
        mark,
        json: mark !== "other" && /["{[]/.test(said) &&
          said.slice(begin.length).trim() !== "[DONE]",
      };
    }
    if (open.mark !== "data") {
      yield open;
      open = undefined;
    }
  }
  if (open) yield open;
}

/** More marks than this say nothing more about where a string stands, and every string would cost all of them. */
const MAX_MARKS = 32;

/** What tells one answer's items apart: the kind of the event and the indices in it. */
function itemMarks(event: string): string {
  const marks = event.matchAll(/"(type|\w{0,32}index)"\s*:\s*("[^"]{0,80}"|\d+)/g);
  return [...marks.take(MAX_MARKS)].map(([mark]) => mark).join();
}

/** The changes that clean the pieces of one string. */
function* cleaned(
  source: string,
  pieces: Group["pieces"],
  { clean, plain, known }: { clean: Clean; plain: Clean; known: readonly string[] },
): Generator<void, Edit[]> {
  const whole = pieces.map(({ text }) => text).join("");
  let after = clean === plain
    ? yield* hideInSteps(whole, known)
    : whole.length > MAX_CLEANED
    ? obfuscateCharacters(whole)
    : clean(whole);
  if (pieces.length > 1) {
    // What begins with a piece may be known by that alone: joined to the word before, it is none.
    const parts: string[] = [];
    for (const { text } of pieces) {
      parts.push(yield* hideInSteps(text, known));
      if (parts.length % STEP === 0) yield;
    }
    const alone = parts.join("");
    after = alone === whole ? after : either(whole, after, alone);
  }
  if (after === whole) return [];
  let at = 0;
  return pieces.map(({ from, to, text, spots }) => {
    const put = after.slice(at, at += text.length);
    return { from, text: spots ? rewritten(source, { spots, to, text, put }) : put };
  });
}

/** What one of two cleanings has changed. */
function either(whole: string, one: string, other: string): string {
  return whole.replace(
    /[^]/g,
    (was, at: number) => one[at] === was ? other[at] as string : one[at] as string,
  );
}

/** A string with escapes, with what has changed in it put in the place of as many characters. */
function rewritten(
  source: string,
  { spots, to, text, put }: { spots: readonly number[]; to: number; text: string; put: string },
): string {
  return spots.map((spot, i) => {
    const old = source.slice(spot, spots[i + 1] ?? to);
    const now = put[i] as string;
    if (now === text[i]) return old;
    return old.length === 6
      ? `\\u${now.charCodeAt(0).toString(16).padStart(4, "0")}`
      : now.repeat(old.length);
  }).join("");
}

function apply(text: string, edits: Edit[]): string {
  const parts: string[] = [];
  let at = 0;
  for (const { from, text: put } of edits.sort((a, b) => a.from - b.from)) {
    parts.push(text.slice(at, from), put);
    at = from + put.length;
  }
  return parts.join("") + text.slice(at);
}
