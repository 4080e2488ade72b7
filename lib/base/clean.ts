/**
 * Text from outside as a printer shows it: keys masked, then made displayable. A printer passes everything that it did not
 * write itself through these functions.
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
 * Plain data with every string in it masked and displayable, on one line each: for `--json` outputs and reports. Names of
 * fields stay as they are.
 *
 * @param texts names of fields whose text has several lines
 */
export function cleanAll<T>(value: T, texts: readonly string[] = []): T {
  return JSON.parse(JSON.stringify(value), (name, field) => {
    if (typeof field !== "string") return field;
    return texts.includes(name) ? cleanText(field) : cleanLine(field);
  });
}
