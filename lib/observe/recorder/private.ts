/**
 * Hides private parts of a text that is stored: keys, tokens, and the user names in home paths.
 *
 * Each hidden character becomes an asterisk. So a text that arrived in pieces can be joined, cleaned and cut at the same
 * positions again.
 *
 * @module
 */

import { secretSpans } from "../../base/secrets/secrets.ts";

/** `/home/NAME`, `/Users/NAME`, also percent-encoded and below a mount: `/mnt/c/Users/NAME`. */
const UNIX_HOME = /((?:\/|\\\/|%2F)(?:home|Users)(?:\/|\\\/|%2F))([^/\\%\s"'`<>:|?*,;()[\]{}]+)/gi;
/** `C:\Users\NAME`, the backslashes as often escaped as it may be; a name may hold spaces where a path goes on. */
const WINDOWS_HOME =
  /([A-Za-z](?::|%3A)(?:\\{1,8}|\/|%5C)Users(?:\\{1,8}|\/|%5C))([^\\/:*?"<>|%\r\n]{1,64}(?=\\|\/|%5C)|[^\\/:*?"<>|%\s]+)/gi;
/** A shorter text cannot hold anything private: a home path with a name and `?key=` are longer. */
const MIN_PRIVATE = 6;
/** Characters that are cleaned before other work may run, and the margin that is read around them: no key is longer. */
const WINDOW = 64 * 1024;
const MARGIN = 8 * 1024;

/**
 * Replaces private characters by asterisks; the result has the same length.
 *
 * @param known secrets and paths of this machine, hidden at every position
 */
export function hide(text: string, known: readonly string[] = []): string {
  if (text.length < MIN_PRIVATE) return text;
  const parts: string[] = [];
  let at = 0;
  for (const { from, to } of secretSpans(text, known)) {
    parts.push(text.slice(at, from), "*".repeat(to - from));
    at = to;
  }
  const out = parts.join("") + text.slice(at);
  const home = (_: string, root: string, name: string) => root + stars(name);
  return out.replace(UNIX_HOME, home).replace(WINDOWS_HOME, home);
}

/** {@link hide} for a long text; yields between its parts. */
export function* hideInSteps(text: string, known: readonly string[]): Generator<void, string> {
  if (text.length <= WINDOW) return hide(text, known);
  const parts: string[] = [];
  for (let at = 0; at < text.length; at += WINDOW) {
    const from = Math.max(0, at - MARGIN);
    const part = hide(text.slice(from, at + WINDOW + MARGIN), known);
    parts.push(part.slice(at - from, at - from + WINDOW));
    yield;
  }
  return parts.join("");
}

/** A text of asterisks, as long as `text`. */
export function stars(text: string): string {
  return "*".repeat(text.length);
}
