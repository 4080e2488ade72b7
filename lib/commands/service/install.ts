/**
 * `sidecar service install`: starts the sidecar at every login.
 *
 * The definition is written, registered with the system, and asked until it answers. Where the system refuses,
 * everything is as before.
 *
 * @module
 */

import { dirname } from "node:path";
import { cleanLine, cleanText } from "../../base/clean.ts";
import { sleep } from "../../base/clock.ts";
import { asFailure, Failure } from "../../base/errors.ts";
import type { AskWho, Who } from "../../doctor/who/who.ts";
import { isOther, otherFact, otherHint, otherMessage } from "../../doctor/who/messages.ts";
import { diskFailure } from "../../patch/disk/errors.ts";
import { replaceFile } from "../../patch/disk/replace.ts";
import { joinPath, shortPath } from "../../patch/folders.ts";
import type { Installer } from "../../service/service.ts";
import type { ExitCode } from "../shared/output.ts";
import { findService, type FoundService } from "./found.ts";
import { planService, type ServiceOptions, type ServicePlan } from "./plan.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";

/** How long a service that was started may take to answer, and how often it is asked, in milliseconds. */
const [TIMEOUT_MS, PAUSE] = [15_000, 250];

/**
 * Runs the command.
 *
 * @param by who asks: `undo` takes away what `init` installed
 * @returns 0, or 1 when it is installed and does not answer
 * @throws {Failure} `bad_config`, `bad_usage`: nothing is installed then, or what was there before still is.
 */
export async function installService(
  options: ServiceOptions,
  machine: Machine = thisMachine(),
  by: Installer = "sidecar service install",
  ask: AskWho = machine.who,
): Promise<ExitCode> {
  const { terminal: { out } } = machine;
  const found = await findService(machine);
  if (found === undefined) {
    throw new Failure(
      "bad_config",
      "This system has no manager of services that the sidecar knows",
      {
        hint:
          "It knows systemd, launchd and the Task Scheduler; start the sidecar by hand: sidecar",
      },
    );
  }
  refuseForeign(found);
  const kept = by === "sidecar init" ? found.mark?.by ?? by : by;
  const plan = await planService(options, machine, kept);
  if (options.dryRun) {
    out(`${cleanText(dryRun(found, plan))}\n`);
    return 0;
  }
  const start = await portIsFree(found, plan, machine, ask);
  await register(found, plan, start, machine);
  out(`Installed: ${cleanLine(found.where)} (${found.manager.name})\n`);
  return await report(found, plan, start, machine, ask);
}

/** Refuses to touch what another program wrote under the service's name. @throws {Failure} `bad_config` */
export function refuseForeign({ is, where }: FoundService): void {
  if (is !== "foreign") return;
  throw new Failure("bad_config", `${where} was not written by the sidecar, and stays as it is`, {
    hint: "Move it away or remove it yourself, then run the command again",
  });
}

function dryRun({ manager, where, is }: FoundService, { service, advice }: ServicePlan): string {
  return [
    `Would ${is === "ours" ? "update" : "install"} ${where} (${manager.name}), which starts`,
    `  ${service.command.map(shown).join(" ")}`,
    ...Object.entries(service.env).map(([name, value]) => `  with ${name}=${shown(value)}`),
    ...advice,
    "Nothing was written: this was a dry run.",
  ].join("\n");
}

