/**
 * `sidecar init --gateway`: leads the Codex of one developer to a team's sidecar. Nothing runs on this machine.
 *
 * @module
 */

import { asFailure, Failure } from "../../base/errors.ts";
import { cleanLine } from "../../base/clean.ts";
import { isThisMachine } from "../../base/loopback.ts";
import { keyFault, trimmedKey } from "../../base/secrets/key_text.ts";
import { applySteps } from "../../patch/apply.ts";
import { showDiff } from "../../patch/diff.ts";
import { shortPath } from "../../patch/folders.ts";
import type { GatewayChoice } from "../../patch/integration.ts";
import { displayUrl, relayFault } from "../../patch/relay_url.ts";
import type { ExitCode } from "../shared/output.ts";
import { type Machine, thisMachine } from "../shared/this_machine.ts";
import { planAll, refuseProblems, refuseUnloadable } from "./init.ts";
import { agreed, openPatching, type PatchOptions, printFindings, refuseNewer } from "./patching.ts";
import { refuseProtected, writeProtected } from "./write_protected.ts";

/** Milliseconds for the gateway's list of models. */
const TIMEOUT = 5_000;

/**
 * Runs the command.
 *
 * @returns 0; also where the user declines
 * @throws {Failure} `bad_usage`, `bad_config`, `bad_token`: nothing was changed then
 */
export async function initGateway(
  options: PatchOptions,
  machine: Machine = thisMachine(),
): Promise<ExitCode> {
  const { terminal: { out, color } } = machine;
  const choice = await withModel(choiceOf(options), options, machine);
  const codex = options.codex ?? await machine.codexVersion() ?? "";
  const { context, applier, places, manifest, memory } = await openPatching(
    { ...options, only: "codex", codex, gatewayChoice: choice, provider: undefined },
    machine,
    "settings",
  );
  refuseNewer(memory);
  if (manifest?.state === "pending") {
    out("The last sidecar init was interrupted; this one finishes it.\n");
  }
  const steps = await planAll({ context, applier, places, manifest, memory });
  out("Found:\n");
  printFindings(steps, machine);
  refuseProblems(steps);
  if (steps.every(({ plan }) => plan.edits.length === 0)) {
    out("Nothing to change.\n");
    return 0;
  }
  out(`\n${showDiff(steps.flatMap(({ plan }) => plan.previews), color)}\n`);
  const guarded = await writeProtected(steps, machine);
  for (const line of guarded) out(`Careful: ${line}.\n`);
  await refuseUnloadable(steps, options, machine);
  if (options.dryRun) {
    out("Nothing was written: this was a dry run.\n");
    return 0;
  }
  refuseProtected(guarded, options);
  if (!await agreed("Make these changes?", options, machine)) {
    out("Nothing was changed.\n");
    return 0;
  }
  const backup = await applySteps(steps, applier);
  const { system, env } = context;
  out(`Done. A copy of what was there: ${cleanLine(shortPath(system, env, backup))}\n`);
  out("To revert it: sidecar undo\n");
  const { tokenVariable } = choice;
  const set = system === "windows"
    ? `setx ${tokenVariable} YOUR_TOKEN`
    : `export ${tokenVariable}=YOUR_TOKEN`;
  out(`Next: ${env[tokenVariable] ? "codex" : set}\n`);
  return 0;
}

/** The gateway of the options. @throws {Failure} `bad_usage` */
function choiceOf({ gateway, token, provider, baseUrl, only }: PatchOptions): GatewayChoice {
  if (gateway === undefined) {
    throw usage("--token is for --gateway", "Add --gateway https://HOST, or leave --token out");
  }
  if (provider !== undefined || baseUrl !== undefined) {
    throw usage("--gateway and --provider exclude each other", "The gateway has the providers");
  }
  if (only !== undefined && only !== "codex") {
    throw usage(`--gateway changes Codex alone, not ${only}`, "Leave --only out");
  }
  const name = /^env:([A-Za-z_]\w*)$/.exec(token ?? "")?.[1];
  if (name === undefined) {
    throw usage(
      "--gateway needs --token env:NAME, the variable in which Codex finds your token",
      "The token itself is written nowhere",
    );
  }
  const fault = relayFault(gateway);
  const url = URL.parse(gateway.trim());
  if (fault !== undefined || !url) {
    throw usage(`--gateway takes an https URL, not ${displayUrl(gateway)}`, `It ${fault}`);
  }
  if (url.protocol !== "https:" && !isThisMachine(url.hostname)) {
    throw usage(
      `--gateway takes an https URL, not ${displayUrl(gateway)}`,
      "Over http anybody on the way could read your token and your code",
    );
  }
  const path = url.pathname.replace(/\/+$/, "");
  return { url: `${url.origin}${path === "" ? "/v1" : path}`, tokenVariable: name };
}

/**
 * The same with a model: the one of `--model`, else what the gateway lists first; none where it cannot be asked.
 *
 * @throws {Failure} `bad_token` where it does not accept the token: no turn would go through
 */
async function withModel(
  choice: GatewayChoice,
  { model }: PatchOptions,
  { env, askModels, terminal: { out } }: Machine,
): Promise<GatewayChoice> {
  if (model !== undefined) return { ...choice, model };
  const { url, tokenVariable } = choice;
  const token = env[tokenVariable];
  if (!token || keyFault(token) !== undefined) {
    out(`The gateway was not asked for its models, because ${tokenVariable} is not set here.\n`);
    return choice;
  }
  const key = trimmedKey(token);
  const headers = new Headers({
    accept: "application/json",
    "accept-encoding": "identity",
    authorization: `Bearer ${key}`,
  });
  const question = { base: url, title: "The gateway", headers, timeout: TIMEOUT, secrets: [key] };
  try {
    const [first] = await askModels(question);
    return { ...choice, model: first?.id };
  } catch (error) {
    const failure = asFailure(error);
    if (failure.facts.upstreamStatus === 401) {
      throw new Failure("bad_token", `${failure.message}: it does not accept ${tokenVariable}`, {
        hint:
          "Ask who runs it for your token, or correct the address; with --model it is not asked",
      });
    }
    out(`${cleanLine(failure.fullMessage)}; the model in the settings stays.\n`);
    return choice;
  }
}

function usage(message: string, hint: string): Failure {
  return new Failure("bad_usage", message, { hint });
}
