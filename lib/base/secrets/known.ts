/**
 * Finds secrets that the caller holds, as they are and as others may write them: in another case, in base64, in hex, cut short.
 *
 * @module
 */

import { looksRandom } from "./forms.ts";
import { withoutPrefix } from "./scan.ts";
import { Runs, type Span } from "./runs.ts";

/** A shorter secret is not searched for: it would tear words apart. */
const MIN_KNOWN = 6;
/** More of a secret is not looked at, nor are more secrets than this. */
const MAX_LENGTH = 4_096;
const MAX_KNOWN = 64;
/** How much of a secret that was cut short is still taken for it, and how long that secret must be. */
const PART = 10;
const MIN_CUT = 20;

interface Search {
  readonly pattern: RegExp;
  /** What was looked for as it is, in lower case: nothing around it belongs to it. */
  readonly plain: ReadonlySet<string>;
}

const searches = new WeakMap<readonly string[], Search | null>();

/** Where the secrets stand, in order. */
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
  // The longest first: one that begins with another is found whole
  const sorted = [...forms].sort((a, b) => b.length - a.length);
  const source = sorted.map((form) => form.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")).join("|");
  return {
    pattern: new RegExp(source, "gi"),
    plain: new Set(secrets.map((secret) => secret.toLowerCase())),
  };
}

/** What a secret looks like in base64 at any offset, in hex, and cut at either end. A path is nothing but itself. */
function otherForms(secret: string): string[] {
  if (/^(?:\/|[A-Za-z]:[\\/]|~)/.test(secret)) return [];
  const bytes = new TextEncoder().encode(secret);
  const binary = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  const base64 = [0, 1, 2].map((shift) => {
    const whole = btoa("\0".repeat(shift) + binary);
    const last = Math.floor((shift + binary.length) * 8 / 6);
    return whole.slice(Math.ceil(shift * 8 / 6), last);
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
