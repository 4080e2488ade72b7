/**
 * `sidecar replay`: plays a recording back as a provider on this machine, until it is asked to stop.
 *
 * @module
 */

import { basename } from "node:path";
import { cleanAll, cleanLine } from "../../base/clean.ts";
import { Failure } from "../../base/errors.ts";
import { filled } from "../../base/json.ts";
import { readRecording, type Recording } from "../../observe/recorder/recording.ts";
import { type Provider, startProvider } from "../../simulate/provider.ts";
import { replayScript } from "../../simulate/replay.ts";
import { type ExitCode, type Terminal, terminal } from "../shared/output.ts";
import { onStop } from "../shared/signals.ts";

/** The command's options, as the command line brings them. */
export interface ReplayFlags {
  readonly file: string;
  readonly fast?: boolean | undefined;
  /** @default {"0"} any free port */
  readonly port?: string | undefined;
}

/** What the command needs from outside; tests replace the parts. */
export interface ReplayDeps {
  /** @default the process's own */
  readonly screen?: Terminal;
  /** Calls `run` when it shall stop; returns what undoes that. @default signals */
  readonly stopOn?: (run: () => void) => () => void;
}

/**
 * Plays the recording until it is asked to stop.
 *
 * @throws {Failure} `bad_usage`, for a file that is no recording and a port that cannot be had.
 */
export async function replay(flags: ReplayFlags, deps: ReplayDeps = {}): Promise<ExitCode> {
  const { file, fast = false, port = "0" } = flags;
  const { screen = terminal, stopOn = onStop } = deps;
  const recording = readRecording(await textOf(file));
  if (recording.attempts.length === 0) {
    throw new Failure("bad_usage", `${basename(file)} holds no request to an upstream`);
  }
  const script = replayScript(recording, { fast });
  const provider = await start(port, (request, n) => {
    const which = (n - 1) % recording.attempts.length + 1;
    const { method, path } = request;
    screen.out(
      `${cleanLine(`${method} ${path}`)}${method === "POST" ? `: attempt ${which}` : ""}\n`,
    );
    return script(request, n);
  });
  screen.out(intro(file, recording, provider.url));
  await new Promise<void>((resolve) => {
    const remove = stopOn(() => {
      remove();
      resolve();
    });
  });
  await provider.stop();
  return 0;
}

/** The first lines: what the recording is, and how to use it. */
function intro(file: string, recording: Recording, url: string): string {
  const { wire, attempts, content } = recording;
  const { upstream, provider, model, outcome } = cleanAll({ ...recording, attempts: [] });
  const count = `${attempts.length} attempt${attempts.length === 1 ? "" : "s"}`;
  const message = filled(outcome.message);
  return `${cleanLine(basename(file))}: ${upstream} ${model}, ${count}, ${
    filled(outcome.outcome) ?? "no end"
  }\
${message === undefined ? "" : `: ${message}`}
${
    content
      ? ""
      : "Its texts are unreadable: the answer has the form and the faults, not the text.\n"
  }\
Playing it at ${url}; Ctrl-C ends it. For the sidecar's config.yaml:

upstreams:
  replay: { base_url: "${url}", wire: ${wire}, provider: ${provider} }

`;
}

async function start(
  port: string,
  script: Parameters<typeof startProvider>[0]["script"],
): Promise<Provider> {
  const number = Number(port);
  if (!/^\d{1,5}$/.test(port) || number > 65_535) {
    throw new Failure("bad_usage", `--port is "${port}", but takes a number from 0 to 65535`);
  }
  try {
    return await startProvider({ port: number, script });
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    throw new Failure("bad_usage", `The recording cannot be played on port ${port}: ${fact}`, {
      cause: error,
      hint: "Choose another port with --port",
    });
  }
}

async function textOf(file: string): Promise<string> {
  try {
    return await Deno.readTextFile(file);
  } catch (error) {
    const fact = error instanceof Error ? error.message : String(error);
    throw new Failure("bad_usage", `The recording cannot be read: ${fact}`, { cause: error });
  }
}
