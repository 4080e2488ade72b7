import assert from "node:assert/strict";
import { asFailure } from "../../../lib/base/errors.ts";
import { init } from "../../../lib/commands/patch/init.ts";
import { installService } from "../../../lib/commands/service/install.ts";
import { status } from "../../../lib/commands/patch/status.ts";
import { undo } from "../../../lib/commands/patch/undo.ts";
import { readMark } from "../../../lib/service/service.ts";
import type { AskWho } from "../../../lib/doctor/who/who.ts";
import { testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const UNIT = "/h/.config/systemd/user/codex-sidecar.service";
const MANIFEST = "/h/.local/state/codex-sidecar/manifest.json";
const text =
  `model_provider = "c"\n[model_providers.c]\nname = "n"\nbase_url = "https://a.example/v1"\n`;
const MENTION = "To start it at every login: sidecar service install\n";
const up: AskWho = () => Promise.resolve({ is: "sidecar", version: "1.2.3", live: 0 });

/** Codex, and a systemd that does as it is told unless it is dead. On no port does anything listen. */
function home(
  disk: MemoryDisk = new MemoryDisk({ [CONFIG]: text }),
  { answers, dead = false }: { answers?: (boolean | string)[]; dead?: boolean } = {},
) {
  const runTool = () =>
    Promise.resolve(
      dead
        ? { code: 1, out: "", err: "Failed to connect to bus" }
        : { code: 0, out: "active\n", err: "" },
    );
  return testMachine(disk, { runTool }, answers);
}

/** Runs a command to its end while the fake clock passes: nothing answers on the port, so the wait runs out. */
async function ended<T>(run: Promise<T>, { clock }: ReturnType<typeof home>): Promise<T> {
  await clock.advance(30_000);
  return await run;
}

const offers: [
  name: string,
  options: Parameters<typeof init>[0],
  answers: boolean[] | undefined,
  installed: boolean,
  mentioned: boolean,
][] = [
  ["a yes at the terminal installs it", {}, [true, true], true, false],
  ["a no at the terminal names it in one line", {}, [true, false], false, true],
  ["--yes alone names it in one line and asks nothing", { yes: true }, [], false, true],
  ["--yes without a terminal names it in one line", { yes: true }, undefined, false, true],
  ["--service installs it without asking", { yes: true, service: true }, undefined, true, false],
  ["a dry run installs nothing", { dryRun: true, service: true }, undefined, false, false],
];
for (const [name, options, answers, installed, mentioned] of offers) {
  Deno.test(`init: the service: ${name}`, async () => {
    const machine = home(undefined, answers ? { answers } : {});
    assert.equal(await ended(init({ ...options, port: "9000" }, machine), machine), 0);
    const mark = readMark(machine.disk.text(UNIT) ?? "");
    assert.deepEqual(mark, installed ? { by: "sidecar init", port: 9000 } : undefined);
    assert.equal(machine.said().includes(MENTION), mentioned);
    if (installed) assert.match(machine.disk.text(UNIT) ?? "", /"--port" "9000"$/m);
  });
}

Deno.test("init: with nothing to change the service is only named, and not where it is installed; --service installs it", async () => {
  const machine = home(undefined, { answers: [true, false, true] });
  await init({}, machine);
  const before = machine.said().length;
  assert.equal(await init({}, machine), 0);
  assert.equal(machine.said().slice(before).endsWith(`\n${MENTION}Nothing to change.\n`), true);
  assert.equal(machine.disk.text(UNIT), undefined);
  assert.equal(await ended(init({ service: true }, machine), machine), 0);
  assert.ok(machine.disk.text(UNIT));
  const later = machine.said().length;
  assert.equal(await init({}, machine), 0);
  assert.doesNotMatch(machine.said().slice(later), /service install/);
});

Deno.test("init: where systemd refuses the service, the settings are changed all the same, and the code is 1", async () => {
  const machine = home(undefined, { dead: true });
  assert.equal(await init({ yes: true, service: true }, machine), 1);
  assert.match(
    machine.said(),
    /The service could not be installed: .*Failed to connect to bus.* No service was installed/,
  );
  assert.match(machine.said(), /Now start it: sidecar\n/);
  assert.equal(machine.disk.text(UNIT), undefined);
  assert.match(machine.disk.text(CONFIG) ?? "", /127\.0\.0\.1:8411/);
});

Deno.test("init: a service that the user installed stays the user's when init installs it anew", async () => {
  const machine = home();
  await installService({}, machine, "sidecar service install", up);
  await ended(init({ yes: true, service: true }, machine), machine);
  assert.equal(readMark(machine.disk.text(UNIT) ?? "")?.by, "sidecar service install");
  await installService({}, machine, "sidecar service install", up);
});

async function withService(by: "sidecar init" | "sidecar service install") {
  const machine = home();
  await init({ yes: true }, machine);
  await installService({}, machine, by, up);
  return machine.disk;
}

for (const dead of [false, true]) {
  for (const memory of [true, false]) {
    const how = `${dead ? "with systemd dead" : "with systemd up"}, ${
      memory ? "with" : "without"
    } the manifest`;
    Deno.test(`undo: takes away the service that init brought, ${how}, and twice`, async () => {
      const disk = await withService("sidecar init");
      if (!memory) disk.files.delete(MANIFEST);
      const looking = home(disk, { dead });
      assert.equal(await undo({ dryRun: true }, looking), 0);
      assert.match(
        looking.said(),
        /codex-sidecar\.service: the service that init installed; it is stopped/,
      );
      assert.ok(disk.text(UNIT));
      const machine = home(disk, { dead });
      assert.equal(await undo({ yes: true }, machine), 0);
      assert.deepEqual([disk.text(UNIT), disk.text(CONFIG)], [undefined, text]);
      assert.equal(machine.said().includes("systemd --user could not stop it"), dead);
      const again = home(disk, { dead });
      assert.equal(await undo({ yes: true }, again), 0);
      assert.match(again.said(), /Nothing to revert\.\n$/);
    });
  }
}

Deno.test("undo: the service alone is worth a question", async () => {
  const disk = await withService("sidecar init");
  await undo({ yes: true, only: "codex" }, home(disk));
  assert.ok(disk.text(UNIT), "--only leaves the service");
  const asked = home(disk, { answers: [false] });
  assert.equal(await undo({}, asked), 0);
  assert.ok(disk.text(UNIT));
  assert.match(asked.said(), /Nothing was changed\.\n$/);
  assert.equal(await undo({}, home(disk, { answers: [true] })), 0);
  assert.equal(disk.text(UNIT), undefined);
});

Deno.test("undo: a service that the user installed stays, and is named", async () => {
  const disk = await withService("sidecar service install");
  const machine = home(disk);
  assert.equal(await undo({ yes: true }, machine), 0);
  assert.ok(disk.text(UNIT));
  assert.match(
    machine.said(),
    /\n {2}~\/\.config\/systemd\/user\/codex-sidecar\.service: installed by sidecar service install, and stays; sidecar service uninstall removes it\n/,
  );
});

Deno.test("undo: a service file that cannot be removed is a problem of its own; the settings are back", async () => {
  const disk = await withService("sidecar init");
  disk.trouble = {
    refuse: { path: /\.service$/, error: () => new Deno.errors.PermissionDenied() },
  };
  const failed = await undo({ yes: true }, home(disk)).then(() => undefined, asFailure);
  assert.match(
    failed?.message ?? "",
    /^Cannot remove .*codex-sidecar\.service: the system does not permit it[.,] /,
  );
  assert.deepEqual([disk.text(CONFIG), disk.text(UNIT) === undefined], [text, false]);
});

Deno.test("status: has a line about the service, and an object in its JSON", async () => {
  const disk = await withService("sidecar init");
  const spoken = home(disk);
  await status({}, spoken, up);
  assert.match(spoken.said(), /\n● service: installed by sidecar init, running\n/);
  const printed = home(disk, { dead: true });
  await status({ json: true }, printed, up);
  assert.deepEqual(JSON.parse(printed.said()).service, {
    installed: true,
    by: "sidecar init",
    running: null,
    port: 8411,
    where: "~/.config/systemd/user/codex-sidecar.service",
  });
  const without = home();
  await status({ json: true }, without, up);
  assert.deepEqual(JSON.parse(without.said()).service, {
    installed: false,
    by: null,
    running: null,
    port: null,
    where: null,
  });
});
