import assert from "node:assert/strict";
import { Failure } from "../../lib/base/errors.ts";
import { init } from "../../lib/commands/patch/init.ts";
import { runCodex } from "../../lib/commands/run/run.ts";
import { status } from "../../lib/commands/patch/status.ts";
import { undo } from "../../lib/commands/patch/undo.ts";
import { watchSettings } from "../../lib/commands/serve/watch.ts";
import type { AskWho } from "../../lib/doctor/who/who.ts";
import { silent } from "../../lib/observe/observer.ts";
import { type TestMachine, testMachine } from "../helpers/settings/machine.ts";
import { MemoryDisk } from "../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const MEMORY = "/h/.local/state/codex-sidecar/manifest.json";
const text =
  `model_provider = "c"\n[model_providers.c]\nname = "n"\nbase_url = "https://a.example/v1"\n`;
const NEWER = '{"version":2,"port":9000,"edits":{"a":1}}';
const YES = { yes: true };
const REFUSAL =
  `${MEMORY} has version 2, and this sidecar knows version 1: a newer sidecar wrote it. Upgrade this sidecar, or use the newer one`;
const down: AskWho = () => Promise.resolve({ is: "nobody" });

/** A machine that init changed, and whose memory then became something else. */
async function home(memory: string): Promise<TestMachine> {
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text }));
  await init(YES, machine);
  machine.disk.put(MEMORY, memory);
  return machine;
}

/** What was printed while something ran. */
async function saidBy(machine: TestMachine, work: () => Promise<unknown>): Promise<string> {
  const before = machine.said().length;
  await work();
  return machine.said().slice(before);
}

async function words(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, "bad_config");
    return error.fullMessage;
  }
  return "nothing was thrown";
}

const OUT = "; or move that file away, and undo finds the sidecar's URLs without it";
const refusing: [name: string, work: (on: TestMachine) => Promise<unknown>, says: string][] = [
  ["init", (on) => init(YES, on), REFUSAL],
  ["a dry run of init", (on) => init({ dryRun: true }, on), REFUSAL],
  ["undo", (on) => undo(YES, on), REFUSAL + OUT],
  ["a dry run of undo", (on) => undo({ dryRun: true }, on), REFUSAL + OUT],
];
for (const [name, work, says] of refusing) {
  Deno.test(`memory: ${name} refuses that of a newer sidecar and touches nothing`, async () => {
    const machine = await home(NEWER);
    const before = machine.disk.all();
    assert.equal(await words(work(machine)), says);
    assert.deepEqual(machine.disk.all(), before);
  });
}

Deno.test("memory: with that of a newer sidecar moved away, undo goes by the URLs, as its words say", async () => {
  const machine = await home(NEWER);
  await machine.disk.rename(MEMORY, `${MEMORY}.newer`);
  assert.equal(await undo(YES, machine), 0);
  assert.ok(machine.disk.text(CONFIG)?.includes('base_url = "https://a.example/v1"'));
});

Deno.test("memory: status says that a newer sidecar's is of no use, shows the rest, and ends with 1", async () => {
  const machine = await home(NEWER);
  let code;
  const json = JSON.parse(
    await saidBy(machine, async () => code = await status({ json: true }, machine, down)),
  );
  assert.deepEqual({ code, format: json.format, memory: json.memory, init: json.init }, {
    code: 1,
    format: 1,
    memory: REFUSAL,
    init: null,
  });
  assert.equal(json.places.length, 3);
  const shown = await saidBy(machine, () => status({}, machine, down));
  assert.ok(shown.includes(`▲ ${REFUSAL}\n`), shown);
});

Deno.test("memory: status has nothing to say of a good one", async () => {
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text }));
  await init(YES, machine);
  const json = JSON.parse(await saidBy(machine, () => status({ json: true }, machine, down)));
  assert.equal(json.memory, null);
});

Deno.test({
  name: "memory: run needs none, and says that a newer sidecar's is there",
  ignore: Deno.build.os === "windows",
  async fn() {
    const machine = await home(NEWER);
    const before = machine.disk.all();
    const said = await saidBy(machine, () => runCodex(["true"], { version: "1.2.3" }, machine));
    assert.equal(said, `sidecar: ${REFUSAL}\n`);
    assert.deepEqual(machine.disk.all(), before);
  },
});

