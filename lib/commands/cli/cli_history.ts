/**
 * Declares the commands that show what went through the sidecar: `dashboard` and `usage`.
 *
 * @module
 */

import type { Command } from "commander";
import { examples, exitCodes } from "./help.ts";
import { oneOf } from "../shared/choices.ts";
import type { DashboardOptions } from "../history/dashboard.ts";
import type { UsageOptions } from "../history/usage.ts";

/** The functions that the commands run; tests replace them. */
export interface HistoryCommands {
  /** @default `dashboard.ts` */
  readonly dashboard?: (options: DashboardOptions) => Promise<number>;
  /** @default `usage.ts` */
  readonly usage?: (options: UsageOptions) => Promise<number>;
}

/** Adds `dashboard` and `usage`. @param end is given the exit code */
export function addHistoryCommands(
  program: Command,
  deps: HistoryCommands,
  end: (code: number) => void,
): void {
  const dashboard = program.command("dashboard")
    .summary("open the page of the running sidecar: turns, upstreams, cost")
    .description(
      "Opens the dashboard of the running sidecar in the browser, or prints its address where there is no \
desktop. The page shows running turns live, the last ones, and figures of each upstream; it changes nothing.",
    )
    .option("--print", "only print the address")
    .option(
      "--port <number>",
      "port of the sidecar (default: the one that init recorded, else listen.port)",
    )
    .action(async (options: DashboardOptions) => {
      const run = deps.dashboard ?? (await import("../history/dashboard.ts")).dashboard;
      end(await run(options));
    });
  examples(dashboard, [
    ["sidecar dashboard", "in the browser"],
    ["sidecar dashboard --print", "the address alone"],
  ]);
  exitCodes(dashboard, [["0", "opened or printed"], ["1", "no sidecar answers"]]);
  const usage = program.command("usage")
    .summary("turns, tokens and cost by model, upstream, key, user or day")
    .description(
      "Prints what was used: turns, tokens with cached ones apart, and an estimate of the cost where prices are \
known. Asks the running sidecar, or reads the history that history in config.yaml keeps.",
    )
    .option("--since <time>", "only turns of this last stretch of time: 24h, 7d (default: 7d)")
    .addOption(oneOf(
      "--by <what>",
      "one line for each of these (default: model)",
      () => Promise.resolve(["model", "upstream", "key", "user", "day"]),
    ))
    .option("--json", "print it as JSON: {format, since, until, by, rows, total}")
    .option(
      "--port <number>",
      "port of the sidecar (default: the one that init recorded, else listen.port)",
    )
    .action(async (options: UsageOptions) => {
      const run = deps.usage ?? (await import("../history/usage.ts")).usage;
      end(await run(options));
    });
  examples(usage, [
    ["sidecar usage", "the last seven days by model"],
    ["sidecar usage --since 30d --by day", "a month, day by day"],
    ["sidecar usage --json", "for scripts"],
  ]);
  exitCodes(usage, [
    ["0", "printed"],
    ["1", "there is no history"],
    ["2", "wrong usage"],
  ]);
}
