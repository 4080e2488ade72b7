/**
 * Text from outside as a printer shows it: keys masked, then made displayable. What a printer did not write itself goes through here.
 *
 * @module
 */

import { displayLine, displayText, MAX_SHOWN } from "./display.ts";
import { maskSecrets } from "./secrets/secrets.ts";

/** One line, masked and displayable; at most `max` characters. */
export function cleanLine(text: string, max: number = MAX_SHOWN): string {
  return displayLine(maskSecrets(text, [], { max: max + 1 }), max);
}

/** Several lines, masked and displayable; at most `max` characters. */
export function cleanText(text: string, max: number = MAX_SHOWN): string {
  return displayText(maskSecrets(text, [], { max: max + 1 }), max);
}

/**
 * Plain data with every string in it clean, one line each: what `--json` prints and reports are made of. Names of fields stay.
 *
 * @param texts names of fields whose text has several lines
 */
export function cleanAll<T>(value: T, texts: readonly string[] = []): T {
  return JSON.parse(JSON.stringify(value), (name, field) => {
    if (typeof field !== "string") return field;
    return texts.includes(name) ? cleanText(field) : cleanLine(field);
  });
}
