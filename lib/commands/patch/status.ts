/**
 * `sidecar status`: whether the sidecar is up, and which settings lead to it.
 *
 * @module
 */

import { createColors } from "picocolors";
import type { AskWho } from "../../doctor/who/who.ts";
import { keyLines } from "./key_lines.ts";
import { isOther, otherMessage } from "../../doctor/who/messages.ts";
import { cleanAll } from "../../base/clean.ts";
import { displayJson } from "../../base/display.ts";
import { editsOf } from "../../patch/manifest.ts";
import { oldDaemons } from "../../patch/machine/daemon.ts";
import type { KeyHealth } from "../../observe/key_health.ts";
import type { IntegrationState } from "../../patch/integration.ts";
import type { ExitCode } from "../shared/output.ts";
import { openPatching, type PatchOptions } from "./patching.ts";
import { type ServiceState, serviceState } from "../service/found.ts";
import { serviceLine } from "../service/status.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";

/** The command's options, as the command line brings them. */
export interface StatusOptions extends PatchOptions {
  /** A sidecar that is down is a failure, even where nothing leads to it: for health checks. @default false */
  readonly up?: boolean;
}

/** What `--json` prints. */
export interface StatusReport {
  /** The version of this form, raised when an older reader would misread it. */
  readonly format: 1;
  readonly sidecar: {
    /** Whether the user's own sidecar answers: by proof, not by what it claims. */
    readonly up: boolean;
    /** Who else has the port, as a sentence; absent where nobody else does. */
    readonly other?: string;
    readonly port: number;
    readonly version: string | null;
    /** Exchanges that run now. */
    readonly live: number | null;
    /** How the keys of its upstreams are; absent where none was used yet. */
    readonly upstreams?: readonly KeyHealth[];
  };
  /** The sidecar at every login. */
  readonly service: ServiceState;
  /** When `init` last changed something; `null` where there is no record. */
  readonly init: string | null;
  /** Why the list of what `init` changed cannot be used; `null` where it can, and where there is none. */
  readonly memory: string | null;
  readonly places: readonly IntegrationState[];
  /** Codex's background app-servers with an older environment than this shell's, one line each. */
  readonly daemons: readonly string[];
}

const MARKS = { patched: "●", drifted: "▲", untouched: "○", absent: "·" } as const;

/**
 * Runs the command.
 *
 * @returns 1 when something drifted, the list of changes cannot be used, or something is patched to a sidecar that is
 * down; with `up`, 1 whenever it is down; else 0
 */
export async function status(
  options: StatusOptions,
  machine: Machine = thisMachine(),
  ask: AskWho = machine.who,
): Promise<ExitCode> {
  const { context, places, manifest, memory } = await openPatching(options, machine, "manifest");
  const { port } = context;
  const who = await ask(port);
  const states: IntegrationState[] = [];
  for (const place of places) states.push(await place.state(editsOf(manifest, place.name)));
  const now: StatusReport = cleanAll<StatusReport>({
    format: 1,
    sidecar: {
      up: who.is === "sidecar",
      port,
      version: who.is === "sidecar" ? who.version : null,
      live: who.is === "sidecar" ? who.live : null,
      ...who.is === "sidecar" && who.upstreams?.length && { upstreams: who.upstreams },
      ...isOther(who) && { other: otherMessage(who, port) },
    },
    service: await serviceState(machine),
    init: manifest?.at ?? null,
    memory: memory.trouble?.fullMessage ?? null,
    places: states,
    daemons: (await oldDaemons(context)).map(({ fact, stop }) => `${fact}. End it: ${stop}`),
  });
  const { out } = machine.terminal;
  out(options.json ? `${displayJson(now, 2)}\n` : statusText(now, machine));
  const patched = states.some(({ state }) => state === "patched");
  const drifted = states.some(({ state }) => state === "drifted");
  const needed = patched || options.up === true;
  return drifted || memory.trouble || (needed && !now.sidecar.up) ? 1 : 0;
}

function statusText(
  { sidecar, service, places, memory, daemons }: StatusReport,
  { terminal: { color } }: Machine,
): string {
  const { green, yellow, red, dim } = createColors(color);
  const paint = { patched: green, drifted: yellow, untouched: dim, absent: dim };
  const { up, port, version, live, other, upstreams = [] } = sidecar;
  const rows = [
    up
      ? `${green("●")} sidecar ${version} is up on port ${port}, ${live} live`
      : other === undefined
      ? `${red("○")} no sidecar answers on port ${port}`
      : `${red("▲")} ${other}`,
    ...upstreams.flatMap(keyLines).map((line) => `${yellow("▲")} ${line}`),
    serviceLine(service, color),
    ...places.flatMap(({ place, state, facts }) => [
      `${paint[state](MARKS[state])} ${place}: ${state}`,
      ...facts.map((fact) => `    ${fact}`),
    ]),
  ];
  if (memory !== null) rows.push(`${yellow("▲")} ${memory}`);
  rows.push(...daemons.map((line) => `${yellow("▲")} ${line}`));
  const patched = places.some(({ state }) => state === "patched");
  if (places.some(({ state }) => state === "drifted")) {
    rows.push("sidecar init repairs what drifted");
  }
  if (patched && !up && other === undefined) {
    rows.push("Start it with sidecar, or revert the changes with sidecar undo");
  }
  return `${rows.join("\n")}\n`;
}
