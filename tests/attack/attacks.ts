/**
 * `deno task attacks`: issue 10's table with its numbers, for whoever mends a row. Exits 1 where a row fails.
 *
 * Flags: `--only TEXT` rows whose name or wire has it, `--scale N` so much more of everything (default 1).
 *
 * @module
 */

import { parseArgs } from "node:util";
import { figure, table } from "../bench/table.ts";
import { ANSWERS } from "./answers.ts";
import { Arena, type Outcome } from "./arena.ts";
import type { Attack } from "./attack.ts";
import { HONEST } from "./honest.ts";

import { STREAMS } from "./streams.ts";

/** Every row. */
export const ATTACKS: readonly Attack[] = [...HONEST, ...STREAMS, ...ANSWERS];

/** Milliseconds an exchange may take; an honest one has megabytes to write and is given more. */
export function limitOf({ honest }: Attack): number {
  return honest ? 120_000 : 60_000;
}

/** One line of the table. */
function row(attack: Attack, { slowest, growth, took, wrong }: Outcome): string[] {
  return [
    `${attack.wire}: ${attack.name}${attack.honest ? " (honest)" : ""}`,
    figure(slowest),
    figure(growth / 1024 ** 2),
    figure(took),
    wrong.length === 0 ? "  ok" : `  ${wrong.join("; ").replace(/\s+/g, " ").slice(0, 160)}`,
  ];
}

/** Prints a line. */
export function say(text: string): void {
  Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));
}

/** Runs and prints the rows whose name or wire has `only`; returns how many failed. */
export async function printAttacks(
  { only, scale }: { readonly only: string; readonly scale: number },
): Promise<number> {
  await using arena = await Arena.open();
  const rows: string[][] = [];
  let failed = 0;
  for (const attack of ATTACKS.filter(({ name, wire }) => `${wire}: ${name}`.includes(only))) {
    const outcome = await arena.run(attack, scale, limitOf(attack) * scale);
    if (outcome.wrong.length > 0) failed++;
    rows.push(row(attack, outcome));
    say(rows.at(-1)?.join(" | ") ?? "");
  }
  say(`\n${table(["", "healthz ms", "growth MiB", "took ms", "  verdict"], rows)}`);
  say(`\n${rows.length} rows, ${failed} failed`);
  return failed;
}

if (import.meta.main) {
  const { values: { only = "", scale } } = parseArgs({
    options: { only: { type: "string" }, scale: { type: "string", default: "1" } },
  });
  Deno.env.set("NO_PROXY", "127.0.0.1,localhost");
  Deno.exitCode = await printAttacks({ only, scale: Number(scale) }) > 0 ? 1 : 0;
}
