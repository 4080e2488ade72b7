/**
 * `sidecar doctor`: everything between Codex and the provider, checked in order. Changes nothing.
 *
 * With `--live` it also sends a slow answer through the whole way, which costs nothing, and, after asking, two tiny
 * questions to each model, which do.
 *
 * @module
 */

import { cleanAll, cleanLine } from "../../base/clean.ts";
import { displayJson } from "../../base/display.ts";
import { systemClock, systemRandom } from "../../base/clock.ts";
import { type Check, type CheckFinding, exitOf, fail, runChecks } from "../../doctor/check.ts";
import { CHECKS } from "../../doctor/checks.ts";
import { type DoctorFacts, gatherFacts } from "../../doctor/facts.ts";
import { askBoth, type LiveTarget } from "../../doctor/live/ask.ts";
import { heartbeatsCheck } from "../../doctor/live/heartbeats.ts";
import { routeTarget, upstreamTargets } from "../../doctor/live/targets.ts";
import { silent } from "../../observe/observer.ts";
import { startServer } from "../../proxy/server.ts";
import { newToken } from "../../proxy/inbound/token.ts";
import { confirmSpending } from "../cli/confirm.ts";
import { countLine, findingLines } from "./view.ts";
import { thisWorld } from "./world.ts";
import { bypassProxyForLoopback } from "../cli/loopback.ts";
import { type ExitCode, type Terminal, terminal } from "../cli/output.ts";

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
 * Looks, tells and counts.
 *
 * @returns 1 where a check failed
 * @throws {Failure} `bad_usage`, where money is to be spent and nobody can be asked
 */
export async function doctor(
  options: DoctorOptions,
  shown: Terminal = terminal,
): Promise<ExitCode> {
  const env = Deno.env.toObject(); // as Codex would find it: the next line changes it for this process
  bypassProxyForLoopback();
  const world = await thisWorld({ version: options.version, config: options.config, env });
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
  err("A slow answer goes through the whole way now; that takes half a minute for each hop…\n");
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
    const way = await routeTarget(facts);
    const targets = [...(way ? [way] : []), ...upstreamTargets(config, env, own.url)];
    if (targets.length === 0) {
      return err("There is no model to ask: none has a key and a name here\n");
    }
    const names = cleanLine(targets.map(({ name, model }) => `${name} (${model})`).join(", "));
    err(`Two small questions each for real to ${names}: about a thousand tokens each.\n`);
    if (!options.yes && !await confirmSpending("Ask them?")) return;
    await runChecks(targets.map((one) => liveCheck(one, one === way)), facts, run);
  } finally {
    await own.abort();
  }
}

/** @param onWay asked on Codex's own way: who listens there is proved again, for the user may have thought it over long */
function liveCheck(target: LiveTarget, onWay: boolean): Check<DoctorFacts> {
  return {
    name: `stream of ${target.name}`,
    async run(facts) {
      const now = onWay ? await routeTarget(facts) : target;
      return now ? await askBoth(now, systemClock) : fail(
        "another program listens on the way now, and is asked nothing",
        "Run the doctor again",
      );
    },
  };
}
