/**
 * Hides what must not leave this machine in text that is kept: keys, tokens, and the names in home paths.
 *
 * What is hidden becomes asterisks, one for each character, so that text that arrived in pieces can be cleaned whole
 * and cut at the same places again.
 *
 * @module
 */

import { secretSpans } from "../../base/secrets/secrets.ts";

/** `/home/NAME`, `/Users/NAME`, also percent-encoded and below a mount: `/mnt/c/Users/NAME`. */
const UNIX_HOME = /((?:\/|\\\/|%2F)(?:home|Users)(?:\/|\\\/|%2F))([^/\\%\s"'`<>:|?*,;()[\]{}]+)/gi;
/** `C:\Users\NAME`, the backslashes as often escaped as it may be; a name may hold spaces where a path goes on. */
const WINDOWS_HOME =
  /([A-Za-z](?::|%3A)(?:\\{1,8}|\/|%5C)Users(?:\\{1,8}|\/|%5C))([^\\/:*?"<>|%\r\n]{1,64}(?=\\|\/|%5C)|[^\\/:*?"<>|%\s]+)/gi;
/** Nothing shorter is private: a name in a home path and `?key=` are longer. */
const MIN_PRIVATE = 6;
/** Characters that are cleaned before others may run, and how far around them is looked: no key is longer. */
const WINDOW = 64 * 1024;
const MARGIN = 8 * 1024;

/**
 * The text, as long as before, with asterisks where it held something private.
 *
 * @param known secrets and paths of this machine, hidden wherever they stand
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

/** The same for a text of any length; yields between its parts. */
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

/** As many asterisks as there are characters. */
export function stars(text: string): string {
  return "*".repeat(text.length);
}
