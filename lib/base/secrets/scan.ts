/**
 * Finds what looks like a key in one reading of a text.
 *
 * Its cost is linear: a pattern consumes all that it reads, and where several names share one value, the end of the value is
 * searched once.
 *
 * @module
 */

import {
  GLUED_PREFIXES,
  looksRandom,
  PREFIXES,
  PUNCTUATED_PREFIXES,
  UUID_PREFIXES,
} from "./forms.ts";
import { namedSpans } from "./named.ts";
import { Runs, type Span } from "./runs.ts";

/** Not in the middle of a word. An escape that is not resolved is no part of the word behind it. */
const START = String.raw`(?:(?<![A-Za-z0-9])|(?<=\\[nrtbf]|\x1b\[[\d;]{0,12}m))`;
const either = (texts: readonly string[]) =>
  [...texts].sort((a, b) => b.length - a.length).map((text) => text.replace(/[.]/g, "\\.")).join(
    "|",
  );

const PREFIXED = new RegExp(
  // Some providers show the beginning and the end of a key with three dots or an ellipsis between them
  `${START}(?:${either(PREFIXES)})[-_]([\\w*-]*(?:(?:\\.{3}|…)[\\w*-]+)?)`,
  "g",
);
const GLUED = new RegExp(
  `${START}(${either(GLUED_PREFIXES.map(([prefix]) => prefix))})([\\w-]*)`,
  "g",
);
const LEAST = new Map(GLUED_PREFIXES);
/** A prefix that ends with a slash is followed by an id, a slash and the secret. */
const PUNCTUATED = new RegExp(
  PUNCTUATED_PREFIXES.map((prefix) =>
    `${START}${either([prefix])}([\\w.-]*${prefix.endsWith("/") ? "(?:/[\\w.-]*)?" : ""})`
  ).join("|"),
  "g",
);
const WITH_UUID = new RegExp(
  `${START}(?:${either(UUID_PREFIXES)})([0-9a-f]{8}-[0-9a-f]{4}-[\\w-]*)`,
  "g",
);
/** A JSON web token, also a part of one. */
const JWT = new RegExp(`${START}eyJ([\\w.=-]*)`, "g");
/** 32 hex digits, a dot, a secret: keys without a prefix. */
const DOTTED = new RegExp(`${START}[0-9a-f]{32}\\.([A-Za-z0-9]*)`, "g");
const PEM = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const PEM_END = /-----END [A-Z0-9 ]{0,40}-----/g;
const SCHEME = new RegExp(`${START}(?:bearer|basic)\\s{1,8}`, "gi");
/** The last two of several slashes: of those before, none stands before a user. */
const USER = /(:?)\/\/(?!\/)/g;
const PUBLIC = new RegExp(
  `(?:${either(PREFIXES)})[-_]|${
    either([...LEAST.keys(), ...PUNCTUATED_PREFIXES, ...UUID_PREFIXES, "eyJ"])
  }`,
  "y",
);

/** Every part of the text that looks like a key, in no order; parts may overlap. */
export function spansIn(text: string): Span[] {
  const spans: Span[] = [];
  const tail = (pattern: RegExp, isKey: (tail: string, prefix: string) => boolean) => {
    for (const hit of text.matchAll(pattern)) {
      const run = hit.findLast((group) => group !== undefined) as string;
      const secret = run.replace(/[.=]{1,3}$/, "");
      const from = hit.index + hit[0].length - run.length;
      if (isKey(secret, hit[1] as string)) spans.push({ from, to: from + secret.length });
    }
  };
  tail(PREFIXED, looksRandom);
  tail(GLUED, (secret, prefix) => secret.length >= (LEAST.get(prefix) ?? 12));
  tail(PUNCTUATED, (secret) => secret.length >= 12 && /\d/.test(secret));
  tail(WITH_UUID, () => true);
  tail(JWT, (secret) => secret.length >= 8);
  for (const { 0: { length }, 1: secret = "", index } of text.matchAll(DOTTED)) {
    const isKey = secret.length === 16 || (secret.length >= 8 && /[\dA-Z]/.test(secret));
    if (isKey) spans.push({ from: index, to: index + length });
  }
  spans.push(...blocks(text), ...users(text), ...schemes(text));
  for (const span of namedSpans(text)) spans.push(withoutPrefix(text, span));
  return spans;
}

/** The span without the public prefix of the key that it holds; empty where that is all. */
export function withoutPrefix(text: string, { from, to }: Span): Span {
  PUBLIC.lastIndex = from;
  return PUBLIC.test(text) && PUBLIC.lastIndex <= to
    ? { from: PUBLIC.lastIndex, to }
    : { from, to };
}

/** Private keys as PEM; a block that has no end goes to the end of the text. */
function* blocks(text: string): Generator<Span> {
  let past = 0;
  for (const { 0: { length }, index } of text.matchAll(PEM)) {
    if (index < past) continue;
    PEM_END.lastIndex = index + length;
    past = PEM_END.exec(text)?.index ?? text.length;
    yield { from: index + length, to: past };
  }
}

/** `user:password` of a URL. */
function* users(text: string): Generator<Span> {
  const hosts = new Runs(text, /[\s"'\\/?#<>`]/g, /@/);
  for (const { 0: { length }, 1: colon, index } of text.matchAll(USER)) {
    const from = index + length;
    const { sign: to } = hosts.at(from);
    if (to > from && (colon !== "" || text.slice(from, to).includes(":"))) yield { from, to };
  }
}

/** `Bearer …`, `Basic …`; short and without a digit it is prose: "bearer authentication". */
function* schemes(text: string): Generator<Span> {
  const values = new Runs(text, /[^\w.~+/*=:-]/g, /[\d*]/);
  for (const { 0: { length }, index } of text.matchAll(SCHEME)) {
    const from = index + length;
    const { to, sign } = values.at(from);
    const end = to - (/[.:]*$/.exec(text.slice(Math.max(from, to - 4), to))?.[0].length ?? 0);
    const isKey = end - from >= 24 || (end - from >= 6 && sign >= from);
    if (isKey) yield withoutPrefix(text, { from, to: end });
  }
}
