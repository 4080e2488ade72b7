/**
 * axe-core in a page under test: what it finds wrong for people who use a keyboard, a screen reader or high contrast. The one
 * place that names its version: what only tests use is no import of deno.json.
 *
 * @module
 */

// deno-lint-ignore no-import-prefix
import axe from "npm:axe-core@4.14.1";
import type { Page } from "./browser.ts";

/** The part of axe's result that is read. */
interface Found {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
  }[];
}

/** One line for each violation: its rule, and the elements. */
export async function violations(page: Page): Promise<string[]> {
  return await page.evaluate(async (source) => {
    // A page's policy forbids scripts that are not its own; what a browser's tools evaluate is not the page
    (0, eval)(source);
    const { axe } = globalThis as unknown as { axe: { run(): Promise<Found> } };
    return (await axe.run()).violations.map(({ id, nodes }) =>
      `${id}: ${nodes.map((node) => `${node.html} ${node.failureSummary}`).join(" | ")}`
    );
  }, axe.source);
}
