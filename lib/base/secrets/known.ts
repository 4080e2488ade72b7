/**
 * Finds secrets that the caller holds, as they are and as others may write them: in another case, in base64, in hex, cut short.
 *
 * @module
 */

import { looksRandom } from "./forms.ts";
import { withoutPrefix } from "./scan.ts";
import { Runs, type Span } from "./runs.ts";

/** Shortest secret that is searched for: a shorter one would also match parts of words. */
const MIN_KNOWN = 6;
/** Most characters of a secret that are used, and most secrets. */
const MAX_LENGTH = 4_096;
const MAX_KNOWN = 64;
/** How many characters of a secret that was cut short count as the secret, and how long the secret must be for that. */
const PART = 10;
const MIN_CUT = 20;

interface Search {
  readonly pattern: RegExp;
  /** The secrets as they are, in lower case: the characters around such a match do not belong to it. */
  readonly plain: ReadonlySet<string>;
}

const searches = new WeakMap<readonly string[], Search | null>();

/** Where the secrets are in the text, in order. */
export function* knownSpans(text: string, known: readonly string[]): Generator<Span> {
  if (known.length === 0) return;
  const search = searches.get(known) ?? searchFor(known);
  searches.set(known, search);
  if (search === null) return;
  const { pattern, plain } = search;
  const runs = new Runs(text, /[^\w+/=~*.-]/g, /[^]/);
  let past = 0;
  for (pattern.lastIndex = 0;;) {
    const hit = pattern.exec(text);
    if (hit === null) return;
    let from = hit.index;
    let to = from + hit[0].length;
    if (!plain.has(hit[0].toLowerCase())) {
      while (from > past && /[\w+/=-]/.test(text[from - 1] as string)) from--;
      to = Math.max(to, runs.at(to).to);
    }
    yield withoutPrefix(text, { from, to });
    past = pattern.lastIndex = to;
  }
}

function searchFor(known: readonly string[]): Search | null {
  const secrets = known.slice(0, MAX_KNOWN).map((secret) => secret.trim().slice(0, MAX_LENGTH))
    .filter(({ length }) => length >= MIN_KNOWN);
  const forms = new Set([...secrets, ...secrets.flatMap(otherForms)]);
  if (forms.size === 0) return null;
  // The longest first: a form that begins with another one is found in full
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  const source = sorted.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|");
  return {
    pattern: new RegExp(source, "gi"),
    plain: new Set(secrets.map((secret) => secret.toLowerCase())),
  };
}

/** A secret in base64 at any offset, in hex, and cut at either end. A path has no other forms. */
function otherForms(secret: string): string[] {
  if (/^(?:\/|[A-Za-z]:[\\/]|~)/.test(secret)) return [];
  const bytes = new TextEncoder().encode(secret);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const base64 = [0, 1, 2].map((shift) => {
    const encoded = btoa("\0".repeat(shift) + binary);
    const last = Math.floor((shift + binary.length) * 8 / 6);
    return encoded.slice(Math.ceil(shift * 8 / 6), last);
  });
  const url = base64.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"));
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
  const body = secret.slice(withoutPrefix(secret, { from: 0, to: secret.length }).from);
  const parts = body.length < MIN_CUT
    ? []
    : [body.slice(0, PART), body.slice(-PART)].filter((part) => looksRandom(part));
  return [...base64, ...url, hex.join(""), hex.join(" "), hex.join(":"), ...parts].filter((
    { length },
  ) => length >= 8);
}
