/**
 * Hides what must not leave this machine in text that is kept: keys, tokens, and the names in home paths.
 *
 * What is hidden becomes asterisks, one for each character, so that text that arrived in pieces can be cleaned whole
 * and cut at the same places again.
 *
 * @module
 */

import { redact } from "./redact.ts";

/** What `redact` puts in place of a secret. */
const MARK = "[redacted]";
/** Known secrets shorter than this would tear words apart. */
const MIN_KNOWN = 6;

/** `/home/NAME`, `/Users/NAME`, also percent-encoded and below a mount: `/mnt/c/Users/NAME`. */
const UNIX_HOME = /((?:\/|\\\/|%2F)(?:home|Users)(?:\/|\\\/|%2F))([^/\\%\s"'`<>:|?*,;()[\]{}]+)/gi;
/** `C:\Users\NAME`, the backslashes as often escaped as it may be; a name may hold spaces where a path goes on. */
const WINDOWS_HOME =
  /([A-Za-z](?::|%3A)(?:\\{1,8}|\/|%5C)Users(?:\\{1,8}|\/|%5C))([^\\/:*?"<>|%\r\n]{1,64}(?=\\|\/|%5C)|[^\\/:*?"<>|%\s]+)/gi;
/** Names of fields whose value is a secret whatever it looks like. */
const SECRET_NAME =
  /(?:^|[-_])(?:authorization|api[-_]?key|(?:access|refresh|id|auth|session|bearer)?[-_]?token|secret|client[-_]?secret|password|passwd|cookie|credentials?)$/i;

/**
 * The text, as long as before, with asterisks where it held something private.
 *
 * @param known secrets and paths of this machine, hidden wherever they stand
 */
export function hide(text: string, known: readonly string[] = []): string {
  let out = text;
  for (const secret of known) {
    if (secret.length >= MIN_KNOWN) out = out.replaceAll(secret, stars(secret));
  }
  const home = (_: string, root: string, name: string) => root + stars(name);
  out = out.replace(UNIX_HOME, home).replace(WINDOWS_HOME, home);
  return overlay(out, redact(out));
}

/** Whether a field of this name holds a secret: `api_key`, `accessToken`, `x-session-token`. */
export function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name.replace(/([a-z])([A-Z])/g, "$1_$2"));
}

/** As many asterisks as there are characters. */
export function stars(text: string): string {
  return "*".repeat(text.length);
}

/** Nothing of `text` survives but what stands in `redacted` as well, at a place where it may have stood. */
function overlay(text: string, redacted: string): string {
  const [first = "", ...rest] = redacted.split(MARK);
  const last = rest.pop();
  if (last === undefined) return text;
  let out = first;
  for (const part of rest) out = starsTo(text.indexOf(part, out.length)) + part;
  return starsTo(text.length - last.length) + last;

  function starsTo(end: number): string {
    return out + "*".repeat(end - out.length);
  }
}
