/**
 * What was used as a table for a terminal: cached tokens apart, cost where a price is known.
 *
 * @module
 */

import { createColors } from "picocolors";
import type { Usage, Used } from "../../observe/history/document.ts";

const HEADS = ["turns", "failed", "input", "cached", "output", "cost"];

/** The table, and a word about the cost. */
export function usageText({ rows, total, since, by }: Usage, color: boolean): string {
  const { bold, dim } = createColors(color);
  const from = `since ${new Date(since).toLocaleString("sv-SE")}`;
  if (rows.length === 0) return `No turns ${from}.\n`;
  const cells = [[by, ...HEADS], ...rows.map(cellsOf), cellsOf(total)];
  const widths =
    cells[0]?.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0))) ?? [];
  const lines = cells.map((row) =>
    row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)
    ).join("  ").trimEnd()
  );
  const [head = "", ...body] = lines;
  const last = body.pop() ?? "";
  const unpriced = total.unpriced > 0
    ? `${total.unpriced} of ${total.requests} turns have no known price: set prices in config.yaml.\n`
    : "";
  const estimate = total.cost.length > 0 ? "The cost is an estimate from list prices.\n" : "";
  return `${dim(head)}\n${body.join("\n")}\n${bold(last)}\n\nTurns ${from}. ${estimate}${unpriced}`
    .trimEnd() + "\n";
}

function cellsOf({ name, requests, failed, tokens, cost }: Used): string[] {
  return [
    name,
    count(requests),
    count(failed),
    count(tokens.input - tokens.cached),
    count(tokens.cached),
    count(tokens.output),
    cost.map(({ currency, amount }) => `${amount.toFixed(amount < 1 ? 4 : 2)} ${currency}`)
      .join(" + ") || "-",
  ];
}

function count(value: number): string {
  return Math.max(0, Math.round(value)).toLocaleString("en-US");
}
