import assert from "node:assert/strict";
import { Command } from "commander";
import { run } from "../../../lib/commands/cli/cli.ts";
import { loadChoices, oneOf, someOf } from "../../../lib/commands/shared/choices.ts";
import {
  completions,
  type Shell as Written,
} from "../../../lib/commands/completions/completions.ts";
import { completionPositions } from "../../../lib/commands/completions/tree.ts";
import { CHOOSABLE } from "../../../lib/provider/choose.ts";
import { FAULTS } from "../../../lib/simulate/faults/faults.ts";
import { hasShell, offers, type Shell } from "../../helpers/system/shells.ts";

async function scriptOf(shell: Written): Promise<string> {
  let out = "";
  const terminal = { out: (text: string) => out += text, err: () => {}, color: false };
  assert.equal(await run(["completions", shell], { version: "1.2.3", terminal }), 0);
  return out;
}

const COMMANDS = [
  "completions",
  "dashboard",
  "demo",
  "doctor",
  "help",
  "init",
  "replay",
  "run",
  "serve",
  "service",
  "status",
  "stress",
  "undo",
  "usage",
  "version",
];
const LEVELS = ["debug", "error", "info", "trace", "warning"];
const SHELLS = ["bash", "fish", "powershell", "zsh"];
const INTEGRATIONS = ["cc-switch", "codex", "codex++"];

/** What every shell must offer. */
const cases: [line: string, offered: readonly string[]][] = [
  ["sidecar do", ["doctor"]],
  ["sidecar ", COMMANDS],
  ["sidecar serve --log-level ", LEVELS],
  ["sidecar --log-level ", LEVELS],
  ["sidecar serve --log-level=", LEVELS],
  ["sidecar serve --port 1 --log-level w", ["warning"]],
  ["sidecar serve --record-only ", ["failures"]],
  ["sidecar init --provider ", [...CHOOSABLE].sort()],
  ["sidecar init --dry-run --only ", INTEGRATIONS],
  ["sidecar completions ", SHELLS],
  ["sidecar help se", ["serve", "service"]],
  ["sidecar service un", ["uninstall"]],
  ["sidecar --conf", ["--config"]],
  ["sidecar serve --conf", ["--config"]],
  ["sidecar serve --record-c", ["--record-content"]],
  ["sidecar undo --dr", ["--dry-run"]],
  ["sidecar serve --config doctor --po", ["--port"]],
  ["sidecar serve --port ", []],
  ["sidecar stress --upstream ", []],
  ["sidecar zork ", []],
  ["sidecar zork --yes --", []],
  ["sidecar '$(touch PWNED)' ", []],
  ["sidecar serve --model '$(touch PWNED)' '`touch PWNED`' ", []],
];

/** Where a shell's own ways differ: files, lists, another program's words. */
const own: Record<Shell, [line: string, offered: readonly string[]][]> = {
  bash: [
    ["sidecar serve --config /etc/hostn", ["/etc/hostname"]],
    ["sidecar --config=/etc/hostn", ["/etc/hostname"]],
    ["sidecar replay --fast /etc/hostn", ["/etc/hostname"]],
    ["sidecar run -- cat /etc/hostn", ["/etc/hostname"]],
    ["sidecar run --provider x cat /etc/hostn", ["/etc/hostname"]],
    ["sidecar init --only codex,", ["codex,cc-switch", "codex,codex++"]],
    ["sidecar stress --simulate none,crl", ["none,crlf"]],
  ],
  zsh: [
    ["sidecar serve --config /etc/hostn", ["hostname"]],
    ["sidecar --config=/etc/hostn", ["hostname"]],
    ["sidecar replay --fast /etc/hostn", ["hostname"]],
    ["sidecar run -- cat /etc/hostn", ["hostname"]],
    ["sidecar run --provider x cat /etc/hostn", ["hostname"]],
    ["sidecar init --only codex,", ["cc-switch", "codex++"]],
    ["sidecar stress --simulate none,crl", ["crlf"]],
  ],
  fish: [
    ["sidecar serve --config /etc/hostn", ["/etc/hostname"]],
    ["sidecar --config=/etc/hostn", ["--config=/etc/hostname"]],
    ["sidecar replay --fast /etc/hostn", ["/etc/hostname"]],
    ["sidecar run -- cat /etc/hostn", ["/etc/hostname"]],
    ["sidecar run --provider x cat /etc/hostn", ["/etc/hostname"]],
    ["sidecar init --only codex,", ["codex,cc-switch", "codex,codex++"]],
    ["sidecar stress --simulate none,crl", ["none,crlf"]],
  ],
};

for (const shell of ["bash", "zsh", "fish"] as const) {
  const ignore = !await hasShell(shell);

  Deno.test({
    name: `completions: ${shell} itself offers what may stand there, and evaluates nothing`,
    ignore,
    async fn() {
      const table = [...cases, ...own[shell]];
      const found = await offers(shell, await scriptOf(shell), table.map(([line]) => line));
      const told = table.map(([line], at) => [line, (found[at] ?? []).map(bare)]);
      assert.deepEqual(told, table);
    },
  });

  Deno.test({
    name: `completions: ${shell} takes any description as text`,
    ignore,
    async fn() {
      const program = await nasty();
      const script = completions(program, shell);
      const lines = ["sidecar on", "sidecar one --le", "sidecar one --level ", "sidecar one -l "];
      const found = await offers(shell, script, lines);
      assert.deepEqual(found.map((words) => words.map(bare)), [
        ["one"],
        ["--level"],
        ["high", "low"],
        ["high", "low"],
      ]);
      assert.ok(!script.includes("PWNED") || shell !== "bash", "bash shows no descriptions");
    },
  });
}

