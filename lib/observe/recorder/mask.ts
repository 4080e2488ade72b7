/**
 * Masks an upstream's answer, character for character: no character moves, so that every fault stays at its place.
 *
 * A secret may arrive in pieces, one letter an event. So the strings of one field are joined over all events, cleaned
 * together, and put back piece by piece.
 *
 * @module
 */

import { isSecretName } from "../../base/secrets/forms.ts";
import { isErrorField, isPlainName } from "./names.ts";
import { hide, hideInSteps, stars } from "./private.ts";
import { decode, type Decoded, type Literal, literals } from "./scan.ts";
import { betweenStrings, isFieldName, obfuscate, obfuscateCharacters } from "./obfuscate.ts";

/** How an answer is cleaned. */
export interface AnswerMaskOptions {
  /** Whether the text of the answer stays readable; otherwise only its form does. */
  readonly keep: boolean;
  /** Whether this is the body of a refusal, whose text stays readable in any case. */
  readonly refusal: boolean;
  /** Secrets and paths of this machine. */
  readonly known: readonly string[];
}

type Clean = (text: string) => string;

interface Edit {
  readonly from: number;
  /** As long as the text that it replaces. */
  readonly text: string;
}

interface Group {
  readonly clean: Clean;
  readonly pieces: (Decoded & { readonly from: number; readonly to: number })[];
}

/** A longer string is not searched for secrets: all of it becomes unreadable. */
const MAX_CLEANED = 256 * 1024;

/** Strings that are read before other work may run. */
const STEP = 64;

/** The known beginnings of a line of SSE. */
const MARK = /^\uFEFF?(?:(data|event|id|retry)?: ?)?/;

/** Returns the masked text, as long as before. Yields often, so that the caller can let other work run. */
export function* mask(text: string, options: AnswerMaskOptions): Generator<void, string> {
  const plain: Clean = (part) => hide(part, options.known);
  const unread: Clean = options.keep || options.refusal ? plain : (part) => obfuscate(part, plain);
  const edits: Edit[] = [];
  const groups = new Map<string, Group>();

  const cleanerOf = ({ isKey, name }: Literal, value: string): Clean => {
    if (isKey) return isFieldName(value) ? plain : unread;
    if (isSecretName(name)) return stars;
    return isPlainName(name, value) || isErrorField(name) ? plain : unread;
  };
  function* json(from: number, to: number): Generator<void> {
    const marks = itemMarks(text.slice(from, to));
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
      const key = clean === unread && !literal.isKey ? `${literal.path} ${marks}` : `${at}`;
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
        const content = text.slice(from, to);
        const free = mark === "other" || content.trim() === "[DONE]";
        edits.push({ from, text: free ? plain(content) : unread(content) });
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

/** The lines of a stream; consecutive lines of data are one region. */
function* regions(text: string): Generator<Region> {
  const line = /[^\r\n]*(?:\r\n|[\r\n]|$)/y;
  let open: Region | undefined;
  for (let at = 0; at < text.length; at = line.lastIndex) {
    line.lastIndex = at;
    const full = line.exec(text)?.[0] ?? "";
    const content = full.replace(/[\r\n]+$/, "");
    const [begin = "", kind] = MARK.exec(content) ?? [];
    const mark = kind === "data" ? "data" : begin.includes(":") ? "other" : "none";
    const from = at + begin.length;
    const to = at + content.length;
    if (mark === "data" && open?.json) open = { ...open, to };
    else {
      if (open) yield open;
      open = {
        from,
        to,
        mark,
        json: mark !== "other" && /["{[]/.test(content) &&
          content.slice(begin.length).trim() !== "[DONE]",
      };
    }
    if (open.mark !== "data") {
      yield open;
      open = undefined;
    }
  }
  if (open) yield open;
}

/** The most marks of one event that are read: more would not tell two strings apart, and each string costs all of them. */
const MAX_MARKS = 32;

/** The marks that tell the items of an answer apart: the type of the event and its indices. */
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
    // A secret may be recognized by its beginning only, which is lost where a piece is joined to the word before.
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

/** The text with the changes of both cleanings. */
function either(whole: string, one: string, other: string): string {
  return whole.replace(
    /[^]/g,
    (was, at: number) => one[at] === was ? other[at] as string : one[at] as string,
  );
}

/** The source of a string with escapes: changed characters are replaced by as many others. */
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
