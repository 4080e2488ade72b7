/**
 * Finds secrets by the name before them: `api_key=…`, `"x-api-key": "…"`, `?key=…`, `API key provided: …`, `密钥：…`.
 *
 * @module
 */

import { isSecretName, isSecretQuery } from "./forms.ts";
import { Runs, type Span } from "./runs.ts";

/** The last word of a name, with the signs between it and its value. */
const ENDING =
  /(?:x-auth[\w-]{0,32}|key|token|secret|password|passwd|passphrase|pwd|authorization|cookie|credentials?|signature|sig|auth|code|session|jwt|密钥|秘钥|令牌|密码)(?: provided| is)?\\{0,8}["']?\s{0,8}([:=：＝]>?|(?<=["']\s{0,8}),)\s{0,8}/gi;
const QUOTE = /(\\{0,8})(["'`])/y;
const SCHEME = /(?:bearer|basic|token|digest)\s{1,8}/iy;
/** Most characters of a name. */
const MAX_NAME = 64;
/** Most characters of an unquoted value without a digit that is taken for a word of prose. */
const MAX_PROSE = 24;

/** The values, in order. */
export function* namedSpans(text: string): Generator<Span> {
  const values = new Runs(text, /[^!-~]|["'\\,;&<>|(){}[\]`]/g, /[\d*]/);
  const queries = new Runs(text, /[\s&#"'\\<>]/g, /[^]/);
  const lines = new Runs(text, /[\r\n"\\]/g, /[^]/);
  const quotes = new Quotes(text);
  for (ENDING.lastIndex = 0;;) {
    const hit = ENDING.exec(text);
    if (hit === null) return;
    const resume = ENDING.lastIndex;
    const span = value(hit, resume);
    if (span && span.to > span.from && !isMark(text, span)) yield span;
    ENDING.lastIndex = Math.max(resume, span?.to ?? 0);
  }

  function value(hit: RegExpExecArray, at: number): Span | undefined {
    const { name, from: start } = nameOf(text, hit);
    const before = text[start - 1];
    if ((before === "?" || before === "&") && hit[1] === "=" && isSecretQuery(name)) {
      return { from: at, to: queries.at(at).to };
    }
    const sure = isSecretName(name) || /[密秘]钥|令牌|密码/.test(name);
    if (!sure && !/^key$/i.test(name)) return undefined;
    QUOTE.lastIndex = at;
    const quote = QUOTE.exec(text);
    if (quote === null && hit[1] === ",") return undefined;
    if (hit[1] === "," && !/authorization|api[-_]?key|cookie/i.test(name)) return undefined;
    const inside = quote === null ? at : QUOTE.lastIndex;
    SCHEME.lastIndex = inside;
    const scheme = /authorization$/i.test(name) && SCHEME.test(text);
    const from = scheme ? SCHEME.lastIndex : inside;
    if (text.startsWith("env:", from)) return undefined;
    if (quote !== null) {
      const to = quotes.end(from, (quote[1] as string).length, quote[2] as string);
      return sure || values.at(from).to - from >= MAX_PROSE ? { from, to } : undefined;
    }
    if (/cookie$/i.test(name)) return { from, to: lines.at(from).to };
    const { to, sign } = values.at(from);
    const least = sure ? 8 : 20;
    const isKey = (scheme && to - from >= 6) || to - from >= MAX_PROSE ||
      (to - from >= least && sign >= from);
    const dots = /[.:!?]*$/.exec(text.slice(Math.max(from, to - 4), to))?.[0].length ?? 0;
    return isKey ? { from, to: to - dots } : undefined;
  }
}

/** Whether somebody has masked the value already. */
function isMark(text: string, { from, to }: Span): boolean {
  return to - from <= 10 && /^(?:…|\[redacted\]|\*{1,10})$/.test(text.slice(from, to));
}

/** The complete name that ends with the word that was found: `x-goog-api-key`, `API key`. */
function nameOf(text: string, { 0: hit, index }: RegExpExecArray): { name: string; from: number } {
  const ending = /^[\w-]+|^[^\s:=：＝"'\\,]+/.exec(hit)?.[0] ?? "";
  const least = Math.max(0, index - MAX_NAME);
  let from = index;
  while (from > least && /[\w.%-]/.test(text[from - 1] as string)) from--;
  if (from === index && text[from - 1] === " ") {
    // Two words: the one before is a part of the name
    let word = from - 1;
    while (word > least && /[a-z]/i.test(text[word - 1] as string)) word--;
    if (isSecretName(`${text.slice(word, from)}${ending}`)) from = word;
  }
  return { name: text.slice(from, index) + ending, from };
}

/** Where quoted values end: at the quote, behind as many backslashes as the one that began it, or at the end of the line. */
class Quotes {
  readonly #text: string;
  readonly #known = new Map<string, Span>();

  constructor(text: string) {
    this.#text = text;
  }

  end(from: number, slashes: number, quote: string): number {
    const key = `${slashes}${quote}`;
    const known = this.#known.get(key);
    if (known && from >= known.from && from <= known.to) return known.to;
    const to = Math.min(this.#close(from, slashes, quote), this.#line(from));
    this.#known.set(key, { from, to });
    return to;
  }

  #close(from: number, slashes: number, quote: string): number {
    const text = this.#text;
    for (let at = text.indexOf(quote, from); at >= 0; at = text.indexOf(quote, at + 1)) {
      let before = at;
      while (before > from && at - before <= slashes && text[before - 1] === "\\") before--;
      if (at - before <= slashes) return before;
    }
    return text.length;
  }

  #line(from: number): number {
    const known = this.#known.get("line");
    if (known && from >= known.from && from <= known.to) return known.to;
    const found = this.#text.indexOf("\n", from);
    const to = found < 0 ? this.#text.length : found;
    this.#known.set("line", { from, to });
    return to;
  }
}
