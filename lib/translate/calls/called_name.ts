/**
 * The name of a declared tool in what a call gives as its name, where a server left more in it: special tokens of the
 * model's format, the end of a tag, the arguments.
 *
 * Only a declared name comes out. A name that nobody declared stays as it is: Codex tells the model so.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../base/json.ts";
import { type Fits, readArguments } from "./read_arguments.ts";

/** Longest name that is looked at, in characters; what follows it may be arguments of any length. */
const MOST_NAMED = 256;
/** What stands before a name: quotes, a special token, a tag. */
const BEFORE = /^(?:[\s"'`]|<[^<>{}"]{1,64}>){0,8}/;
const NAME = /^[\p{L}\p{N}_.:\/-]{1,256}/u;
/** A channel's recipient: `<|channel|>commentary to=functions.exec_command`. */
const RECIPIENT = /\bto=([\p{L}\p{N}_.:\/-]{1,256})/u;
/** Words of a model's format that lost the tokens around them and stick to the name, and numbers of calls. */
const BEHIND = [/[.:\/-]+$/, /:\d{1,6}$/, /(?:commentary|analysis|final|json)$/];

/** A word that some models put before every name. */
const EMPTY_PREFIX = /^(?:functions?|tools?)[.:\/]+/;

/** A name that was cleaned. */
interface CalledName {
  readonly name: string;
  /** What stood behind it. */
  readonly rest: string;
}

/**
 * Finds the declared tool.
 *
 * @param called the name as it was given
 * @param nameOf the declared name that a name means
 * @returns `undefined` where it means none
 */
export function calledName(
  called: string,
  nameOf: (name: string) => string | undefined,
): CalledName | undefined {
  const own = called.length <= MOST_NAMED ? nameOf(called) : undefined;
  if (own !== undefined) return { name: own, rest: "" };
  const begin = BEFORE.exec(called)?.[0].length ?? 0;
  const behind = called.slice(begin);
  const first = NAME.exec(behind)?.[0] ?? "";
  const name = firstOf(first, nameOf);
  if (name !== undefined) return { name, rest: behind.slice(first.length) };
  const recipient = RECIPIENT.exec(called.slice(0, MOST_NAMED));
  const to = firstOf(recipient?.[1] ?? "", nameOf);
  if (!recipient || to === undefined) return undefined;
  return { name: to, rest: called.slice(recipient.index + recipient[0].length) };
}

/** The declared name among what a word may stand for. */
function firstOf(
  word: string,
  nameOf: (name: string) => string | undefined,
): string | undefined {
  for (const each of [word, word.replace(EMPTY_PREFIX, "")]) {
    for (const name of [each, ...BEHIND.map((form) => each.replace(form, ""))]) {
      const declared = name === "" ? undefined : nameOf(name);
      if (declared !== undefined) return declared;
    }
  }
  return undefined;
}

/** The arguments that stand behind a name: an object, or pairs of `<arg_key>` and `<arg_value>`. */
export function gluedArguments(rest: string, fits: Fits): string | undefined {
  const brace = rest.indexOf("{");
  const pairs = rest.indexOf("<arg_key>");
  if (pairs >= 0 && (brace < 0 || pairs < brace)) return fromPairs(rest.slice(pairs));
  return brace < 0 ? undefined : readArguments(rest.slice(brace), fits);
}

function fromPairs(text: string): string | undefined {
  const args: JsonObject = {};
  for (const pair of text.split("<arg_key>").slice(1)) {
    const [key, value, ...more] = pair.split(/<\/arg_key>\s{0,8}<arg_value>/);
    if (filled(key?.trim()) === undefined || value === undefined || more.length > 0) {
      return undefined;
    }
    const end = value.indexOf("</arg_value>");
    args[(key as string).trim()] = end < 0 ? value : value.slice(0, end);
  }
  return isObject(args) ? JSON.stringify(args) : undefined;
}
