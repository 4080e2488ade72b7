/**
 * Calls written in Python: `[NAME(key="value", other=1), …]`, as models of Llama and Liquid are trained to write them.
 *
 * Its rule: keywords and literals alone. An expression, a bare argument or a name of anything else makes it text.
 *
 * @module
 */

import type { Json, JsonObject } from "../../../base/json.ts";
import { one, skipBlanks } from "./fields.ts";
import type { WrittenCall, WrittenTools } from "../tools.ts";

/** Most calls in one list, and the deepest that lists and dictionaries stand in each other. */
const MOST_CALLS = 1024;
const MAX_DEPTH = 32;

const NAME = /[A-Za-z_][\w.]{0,255}/y;
const NUMBER = /-?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORDS: Readonly<Record<string, Json>> = {
  True: true,
  False: false,
  None: null,
  true: true,
  false: false,
  null: null,
};
const ESCAPES: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  "\n": "",
};

/** The calls of a text that is nothing else; `undefined` where it holds none. */
export function fromPython(text: string, tools: WrittenTools): WrittenCall[] | undefined {
  return new Reader(text).calls(tools);
}

/** Whether an unfinished text can still become calls of declared tools. */
export function mayBePython(text: string, tools: WrittenTools): boolean {
  const name = /^\s*\[?\s*([A-Za-z_][\w.]{0,255})\s*\(/.exec(text)?.[1];
  return name === undefined
    ? /^\s*\[?\s*(?:[A-Za-z_][\w.]{0,255}\s*)?$/.test(text)
    : tools.nameOf(name) !== undefined;
}

/** Reads a text from its beginning to its end, once. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  calls(tools: WrittenTools): WrittenCall[] | undefined {
    const listed = this.#takes("[");
    const calls: WrittenCall[] = [];
    do {
      const call = this.#call(tools);
      if (!call || calls.length >= MOST_CALLS) return undefined;
      calls.push(...call);
    } while (listed && this.#takes(",") && !this.#sees("]"));
    if (listed && !this.#takes("]")) return undefined;
    return skipBlanks(this.#text, this.#at) === this.#text.length ? calls : undefined;
  }

  #call(tools: WrittenTools): WrittenCall[] | undefined {
    const name = this.#match(NAME);
    if (name === undefined || !this.#takes("(")) return undefined;
    const args: JsonObject = {};
    while (!this.#takes(")")) {
      const key = this.#match(NAME);
      if (key === undefined || !this.#takes("=")) return undefined;
      const value = this.#value(0);
      if (value === undefined || !(this.#takes(",") || this.#sees(")"))) return undefined;
      args[key] = value;
    }
    return one(name, args, tools);
  }

  #value(depth: number): Json | undefined {
    if (depth > MAX_DEPTH) return undefined;
    if (this.#takes("[")) return this.#list(depth + 1);
    if (this.#takes("{")) return this.#dictionary(depth + 1);
    if (this.#sees('"') || this.#sees("'")) return this.#string();
    const number = this.#match(NUMBER);
    if (number !== undefined) return Number(number);
    const word = this.#match(NAME) ?? "";
    return Object.hasOwn(WORDS, word) ? WORDS[word] : undefined;
  }

  #list(depth: number): Json[] | undefined {
    const list: Json[] = [];
    while (!this.#takes("]")) {
      const value = this.#value(depth);
      if (value === undefined || !(this.#takes(",") || this.#sees("]"))) return undefined;
      list.push(value);
    }
    return list;
  }

  #dictionary(depth: number): JsonObject | undefined {
    const dictionary: JsonObject = {};
    while (!this.#takes("}")) {
      const key = this.#sees('"') || this.#sees("'") ? this.#string() : undefined;
      if (key === undefined || !this.#takes(":")) return undefined;
      const value = this.#value(depth);
      if (value === undefined || !(this.#takes(",") || this.#sees("}"))) return undefined;
      dictionary[key] = value;
    }
    return dictionary;
  }

  #string(): string | undefined {
    const text = this.#text;
    const char = text.charAt(this.#at);
    const quote = text.startsWith(char.repeat(3), this.#at) ? char.repeat(3) : char;
    const parts: string[] = [];
    let from = this.#at += quote.length;
    for (let at = from; at < text.length; at++) {
      if (text.startsWith(quote, at)) {
        parts.push(text.slice(from, at));
        this.#at = at + quote.length;
        return parts.join("");
      }
      if (text[at] !== "\\") continue;
      parts.push(text.slice(from, at));
      const escape = text.charAt(++at);
      const code = /^(?:u([\da-fA-F]{4})|x([\da-fA-F]{2}))/.exec(text.slice(at, at + 5));
      if (code) {
        parts.push(String.fromCharCode(parseInt(code[1] ?? code[2] ?? "", 16)));
        at += code[0].length - 1;
      } else parts.push(ESCAPES[escape] ?? escape);
      from = at + 1;
    }
    return undefined;
  }

  /** Whether a sign is next; blanks before it are passed. */
  #sees(sign: string): boolean {
    this.#at = skipBlanks(this.#text, this.#at);
    return this.#text.startsWith(sign, this.#at);
  }

  #takes(sign: string): boolean {
    if (!this.#sees(sign)) return false;
    this.#at += sign.length;
    return true;
  }

  #match(form: RegExp): string | undefined {
    this.#at = form.lastIndex = skipBlanks(this.#text, this.#at);
    const found = form.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }
}
