/**
 * Keeps a label from taking more values than anybody would look at, and from holding what nobody may read or a page would obey.
 *
 * @module
 */

import { displayLine } from "../base/display.ts";
import { maskSecrets } from "../base/secrets/secrets.ts";

/** What stands for every value that came too late. */
const OTHER = "other";

/** The longest value; a longer one is a value of its own no more. */
const MAX_LENGTH = 100;

/**
 * A function from what was given to what the label says: itself, safe to show, for the first `most` different values, then
 * {@link OTHER}; `none` where nothing was given.
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
