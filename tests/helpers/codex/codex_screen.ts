/**
 * Drives the real client as a person sees it: its terminal interface in tmux, one server of tmux for each run.
 *
 * @module
 */

import { until } from "../../e2e/gated.ts";
import { codexEnv, codexHome, type CodexOptions } from "./codex.ts";
import { codexBinary } from "./codex_binary.ts";
import { removeFolder } from "../system/temp_folder.ts";

/** What a person has before them when all is said. */
export interface Screen {
  /** Every line of the terminal, those that scrolled away included, without trailing blanks. */
  readonly lines: readonly string[];
  /** Reads a file of the working folder as the run left it. */
  file(name: string): string | undefined;
}

/** Options of {@link codexScreen}. */
export interface ScreenOptions extends CodexOptions {
  /** Whether the turn is over, by what is on the screen. */
  readonly over: (lines: readonly string[]) => boolean;
  /** Called with the home and the working folder when the turn is over and the client has ended. */
  readonly left?: (home: string, work: string) => Promise<void>;
  /** Sees the screen again and again while the turn runs. */
  readonly watch?: (lines: readonly string[]) => void;
}

/** Versions without the background process that is shared by all terminals. */
const DAEMON_FREE = new Set(["0.120.0", "0.142.0"]);

/** From one look at the screen to the next: each is a process of tmux. */
const LOOK_MS = 120;

const WIDTH = 100;
const HEIGHT = 50;

let found: Promise<boolean> | undefined;

/** Whether tmux is there. */
export function hasTmux(): Promise<boolean> {
  return found ??= new Deno.Command("tmux", { args: ["-V"], stdout: "null", stderr: "null" })
    .output().then(({ success }) => success, () => false);
}

/** Runs one turn and returns the screen it leaves. */
export async function codexScreen(options: ScreenOptions): Promise<Screen> {
  const binary = await codexBinary(options.version);
  const { home, work } = await codexHome({
    ...options,
    config: `approval_policy = "never"
sandbox_mode = "danger-full-access"
${options.config ?? ""}`,
    tables: `[projects."$WORK"]
trust_level = "trusted"
${options.tables ?? ""}`,
  });
  const terminal = new Terminal(`${home}/tmux`);
  try {
    // Older ones have no daemon and do not know the flag.
    const alone = DAEMON_FREE.has(options.version ?? "") ? [] : ["--no-daemon"];
    const client = [binary, ...alone, ...options.args ?? [], options.prompt];
    await terminal.start(work, { ...codexEnv(home), TERM: "xterm-256color" }, client);
    let lines: string[] = [];
    await until(async () => {
      lines = await terminal.lines();
      options.watch?.(lines);
      return options.over(lines);
    }, LOOK_MS).catch((error) => {
      throw new Error(`The turn was not over in time:\n${lines.join("\n")}`, { cause: error });
    });
    const settled = await terminal.settled();
    if (options.left) {
      await terminal.end();
      await options.left(home, work);
    }
    return { lines: settled, file: await read(work) };
  } finally {
    await terminal.end();
    await removeFolder(home);
  }
}

/** One terminal: a server of tmux at a socket of its own, which ends with what runs in it. */
class Terminal {
  constructor(readonly socket: string) {}

  async start(cwd: string, env: Record<string, string>, command: string[]): Promise<void> {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const size = ["-x", `${WIDTH}`, "-y", `${HEIGHT}`];
    const inside = ["env", "-i", ...variables, ...command].map(quoted).join(" ");
    const start = ["new-session", "-d", "-s", "codex", ...size, "-c", cwd, inside];
    await this.#tmux("-f", "/dev/null", ...start);
  }

  async lines(): Promise<string[]> {
    const text = await this.#tmux("capture-pane", "-p", "-S", "-", "-t", "codex");
    return text.split("\n").map((line) => line.trimEnd());
  }

  /** The screen when it no longer changes. */
  async settled(): Promise<string[]> {
    let before = "";
    let same = 0;
    let now: string[] = [];
    await until(async () => {
      now = await this.lines();
      same = now.join("\n") === before ? same + 1 : 0;
      before = now.join("\n");
      return same >= 3;
    }, LOOK_MS);
    return now;
  }

  /** Ends the client and, with its last session, the server. */
  async end(): Promise<void> {
    const pids = await this.#tmux("display-message", "-p", "-t", "codex", "#{pane_pid} #{pid}")
      .catch(() => "");
    for (const pid of pids.trim().split(" ").filter(Boolean)) {
      try {
        Deno.kill(Number(pid), "SIGKILL");
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
  }

  async #tmux(...args: string[]): Promise<string> {
    const { success, stdout, stderr } = await new Deno.Command("tmux", {
      args: ["-S", this.socket, ...args],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).output();
    if (!success) throw new Error(`tmux ${args[0]}: ${new TextDecoder().decode(stderr)}`);
    return new TextDecoder().decode(stdout);
  }
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

async function read(work: string): Promise<(name: string) => string | undefined> {
  const files = new Map<string, string>();
  for await (const { name, isFile } of Deno.readDir(work)) {
    if (isFile) files.set(name, await Deno.readTextFile(`${work}/${name}`));
  }
  return (name) => files.get(name);
}
