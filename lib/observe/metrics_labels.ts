/**
 * Keeps a label from taking more values than anybody would look at.
 *
 * @module
 */

/** What stands for every value that came too late. */
export const OTHER = "other";

/** The longest value; a longer one is a value of its own no more. */
const MAX_LENGTH = 100;

/**
 * A function from what was given to what the label says: itself for the first `most` different values, then
 * {@link OTHER}; `none` where nothing was given.
 */
export function boundedLabels(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (value === "") return "none";
    if (known.has(value)) return value;
    if (known.size >= most || value.length > MAX_LENGTH) return OTHER;
    known.add(value);
    return value;
  };
}
