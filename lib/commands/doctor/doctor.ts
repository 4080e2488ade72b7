/**
 * `sidecar doctor`: checks everything between Codex and the provider, in order. Changes nothing.
 *
 * With `--live` it also sends a slow answer through every hop, which costs nothing, and, after the user confirms, two
 * small questions to each model, which cost tokens.
 *
 * @module
 */

import { cleanAll, cleanLine } from "../../base/clean.ts";
import { displayJson } from "../../base/display.ts";
import { systemClock, systemRandom } from "../../base/clock.ts";
import { processEnv } from "../../config/process_env.ts";
import { type Check, type CheckFinding, exitOf, fail, runChecks } from "../../doctor/check.ts";
import { CHECKS } from "../../doctor/checks.ts";
import { type DoctorFacts, gatherFacts } from "../../doctor/facts.ts";
import { askBoth, type LiveTarget } from "../../doctor/live/ask.ts";
import { heartbeatsCheck } from "../../doctor/live/heartbeats.ts";
import { routeTarget, upstreamTargets } from "../../doctor/live/targets.ts";
import { silent } from "../../observe/observer.ts";
import { startServer } from "../../proxy/server.ts";
import { newToken } from "../../proxy/inbound/token.ts";
import { confirmSpending } from "../shared/confirm.ts";
import { countLine, findingLines } from "./view.ts";
import { thisWorld } from "./world.ts";
import { bypassProxyForLoopback } from "../shared/loopback.ts";
import { type ExitCode, type Terminal, terminal, warnOn } from "../shared/output.ts";

/** The command's options. */
export interface DoctorOptions {
  readonly version: string;
  /** The sidecar's settings file; without it the usual one. */
  readonly config?: string | undefined;
  readonly json?: boolean | undefined;
  readonly live?: boolean | undefined;
  /** Do not ask before tokens are spent. */
  readonly yes?: boolean | undefined;
}

/** How long a live check may take, in milliseconds: two answers of a model that thinks. */
const LIVE_LIMIT = 10 * 60_000;

/**
 * Runs the command.
 *
 * @returns 1 where a check failed
 * @throws {Failure} `bad_usage`, where money is to be spent and nobody can be asked
 */
export async function doctor(
  options: DoctorOptions,
  shown: Terminal = terminal,
): Promise<ExitCode> {
  const env = processEnv(); // as Codex finds it: the next line changes it for this process
  bypassProxyForLoopback();
  const world = await thisWorld({
    version: options.version,
    config: options.config,
    env,
    warn: warnOn(shown),
  });
  const facts = await gatherFacts(world);
  const color = Deno.stdout.isTerminal() && !Deno.noColor;
  const findings: CheckFinding[] = [];
  const onFinding = (finding: CheckFinding) => {
    const clean = cleanAll(finding, ["fact", "hint"]);
    findings.push(clean);
    if (!options.json) shown.out(`${findingLines(clean, color).join("\n")}\n`);
  };
  await runChecks(CHECKS, facts, { clock: systemClock, onFinding });
  if (options.live) await runLive(facts, options, onFinding, shown);
  shown.out(
    options.json
      ? `${displayJson({ format: 1, version: options.version, findings }, 2)}\n`
      : `\n${countLine(findings, color)}\n`,
  );
  return exitOf(findings);
}

async function runLive(
  facts: DoctorFacts,
  options: DoctorOptions,
  onFinding: (finding: CheckFinding) => void,
  { err }: Terminal,
): Promise<void> {
  const run = { clock: systemClock, limit: LIVE_LIMIT, onFinding };
  err("Sending a slow answer through every hop: half a minute for each…\n");
  await runChecks([heartbeatsCheck()], facts, run);
  if (facts.config instanceof Error) return;
  const { env } = facts.world.context;
  // Behind this port stand the configured keys: it answers to nobody but this run.
  const listen = { host: "127.0.0.1", port: 0, token: newToken(systemRandom) };
  const config = { ...facts.config, listen };
  const own = startServer(config, {
    clock: systemClock,
    random: systemRandom,
    observer: silent,
    env: (name) => env[name],
    version: options.version,
  });
  try {
    const route = await routeTarget(facts);
    const targets = [...(route ? [route] : []), ...upstreamTargets(config, env, own.url)];
    if (targets.length === 0) {
      return err("There is no model to ask: no upstream has both a key and a model name here\n");
    }
    const names = cleanLine(targets.map(({ name, model }) => `${name} (${model})`).join(", "));
    err(`Two small real questions to each of ${names}: about a thousand tokens each.\n`);
    if (!options.yes && !await confirmSpending("Ask them?")) return;
    await runChecks(targets.map((one) => liveCheck(one, one === route)), facts, run);
  } finally {
    await own.abort();
  }
}

/** @param onRoute asked on Codex's own route: who listens there is proved again, since the user may have waited long */
function liveCheck(target: LiveTarget, onRoute: boolean): Check<DoctorFacts> {
  return {
    name: `stream of ${target.name}`,
    async run(facts) {
      const now = onRoute ? await routeTarget(facts) : target;
      return now ? await askBoth(now, systemClock) : fail(
        "another program now listens on the route, and is asked nothing",
        "Run the doctor again",
      );
    },
  };
}
