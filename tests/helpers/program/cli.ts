/**
 * The command line with commands that do nothing.
 *
 * @module
 */

import { run } from "../../../lib/commands/cli/cli.ts";

/** What a command line prints, and the code it ends with, where every command is replaced by one that does nothing. */
export async function cli(
  argv: readonly string[],
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const nothing = () => Promise.resolve(0);
  const code = await run(argv, {
    version: "1.2.3",
    terminal: { out: (text) => out += text, err: (text) => err += text, color: false },
    serve: nothing,
    run: nothing,
    init: nothing,
    undo: nothing,
    status: nothing,
    dashboard: nothing,
    usage: nothing,
    doctor: nothing,
    stress: nothing,
    demo: nothing,
    replay: nothing,
    showVersion: nothing,
    installService: nothing,
    uninstallService: nothing,
    showService: nothing,
  });
  return { code, out, err };
}
