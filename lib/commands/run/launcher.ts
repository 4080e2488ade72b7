/**
 * Where Codex's own words begin in a command line: behind `codex`, or behind `npx @openai/codex`, `node …/codex.js` and
 * other programs that start it. Pure.
 *
 * The sidecar's options must reach Codex and nobody else: `-c` means something to npm and to Node too. Where their place is
 * not certain, the command line is refused.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";

/** A command line, divided where the sidecar puts its options. */
export interface CodexCommand {
  readonly program: string;
  /** Words of the program that starts Codex, up to Codex's name. */
  readonly before: readonly string[];
  /** The user's words for Codex. */
  readonly args: readonly string[];
}

/** How a program that starts others reads its own words. */
interface Launcher {
  /** Words that must come first: `pnpm dlx`; one of them. Absent where there is none. */
  readonly commands?: readonly string[];
  /** Options with a value in the next word. */
  readonly valued?: readonly string[];
  /** Options after which no place is certain, such as a shell line. */
  readonly refused?: readonly string[];
  /** Whether words such as `NAME=value` come first. */
  readonly assigns?: boolean;
  /** Whether any word may be Codex, such as a script of any name; without it a word must be its name. */
  readonly anything?: boolean;
  /** Numbers that stand before the program: `timeout 5 codex`. */
  readonly numbers?: boolean;
}

const PACKAGE_OPTIONS = ["-p", "--package", "--registry", "--cache", "--prefix", "--userconfig"];
const NPX: Launcher = {
  valued: [...PACKAGE_OPTIONS, "-w", "--workspace"],
  refused: ["-c", "--call"],
};
const DLX: Launcher = {
  valued: [...PACKAGE_OPTIONS, "-C", "--dir", "--allow-build"],
  refused: ["-c", "--shell-mode"],
};
const SCRIPT_OPTIONS = [
  "-r",
  "--require",
  "--import",
  "--loader",
  "--env-file",
  "-C",
  "--conditions",
];
const EVALUATES = ["-e", "--eval", "-p", "--print", "-c", "--check", "-i", "--interactive"];

const LAUNCHERS: Readonly<Record<string, Launcher>> = {
  npx: NPX,
  bunx: { valued: PACKAGE_OPTIONS },
  pnpx: DLX,
  pnpm: { ...DLX, commands: ["dlx", "exec"] },
  yarn: { ...DLX, commands: ["dlx", "exec", "run"] },
  node: { valued: SCRIPT_OPTIONS, refused: EVALUATES, anything: true },
  bun: { commands: ["x", "run"], valued: SCRIPT_OPTIONS, refused: EVALUATES },
  deno: {
    commands: ["run"],
    valued: ["-c", "--config", "--import-map", "--lock", "--cert", "-L", "--log-level"],
    refused: ["eval"],
  },
  env: {
    assigns: true,
    valued: ["-u", "--unset", "-C", "--chdir"],
    refused: ["-S", "--split-string"],
  },
  nohup: {},
  time: { valued: ["-o", "-f"] },
  nice: { valued: ["-n"] },
  timeout: { valued: ["-k", "-s", "--kill-after", "--signal"], numbers: true },
  stdbuf: { valued: ["-i", "-o", "-e"] },
  caffeinate: { valued: ["-t", "-w"] },
  mise: { commands: ["exec", "x"] },
  volta: { commands: ["run"], valued: ["--node", "--npm"] },
};

/** Programs that cannot be used, each with the reason. */
const REFUSED: readonly (readonly [names: readonly string[], reason: string])[] = [
  [
    ["sh", "bash", "zsh", "fish", "dash", "ksh", "cmd", "powershell", "pwsh", "nu"],
    "a shell reads the line by itself, so the sidecar cannot give Codex its options",
  ],
  [["npm"], "npm takes the options for its own unless the words are in a certain order"],
  [
    ["sudo", "doas", "su", "runuser"],
    "it drops the environment, through which Codex learns its key",
  ],
  [
    ["ssh", "docker", "podman", "wsl", "kubectl", "devcontainer"],
    "Codex would run on another machine, which does not reach the private sidecar of this one",
  ],
];

/** Codex itself, by the name of a file or of a package: `codex`, `codex.exe`, `@openai/codex@0.169.0`, `npm:@openai/codex`. */
const CODEX =
  /^(?:codex(?:-[\w-]+)?(?:\.(?:exe|cmd|bat|ps1|[cm]?js|ts))?|(?:npm:)?(?:@openai\/)?codex(?:@[^/\\]*)?)$/i;

/**
 * Divides a command line.
 *
 * @throws {Failure} `bad_usage` where there is no command, or Codex's place in it is not certain
 */
export function codexCommand(argv: readonly string[]): CodexCommand {
  const [program, ...words] = argv;
  if (program === undefined) {
    throw new Failure("bad_usage", "sidecar run needs a command", {
      hint: "Write it behind two hyphens: sidecar run -- codex",
    });
  }
  const at = ownWords(nameOf(program), program, words);
  return { program, before: words.slice(0, at), args: words.slice(at) };
}

/** How many of `words` belong to `program` and those that it starts, up to Codex's name. */
function ownWords(name: string, program: string, words: readonly string[]): number {
  const refused = REFUSED.find(([names]) => names.includes(name));
  if (refused) throw uncertain(program, refused[1]);
  const launcher = Object.hasOwn(LAUNCHERS, name) ? LAUNCHERS[name] : undefined;
  // A name that is not known is a wrapper of the user's own around Codex.
  if (!launcher) return 0;
  const at = startOf(launcher, program, words);
  const word = words[at];
  if (word === undefined) throw uncertain(program, "it names nothing to start");
  if (launcher.anything || isCodex(word)) return at + 1;
  const next = nameOf(word);
  if (Object.hasOwn(LAUNCHERS, next) || REFUSED.some(([names]) => names.includes(next))) {
    return at + 1 + ownWords(next, word, words.slice(at + 1));
  }
  throw uncertain(program, `it starts ${word}, which is not known to be Codex`);
}

/** The position of the first word that is neither an option of the launcher nor a value of one. */
function startOf(launcher: Launcher, program: string, words: readonly string[]): number {
  const { commands = [], valued = [], refused = [], assigns, numbers } = launcher;
  let at = 0;
  let left = commands;
  for (; at < words.length; at++) {
    const word = words[at] ?? "";
    const option = word.replace(/=.*$/s, "");
    if (refused.includes(option)) {
      throw uncertain(program, `${option} makes it read a line or a script of its own`);
    }
    if (left.includes(word)) left = [];
    else if (word === "--") continue;
    else if (word.startsWith("-")) {
      if (valued.includes(word)) at++;
    } else if (!(assigns && /^\w+=/.test(word)) && !(numbers && /^\d[\d.]*[smhd]?$/.test(word))) {
      return at;
    }
  }
  return at;
}

function isCodex(word: string): boolean {
  return CODEX.test(word) || CODEX.test(word.replace(/^.*[\\/]/, ""));
}

function nameOf(program: string): string {
  return program.replace(/^.*[\\/]/, "").replace(/\.(?:exe|cmd|bat|ps1)$/i, "").toLowerCase();
}

function uncertain(program: string, reason: string): Failure {
  return new Failure("bad_usage", `Cannot run Codex through ${program}: ${reason}`, {
    hint:
      "Name Codex itself: sidecar run -- codex; or npx @openai/codex, or node with the path of its codex.js",
  });
}
