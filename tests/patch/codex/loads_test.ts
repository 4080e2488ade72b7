import assert from "node:assert/strict";
import { asFailure } from "../../../lib/base/errors.ts";
import { init } from "../../../lib/commands/patch/init.ts";
import type { AskCodex, CodexVerdict } from "../../../lib/patch/codex/loads.ts";
import { testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const text =
  `model_provider = "vertex"\n[model_providers.vertex]\nname = "V"\nbase_url = "https://a.example/v1"\n`;
const yes: CodexVerdict = { loads: true, why: "" };
const no: CodexVerdict = { loads: false, why: "model_providers.vertex only supports `base_url`" };

/** A Codex that answers by what it is asked: the patched text, the text as it was, the home itself. */
function codex(patched: CodexVerdict | undefined, before = yes, there = yes): AskCodex {
  return (home) =>
    Promise.resolve(
      typeof home === "string"
        ? there
        : (home["config.toml"] ?? "").includes(":8411/")
        ? patched
        : before,
    );
}

const cases: [name: string, ask: AskCodex, written: boolean, says: RegExp][] = [
  ["one that loads it", codex(yes), true, /^Done\./m],
  [
    "one that only refuses the change",
    codex(no),
    false,
    /would not start with .*as init writes it/,
  ],
  ["one that starts no more as it is", codex(no, no, no), false, /does not start with ~\/\.codex/],
  [
    "one whose home has files of its own",
    codex(no, no, yes),
    true,
    /was not tried; it names files/,
  ],
  ["none at all", codex(undefined), true, /No codex on the PATH answered/],
  ["one that hangs", () => new Promise(() => {}), true, /No codex on the PATH answered/],
];
for (const [name, ask, written, says] of cases) {
  Deno.test(`loads: a Codex, ${name}: ${written ? "written" : "refused"}`, async () => {
    const machine = testMachine(new MemoryDisk({ [CONFIG]: text }), { codex: ask });
    const run = init({ yes: true }, machine).catch((error) => asFailure(error).fullMessage);
    // Whoever hangs is waited for on the machine's own clock
    for (let turn = 0; turn < 200; turn++) await Promise.resolve();
    await machine.clock.advance(20_000);
    const ended = await run;
    assert.match(`${machine.said()}${ended}`, says);
    assert.equal(machine.disk.text(CONFIG)?.includes(":8411/"), written);
    if (!written) assert.deepEqual(machine.disk.written, []);
    assert.equal(machine.clock.armed, 0);
  });
}

Deno.test("loads: a dry run says it, and a provider that init adds is tried with its list of models", async () => {
  const asked: Readonly<Record<string, string>>[] = [];
  const machine = testMachine(new MemoryDisk(), {
    codex: (home) => {
      if (typeof home !== "string") asked.push(home);
      return Promise.resolve(asked.length === 1 ? no : yes);
    },
  });
  await init({ dryRun: true, provider: "deepseek" }, machine);
  assert.match(machine.said(), /^Careful: Codex would not start/m);
  assert.match(asked[0]?.["config.toml"] ?? "", /^model_catalog_json = "models\.json"$/m);
  assert.ok(Object.keys(JSON.parse(asked[0]?.["models.json"] ?? "")).includes("models"));
  assert.deepEqual(asked[1], {});
});
