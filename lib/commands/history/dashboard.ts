/**
 * `sidecar dashboard`: opens the page of the running sidecar in the browser, or prints its address where there is no desktop.
 *
 * @module
 */

import { isOther, otherMessage } from "../../doctor/who/messages.ts";
import type { Env, System } from "../../config/paths.ts";
import { openPatching } from "../patch/patching.ts";
import type { ExitCode } from "../shared/output.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";

/** The command's options, as the command line brings them. */
export interface DashboardOptions {
  readonly port?: string;
  /** Only prints the address. */
  readonly print?: boolean;
}

/** Runs the command. @returns 0; 1 where no sidecar of this user answers */
export async function dashboard(
  { port: wanted, print = false }: DashboardOptions,
  machine: Machine = thisMachine(),
): Promise<ExitCode> {
  const { system, env, terminal: { out, err }, runTool, who } = machine;
  const options = { ...wanted !== undefined && { port: wanted } };
  const { context: { port } } = await openPatching(options, machine, "manifest");
  const found = await who(port);
  if (found.is !== "sidecar") {
    err(
      isOther(found) ? `${otherMessage(found, port)}\n` : `No sidecar answers on port ${port}. \
Start it with sidecar\n`,
    );
    return 1;
  }
  const url = `http://127.0.0.1:${port}/`;
  const opener = print ? undefined : openerOf(system, env, url);
  const ran = opener && await runTool(...opener);
  out(ran?.code === 0 ? `Opened ${url}\n` : `${url}\n`);
  return 0;
}

/** The tool that opens an address here; `undefined` where there is no desktop to open it on. */
function openerOf(system: System, env: Env, url: string): [string, string[]] | undefined {
  if (system === "darwin") return env.SSH_CONNECTION ? undefined : ["open", [url]];
  // `start` takes a first argument in quotes for a window's title
  if (system === "windows") return ["cmd", ["/c", "start", "", url]];
  const desktop = env.DISPLAY || env.WAYLAND_DISPLAY;
  return desktop && !env.SSH_CONNECTION ? ["xdg-open", [url]] : undefined;
}
