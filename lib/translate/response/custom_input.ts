/**
 * The raw text a model put into the arguments of a function that stands for a custom tool.
 *
 * Every text gives an input: the tool itself reports to the model what is wrong with a bad one. A call that is dropped would
 * get no report.
 *
 * @module
 */

import { isObject, type Json, parseJson } from "../../base/json.ts";
import { JsonStringDecoder } from "./json_string.ts";

/** Longest beginning in which `{"input":"` is looked for. */
const MAX_HEAD = 256;

/**
 * Reads the input out of complete arguments. In this order:
 * 1. JSON with a string `input`: that;
 * 2. JSON with one string property, whatever its name: that;
 * 3. a JSON string: the same once more, inside it, else the string;
 * 4. no arguments or `{}`: the empty string;
 * 5. not JSON, but it begins like an object with a string: the string up to the last quote, with bare
 *    line breaks, bare quotes, unknown escapes and a missing end allowed;
 * 6. anything else: the arguments themselves.
 */
export function customInput(args: string): string {
  const value = parseJson(args);
  return (value === undefined ? fromBroken(args) : fromJson(value) ?? args).toWellFormed();
}

function fromJson(value: Json): string | undefined {
  if (typeof value === "string") {
    const inner = parseJson(value);
    return (isObject(inner) ? fromJson(inner) : undefined) ?? value;
  }
  if (!isObject(value)) return undefined;
  if (typeof value.input === "string") return value.input;
  const texts = Object.values(value).filter((each) => typeof each === "string");
  if (texts.length === 1) return texts[0];
  return Object.keys(value).length === 0 ? "" : undefined;
}

function fromBroken(args: string): string {
  const head = /^\s*\{\s*"[^"\\]{1,64}"\s*:\s*"/.exec(args)?.[0];
  if (head === undefined) return args.trim() === "" ? "" : args;
  return new JsonStringDecoder(true).push(withoutEnd(args.slice(head.length)));
}

/** The text without a closing `"}`, where it has one whose quote is no escaped one. */
function withoutEnd(text: string): string {
  let end = text.length;
  while (end > 0 && /[\s}]/.test(text.charAt(end - 1))) end--;
  if (text[end - 1] !== '"') return text;
  let slashes = 0;
  while (text[end - 2 - slashes] === "\\") slashes++;
  return slashes % 2 === 0 ? text.slice(0, end - 1) : text;
}

/** Reads the input out of arguments that are not complete. Where it finds none it returns nothing: {@link customInput} reads it then. */
export class InputReader {
  #head: string | undefined = "";
  #text: JsonStringDecoder | undefined;

  /** Whether the beginning of the input was found. The input read from then on does not depend on how the arguments are split. */
  get started(): boolean {
    return this.#text !== undefined;
  }

  /** The further text of the input that this piece of the arguments brings. */
  push(piece: string): string {
    if (this.#text) return this.#text.push(piece);
    if (this.#head === undefined) return "";
    this.#head += piece;
    const begin = /^\s*\{\s*"input"\s*:\s*"/.exec(this.#head)?.[0];
    if (begin !== undefined) {
      this.#text = new JsonStringDecoder();
      return this.#text.push(this.#head.slice(begin.length));
    }
    if (this.#head.length > MAX_HEAD) this.#head = undefined;
    return "";
  }
}
