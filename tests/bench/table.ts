/**
 * Numbers as the bench prints them.
 *
 * @module
 */

/** The middle of some values; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

/** A number with so many digits behind the point; nothing for one that was not measured. */
export function figure(value: number | undefined, digits = 0, unit = ""): string {
  return value === undefined || Number.isNaN(value) ? "" : `${value.toFixed(digits)}${unit}`;
}

/** A share as a percentage. */
export function percent(ratio: number): string {
  return figure(ratio * 100, 0, " %");
}

/** Lines of a table, the first column to the left and the others to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const all = [head, ...rows];
  const widths = head.map((_, at) => Math.max(...all.map((row) => (row[at] ?? "").length)));
  return all.map((row) =>
    row.map((cell, at) => at === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[at] ?? 0))
      .join("  ").trimEnd()
  ).join("\n");
}
