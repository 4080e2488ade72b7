import assert from "node:assert/strict";
import { init } from "../../../lib/commands/patch/init.ts";
import type { PatchOptions } from "../../../lib/commands/patch/patching.ts";
import { undo } from "../../../lib/commands/patch/undo.ts";
import { testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const STATE = "/h/.local/state/codex-sidecar";
const YES = { yes: true };
const text =
  `model_provider = "c"\n[model_providers.c]\nbase_url = "https://a.example/v1"\nexperimental_bearer_token = "k"\n`;

Deno.test("copies: undo says where copies with keys remain, and --purge removes them all", async () => {
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text }));
  await init(YES, machine);
  await undo(YES, machine);
  const said =
    "Copies of earlier settings, with the keys in them, are in ~/.local/state/codex-sidecar/backups; sidecar undo --purge removes them.\nDone.\n";
  assert.ok(machine.said().endsWith(said), machine.said());
  machine.disk.put(`${STATE}/manifest.json.unreadable`, "{ k");
  machine.disk.put(`${STATE}/backups/mine/keep`, "k");
  const before = machine.disk.all();
  await undo({ ...YES, purge: true, dryRun: true }, machine);
  assert.deepEqual(machine.disk.all(), before);
  await undo({ ...YES, purge: true }, machine);
  assert.deepEqual(machine.disk.all(), { [CONFIG]: text, [`${STATE}/backups/mine/keep`]: "k" });
  assert.match(machine.said(), /3 copies of earlier settings in \S+backups: removed\n/);
  assert.match(machine.said(), /; they are not the sidecar's to remove\.\nDone\.\n$/);
});

Deno.test("copies: init and undo --purge leave nothing behind", async () => {
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text }));
  await init(YES, machine);
  await undo({ ...YES, purge: true }, machine);
  assert.deepEqual(machine.disk.all(), { [CONFIG]: text });
  assert.ok(machine.said().endsWith("Done.\n"), machine.said());
});

Deno.test("copies: what could not be restored keeps its copies", async () => {
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text }));
  await init(YES, machine);
  machine.disk.trouble = {
    refuse: { path: /config\.toml/, error: () => new Error("(os error 5)") },
  };
  const copies = Object.keys(machine.disk.all(`${STATE}/backups`));
  await assert.rejects(undo({ ...YES, purge: true }, machine), { code: "bad_config" });
  const left = machine.disk.all(`${STATE}/backups`);
  assert.ok(copies.every((path) => path in left));
});

Deno.test("copies: --purge with --only is refused", async () => {
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text }));
  const options: PatchOptions = { ...YES, purge: true, only: "codex" };
  await assert.rejects(undo(options, machine), { code: "bad_usage" });
});

Deno.test("write protection: init asks on a terminal, refuses --yes, and undo puts it back", async () => {
  const files = new MemoryDisk();
  files.put(CONFIG, text, 0o444);
  const refused = testMachine(files);
  await assert.rejects(init(YES, refused), {
    code: "bad_config",
    message:
      "~/.codex/config.toml is write-protected (mode 0444), and --yes does not answer for that",
  });
  assert.equal(files.text(CONFIG), text);
  const asked: string[] = [];
  const machine = testMachine(files, {}, [true]);
  const confirm = (question: string) => Promise.resolve(asked.push(question) === 1);
  const none = () => Promise.resolve(undefined);
  await init({}, { ...machine, questions: { confirm, choose: none, text: none } });
  assert.equal(asked[0], "Make these changes, in the write-protected files too?");
  assert.notEqual(files.text(CONFIG), text);
  assert.equal(files.files.get(CONFIG)?.mode, 0o444);
  await undo(YES, machine);
  assert.equal(files.text(CONFIG), text);
  assert.equal(files.files.get(CONFIG)?.mode, 0o444);
});
