/**
 * Drives the real client: `codex exec --json` with a home of its own and no retries of its own.
 *
 * @module
 */

import { isObject, type JsonObject, parseJson } from "../../../lib/base/json.ts";
import { codexBinary } from "./codex_binary.ts";
import { removeFolder, tempFolder } from "../system/temp_folder.ts";

/**
 * What the client does at each start and nothing of which reaches a provider: it asks GitHub for plugins by git, and runs the
 * user's login shell. Half of the processor time of a turn.
 */
export const IDLE_FEATURES: Readonly<Record<string, boolean>> = {
  plugins: false,
  shell_snapshot: false,
};

/** What ends a run that hangs; far longer than a busy machine takes. */
export const HANG_MS = 180_000;

/** How one run of Codex is set up. */
export interface CodexOptions {
  /** `http://127.0.0.1:PORT/v1` */
  readonly baseUrl: string;
  readonly prompt: string;
  /** Default `sim-1`. */
  readonly model?: string;
  /** Extra top-level lines of config.toml. */
  readonly config?: string;
  /** Extra lines of the provider's table; they win over the ones set here. */
  readonly provider?: string;
  /** Extra tables at the end of config.toml. */
  readonly tables?: string;
  /** Features of the client that are turned on or off, besides {@link IDLE_FEATURES}. */
  readonly features?: Readonly<Record<string, boolean>>;
  /** Whether Codex runs every command without asking and without a sandbox. @default true */
  readonly unguarded?: boolean;
  /** Extra arguments of `codex exec`. */
  readonly args?: readonly string[];
  /** Files laid into the working folder before the start. */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  /** @default HANG_MS */
  readonly timeoutMs?: number;
  /** A home that {@link codexHome} laid out, for several runs in it; whoever made it removes it. Default: one for this run. */
  readonly home?: { readonly home: string; readonly work: string };
  /** Of the client. Default: the one that the facts are about. */
  readonly version?: string;
}

/** A client that gives up after so many seconds without an event, for what is about silence: of all others a busy machine must not. */
export const IMPATIENT: Partial<CodexOptions> = { provider: "stream_idle_timeout_ms = 6000" };

/** What a run came to. */
export interface CodexRun {
  /** The exit code; -1 when it had to be killed for taking too long. */
  readonly code: number;
  /** Every line of `--json`. */
  readonly events: readonly JsonObject[];
  /** The finished items, in order. */
  readonly items: readonly JsonObject[];
  /** The texts of the finished messages, in order. */
  readonly messages: readonly string[];
  /** What Codex said in `error` and `turn.failed`. */
  readonly errors: readonly string[];
  /** How often it said that it reconnects. */
  readonly reconnects: number;
  readonly stderr: string;
  readonly ms: number;
  /** Reads a file of the working folder as the run left it. */
  file(name: string): string | undefined;
}

/** A run that goes on. */
export interface RunningCodex {
  readonly result: Promise<CodexRun>;
  /** The lines so far. */
  readonly events: readonly JsonObject[];
  kill(signal: Deno.Signal): void;
}

/** Runs Codex to its end. */
export async function runCodex(options: CodexOptions): Promise<CodexRun> {
  return await (await startCodex(options)).result;
}

/** Starts Codex. */
export async function startCodex(options: CodexOptions): Promise<RunningCodex> {
  const binary = await codexBinary(options.version);
  const { home, work } = options.home ?? await codexHome(options);
  const started = performance.now();
  const child = new Deno.Command(binary, {
    args: [
      "exec",
      "--json",
      "--skip-git-repo-check",
      ...options.unguarded ?? true ? ["--dangerously-bypass-approvals-and-sandbox"] : [],
      ...options.args ?? [],
      "--",
      options.prompt,
    ],
    cwd: work,
    clearEnv: true,
    env: codexEnv(home),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, options.timeoutMs ?? HANG_MS);
  const events: JsonObject[] = [];
  const finish = async (): Promise<CodexRun> => {
    const stderr = new Response(child.stderr).text();
    for await (const line of lines(child.stdout)) {
      const event = parseJson(line);
      if (isObject(event)) events.push(event);
    }
    const { code } = await child.status;
    clearTimeout(timer);
    const files = await contents(work);
    const run = summary(events, late ? -1 : code, await stderr, performance.now() - started, files);
    if (!options.home) await removeFolder(home);
    return run;
  };
  return { result: finish(), events, kill: (signal) => child.kill(signal) };
}

/** Lays out a home and a working folder for a client, and writes its config.toml. */
export async function codexHome(
  options: Omit<CodexOptions, "prompt">,
): Promise<{ home: string; work: string }> {
  const home = await tempFolder("codex-home-");
  const work = `${home}/work`;
  await Deno.mkdir(work);
  for (const [name, content] of Object.entries(options.files ?? {})) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${work}/${name}`, bytes);
  }
  const text = configToml(options).replaceAll("$WORK", work).replaceAll("$HOME", home);
  await Deno.writeTextFile(`${home}/config.toml`, text);
  return { home, work };
}

/** The environment of a client: nothing of ours but the way to its tools. */
export function codexEnv(home: string): Record<string, string> {
  return { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", HOME: home, CODEX_HOME: home };
}

function configToml(options: Omit<CodexOptions, "prompt">) {
  const { baseUrl, model, config, provider, tables, version, features } = options;
  // Older ones do not know all of them
  const switched = { ...version === undefined && IDLE_FEATURES, ...features };
  const own = Object.entries({
    name: '"Simulated"',
    base_url: JSON.stringify(baseUrl),
    wire_api: '"responses"',
    experimental_bearer_token: '"test-key"',
    request_max_retries: "0",
    stream_max_retries: "0",
    stream_idle_timeout_ms: "60000",
  }).filter(([key]) => !provider?.includes(`${key} =`));
  return `model = ${JSON.stringify(model ?? "sim-1")}
model_provider = "sim"
web_search = "disabled"
check_for_update_on_startup = false
${config ?? ""}
[analytics]
enabled = false
[features]
${Object.entries(switched).map(([name, on]) => `${name} = ${on}`).join("\n")}
[model_providers.sim]
${own.map(([key, value]) => `${key} = ${value}`).join("\n")}
${provider ?? ""}
${tables ?? ""}
`;
}

function summary(
  events: readonly JsonObject[],
  code: number,
  stderr: string,
  ms: number,
  files: ReadonlyMap<string, string>,
): CodexRun {
  const of = (type: string) => events.filter((event) => event.type === type);
  const items = of("item.completed").flatMap(({ item }) => isObject(item) ? [item] : []);
  const messages = items.filter(({ type }) => type === "agent_message").map(({ text }) =>
    `${text}`
  );
  const failed = of("turn.failed").map(({ error }) => isObject(error) ? `${error.message}` : "");
  const errors = [...of("error").map(({ message }) => `${message}`), ...failed];
  const reconnects = errors.filter((text) => text.includes("Reconnecting")).length;
  const file = (name: string) => files.get(name);
  return { code, events, items, messages, errors, reconnects, stderr, ms, file };
}

async function contents(dir: string): Promise<Map<string, string>> {
  const files = new Map<string, string>();
  for await (const entry of Deno.readDir(dir)) {
    if (entry.isFile) files.set(entry.name, await Deno.readTextFile(`${dir}/${entry.name}`));
  }
  return files;
}

/** The lines of a stream of bytes; the last one needs no line break. */
export async function* lines(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    yield* parts;
  }
  if (rest !== "") yield rest;
}