Deno.test("memory: serve tells of a newer sidecar's once, and of one that becomes unreadable", async () => {
  const machine = await home(NEWER);
  const told: string[] = [];
  const recorded: string[] = [];
  const notice = (_: unknown, sentence: string) => void told.push(sentence);
  const stop = await watchSettings(recorded, { ...silent, notice }, machine);
  await machine.clock.advance(30_000);
  assert.deepEqual(told, [`${REFUSAL}. The hosts that it records are not relayed to`]);
  machine.disk.put(CONFIG, `${text}# again\n`);
  await machine.clock.advance(30_000);
  assert.equal(told.length, 1);
  machine.disk.put(MEMORY, "{");
  await machine.clock.advance(30_000);
  assert.equal(told.length, 2);
  assert.match(told[1] ?? "", /cannot be read as a list of changes\. .*not relayed to$/);
  assert.deepEqual(recorded, []);
  stop();
  assert.equal(machine.clock.armed, 0);
});

const STATE = "/h/.local/state/codex-sidecar";
const SHARED =
  `The folder ${STATE} can be written by every user of this machine (mode 0777). Look whether what is in it is yours, then run: chmod 700 '${STATE}'`;
const windows = Deno.build.os === "windows";

for (const [name, work] of refusing) {
  Deno.test({
    name: `memory: ${name} refuses a folder that everybody can write, and touches nothing`,
    ignore: windows,
    async fn() {
      const machine = await home(NEWER);
      machine.disk.folders.set(STATE, { isFile: false, mode: 0o777, changed: 1 });
      const before = machine.disk.all();
      assert.equal(await words(work(machine)), SHARED);
      assert.deepEqual(machine.disk.all(), before);
    },
  });
}

Deno.test({
  name: "memory: serve relays to no host of a folder that others can write, until it is mended",
  ignore: windows,
  async fn() {
    const machine = testMachine(new MemoryDisk({ [CONFIG]: text }));
    await init(YES, machine);
    machine.disk.folders.set(STATE, { isFile: false, mode: 0o777, changed: 1 });
    const told: string[] = [];
    const recorded: string[] = [];
    const notice = (_: unknown, sentence: string) => void told.push(sentence);
    const stop = await watchSettings(recorded, { ...silent, notice }, machine);
    await machine.clock.advance(30_000);
    assert.deepEqual([told, recorded], [
      [`${SHARED}. The hosts that it records are not relayed to`],
      [],
    ]);
    machine.disk.folders.delete(STATE);
    await machine.clock.advance(30_000);
    assert.deepEqual([told.length, recorded], [1, ["https://a.example"]]);
    stop();
  },
});

Deno.test("memory: undo without one that can be read goes by the URLs, says so, and leaves the file", async () => {
  const machine = await home("{");
  const said = await saidBy(machine, async () => assert.equal(await undo(YES, machine), 0));
  assert.match(
    said,
    /manifest\.json cannot be read as a list of changes: looking for the sidecar's URLs instead\.\n/,
  );
  assert.ok(machine.disk.text(CONFIG)?.includes('base_url = "https://a.example/v1"'));
  assert.equal(machine.disk.text(MEMORY), "{");
});

Deno.test("memory: init keeps a copy of one that cannot be read before it begins a new one", async () => {
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text, [MEMORY]: "{ broken" }));
  const said = await saidBy(machine, async () => assert.equal(await init(YES, machine), 0));
  assert.match(
    said,
    /^\/h\/.*manifest\.json cannot be read as a list of changes; a copy of it is kept before a new one is written\.\n/,
  );
  assert.equal(machine.disk.text(`${MEMORY}.unreadable`), "{ broken");
  assert.equal(JSON.parse(machine.disk.text(MEMORY) ?? "").state, "done");
  assert.equal(await undo(YES, machine), 0);
  assert.equal(machine.disk.text(CONFIG), text);
});

Deno.test("memory: init that cannot keep the copy changes nothing", async () => {
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text, [MEMORY]: "{ broken" }));
  machine.disk.trouble = {
    refuse: { path: /unreadable/, error: () => new Deno.errors.PermissionDenied("no") },
  };
  assert.match(
    await words(init(YES, machine)),
    /^Cannot write \/h\/.*unreadable: the system does not/,
  );
  assert.deepEqual([machine.disk.text(CONFIG), machine.disk.text(MEMORY)], [text, "{ broken"]);
});
