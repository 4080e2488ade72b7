/**
 * Makes an answer unreadable and keeps its form: length, line breaks, the punctuation of JSON, and the tags in which
 * models put reasoning and calls. The result fails, and is normalized, in the same way as the answer.
 *
 * @module
 */

import { decode, literals } from "./scan.ts";

/** Tags that carry meaning on the wire: `<think>`, `</tool_call>`, `<|tool_calls_section_begin|>`, `<function=…>`. */
const TAG =
  /<[^<>\s]{0,24}(?:think|reason|thought|tool|call|function|invoke|parameter|arg_)[^<>]{0,40}>/gi;
/** An escape, or a run without spaces and punctuation of JSON. */
const READABLE = /\\(?:u[0-9a-f]{4}|.)|[^\s{}[\]",:\\]+/gis;
const BARE = /[^\s{}[\]",:\\]+/g;
const NAME = /^[\w.$-]{1,64}$/;

/**
 * Makes a text unreadable; the result has the same length. JSON keeps its field names and stays JSON.
 *
 * @param plain hides secrets in the parts that stay readable; returns as many characters
 */
export function obfuscate(text: string, plain: (text: string) => string): string {
  return /^\s*[{[]/.test(text) ? obfuscateJson(text, plain) : obfuscateText(text, plain);
}

/** Whether a field's name has the form of an identifier, and so holds nothing of the user's. */
export function isFieldName(name: string): boolean {
  return NAME.test(name);
}

/** Masks the text between strings of JSON: punctuation, numbers, `true`, `false` and `null` stay; `other` changes the rest. */
export function betweenStrings(text: string, other: (word: string) => string): string {
  return text.replace(
    BARE,
    (word) =>
      /^(?:true|false|null|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i.test(word) ? word : other(word),
  );
}

function obfuscateText(text: string, plain: (text: string) => string): string {
  let out = "";
  let from = 0;
  for (const { 0: tag, index } of text.matchAll(TAG)) {
    out += obfuscateCharacters(text.slice(from, index)) + plain(obfuscateTag(tag));
    from = index + tag.length;
  }
  return out + obfuscateCharacters(text.slice(from));
}

/** `<function=NAME>` holds a name of the user's: the tag stays, the name is masked. */
function obfuscateTag(tag: string): string {
  return tag.replace(/(?<==)[^>]+/, fill);
}

function obfuscateJson(text: string, plain: (text: string) => string): string {
  let out = "";
  let from = 0;
  const between = (part: string) => betweenStrings(part, fill).replace(/[1-9]/g, "1");
  for (const { from: start, to, isKey } of literals(text)) {
    const named = isKey && isFieldName(decode(text, start, to).text);
    const inside = text.slice(start, to);
    out += between(text.slice(from, start)) + (named ? plain(inside) : obfuscateCharacters(inside));
    from = to;
  }
  return out + between(text.slice(from));
}

/** Masks all but spaces and punctuation of JSON, without regard to tags. An escape of a letter stays an escape of a letter. */
export function obfuscateCharacters(text: string): string {
  return text.replace(READABLE, (hit) => {
    if (hit[0] !== "\\") return fill(hit);
    return /^\\u/i.test(hit) ? "\\u0061" : /^\\["\\/bfnrt]/.test(hit) ? hit : "\\\\";
  });
}

function fill(text: string): string {
  return "a".repeat(text.length);
}
