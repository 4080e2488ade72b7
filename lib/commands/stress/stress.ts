/**
 * `sidecar stress`: long conversations through a private sidecar, against a real upstream or simulated faults.
 *
 * The report goes to standard output, progress to standard error.
 *
 * @module
 */

import { cleanAll, cleanLine, cleanText } from "../../base/clean.ts";
import { displayJson } from "../../base/display.ts";
import { systemClock, systemRandom } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { isLoopback } from "../../base/loopback.ts";
import type { Config } from "../../config/config.ts";
import { loadConfig } from "../../config/load.ts";
import { processEnv } from "../../config/process_env.ts";
import { didYouMean } from "../../config/suggest.ts";
import { keySources } from "../../config/keys/upstream_keys.ts";
import { parseAddress } from "../../proxy/inbound/address.ts";
import { Router } from "../../proxy/route/router.ts";
import { dialogueTokens } from "../../stress/dialogue.ts";
import {
  settingFor,
  type StressReport,
  stressSimulated,
  stressUpstreams,
} from "../../stress/report.ts";
import { reportPage } from "../../stress/report/page.ts";
import { reportText } from "../../stress/report/text.ts";
import type { Subject } from "../../stress/measured.ts";
import type { StressDeps } from "../../stress/run.ts";
import { showCount } from "../../stress/report/rows.ts";
import { WATCHABLE } from "../../stress/simulated.ts";
import { simulatedNamed } from "../../stress/simulated_upstreams.ts";
import { confirmSpending } from "../shared/confirm.ts";
import { bypassProxyForLoopback } from "../shared/loopback.ts";
import { type ExitCode, type Terminal, terminal, warnOn } from "../shared/output.ts";
import { readSettingsFile } from "../shared/files.ts";
import { onStop } from "../shared/signals.ts";
import { namesIn, readNumbers, type StressFlags, type StressNumbers } from "./options.ts";
import { type StressView, stressView } from "./view.ts";

/** The command's options. */
export interface StressOptions extends StressFlags {
  readonly version: string;
}

/** How long Codex waits for an event by default, in milliseconds (docs/facts/codex.md §1.1). */
const CODEX_IDLE = 300_000;

/**
 * Runs the command.
 *
 * @returns 0 when every answer was complete, else 1
 * @throws {Failure} `bad_usage`, `bad_config`
 */
export async function stress(
  options: StressOptions,
  shown: Terminal = terminal,
): Promise<ExitCode> {
  const numbers = readNumbers(options);
  const stop = new AbortController();
  const remove = onStop(() => stop.abort(new Failure("shutting_down", "The run was stopped")));
  bypassProxyForLoopback();
  try {
    const report = options.simulate === undefined
      ? await real(options, numbers, stop.signal, shown)
      : await simulated(options, options.simulate, numbers, stop.signal, shown);
    if (!report) return 0;
    shown.out(
      options.json
        ? `${displayJson({ format: 1, ...cleanAll(report, ["yaml"]) }, 2)}\n`
        : reportText(report, Deno.stdout.isTerminal() && !Deno.noColor),
    );
    if (options.report !== undefined) {
      await writePage(options.report, report);
      shown.err(`The page is in ${cleanLine(options.report)}\n`);
    }
    return report.upstreams.some(({ turns, grammar }) => turns.lost > 0 || grammar.length > 0)
      ? 1
      : 0;
  } finally {
    remove();
  }
}

async function simulated(
  { version }: StressOptions,
  list: string,
  numbers: StressNumbers,
  signal: AbortSignal,
  shown: Terminal,
): Promise<StressReport> {
  const names = namesIn(list);
  const count = simulatedNamed(names).length;
  return await watched(
    numbers,
    count,
    shown,
    (view) => stressSimulated(names, WATCHABLE, numbers, depsOf(version, signal, view)),
  );
}

async function real(
  options: StressOptions,
  numbers: StressNumbers,
  signal: AbortSignal,
  shown: Terminal,
): Promise<StressReport | undefined> {
  const env = (name: string) => Deno.env.get(name);
  const config = await loadConfig({
    file: options.config,
    env: processEnv(),
    flags: {},
    readFile: readSettingsFile,
    warn: warnOn(shown),
  });
  const subjects = subjectsOf(config, options);
  const router = new Router({ config, env });
  const targets = new Map(subjects.map(({ upstream }) => [
    upstream,
    router.target(
      parseAddress(`http://127.0.0.1/u/${encodeURIComponent(upstream)}/v1/responses`),
    ),
  ]));
  const fallbacks = subjects.flatMap(({ upstream }) =>
    config.upstreams.get(upstream)?.fallback ?? []
  );
  shown.err(cleanText(costWarning(subjects, numbers, fallbacks)));
  if (!options.yes && !await confirmSpending("Spend that?")) return undefined;
  const plan = { ...numbers, config, subjects, idle: CODEX_IDLE };
  return await watched(
    numbers,
    subjects.length,
    shown,
    (view) =>
      stressUpstreams(
        plan,
        depsOf(options.version, signal, view),
        (upstream) => settingFor(targets.get(upstream) ?? config),
      ),
  );
}

