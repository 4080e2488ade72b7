/**
 * Bounds the number of values of a label, and makes each value safe: no secret, no control character, no markup.
 *
 * @module
 */

import { displayLine } from "../base/display.ts";
import { maskSecrets } from "../base/secrets/secrets.ts";

/** The label of every value beyond the bound. */
const OTHER = "other";

/** The longest value in characters; a longer one counts as {@link OTHER}. */
const MAX_LENGTH = 100;

/**
 * Returns a function from a value to its label: the value itself, made safe to show, for the first `most` different
 * values; {@link OTHER} for later ones; `none` for an empty value.
 */
export function boundedLabels(most: number): (value: string) => string {
  const known = new Map<string, string>();
  return (value) => {
    if (value === "") return "none";
    const label = known.get(value);
    if (label !== undefined) return label;
    if (known.size >= most || value.length > MAX_LENGTH) return OTHER;
    const shown = displayLine(maskSecrets(value), MAX_LENGTH);
    known.set(value, shown);
    return shown;
  };
}