/** fish keeps what stands before the value of an option, zsh a backslash. */
function bare(word: string): string {
  return word.replace(/^--(?!config)[\w-]+=/, "").replace(/\\(.)/g, "$1");
}

/** A program whose every description is hostile. */
async function nasty(): Promise<Command> {
  const text = `it's [a]:b\\c ]x[ "x" $HOME \`touch PWNED\` {d,e} %s !! ‘q’ & | <f> $(touch PWNED)`;
  const program = new Command("sidecar").description(text);
  program.command("serve").description(text);
  program.command("one").description(text)
    .option("--file <file>", text)
    .addOption(oneOf("-l, --level <level>", text, () => Promise.resolve(["low", "high"])))
    .addOption(someOf("--some <words>", text, ["a", "b"]))
    .argument("<file>", text);
  await loadChoices(program);
  return program;
}

Deno.test("completions: the walk knows names, values, neighbours of help, and where another program begins", async () => {
  const program = new Command("p").description("x").helpOption("-h, --help", "print this help");
  program.command("serve").summary("listen; and more").option(
    "--port <number>",
    "port (default: 1)",
  );
  const group = program.command("group").description("a group");
  group.command("in").description("inside").argument("[folder]", "where")
    .addOption(someOf("--only <names>", "some", () => Promise.resolve(["a", "b"])));
  program.command("run").description("run").argument("<command...>", "all");
  await loadChoices(program);
  const help = { names: ["-h", "--help"], about: "print this help" };
  const port = { names: ["--port"], about: "port", value: { is: "text" } };
  const helper = { name: "help", about: "display help for command" };
  const words = (...words: string[]) => ({ is: "words", words, several: false });
  assert.deepEqual(
    completionPositions(program, "serve"),
    [
      {
        at: "",
        flags: [help, port],
        commands: [
          { name: "serve", about: "listen" },
          { name: "group", about: "a group" },
          { name: "run", about: "run" },
          helper,
        ],
      },
      { at: "serve", flags: [port, help], commands: [] },
      { at: "group", flags: [help], commands: [{ name: "in", about: "inside" }, helper] },
      {
        at: "group in",
        flags: [
          {
            names: ["--only"],
            about: "some",
            value: { is: "words", words: ["a", "b"], several: true },
          },
          help,
        ],
        commands: [],
        argument: { is: "folder" },
      },
      { at: "group help", flags: [], commands: [], argument: words("in") },
      { at: "run", flags: [help], commands: [], argument: { is: "command" } },
      { at: "help", flags: [], commands: [], argument: words("serve", "group", "run") },
    ].map((place) => place),
  );
});

const powershell: [name: string, part: string | RegExp][] = [
  ["the registration", "Register-ArgumentCompleter -Native -CommandName 'sidecar' -ScriptBlock {"],
  [
    "the program's place",
    "        '' = @{\n            Passes = $false\n            Commands = $true\n",
  ],
  ["a place inside a place", "        'service install' = @{"],
  ["where another program begins", "        'run' = @{\n            Passes = $true\n"],
  ["a command with its words", /@\{ Word = 'doctor'; About = 'check everything[^']*' \}/],
  [
    "an option with a closed list",
    /@\{ Names = @\('--log-level'\); Takes = \$true; Several = \$false; Words = @\('trace', 'debug', 'info', 'warning', 'error'\); About = '[^']+' \}/,
  ],
  [
    "an option with a list of several",
    /@\{ Names = @\('--only'\); Takes = \$true; Several = \$true; Words = @\('codex', 'cc-switch', 'codex\+\+'\);/,
  ],
  ["an option without a value", "@{ Names = @('--dry-run'); Takes = $false; Several = $false;"],
  ["the shells", /'completions' = @\{[^]*@\{ Word = 'powershell'; About = 'powershell' \}/],
  ["a quote inside a text, doubled", "About = 'Codex''s home' }"],
];
for (const [name, part] of powershell) {
  Deno.test(`completions: PowerShell's script holds ${name}`, async () => {
    const script = await scriptOf("powershell");
    assert.ok(typeof part === "string" ? script.includes(part) : part.test(script));
  });
}

Deno.test("completions: PowerShell's script closes what it opens, and every quote is doubled", async () => {
  for (const script of [await scriptOf("powershell"), completions(await nasty(), "powershell")]) {
    const code = script.replace(/^#.*$/gm, "").replace(
      /'(?:[^'\u2018-\u201B]|['\u2018-\u201B]{2})*'/g,
      "''",
    )
      .replace(/"[^"\n]*"/g, '""');
    for (const [open, close] of ["()", "{}", "[]"].map((pair) => pair.split(""))) {
      assert.equal(
        code.split(open ?? "").length,
        code.split(close ?? "").length,
        `${open}${close}`,
      );
    }
    assert.doesNotMatch(code, /PWNED|[‘’]/);
  }
});

Deno.test("completions: every fault is among the words of --simulate", async () => {
  for (const shell of ["bash", "zsh", "fish", "powershell"] as const) {
    const script = await scriptOf(shell);
    for (const fault of ["none", "failover", "queue", ...FAULTS.keys()]) {
      assert.ok(script.includes(fault), fault);
    }
  }
});
