import assert from "node:assert/strict";
import { init } from "../../lib/commands/patch/init.ts";
import { status } from "../../lib/commands/patch/status.ts";
import { processFacts } from "../../lib/commands/shared/machine.ts";
import type { Env } from "../../lib/config/paths.ts";
import { parseEnvironment } from "../../lib/patch/machine/daemon.ts";
import { testMachine } from "../helpers/settings/machine.ts";
import { MemoryDisk } from "../helpers/settings/memory_disk.ts";

const CONFIG = `model_provider = "a"
[model_providers.a]
name = "a"
base_url = "https://a.example/v1"
env_key = "A_KEY"
`;
const PID =
  '{"pid":77,"processStartTime":"Wed Nov 25 20:51:34 2026","processIdentity":{"bootId":"x","startTicks":1}}';
const KEYS = { HOME: "/h", A_KEY: "sk-abcdefgh12345678" };

const cases: [
  name: string,
  env: Env,
  there: { name: string; env: Env | undefined } | undefined,
  says: RegExp | undefined,
][] = [
  [
    "without the key",
    KEYS,
    { name: "codex", env: { HOME: "/h" } },
    /of ~\/\.codex runs \(process 77, since Wed Nov 25 20:51:34 2026\) without A_KEY: .*End it: codex app-server daemon stop/,
  ],
  [
    "with another key",
    KEYS,
    { name: "codex", env: { A_KEY: "old" } },
    /with another A_KEY than this shell's/,
  ],
  ["with the same key", KEYS, { name: "codex", env: { A_KEY: KEYS.A_KEY } }, undefined],
  [
    "whose environment is not shown",
    KEYS,
    { name: "codex.exe", env: undefined },
    /A_KEY may be missing or old there/,
  ],
  ["of a shell without the key", { HOME: "/h" }, { name: "codex", env: {} }, undefined],
  ["with a proxy over loopback", { HOME: "/h" }, {
    name: "codex",
    env: { HTTP_PROXY: "http://p:1" },
  }, /with HTTP_PROXY and without 127\.0\.0\.1 in NO_PROXY/],
  ["that is gone", KEYS, undefined, undefined],
  ["whose number another program has", KEYS, { name: "vim", env: {} }, undefined],
];
for (const [name, env, there, says] of cases) {
  Deno.test(`daemon: a background app-server ${name}: ${says ? "said" : "nothing"}`, async () => {
    const disk = new MemoryDisk({
      "/h/.codex/config.toml": CONFIG,
      "/h/.codex/app-server-daemon/daemon.pid": PID,
    });
    const change = {
      env,
      process: (pid: number) => Promise.resolve(pid === 77 ? there : undefined),
    };
    const machine = testMachine(disk, change);
    await init({ dryRun: true }, machine);
    await init({ yes: true }, machine);
    await init({ yes: true }, machine);
    const seen = machine.said().match(/Careful: a background app-server[^\n]*/g) ?? [];
    assert.equal(seen.length, says ? 3 : 0, machine.said());
    if (says) assert.match(seen[0] ?? "", says);
    assert.doesNotMatch(machine.said(), /abcdefgh/);
    const shown = testMachine(disk, change);
    await status({ json: true }, shown);
    assert.equal(JSON.parse(shown.said()).daemons.length, says ? 1 : 0);
  });
}

Deno.test("daemon: a pid file that is anything else is nothing", async () => {
  for (const text of ["", "77", '{"pid":"77"}', '{"pid":1.5}', "{"]) {
    const disk = new MemoryDisk({
      "/h/.codex/config.toml": CONFIG,
      "/h/.codex/app-server-daemon/daemon.pid": text,
    });
    const machine = testMachine(disk, {
      env: KEYS,
      process: () => Promise.resolve({ name: "codex", env: {} }),
    });
    await status({}, machine);
    assert.doesNotMatch(machine.said(), /background/);
  }
});

Deno.test("daemon: the command names another home", async () => {
  const disk = new MemoryDisk({
    "/h/.codex/config.toml": CONFIG,
    "/c/config.toml": CONFIG,
    "/h/.codex/app-server-daemon/daemon.pid": PID,
  });
  const machine = testMachine(disk, {
    env: { ...KEYS, CODEX_HOME: "/c" },
    process: () => Promise.resolve({ name: "codex", env: {} }),
  });
  await status({}, machine);
  assert.match(machine.said(), /End it: CODEX_HOME="\/h\/\.codex" codex app-server daemon stop/);
});

Deno.test({
  name: "daemon: a process of this user is shown with its environment",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const child = new Deno.Command("sleep", { args: ["60"], env: { SIDECAR_TEST_X: "a=b" } })
      .spawn();
    try {
      const facts = await processFacts(child.pid);
      assert.equal(facts?.name, "sleep");
      assert.equal(facts?.env?.SIDECAR_TEST_X, "a=b");
    } finally {
      child.kill("SIGKILL");
      await child.status;
    }
    assert.equal(await processFacts(child.pid), undefined);
    assert.deepEqual(parseEnvironment("A=1\0=x\0B\0C=\0"), { A: "1", C: "" });
  },
});
