/**
 * The program and the real Codex as a user runs them, in a home of a test's own.
 *
 * Its rule: nothing of this process's environment but what {@link codexEnv} gives. A `bin` folder in the home comes first on
 * PATH, so that a test decides which Codex is found.
 *
 * @module
 */

import { isObject, parseJson } from "../../../lib/base/json.ts";
import { codexEnv, IDLE_FEATURES, lines } from "./codex.ts";
import { sidecarCommand } from "../program/program.ts";

/** Variables beside those of the home. */
type Env = Readonly<Record<string, string>>;

/** What became of a command. */
export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** The words of `codex exec` for one turn that asks nobody. */
export const EXEC: readonly string[] = [
  "exec",
  "--json",
  "--skip-git-repo-check",
  "--dangerously-bypass-approvals-and-sandbox",
  ...Object.entries(IDLE_FEATURES).flatMap(([name, on]) => ["-c", `features.${name}=${on}`]),
];

/** Runs the program to its end. */
export function program(home: string, args: readonly string[], env: Env = {}): Promise<Ended> {
  return ended(serving(home, args, env));
}

/** Runs the Codex of `bin` to its end. */
export function codex(home: string, args: readonly string[], env: Env = {}): Promise<Ended> {
  return ended(
    new Deno.Command(`${home}/bin/codex`, {
      args: [...args],
      cwd: home,
      clearEnv: true,
      env: envOf(home, env),
      stdin: "null",
    }),
  );
}

/** Waits for a command's end. */
export async function ended(command: Deno.Command): Promise<Ended> {
  const { code, stdout, stderr } = await command.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

/** Runs something while the sidecar serves. @returns the lines that the sidecar logged */
export async function served(
  home: string,
  port: string,
  run: () => Promise<unknown>,
): Promise<readonly string[]> {
  const serve = serving(home, ["serve", "--port", port]).spawn();
  const log: string[] = [];
  const listening = Promise.withResolvers<void>();
  const reading = (async () => {
    for await (const line of lines(serve.stderr)) {
      log.push(line);
      if (line.includes("listening")) listening.resolve();
    }
    listening.reject(new Error(log.join("\n")));
  })();
  await listening.promise;
  try {
    await run();
  } finally {
    serve.kill("SIGTERM");
    await Promise.all([serve.status, serve.stdout.cancel(), reading]);
  }
  return log;
}

/** The texts of the finished messages in what `codex exec --json` printed. */
export function messages(stdout: string): unknown[] {
  return stdout.split("\n").flatMap((line) => {
    const event = parseJson(line);
    const item = isObject(event) && event.type === "item.completed" ? event.item : undefined;
    return isObject(item) && item.type === "agent_message" ? [item.text] : [];
  });
}

function serving(home: string, args: readonly string[], env: Env = {}): Deno.Command {
  return sidecarCommand(args, {
    clearEnv: true,
    env: envOf(home, env),
    stdout: "piped",
    stderr: "piped",
  });
}

function envOf(home: string, more: Env): Record<string, string> {
  const env = codexEnv(home);
  return { ...env, PATH: `${home}/bin:${env.PATH}`, NO_COLOR: "1", ...more };
}
