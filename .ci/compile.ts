/**
 * `deno task compile`: main.ts to one binary.
 *
 * Bundled and minified first, one chunk a command: 12 MB smaller than a compile of the sources, and a command reads no
 * code but its own (`docs/decisions/2026-11-23-compile.md` has the figures). Nothing of the machine it is built on goes in.
 *
 * @module
 */

import { parseArgs } from "node:util";
import manifest from "../deno.json" with { type: "json" };
import { STAMP } from "../lib/base/version/build.ts";

/**
 * What the program is allowed: everything that a command of it does, and nothing it could be asked for.
 *
 * Hosts, folders and programs are the user's choice, so they cannot be listed; `ffi` and `import` are left out.
 */
export const PERMISSIONS = [
  "--no-prompt",
  "--allow-net",
  "--allow-env",
  "--allow-read",
  "--allow-write",
  "--allow-run",
  "--allow-sys",
];

/** Flags of the runtime. Those of V8 stand in the task `start` too: they trade speed for memory. */
export const RUNTIME = [
  "--unstable-no-legacy-abort",
  "--v8-flags=--heap-growing-percent=30,--max-semi-space-size=8,--min-semi-space-size=4",
];

/** The chunk that `deno bundle` makes of main.ts. */
const ENTRY = "main.js";

/** What a compile is asked for. */
export interface Wanted {
  /** A triple such as `aarch64-apple-darwin`; this machine's where none is named. */
  readonly target?: string | undefined;
  /** @default `dist/sidecar`, with `.exe` for Windows */
  readonly output?: string | undefined;
}

/** Where the binary goes. Deno adds `.exe` by itself where it is missing, so it is never left to chance. */
export function outputOf({ target, output }: Wanted, os: string): string {
  const windows = target === undefined ? os === "windows" : target.includes("windows");
  const path = output ?? "dist/sidecar";
  return windows && !path.endsWith(".exe") ? `${path}.exe` : path;
}

/** Arguments of `deno bundle`; `folder` receives `main.js` and its chunks. */
export function bundleArgs(folder: string): string[] {
  const flags = ["--quiet", "--frozen", "--minify", "--keep-names", "--code-splitting"];
  return ["bundle", ...flags, "--outdir", folder, "main.ts"];
}

/**
 * Arguments of `deno compile` for that bundle.
 *
 * No code cache: it would lie in the shared temporary folder under a name that anybody can take first.
 */
export function compileArgs(wanted: Wanted, output: string, entry: string): string[] {
  const target = wanted.target === undefined ? [] : ["--target", wanted.target];
  const alone = ["--quiet", "--no-config", "--no-lock", "--no-npm", "--no-remote", "--no-check"];
  const flags = [...alone, "--no-code-cache", ...RUNTIME, ...PERMISSIONS, ...target];
  return ["compile", ...flags, "--output", output, entry];
}

/**
 * The chunk as it is compiled: packages in CommonJS ask for `require`, which bundles of Deno 2.7 do not bring along.
 *
 * @param stamp what the entry says of the build; no other chunk has one
 */
export function finishChunk(code: string, stamp?: object): string {
  const bring = 'import{createRequire}from"node:module";' +
    "const require=createRequire(import.meta.url);";
  return (code.includes("typeof require") ? bring : "") +
    (stamp ? `globalThis.${STAMP}=${JSON.stringify(stamp)};` : "") +
    code;
}

/** The commit that is built, `-dirty` where files differ from it; `null` outside a repository. */
async function commit(): Promise<string | null> {
  const hash = await said("git", ["rev-parse", "--short=7", "HEAD"]);
  if (!hash) return null;
  return await said("git", ["status", "--porcelain"]) === "" ? hash : `${hash}-dirty`;
}

async function said(program: string, args: string[]): Promise<string | undefined> {
  try {
    const { success, stdout } = await new Deno.Command(program, { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Runs the Deno that runs this; it says by itself what went wrong. */
async function deno(args: string[]): Promise<boolean> {
  const command = new Deno.Command(Deno.execPath(), { args, stdin: "null" });
  return (await command.spawn().status).success;
}

async function build(wanted: Wanted, folder: string): Promise<boolean> {
  if (!await deno(bundleArgs(folder))) return false;
  const repository = Deno.env.get("GITHUB_REPOSITORY") ?? null;
  const stamp = { commit: await commit(), repository };
  for await (const { name } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    const code = await Deno.readTextFile(path);
    await Deno.writeTextFile(path, finishChunk(code, name === ENTRY ? stamp : undefined));
    // A compile keeps the files' times; without them two builds of one commit are the same bytes.
    await Deno.utime(path, 0, 0);
  }
  const output = outputOf(wanted, Deno.build.os);
  if (!await deno(compileArgs(wanted, output, `${folder}/${ENTRY}`))) return false;
  const megabytes = ((await Deno.stat(output)).size / 1e6).toFixed(1);
  say(`${output}: sidecar ${manifest.version} (${stamp.commit}), ${megabytes} MB`);
  return true;
}

async function main(args: string[]): Promise<number> {
  const options = { target: { type: "string" }, output: { type: "string" } } as const;
  let wanted: Wanted;
  try {
    wanted = parseArgs({ args, options }).values;
  } catch (error) {
    say(error instanceof Error ? error.message : `${error}`);
    say("Usage: deno task compile [--target TRIPLE] [--output FILE]");
    return 2;
  }
  const folder = await Deno.makeTempDir({ prefix: "sidecar-bundle-" });
  try {
    return await build(wanted, folder) ? 0 : 1;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function say(line: string): void {
  Deno.stderr.writeSync(new TextEncoder().encode(`${line}\n`));
}

if (import.meta.main) Deno.exit(await main(Deno.args));
