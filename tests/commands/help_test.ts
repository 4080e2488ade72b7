import assert from "node:assert/strict";
import { cli } from "../helpers/program/cli.ts";
import { CHOOSABLE } from "../../lib/provider/choose.ts";

/** The command lines of a help's "Examples:", without the program's name. */
function examplesIn(help: string): string[] {
  const [, block = ""] = /\nExamples:\n((?: .*\n)+)/.exec(help) ?? [];
  return block.split("\n").flatMap((line) => /^ {2}(\S.*?)(?: {2}.*)?$/.exec(line)?.[1] ?? []);
}

/** Names of the commands that a help lists. */
function commandsIn(help: string): string[] {
  const blocks = [...help.matchAll(/\n([A-Z][^\n]*):\n((?: {2}.*\n)+)/g)].filter(([, title = ""]) =>
    !/^(Options|Arguments|Examples|Exit codes|Settings, in order|Where it goes)/.test(title)
  );
  return blocks.flatMap(([, , block = ""]) =>
    [...block.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = ""]) => name)
  ).filter((name) => name !== "help");
}

/** Every command by the words that lead there, with its help. */
async function helps(path: readonly string[] = []): Promise<Map<string, string>> {
  const { out } = await cli([...path, "--help"]);
  const all = new Map([[path.join(" "), out]]);
  for (const name of commandsIn(out)) {
    for (const [at, help] of await helps([...path, name])) all.set(at, help);
  }
  return all;
}

/** The words of a shell's line up to a pipe: quotes group. */
function wordsOf(line: string): string[] {
  const [own = ""] = line.replace(/^.*\$\(|^.*<\(/, "").split(/ [|>]|\)/);
  return [...own.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

const all = await helps();

Deno.test("help: every command has one", () => {
  const names = "serve run init undo status doctor stress demo replay version completions service";
  for (const name of names.split(" ")) assert.ok(all.has(name), name);
});

for (const [at, help] of all) {
  Deno.test(`help: that of "sidecar ${at}" fits 80 columns and says what the command is`, () => {
    const wide = help.split("\n").filter((line) => line.length > 80);
    assert.deepEqual(wide, []);
    assert.match(help, /^Usage: sidecar .*\n\n[A-Z]/);
    assert.doesNotMatch(help, /undefined|\[object|\n\n\n/);
  });

  const lines = examplesIn(help);
  Deno.test(`help: the examples of "sidecar ${at}" are two to five true command lines`, async () => {
    if (!help.includes("\nCommands:\n")) {
      assert.ok(lines.length >= 2 && lines.length <= 5, `${lines.length} examples`);
    }
    for (const line of lines) {
      const [name, ...argv] = wordsOf(line);
      assert.equal(name, "sidecar", line);
      assert.deepEqual(await cli(argv).then(({ code, err }) => ({ code, err })), {
        code: 0,
        err: "",
      }, line);
      const own = argv[0] === undefined || argv[0].startsWith("-") ? "serve" : argv[0];
      if (at !== "") assert.equal(own, at.split(" ")[0], line);
    }
  });
}

Deno.test("help: closed lists of words stand in it, those of late parts of the program too", () => {
  const flat = (at: string) => (all.get(at) ?? "").replace(/\s+/g, " ");
  assert.ok(flat("serve").includes("one of trace, debug, info, warning, error"));
  assert.ok(flat("init").includes("one or more of codex,cc-switch,codex++"));
  assert.ok(flat("init").includes(`one of ${CHOOSABLE.join(", ")}`));
  assert.ok(flat("run").includes(`one of ${CHOOSABLE.join(", ")}`));
});

Deno.test("help: a mistake in it would be found", () => {
  const help =
    'Usage: sidecar x\n\nX.\n\nLook:\n  one [a]   b\n  two\n\nExamples:\n  sidecar a -b  c\n\
  sidecar run "x y"\n    long\n  eval "$(sidecar completions bash)"  d\n';
  assert.deepEqual(commandsIn(help), ["one", "two"]);
  assert.deepEqual(examplesIn(help).map(wordsOf), [
    ["sidecar", "a", "-b"],
    ["sidecar", "run", "x y"],
    ["sidecar", "completions", "bash"],
  ]);
});

Deno.test("help: a command's options are described, each of them", () => {
  const bare = [...all].flatMap(([at, help]) =>
    [...help.matchAll(/^ {2}(-.*?)$/gm)].map(([, line = ""]) => line).filter((line) =>
      !/ {2,}\S/.test(line)
    ).map((line) => `${at}: ${line}`)
  );
  assert.deepEqual(bare, []);
});
