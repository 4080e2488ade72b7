/**
 * How big the binary is and how soon it is there, beside a hello world compiled in the same run.
 *
 * @module
 */

import { figure, median, percent, table } from "./table.ts";

/** A binary and what was measured of it. */
interface Startup {
  readonly name: string;
  /** In MB, 10^6 bytes. */
  readonly size: number;
  /** Milliseconds from the start of the process, one a round. */
  readonly times: readonly number[];
}

/** How `deno compile` is called: words before `compile`, and its environment. */
interface Compiler {
  readonly words: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
}

const root = new URL("../../", import.meta.url);

/** Compiles both, starts them by turns so many rounds; returns the table, or the reason why there is none. */
export async function startup(rounds: number): Promise<string> {
  const starts = await measureStartup(rounds);
  if (typeof starts === "string") return `No binary to measure: ${starts}`;
  const base = median(starts[0]?.times ?? []);
  return "The binary: medians of its starts\n" + table(
    ["", "MB", "ms", "of hello world"],
    starts.map(({ name, size, times }) => {
      const took = median(times);
      return [name, figure(size, 1), figure(took), percent(took / base)];
    }),
  );
}

async function measureStartup(rounds: number): Promise<Startup[] | string> {
  const dir = await Deno.makeTempDir({ prefix: "sidecar-bench-" });
  try {
    const suffix = Deno.build.os === "windows" ? ".exe" : "";
    const [hello, sidecar] = [`${dir}/hello${suffix}`, `${dir}/sidecar${suffix}`];
    await Deno.writeTextFile(`${dir}/hello.ts`, 'console.log("hello");\n');
    const compiler = await findCompiler([
      "compile",
      "--quiet",
      "--no-config",
      "-A",
      "--output",
      hello,
      `${dir}/hello.ts`,
    ]);
    if (!compiler) return "no runtime for deno compile is to be had here";
    if (!await ran(compiler, ["task", "compile", "--output", sidecar])) {
      return "deno task compile failed";
    }
    await Deno.writeTextFile(`${dir}/config.yaml`, "");
    const serve = ["serve", "--port", "0", "--config", `${dir}/config.yaml`];
    const starts = [
      { name: "hello world", path: hello, start: () => ended(hello, []) },
      { name: "sidecar --version", path: sidecar, start: () => ended(sidecar, ["--version"]) },
      { name: "sidecar serve, listening", path: sidecar, start: () => listening(sidecar, serve) },
    ].map((one) => ({ ...one, times: [] as number[] }));
    for (let round = -1; round < rounds; round++) {
      for (const { start, times } of starts) {
        const took = await start();
        if (round >= 0) times.push(took); // the first start reads the binary from the disk
      }
    }
    return starts.map(({ name, path, times }) => ({
      name,
      size: Deno.statSync(path).size / 1e6,
      times,
    }));
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The first compiler that does what is asked: this Deno, or the one whose runtime stands beside the repository. */
async function findCompiler(args: string[]): Promise<Compiler | undefined> {
  const own: Compiler = { words: [Deno.execPath()], env: {} };
  if (await ran(own, args)) return own;
  const kept = await keptRuntime();
  const other: Compiler = {
    words: ["npx", "-y", "deno@2.7.14"],
    env: { DENORT_BIN: kept ?? "", DENO_TLS_CA_STORE: "system,mozilla" },
  };
  return kept !== undefined && await ran(other, args) ? other : undefined;
}

async function keptRuntime(): Promise<string | undefined> {
  try {
    const tool = new URL("../shared/tools/denort", root).pathname;
    const { success, stdout } = await new Deno.Command(tool, { stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : undefined;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function ran({ words: [program, ...words], env }: Compiler, args: string[]) {
  const { success } = await new Deno.Command(program, {
    args: [...words, ...args],
    cwd: root,
    env,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).output();
  return success;
}

/** Milliseconds until it has ended. */
async function ended(path: string, args: string[]): Promise<number> {
  const began = performance.now();
  await new Deno.Command(path, { args, stdin: "null", stdout: "null", stderr: "null" }).output();
  return performance.now() - began;
}

/** Milliseconds until it says that it listens. */
async function listening(path: string, args: string[]): Promise<number> {
  const began = performance.now();
  const child = new Deno.Command(path, { args, stdin: "null", stdout: "null", stderr: "piped" })
    .spawn();
  let text = "";
  let took = NaN;
  for await (const part of child.stderr.pipeThrough(new TextDecoderStream())) {
    text += part;
    if (!text.includes("listening on")) continue;
    took = performance.now() - began;
    break;
  }
  child.kill("SIGKILL");
  await child.status;
  return took;
}
