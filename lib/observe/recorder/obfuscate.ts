/**
 * Makes an answer unreadable and leaves its form: length, line breaks, the signs that JSON is made of, and the marks
 * of tags in which models hide reasoning and calls. What is left breaks, and is mended, as the answer was.
 *
 * @module
 */

import { decode, literals } from "./scan.ts";

/** Tags that carry meaning on the wire: `<think>`, `</tool_call>`, `<|tool_calls_section_begin|>`, `<function=…>`. */
const TAG =
  /<[^<>\s]{0,24}(?:think|reason|thought|tool|call|function|invoke|parameter|arg_)[^<>]{0,40}>/gi;
/** An escape, or anything but blanks and the signs of JSON. */
const READABLE = /\\(?:u[0-9a-f]{4}|.)|[^\s{}[\]",:\\]+/gis;
const BARE = /[^\s{}[\]",:\\]+/g;
const NAME = /^[\w.$-]{1,64}$/;

/**
 * The text, as long as before, unreadable. JSON keeps its names and stays JSON.
 *
 * @param plain cleans what stays readable; returns as many characters
 */
export function obfuscate(text: string, plain: (text: string) => string): string {
  return /^\s*[{[]/.test(text) ? obfuscateJson(text, plain) : obfuscateText(text, plain);
}

/** Whether a field's name is one a program would choose, and so says nothing about its user. */
export function isFieldName(name: string): boolean {
  return NAME.test(name);
}

/** What stands between the strings of JSON text: signs, numbers and three words; `other` changes whatever else does. */
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

/** `<function=NAME>` names something of the user's: the mark stays, the name does not. */
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

/** The text without its tags read: all but blanks and the signs of JSON. An escape that stands for a letter becomes one that still does. */
export function obfuscateCharacters(text: string): string {
  return text.replace(READABLE, (hit) => {
    if (hit[0] !== "\\") return fill(hit);
    return /^\\u/i.test(hit) ? "\\u0061" : /^\\["\\/bfnrt]/.test(hit) ? hit : "\\\\";
  });
}

function fill(text: string): string {
  return "a".repeat(text.length);
}
