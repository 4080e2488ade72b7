/**
 * `sidecar init`: routes the providers of Codex, cc-switch and Codex++ through the sidecar.
 *
 * Prints what it found, shows every change, asks, and records enough to restore every byte.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { Failure } from "../../base/errors.ts";
import { isOther, otherFact, otherHint, otherMessage } from "../../doctor/who/messages.ts";
import { applySteps, type PatchStep } from "../../patch/apply.ts";
import { triedByCodex, triesOf } from "../../patch/codex/loads.ts";
import { showDiff } from "../../patch/diff.ts";
import { shortPath } from "../../patch/folders.ts";
import { editsOf } from "../../patch/state/manifest.ts";
import type { PatchContext } from "../../patch/integration.ts";
import { oldDaemons } from "../../patch/machine/daemon.ts";
import { environmentFindings } from "../../patch/machine/environment.ts";
import { placeOf } from "../../provider/catalog/place.ts";
import { CHOOSABLE, chosenProfile } from "../../provider/choose.ts";
import type { ExitCode } from "../shared/output.ts";
import { rowsFor } from "./all_rows.ts";
import { askProvider } from "./ask_provider.ts";
import { replaceRetired } from "./retired.ts";
import { offerFor } from "./choose_model.ts";
import {
  agreed,
  openPatching,
  type Patching,
  type PatchOptions,
  printFindings,
  problemLines,
  refuseNewer,
} from "./patching.ts";
import { refuseProtected, writeProtected } from "./write_protected.ts";
import { mentionService, offerService } from "./service_offer.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";

/**
 * Runs the command.
 *
 * @returns 0; also where the user declines
 * @throws {Failure} `bad_config`, `bad_usage`: nothing was changed then.
 */
export async function init(
  options: PatchOptions,
  machine: Machine = thisMachine(),
): Promise<ExitCode> {
  const { terminal: { out, color } } = machine;
  if (options.provider !== undefined && options.offer === undefined) {
    const offer = await offerFor(options, machine);
    if (offer) return await init({ ...options, offer }, machine);
    out("Nothing was changed.\n");
    return 0;
  }
  const codex = options.codex ?? await machine.codexVersion() ?? "";
  const patching = await openPatching({ ...options, codex }, machine, "settings");
  const { context, applier, manifest, memory } = patching;
  refuseNewer(memory);
  const rows = options.rows === undefined
    ? await rowsFor(options, context, manifest, machine)
    : undefined;
  if (rows !== undefined) return await init({ ...options, codex, rows }, machine);
  if (manifest?.state === "pending") {
    out("The last sidecar init was interrupted; this one finishes it.\n");
  }
  if (memory.trouble) {
    out(`${memory.trouble.message}; a copy of it is kept before a new one is written.\n`);
  }
  const steps = await planAll(patching);
  const answer = await replaceRetired(steps, options, machine);
  if (answer !== undefined) {
    return await init({ ...options, codex, replaceRetired: answer }, machine);
  }
  out("Found:\n");
  for (const line of await environmentFindings(context)) out(`  ${cleanLine(line)}\n`);
  printFindings(steps, machine);
  refuseProblems(steps);
  if (steps.every(({ plan }) => plan.edits.length === 0)) {
    if (await isBare(patching, steps)) return await withProvider(options, machine);
    out("\n");
    if (options.service) return await offerService(options, machine) === "failed" ? 1 : 0;
    await mentionService(machine);
    await mentionDaemons(context, machine);
    out("Nothing to change.\n");
    return 0;
  }
  out(`\n${showDiff(steps.flatMap(({ plan }) => plan.previews), color)}\n`);
  const guarded = await writeProtected(steps, machine);
  for (const line of guarded) out(`Careful: ${line}.\n`);
  const other = await whoElse(context.port, options, machine);
  if (other !== undefined) out(`${other}\n`);
  await refuseUnloadable(steps, options, machine);
  if (options.dryRun) {
    if (options.service) return await offerService(options, machine) === "failed" ? 1 : 0;
    await mentionDaemons(context, machine);
    out("Nothing was written: this was a dry run.\n");
    return 0;
  }
  refuseProtected(guarded, options);
  const question = guarded.length > 0
    ? "Make these changes, in the write-protected files too?"
    : "Make these changes?";
  if (!await agreed(question, options, machine)) {
    out("Nothing was changed.\n");
    return 0;
  }
  const changing = steps.filter(({ plan }) => plan.edits.length > 0);
  const backup = await applySteps(changing, applier);
  const { system, env, port } = context;
  out(`Done. A copy of what was there: ${cleanLine(shortPath(system, env, backup))}\n`);
  await mentionDaemons(context, machine);
  const service = await offerService(options, machine);
  if (service !== "installed") {
    const { is } = await machine.who(port);
    out(is === "sidecar" ? `The sidecar is up on port ${port}.\n` : "Now start it: sidecar\n");
  }
  out("To revert it: sidecar undo\n");
  if (options.provider !== undefined) {
    out(`Next: ${await nextCommand(options, machine, port, service === "installed")}\n`);
  }
  return service === "failed" ? 1 : 0;
}

