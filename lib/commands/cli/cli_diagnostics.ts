/**
 * Declares the commands that diagnose and measure: `doctor`, `stress`, `demo` and `replay`.
 *
 * @module
 */

import type { Command } from "commander";
import { examples, exitCodes, settingsFrom } from "./help.ts";
import { someOf } from "../shared/choices.ts";
import type { DoctorOptions } from "../doctor/doctor.ts";
import type { ReplayFlags } from "../recordings/replay.ts";
import type { StressOptions } from "../stress/stress.ts";

/** The functions that the commands run; tests replace them. */
export interface DiagnosticCommands {
  /** @default `doctor.ts` */
  readonly doctor?: (options: DoctorOptions) => Promise<number>;
  /** @default `stress.ts` */
  readonly stress?: (options: StressOptions) => Promise<number>;
  /** @default `demo.ts` */
  readonly demo?: (options: { codex: boolean }) => Promise<number>;
  /** @default `replay.ts` */
  readonly replay?: (options: ReplayFlags) => Promise<number>;
}

type Deps = DiagnosticCommands & { readonly version: string };
type End = (code: number) => void;

/** Adds `doctor`, `stress`, `demo` and `replay`. @param end is given the exit code */
export function addDiagnosticCommands(program: Command, deps: Deps, end: End): void {
  addDoctor(program, deps, end);
  addStress(program, deps, end);
  const demo = program.command("demo")
    .summary("a fake provider that misbehaves, with and without the sidecar")
    .description(
      "Asks a provider that misbehaves on command, once directly and once through the sidecar, and \
shows both side by side. Everything runs on this machine: no key, no network.",
    )
    .option("--codex", "drive the Codex on the PATH (default: a client that behaves like it)")
    .action(async ({ codex = false }: { codex?: boolean }) => {
      const demo = deps.demo ?? (await import("../demo/demo.ts")).demo;
      end(await demo({ codex }));
    });
  examples(demo, [
    ["sidecar demo", "every fault, side by side"],
    ["sidecar demo --codex", "the same with the real Codex"],
  ]);
  exitCodes(demo, [["0", "every answer through the sidecar was complete"], ["1", "one was not"]]);
  const replay = program.command("replay")
    .summary("play a recording back as a provider on this machine")
    .description(
      "Plays a recording back as a provider on this machine, with the same bytes, pauses and end, until \
Ctrl-C. Each request gets the next attempt of the recording, and after the last it begins again. \
It prints the lines for config.yaml that lead to it.",
    )
    .argument("<file>", "a file that serve --record wrote")
    .option("--fast", "leave out the pauses")
    .option("--port <number>", "port of 127.0.0.1 to listen on (default: any free one)")
    .action(async (file: string, options: Omit<ReplayFlags, "file">) => {
      const replay = deps.replay ?? (await import("../recordings/replay.ts")).replay;
      end(await replay({ file, ...options }));
    });
  examples(replay, [
    ["sidecar replay rec/a.jsonl", "as it was, pauses and all"],
    ["sidecar replay rec/a.jsonl --fast --port 8500", "at once, on a port of your choice"],
  ]);
}

function addDoctor(program: Command, deps: Deps, end: End): void {
  const doctor = program.command("doctor")
    .summary("check everything between Codex and the provider, in order; changes nothing")
    .description(
      "Follows a request from Codex's settings to the provider. Each check prints what it found and, where \
something is wrong, what to do. Changes nothing and prints no key. No check takes longer than ten \
seconds.",
    )
    .option(
      "--live",
      "also send a slow answer through the running sidecar and, after you confirm, two small \
questions to each model, about a thousand tokens each",
    )
    .option("--json", "print {format, version, findings} as JSON")
    .option("--config <file>", "the sidecar's settings file (default: config.yaml, see below)")
    .option("--yes", "do not ask before tokens are spent; needed where there is no terminal")
    .action(async (options: Omit<DoctorOptions, "version">) => {
      const doctor = deps.doctor ?? (await import("../doctor/doctor.ts")).doctor;
      end(await doctor({ ...options, version: deps.version }));
    });
  examples(doctor, [
    ["sidecar doctor", "run every check"],
    ["sidecar doctor --live", "also test with real answers"],
    ["sidecar doctor --json", "for scripts and bug reports"],
  ]);
  settingsFrom(doctor);
  exitCodes(doctor, [
    ["0", "no check failed; there may be warnings"],
    ["1", "a check failed"],
    ["2", "wrong usage, or no terminal on which --live could ask"],
  ]);
}

function addStress(program: Command, deps: Deps, end: End): void {
  const stress = program.command("stress")
    .summary("long conversations against an upstream or simulated faults; figures and advice")
    .description(
      "Holds conversations as Codex does, through a private sidecar. Reports which answers were complete, \
which broke and were recovered, which were lost, who answered (a fallback, which key), how long turns \
waited in a queue, how fast they were, and which timeouts and retry to set. The report goes to standard output. Ctrl-C ends a run with what was measured.",
    )
    .option(
      "--upstream <names>",
      "upstreams of config.yaml, with commas between; each needs api_key (default: the first one)",
    )
    .option("--model <model>", "model to ask (default: the upstream's first)")
    .addOption(someOf(
      "--simulate <faults>",
      "faults of a simulated provider in place of an upstream, with commas between; none is a good \
provider, failover one with a fallback, queue one that takes two requests at once; a name that does not exist lists all",
      async () => (await import("../../stress/simulated_upstreams.ts")).simulatedNames(),
    ))
    .option(
      "--context <tokens>",
      "input tokens of the last turn: 200000, 200k or 1M (default: 50k; 8k with --simulate)",
    )
    .option("--turns <number>", "turns of a conversation, 1 to 1000 (default: 4)")
    .option("--concurrency <number>", "conversations at once, each upstream; 1 to 256 (default: 1)")
    .option(
      "--duration <time>",
      "begin new conversations for this long: 90s, 10m or 1h (default: each once)",
    )
    .option(
      "--max-requests <number>",
      "begin no turn beyond this number of requests (default: no limit)",
    )
    .option(
      "--max-tokens <tokens>",
      "begin no turn beyond this number of tokens, such as 5M (default: no limit)",
    )
    .option("--seed <number>", "seed of the generated text (default: 1)")
    .option("--report <file>", "also write a page with charts, which needs no network")
    .option("--json", "print the figures as JSON")
    .option("--config <file>", "settings file; must exist (default: config.yaml, see below)")
    .option("--yes", "do not ask before money is spent; needed where there is no terminal")
    .action(async (options: Omit<StressOptions, "version">) => {
      const stress = deps.stress ?? (await import("../stress/stress.ts")).stress;
      end(await stress({ ...options, version: deps.version }));
    });
  examples(stress, [
    ["sidecar stress --simulate none,stall-mid-text", "no key, no network"],
    [
      "sidecar stress --simulate failover,queue --concurrency 6",
      "the same: a fallback and a queue",
    ],
    [
      "sidecar stress --upstream acme --context 200k --turns 8",
      "real requests; shows the cost and asks",
    ],
    [
      "sidecar stress --duration 10m --max-tokens 5M --report stress.html",
      "the first upstream, for ten minutes, with a limit and a page",
    ],
  ]);
  settingsFrom(stress);
  exitCodes(stress, [
    ["0", "every answer was complete, or you declined"],
    ["1", "an answer was lost"],
    ["2", "options or settings it cannot work with"],
  ]);
}
