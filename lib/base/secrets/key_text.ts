/**
 * Whether a text can be sent as a key. A header takes visible ASCII; the runtime's own error message would hold the key.
 *
 * @module
 */

/** A key as it is sent: without the blanks and line breaks around it that a file or a paste adds. */
export function trimmedKey(text: string): string {
  return text.replace(/^[\s\ufeff]+|[\s\ufeff]+$/g, "");
}

/** What is wrong with a key, as the end of a sentence: `has a line break in it`; `undefined` where nothing is wrong. */
export function keyFault(text: string): string | undefined {
  const key = trimmedKey(text);
  if (key === "") return "is empty";
  if (/[\r\n]/.test(key)) return "has a line break in it";
  if (/[^\x20-\x7e\t]/.test(key)) {
    return /\p{Cc}/u.test(key)
      ? "has a control character in it"
      : "has a character in it that is no plain ASCII, perhaps an invisible one";
  }
  return undefined;
}
