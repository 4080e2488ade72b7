/**
 * Prints findings as lines for people.
 *
 * @module
 */

import { createColors } from "picocolors";
import { cleanLine, cleanText } from "../../base/clean.ts";
import type { CheckFinding } from "../../doctor/check.ts";

const SIGNS = { ok: "✓", warn: "!", fail: "✗" } as const;
/** The column of the facts; a longer name moves its fact to the right. */
const NAME = 22;

/** One finding: one line, and another with the hint where there is one. Further lines of a text are indented. */
export function findingLines(finding: CheckFinding, color: boolean): string[] {
  const { status, hint } = finding;
  const { green, yellow, red, bold, dim } = createColors(color);
  const paint = { ok: green, warn: yellow, fail: red }[status];
  const margin = " ".repeat(NAME + 3);
  const below = (text: string) => cleanText(text).replaceAll("\n", `\n${margin}`);
  const name = cleanLine(finding.name).padEnd(NAME);
  const line = `${paint(SIGNS[status])} ${bold(name)} ${below(finding.fact)}`;
  return hint === null ? [line] : [line, `${margin}${dim("→")} ${below(hint)}`];
}

/** The last line: how many checks passed, warned and failed. */
export function countLine(findings: readonly CheckFinding[], color: boolean): string {
  const { green, yellow, red } = createColors(color);
  const count = (status: CheckFinding["status"]) =>
    findings.filter((finding) => finding.status === status).length;
  const [fine, warned, failed] = [count("ok"), count("warn"), count("fail")];
  const parts = [green(`${fine} ok`)];
  if (warned > 0) parts.push(yellow(`${warned} to look at`));
  if (failed > 0) parts.push(red(`${failed} failed`));
  return parts.join(", ");
}
