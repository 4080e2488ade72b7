/**
 * Decides whether settings of cc-switch can be changed while it runs.
 *
 * The desktop app reads its database each time, so a change is safe. Versions before the database, and the command-line
 * fork, write back the settings in their memory (docs/facts/switchers.md §1.3, §7).
 *
 * @module
 */

import { portsOf } from "../../base/front_proxies.ts";
import { anyListens, readFronts } from "../fronts.ts";
import type { SwitchHome } from "./home.ts";
import type { PatchContext, PlanProblem } from "../integration.ts";

const NAMES = /^cc[-_ ]?switch(?:[-_]?(cli|tui|d|daemon))?(?:\.exe)?$/i;

/** Whether the settings may be changed now. */
interface RunningCheck {
  /** The reason why not; absent where they may. */
  readonly problem?: PlanProblem;
  /** Notes for the user, one line each. */
  readonly found: readonly string[];
}

/** Looks for cc-switch among the running programs and, where those are unknown, for its proxy. */
export async function switchRunning(
  context: PatchContext,
  home: SwitchHome,
): Promise<RunningCheck> {
  const names = await context.processes();
  const proxy = await anyListens(context, portsOf("cc-switch", await readFronts(context)));
  // The suffix of the program name: empty for the desktop app
  const kinds = names.flatMap((name) => {
    const hit = NAMES.exec(name);
    return hit ? [hit[1] ?? ""] : [];
  });
  const runs = kinds.length > 0 || (names.length === 0 && proxy);
  if (!runs) return { found: [] };
  const file = home.database ?? home.legacy ?? home.folder;
  const hint = "Quit cc-switch and run the command again";
  if (!home.database) {
    return {
      problem: { file, why: "cc-switch runs, and would write back what it has in memory", hint },
      found: [],
    };
  }
  const fork = home.forked || kinds.some((kind) => kind !== "");
  if (fork) {
    const why =
      "cc-switch runs, perhaps its command-line version, which would write back what it has in memory";
    return { problem: { file, why, hint }, found: [] };
  }
  return {
    found: ["cc-switch runs: close its Edit dialogs, which write back what they show"],
  };
}
