import assert from "node:assert/strict";
import { init } from "../../../lib/commands/patch/init.ts";
import type { Machine } from "../../../lib/commands/shared/this_machine.ts";
import { testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const PLAN = "token plan, Singapore: token-plan-sgp.xiaomimimo.com/v1";
const KEY = "tp-abcdefgh12345678";

Deno.test("init: on a home with nothing: provider, plan, key variable and model are asked, the key is tried, and the next command ends it", async () => {
  const asked: [base: string, key: string | null][] = [];
  const changes: Partial<Machine> = {
    env: { HOME: "/h", MY_KEY: KEY },
    askModels: ({ base, headers }) => {
      asked.push([base, headers.get("authorization")]);
      return Promise.resolve([{ id: "mimo-v2.6-flash" }, { id: "mimo-v2.6-pro" }]);
    },
  };
  const answers = ["mimo", PLAN, KEY, "MY_KEY", "mimo-v2.6-flash", true];
  const machine = testMachine(new MemoryDisk(), changes, answers);
  assert.equal(await init({}, machine), 0);
  assert.deepEqual(asked, [["https://token-plan-sgp.xiaomimimo.com/v1", `Bearer ${KEY}`]]);
  const text = machine.disk.text(CONFIG) ?? "";
  assert.match(text, /\/r\/https\/token-plan-sgp\.xiaomimimo\.com\/v1"/);
  assert.match(text, /^env_key = "MY_KEY"$/m);
  assert.match(text, /^model = "mimo-v2\.6-flash"$/m);
  assert.match(machine.said(), /That is no variable's name; such as MIMO_API_KEY\./);
  assert.match(machine.said(), /MiMo lists 2 models/);
  assert.doesNotMatch(machine.said(), /abcdefgh/);
  assert.match(machine.said(), /\nNext: sidecar\n$/);
});

Deno.test("init: a local server whose port is open is offered first, with its port", async () => {
  let offered: readonly string[] = [];
  const machine = testMachine(new MemoryDisk(), {
    listening: (port) => Promise.resolve(port === 8000 || port === 11434),
  });
  const questions = {
    confirm: () => Promise.resolve(false),
    text: () => Promise.resolve(undefined),
    choose: (_: string, from: readonly string[]) => {
      if (offered.length === 0) offered = from;
      return Promise.resolve(from[0]);
    },
  };
  await init({}, { ...machine, questions }).catch(() => 0);
  assert.deepEqual(offered.slice(0, 3), [
    "ollama (port 11434 of this machine is open)",
    "vllm (port 8000 of this machine is open)",
    "mimo",
  ]);
  assert.ok(offered.includes("lmstudio"));
});

const next: [name: string, env: Record<string, string>, up: boolean, says: RegExp][] = [
  ["the key, where it is not set", {}, true, /\nNext: export MIMO_API_KEY=YOUR_KEY\n$/],
  ["the sidecar, where none is up", { MIMO_API_KEY: KEY }, false, /\nNext: sidecar\n$/],
  ["Codex, where nothing lacks", { MIMO_API_KEY: KEY }, true, /\nNext: codex\n$/],
];
for (const [name, env, up, says] of next) {
  Deno.test(`init: the next command is for ${name}`, async () => {
    const machine = testMachine(new MemoryDisk(), {
      env: { HOME: "/h", ...env },
      who: () =>
        Promise.resolve(up ? { is: "sidecar", version: "1.0.0", live: 0 } : { is: "nobody" }),
    });
    assert.equal(await init({ yes: true, provider: "mimo" }, machine), 0);
    assert.match(machine.said(), says);
  });
}

const none: [name: string, answers: (string | boolean | undefined)[]][] = [
  ["no provider", [undefined]],
  ["no plan", ["mimo", undefined]],
  ["no variable", ["mimo", PLAN, false]],
  ["no variable after three tries", ["mimo", PLAN, "a b", "a b", "a b"]],
  ["a no at the end", ["mimo", PLAN, true, false]],
];
for (const [name, answers] of none) {
  Deno.test(`init: ${name} changes nothing`, async () => {
    const machine = testMachine(new MemoryDisk(), {}, answers);
    assert.equal(await init({}, machine), 0);
    assert.match(machine.said(), /Nothing was changed\.\n$/);
    assert.deepEqual(machine.disk.written, []);
  });
}
