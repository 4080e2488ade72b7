import assert from "node:assert/strict";
import { init } from "../../lib/commands/patch/init.ts";
import { watchSettings } from "../../lib/commands/serve/watch.ts";
import { silent } from "../../lib/observe/observer.ts";
import { testMachine } from "../helpers/settings/machine.ts";
import { MemoryDisk } from "../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const text = (host: string) =>
  `model_provider = "c"\n[model_providers.c]\nname = "n"\nbase_url = "https://${host}/v1"\n`;

function watched(files: Record<string, string>) {
  const machine = testMachine(new MemoryDisk(files));
  const notified: string[] = [];
  const recorded: string[] = [];
  const notice = (_: unknown, sentence: string) => void notified.push(sentence);
  const watching = watchSettings(recorded, { ...silent, notice }, machine);
  return { machine, notified, recorded, watching };
}

Deno.test("drift: reported once when another program bypasses the sidecar, and again after a correction", async () => {
  const { machine, notified, recorded, watching } = watched({ [CONFIG]: text("a.example") });
  const stop = await watching;
  const { clock, disk } = machine;
  assert.deepEqual(recorded, []);
  await init({ yes: true }, machine);
  await clock.advance(5_000);
  assert.deepEqual([recorded, notified], [["https://a.example"], []]);
  for (const round of [1, 2]) {
    disk.put(CONFIG, text("b.example"));
    await clock.advance(5_000);
    assert.equal(notified.length, round);
    assert.match(
      notified.at(-1) ?? "",
      /^Codex no longer goes through the sidecar\. ~\/\.codex\/config\.toml: c goes straight to https:\/\/b\.example\/v1; another program wrote the file, at .*Z\. Run sidecar init again$/,
    );
    disk.put(CONFIG, `${text("b.example")}# again\n`);
    await clock.advance(5_000);
    assert.equal(notified.length, round);
    await init({ yes: true }, machine);
    await clock.advance(5_000);
    assert.equal(notified.length, round);
  }
  assert.deepEqual(recorded, ["https://b.example"]);
  stop();
  assert.equal(clock.armed, 0);
});

Deno.test("drift: a profile, and an administrator's file, that bypass the sidecar are noticed too", async () => {
  for (
    const [file, more] of [
      ["/h/.codex/x.config.toml", text("p.example")],
      ["/etc/codex/managed_config.toml", text("m.example")],
    ] as const
  ) {
    const { machine, notified, watching } = watched({ [CONFIG]: text("a.example") });
    const stop = await watching;
    await init({ yes: true }, machine);
    await machine.clock.advance(5_000);
    assert.deepEqual(notified, []);
    machine.disk.put(file, more);
    await machine.clock.advance(5_000);
    assert.equal(notified.length, 1, file);
    assert.match(notified[0] ?? "", /https:\/\/[pm]\.example\/v1/);
    stop();
  }
});

Deno.test("drift: settings that init never touched are nobody's business", async () => {
  const { machine, notified, watching } = watched({ [CONFIG]: text("a.example") });
  const stop = await watching;
  machine.disk.put(CONFIG, "broken = ");
  await machine.clock.advance(60_000);
  assert.deepEqual(notified, []);
  stop();
});

Deno.test("drift: a disk that fails for a while is looked at again", async () => {
  const { machine, notified, watching } = watched({ [CONFIG]: text("a.example") });
  const stop = await watching;
  await init({ yes: true }, machine);
  const { disk, clock } = machine;
  const { stat } = disk;
  disk.stat = () => Promise.reject(new Deno.errors.PermissionDenied("no"));
  await clock.advance(20_000);
  disk.stat = stat;
  disk.put(CONFIG, text("b.example"));
  await clock.advance(5_000);
  assert.equal(notified.length, 1);
  stop();
  assert.equal(clock.armed, 0);
});
