import assert from "node:assert/strict";
import { run } from "../../../lib/commands/cli/cli.ts";

async function cli(argv: string) {
  const called: unknown[] = [];
  let err = "";
  const note = (name: string, code: number) => (...args: unknown[]) => {
    called.push([name, ...args]);
    return Promise.resolve(code);
  };
  const code = await run(argv.split(" "), {
    version: "1.2.3",
    terminal: { out: () => {}, err: (text) => err += text, color: false },
    init: note("init", 0),
    undo: note("undo", 0),
    status: note("status", 1),
    run: note("run", 7),
  });
  return { code, err, called };
}

const version = "1.2.3";
const calls: [argv: string, code: number, called: unknown[]][] = [
  ["init", 0, ["init", {}]],
  [
    "init --dry-run --yes --only codex,codex++ --provider x --base-url https://a --port 1",
    0,
    ["init", {
      dryRun: true,
      yes: true,
      only: "codex,codex++",
      provider: "x",
      baseUrl: "https://a",
      port: "1",
    }],
  ],
  [
    "init --codex-home a --cc-switch-dir b --codex-plus-dir c",
    0,
    ["init", { codexHome: "a", ccSwitchDir: "b", codexPlusDir: "c" }],
  ],
  ["undo --yes --dry-run", 0, ["undo", { yes: true, dryRun: true }]],
  ["status --json", 1, ["status", { json: true }]],
  ["run -- codex", 7, ["run", ["codex"], { version }]],
  ["run codex exec -m x --json hi", 7, ["run", ["codex", "exec", "-m", "x", "--json", "hi"], {
    version,
  }]],
  ["run --provider x -- codex -c a=1 -- hi", 7, ["run", ["codex", "-c", "a=1", "--", "hi"], {
    provider: "x",
    version,
  }]],
];
for (const [argv, code, call] of calls) {
  Deno.test(`cli: "sidecar ${argv}" runs the command and ends with its code`, async () => {
    assert.deepEqual(await cli(argv), { code, err: "", called: [call] });
  });
}

const mistakes: [argv: string, told: RegExp][] = [
  ["init --dryrun", /unknown option '--dryrun'\n\(Did you mean --dry-run\?\)/],
  ["undo now", /too many arguments for 'undo'/],
  ["run", /missing required argument 'command'/],
];
for (const [argv, told] of mistakes) {
  Deno.test(`cli: "sidecar ${argv}" is refused with advice and runs nothing`, async () => {
    const { code, err, called } = await cli(argv);
    assert.match(err, told);
    assert.deepEqual({ code, called }, { code: 2, called: [] });
  });
}
