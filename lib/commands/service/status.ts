/**
 * `sidecar service status`: whether a service is installed, runs and answers.
 *
 * @module
 */

import { createColors } from "picocolors";
import { cleanAll } from "../../base/clean.ts";
import { displayJson } from "../../base/display.ts";
import type { AskWho } from "../../doctor/who/who.ts";
import { isOther, otherMessage } from "../../doctor/who/messages.ts";
import type { ExitCode } from "../shared/output.ts";
import { type ServiceState, serviceState } from "./found.ts";
import type { ServiceOptions } from "./plan.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";

/** What `--json` prints. */
export interface ServiceReport extends ServiceState {
  /** Whether the user's own sidecar answers on its port; `null` where none of ours is installed. */
  readonly up: boolean | null;
  /** Who else answers there, as a sentence; absent where nobody else does. */
  readonly other?: string;
}

/**
 * Runs the command.
 *
 * @returns 0 when a service is installed and answers, else 1
 */
export async function showService(
  { json = false }: ServiceOptions,
  machine: Machine = thisMachine(),
  ask: AskWho = machine.who,
): Promise<ExitCode> {
  const { terminal: { out, color } } = machine;
  const state = await serviceState(machine);
  const { port } = state;
  const who = port === null ? undefined : await ask(port);
  const up = who === undefined ? null : who.is === "sidecar";
  const other = who && port !== null && isOther(who) ? otherMessage(who, port) : undefined;
  const report = cleanAll<ServiceReport>({
    ...state,
    up,
    ...other !== undefined && { other },
  });
  if (json) out(`${displayJson(report, 2)}\n`);
  else {
    const { green, red } = createColors(color);
    const lines = [serviceLine(state, color)];
    if (state.installed && state.where) lines.push(`    ${report.where}`);
    if (up !== null) {
      lines.push(
        up
          ? `${green("●")} a sidecar answers on port ${port}`
          : other === undefined
          ? `${red("○")} no sidecar answers on port ${port}`
          : `${red("▲")} ${other}`,
      );
    }
    if (!state.installed) lines.push("Install it: sidecar service install");
    out(`${lines.join("\n")}\n`);
  }
  return up ? 0 : 1;
}

/** One line about the service, as `sidecar status` shows it too. */
export function serviceLine({ installed, by, running }: ServiceState, color: boolean): string {
  const { green, yellow, dim } = createColors(color);
  if (!installed) return `${dim("○")} service: not installed`;
  if (by === "someone else") return `${yellow("▲")} service: not ours; another program wrote it`;
  const how = running === null
    ? "its manager does not say whether it runs"
    : running
    ? "running"
    : "not running";
  return `${running ? green("●") : yellow("▲")} service: installed by ${by}, ${how}`;
}