/** The command to type after a provider was added: for its key, the sidecar, or Codex, whichever lacks first. */
async function nextCommand(
  { provider = "", baseUrl, keyVariable }: PatchOptions,
  { system, env, who }: Machine,
  port: number,
  installed: boolean,
): Promise<string> {
  const profile = chosenProfile(provider);
  const key = keyVariable ?? placeOf(profile, baseUrl ?? profile.catalog?.baseUrl ?? "").keyEnv;
  if (key !== undefined && !env[key]) {
    return system === "windows" ? `setx ${key} YOUR_KEY` : `export ${key}=YOUR_KEY`;
  }
  return installed || (await who(port)).is === "sidecar" ? "codex" : "sidecar";
}

/** Names Codex's background app-servers that do not see this shell's environment. */
async function mentionDaemons(
  context: PatchContext,
  { terminal: { out } }: Machine,
): Promise<void> {
  for (const { fact, stop } of await oldDaemons(context)) {
    out(`${cleanLine(`Careful: ${fact}. End it: ${stop}`)}\n`);
  }
}

/**
 * Who else has the port, as a sentence; `undefined` where nobody else does.
 *
 * @throws {Failure} `bad_config`, where the changes would send Codex's requests, and its key, to that program
 */
async function whoElse(
  port: number,
  { dryRun = false }: PatchOptions,
  { who: ask }: Machine,
): Promise<string | undefined> {
  const who = await ask(port);
  if (!isOther(who)) return undefined;
  if (dryRun) return `Careful: ${otherMessage(who, port)}`;
  throw new Failure("bad_config", `Codex is not routed to port ${port}: ${otherFact(who, port)}`, {
    hint: `${otherHint(who)}. Nothing was changed`,
  });
}

/**
 * Asks the installed Codex whether it would still start.
 *
 * @throws {Failure} `bad_config`, where it would not
 */
export async function refuseUnloadable(
  steps: readonly PatchStep[],
  { dryRun = false }: PatchOptions,
  { codex, clock, terminal: { out } }: Machine,
): Promise<void> {
  const tries = triesOf(steps.map(({ plan }) => plan));
  const { problems, notes } = await triedByCodex(tries, codex, clock);
  for (const note of notes) out(`${cleanLine(note)}\n`);
  if (problems.length === 0) return;
  if (dryRun) return problems.forEach((problem) => out(`${cleanLine(`Careful: ${problem}`)}\n`));
  throw new Failure("bad_config", problems.join("\n"), {
    hint: "Nothing was changed. Correct what Codex names, or leave the program out with --only",
  });
}

/** The plan of every integration. */
export async function planAll({ places }: Patching): Promise<PatchStep[]> {
  const steps: PatchStep[] = [];
  for (const place of places) steps.push({ integration: place, plan: await place.plan() });
  return steps;
}

/** One problem refuses every change. @throws {Failure} `bad_config` */
export function refuseProblems(steps: readonly PatchStep[]): void {
  const problems = steps.flatMap(({ plan }) => plan.problems);
  if (problems.length === 0) return;
  throw new Failure("bad_config", problemLines(problems).join("\n"), {
    hint: "Nothing was changed",
  });
}

/** Whether there is no provider anywhere that the sidecar stands for, or could. */
async function isBare(
  { places, manifest }: Patching,
  steps: readonly PatchStep[],
): Promise<boolean> {
  if (!steps.some(({ plan }) => plan.lacksProvider)) return false;
  for (const place of places) {
    const { state } = await place.state(editsOf(manifest, place.name));
    if (state === "patched") return false;
  }
  return true;
}

/** Asks which provider Codex is to have, where and with which key, and starts again with the answers. */
async function withProvider(options: PatchOptions, machine: Machine): Promise<ExitCode> {
  const { questions, terminal: { out } } = machine;
  if (questions) {
    const answers = await askProvider(options, questions, machine);
    if (answers) return await init(answers, machine);
    out("Nothing was changed.\n");
    return 0;
  }
  throw new Failure("bad_usage", "Codex has no provider that the sidecar could stand for", {
    hint: `Add one with --provider ${
      CHOOSABLE.join(", ")
    }; or choose one in your switcher and run this again`,
  });
}
