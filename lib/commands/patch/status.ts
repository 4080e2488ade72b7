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
import { Failure } from "../../base/errors.ts";
import type { StateHealth } from "../../base/state/health.ts";
import { sayState } from "../../base/state/words.ts";
import { waitLanguage } from "../../base/wait/words.ts";
import type { RunningTurn } from "../../observe/history/document.ts";
import { editsOf } from "../../patch/state/manifest.ts";
import { oldDaemons } from "../../patch/machine/daemon.ts";
import type { KeyHealth } from "../../observe/key_health.ts";
import type { IntegrationState } from "../../patch/integration.ts";
import { type AskOwn, askOwn } from "../shared/ask_own.ts";
import type { ExitCode } from "../shared/output.ts";
import { runningTurns, turnLines } from "../shared/running_turns.ts";
import { openPatching, type Patching, type PatchOptions } from "./patching.ts";
import { redraw, stdoutScreen, type WatchScreen } from "./redraw.ts";
import { type ServiceState, serviceState } from "../service/found.ts";
import { serviceLine } from "../service/status.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";

/** The command's options, as the command line brings them. */
export interface StatusOptions extends PatchOptions {
  /** A sidecar that is down is a failure, even where nothing leads to it: for health checks. @default false */
  readonly up?: boolean;
  /** Draws it again each second until Ctrl-C. @default false */
  readonly watch?: boolean;
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
    /** How what it shares with other sidecars is; absent where it shares nothing. */
    readonly state?: StateHealth;
  };
  /** The turns that run; `null` where the sidecar does not say. */
  readonly turns: readonly RunningTurn[] | null;
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
 * @throws {Failure} `bad_usage`
 * @returns 1 when something drifted, the list of changes cannot be used, or something is patched to a sidecar that is
 * down; with `up`, 1 whenever it is down; else 0
 */
export async function status(
  options: StatusOptions,
  machine: Machine = thisMachine(),
  ask: AskWho = machine.who,
  { own = askOwn(machine), screen = stdoutScreen() }: StatusDeps = {},
): Promise<ExitCode> {
  const { json = false, watch = false, up = false } = options;
  if (watch && json) throw new Failure("bad_usage", "--watch draws for people and has no --json");
  const patching = await openPatching(options, machine, "manifest");
  let now: StatusReport | undefined;
  const look = async () => {
    now = await report(patching, machine, ask, own);
    return json ? `${displayJson(now, 2)}\n` : statusText(now, machine);
  };
  if (watch) await redraw(look, screen, machine.clock);
  else machine.terminal.out(await look());
  const patched = now?.places.some(({ state, gateway }) => state === "patched" && !gateway);
  const drifted = now?.places.some(({ state }) => state === "drifted");
  return drifted || now?.memory || ((patched || up) && !now?.sidecar.up) ? 1 : 0;
}

/** Whom `status` asks of running turns, and where `--watch` draws; tests replace them. */
interface StatusDeps {
  readonly own?: AskOwn;
  readonly screen?: WatchScreen;
}

async function report(
  { context, places, manifest, memory }: Patching,
  machine: Machine,
  ask: AskWho,
  own: AskOwn,
): Promise<StatusReport> {
  const { port } = context;
  const who = await ask(port);
  const states: IntegrationState[] = [];
  for (const place of places) states.push(await place.state(editsOf(manifest, place.name)));
  return cleanAll<StatusReport>({
    format: 1,
    sidecar: {
      up: who.is === "sidecar",
      port,
      version: who.is === "sidecar" ? who.version : null,
      live: who.is === "sidecar" ? who.live : null,
      ...who.is === "sidecar" && who.upstreams?.length && { upstreams: who.upstreams },
      ...who.is === "sidecar" && who.state && { state: who.state },
      ...isOther(who) && { other: otherMessage(who, port) },
    },
    turns: who.is === "sidecar" ? await runningTurns(port, own) : null,
    service: await serviceState(machine),
    init: manifest?.at ?? null,
    memory: memory.trouble?.fullMessage ?? null,
    places: states,
    daemons: (await oldDaemons(context)).map(({ fact, stop }) => `${fact}. End it: ${stop}`),
  });
}

function statusText(
  { sidecar, turns, service, places, memory, daemons }: StatusReport,
  { terminal: { color }, env }: Machine,
): string {
  const { green, yellow, red, dim } = createColors(color);
  const paint = { patched: green, drifted: yellow, untouched: dim, absent: dim };
  const { up, port, version, live, other, upstreams = [], state } = sidecar;
  const rows = [
    up
      ? `${green("●")} sidecar ${version} is up on port ${port}, ${live} live`
      : other === undefined
      ? `${red("○")} no sidecar answers on port ${port}`
      : `${red("▲")} ${other}`,
    ...state ? [`${state.reachable ? green("●") : yellow("▲")} ${sayState(state)}`] : [],
    ...upstreams.flatMap(keyLines).map((line) => `${yellow("▲")} ${line}`),
    ...turnLines(turns ?? [], waitLanguage((name) => env[name], navigator.language)),
    serviceLine(service, color),
    ...places.flatMap(({ place, state, facts }) => [
      `${paint[state](MARKS[state])} ${place}: ${state}`,
      ...facts.map((fact) => `    ${fact}`),
    ]),
  ];
  if (memory !== null) rows.push(`${yellow("▲")} ${memory}`);
  rows.push(...daemons.map((line) => `${yellow("▲")} ${line}`));
  const patched = places.some(({ state, gateway }) => state === "patched" && !gateway);
  if (places.some(({ state }) => state === "drifted")) {
    rows.push("sidecar init repairs what drifted");
  }
  if (patched && !up && other === undefined) {
    rows.push("Start it with sidecar, or revert the changes with sidecar undo");
  }
  return `${rows.join("\n")}\n`;
}