/** A word of a command line, in quotes where its end could not be seen. */
function shown(word: string): string {
  return /^[^\s"'`$\\]+$/.test(word) ? word : JSON.stringify(word);
}

/**
 * Whether the service may start now: not while a sidecar that was started by hand has its port.
 *
 * @throws {Failure} `bad_config`, where another program has the port.
 */
async function portIsFree(
  { manager, mark }: FoundService,
  { service: { port } }: ServicePlan,
  { listening }: Machine,
  ask: AskWho,
): Promise<boolean> {
  if (!await listening(port)) return true;
  if (mark?.port === port && await manager.running()) return true;
  const who = await ask(port);
  if (who.is === "sidecar") return false;
  if (who.is === "nobody") return true;
  throw new Failure("bad_config", `The service cannot start: ${otherFact(who, port)}`, {
    hint: otherHint(who),
  });
}

/** Writes the definition and registers it; reverts both where that fails. */
async function register(
  found: FoundService,
  { service }: ServicePlan,
  start: boolean,
  { disk, system }: Machine,
): Promise<void> {
  const { manager } = found;
  const { file } = manager;
  const bytes = await manager.define(service);
  const before = await disk.read(file);
  try {
    await disk.makeFolder(system === "windows" ? file.replace(/\\[^\\]*$/, "") : dirname(file));
  } catch (error) {
    throw diskFailure(`create the folder of ${file}`, error);
  }
  await replaceFile(disk, file, bytes, before);
  try {
    await manager.take(start);
    if (manager.registered) await disk.remove(file);
  } catch (error) {
    const { code, message, facts } = asFailure(error);
    const now = await revertOne(found, before, bytes, disk);
    throw new Failure(code, `${message}. ${now}`, facts);
  }
}

/** After a refusal: what was there before, or nothing. @returns the state afterwards, a sentence */
async function revertOne(
  { manager, is }: FoundService,
  before: Uint8Array<ArrayBuffer> | undefined,
  bytes: Uint8Array<ArrayBuffer>,
  disk: Machine["disk"],
): Promise<string> {
  const { file, traces } = manager;
  if (is === "ours" && before && !manager.registered) {
    await replaceFile(disk, file, before, bytes);
    return await manager.take(true).then(
      () => "The service is as it was",
      () => "Its file is as it was, and it may not run",
    );
  }
  if (is === "none") await manager.stop();
  for (const path of [...traces, file]) await disk.remove(path);
  await manager.forget();
  return is === "none" ? "No service was installed" : "The service is as it was";
}

async function report(
  { manager }: FoundService,
  plan: ServicePlan,
  start: boolean,
  machine: Machine,
  ask: AskWho,
): Promise<ExitCode> {
  const { system, env, terminal: { out } } = machine;
  const { service: { port }, listen, logDir, advice } = plan;
  const log = shortPath(system, env, joinPath(system, logDir, "sidecar.log"));
  const asked = start && answersHere(listen.host);
  const who = asked ? await untilUp(port, machine, ask) : undefined;
  const up = who?.is === "sidecar";
  const lines = [
    !start
      ? `A sidecar that was started by hand has port ${port}, so the service waits: stop that one, then run sidecar service install again (or log in anew).`
      : up
      ? `It is up on port ${port}, and starts at every login.`
      : who && isOther(who)
      ? `It cannot be reached: ${otherMessage(who, port)}. Its log: ${log}`
      : asked
      ? `It does not answer on port ${port} yet. Its log may say why: ${log}`
      : `It listens on ${listen.host}:${port}, and starts at every login.`,
    ...(up || !asked ? [`Its log: ${log}`] : []),
    ...(manager.note ? [manager.note] : []),
    ...advice,
    "To remove it: sidecar service uninstall",
  ];
  out(`${cleanText(lines.join("\n"))}\n`);
  return asked && !up ? 1 : 0;
}

/** Whether `/healthz` of a sidecar that listens on this host answers at 127.0.0.1. */
function answersHere(host: string): boolean {
  return ["127.0.0.1", "localhost", "0.0.0.0", "::"].includes(host);
}

/** Asks until the service answers, or its time is over. @returns who answered last */
async function untilUp(port: number, { clock }: Machine, ask: AskWho): Promise<Who> {
  const until = clock.now() + TIMEOUT_MS;
  for (;;) {
    const who = await ask(port);
    if (who.is === "sidecar" || clock.now() >= until) return who;
    await sleep(clock, PAUSE, new AbortController().signal);
  }
}
