/**
 * Hides keys and tokens in text that others wrote: providers echo the key they refuse, URLs carry passwords. `forms.ts` says
 * what a key looks like. Logs, answers, recordings, diffs and reports all use this module.
 *
 * Of a secret only its public prefix stays (`sk-…`): not its end, not its length. Ids, digests, model names and words with
 * hyphens stay; a bare UUID or a bare run of hex digits is a key only where a name marks it as one. Masking twice changes
 * nothing. The cost is linear in the text.
 *
 * @module
 */

import { knownSpans } from "./known.ts";
import { readings } from "./readings.ts";
import { spansIn } from "./scan.ts";
import type { Span } from "./runs.ts";

/** A mark that shows that something was masked, for logs and for text that was not masked before. */
export const REDACTED = "[redacted]";

/** How {@link maskSecrets} masks. */
export interface MaskOptions {
  /** The text in place of a secret. @default {"…"} */
  readonly mark?: string;
  /** Characters of `text` that are read; the rest is left out. A key that is cut there is masked, too. @default all */
  readonly max?: number;
}

/** Most characters of a key: so many behind the limit are read, to see whether the limit cuts a key. */
const MAX_KEY = 8_192;

/**
 * Returns `text` with everything that looks like a key or token hidden, and every secret in `known` too, also where it is
 * escaped, percent-encoded, in base64 or in hex.
 *
 * @param known secrets the caller holds, hidden wherever they are; those shorter than 6 characters are ignored
 */
export function maskSecrets(
  text: string,
  known: readonly string[] = [],
  { mark = "…", max = Infinity }: MaskOptions = {},
): string {
  const spans = secretSpans(text.length > max ? text.slice(0, max + MAX_KEY) : text, known);
  const parts: string[] = [];
  let at = 0;
  for (const { from, to } of spans) {
    if (from >= max) break;
    parts.push(text.slice(at, from), mark);
    at = to;
  }
  if (at < max) parts.push(text.slice(at, max));
  return parts.join("");
}

/** Where secrets are in `text`, in order, without overlap; their public prefixes are not included. */
export function secretSpans(text: string, known: readonly string[] = []): Span[] {
  const spans: Span[] = [];
  for (const { text: read, at } of readings(text)) {
    for (const { from, to } of [...spansIn(read), ...knownSpans(read, known)]) {
      const own = at ? { from: at[from] as number, to: at[to] as number } : { from, to };
      if (own.to > own.from) spans.push(own);
    }
  }
  return joined(spans.sort((a, b) => a.from - b.from || a.to - b.to));
}

/** The spans in order; spans that touch or overlap are joined. */
function joined(sorted: readonly Span[]): Span[] {
  const out: { from: number; to: number }[] = [];
  for (const span of sorted) {
    const last = out.at(-1);
    if (last && span.from <= last.to) last.to = Math.max(last.to, span.to);
    else out.push({ ...span });
  }
  return out;
}