/** Which upstreams are meant, each with its model and a configured key. */
export function subjectsOf(
  { upstreams }: Pick<Config, "upstreams">,
  { upstream, model }: Pick<StressFlags, "upstream" | "model">,
): Subject[] {
  const [first] = upstreams.keys();
  if (first === undefined) {
    throw new Failure("bad_usage", "There is no upstream to stress in the settings", {
      hint: "Add one under upstreams in config.yaml, or try --simulate stall-mid-text",
    });
  }
  return namesIn(upstream ?? first).map((name) => {
    const found = upstreams.get(name);
    if (!found) {
      const near = didYouMean(name, upstreams.keys());
      throw new Failure("bad_usage", `There is no upstream ${JSON.stringify(name)}${near}`, {
        hint: `There is ${[...upstreams.keys()].join(", ")}`,
      });
    }
    const chosen = model ?? found.models[0];
    if (chosen === undefined) {
      throw new Failure("bad_usage", `No model is known for ${name}`, {
        hint: "Name one with --model",
      });
    }
    const local = isLoopback(new URL(found.baseUrl).hostname);
    if (keySources(found).length === 0 && !local) {
      throw new Failure(
        "bad_usage",
        `The upstream ${name} has no key of its own for the stress run`,
        {
          hint: `Set api_key: env:NAME under upstreams.${name} in config.yaml`,
        },
      );
    }
    return { upstream: name, model: chosen };
  });
}

/** What the run will cost, as text to show before it starts. @param fallbacks who may be asked besides */
export function costWarning(
  subjects: readonly Subject[],
  numbers: StressNumbers,
  fallbacks: readonly string[] = [],
): string {
  const { turns, context, concurrency, duration, maxRequests, maxTokens } = numbers;
  const conversations = subjects.length * concurrency;
  const each = dialogueTokens(turns, context);
  const names = subjects.map(({ upstream, model }) => `${upstream} (${model})`).join(", ");
  const limits = [
    ...(maxRequests === undefined ? [] : [`${showCount(maxRequests)} requests`]),
    ...(maxTokens === undefined ? [] : [`${showCount(maxTokens)} tokens`]),
  ];
  const often = duration === undefined ? "" : " repeated until --duration is over,";
  return `This sends real requests to ${names} and costs real money: ${conversations} × ${turns} turns,${often}
about ${showCount(each)} input tokens a conversation, ${
    showCount(each * conversations)
  } for all of them, plus output tokens; retries are extra.
${
    fallbacks.length === 0
      ? ""
      : `Where they cannot answer, ${[...new Set(fallbacks)].join(", ")} may be asked instead.\n`
  }${
    limits.length > 0
      ? `It stops at ${limits.join(" or ")}.`
      : "--max-requests and --max-tokens set a limit."
  }\n`;
}

async function watched(
  { turns, concurrency, duration }: StressNumbers,
  subjects: number,
  shown: Terminal,
  run: (view: StressView) => Promise<StressReport>,
): Promise<StressReport> {
  const live = Deno.stderr.isTerminal() && Deno.env.get("TERM") !== "dumb";
  const view = stressView(
    {
      write: shown.err,
      color: shown.color,
      ...(live ? { columns: Deno.consoleSize().columns } : {}),
    },
    systemClock,
    duration === undefined ? turns * concurrency * subjects : undefined,
  );
  try {
    return await run(view);
  } finally {
    view.end();
  }
}

function depsOf(version: string, signal: AbortSignal, { watch }: StressView): StressDeps {
  const env = (name: string) => Deno.env.get(name);
  return { clock: systemClock, random: systemRandom, env, version, signal, watch };
}

async function writePage(file: string, report: StressReport): Promise<void> {
  try {
    await Deno.writeTextFile(file, reportPage(report));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure("bad_usage", `Cannot write the report to ${file}: ${why}`);
  }
}
