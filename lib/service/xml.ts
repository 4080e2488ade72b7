/**
 * Text inside XML: the five characters that mean something are written as entities.
 *
 * @module
 */

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&apos;",
};

/** A text as it stands between two tags. Holds no control characters: XML 1.0 has no way to write them. */
export function xmlText(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] as string);
}
