/** What `init`, `status` and `undo` make of every layer, through the real commands on a disk in memory. */
import assert from "node:assert/strict";
import { init } from "../../../../lib/commands/patch/init.ts";
import { status } from "../../../../lib/commands/patch/status.ts";
import { undo } from "../../../../lib/commands/patch/undo.ts";
import { testMachine } from "../../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../../helpers/settings/memory_disk.ts";

const HOME = "/h/.codex/";
const relay = (host: string) => `http://127.0.0.1:8411/r/https/${host}/v1`;
const table = (id: string, host = `${id}.example`) =>
  `[model_providers.${id}]\nname = "${id}"\nbase_url = "https://${host}/v1"\n`;

interface Case {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly env?: Record<string, string>;
  /** What each file must hold afterwards. */
  readonly holds?: Readonly<Record<string, RegExp>>;
  /** What `init` says, and what `status` says after it. */
  readonly says: RegExp;
  readonly state: "patched" | "drifted" | "untouched" | "absent";
  readonly status?: RegExp;
}

const base = `model_provider = "a"\n${table("a")}${table("b")}`;
const cases: Case[] = [
  {
    name: "a profile's file that chooses another table",
    files: { [`${HOME}config.toml`]: base, [`${HOME}x.config.toml`]: 'model_provider = "b"\n' },
    holds: { [`${HOME}config.toml`]: new RegExp(`${relay("a.example")}[^]*${relay("b.example")}`) },
    says: /x\.config\.toml: b goes to https:\/\/b\.example\/v1/,
    state: "patched",
  },
  {
    name: "a profile's file with a URL of its own",
    files: {
      [`${HOME}config.toml`]: base,
      [`${HOME}x.config.toml`]: `model_provider = "b"\n${table("b", "other.example")}`,
    },
    holds: { [`${HOME}x.config.toml`]: new RegExp(relay("other.example")) },
    says: /x\.config\.toml: b goes to https:\/\/other\.example\/v1/,
    state: "patched",
  },
  {
    name: "a profile's file with the only provider",
    files: {
      [`${HOME}config.toml`]: 'model = "m"\n',
      [`${HOME}x.config.toml`]: `model_provider = "b"\n${table("b")}`,
    },
    holds: { [`${HOME}x.config.toml`]: new RegExp(relay("b.example")) },
    says: /names no model_provider[^]*x\.config\.toml: b goes to/,
    state: "patched",
  },
  {
    name: "a legacy profile",
    files: { [`${HOME}config.toml`]: `${base}[profiles.x]\nmodel_provider = "b"\n` },
    holds: { [`${HOME}config.toml`]: new RegExp(relay("b.example")) },
    says: /config\.toml, \[profiles\.x\]: b goes to https:\/\/b\.example/,
    state: "patched",
  },
  {
    name: "openai_base_url without a provider",
    files: { [`${HOME}config.toml`]: '# mine\nopenai_base_url = "https://gw.example/v1" # pay\n' },
    holds: {
      [`${HOME}config.toml`]: new RegExp(`openai_base_url = "${relay("gw.example")}" # pay\n$`),
    },
    says: /openai_base_url goes to https:\/\/gw\.example\/v1/,
    state: "patched",
    status: /openai_base_url goes through the sidecar to https:\/\/gw\.example\/v1/,
  },
  {
    name: "openai_base_url of OpenAI itself",
    files: { [`${HOME}config.toml`]: 'openai_base_url = "https://api.openai.com/v1"\n' },
    says: /openai_base_url is OpenAI itself/,
    state: "untouched",
  },
  {
    name: "openai_base_url with a ChatGPT login",
    files: {
      [`${HOME}config.toml`]: 'openai_base_url = "https://gw.example/v1"\n',
      [`${HOME}auth.json`]: '{"auth_mode":"chatgpt","tokens":{}}',
    },
    says: /openai_base_url takes the ChatGPT login/,
    state: "untouched",
  },
  {
    name: "openai_base_url beside a provider of one's own, which wins",
    files: { [`${HOME}config.toml`]: `openai_base_url = "https://gw.example/v1"\n${base}` },
    holds: { [`${HOME}config.toml`]: /openai_base_url = "https:\/\/gw\.example\/v1"/ },
    says: /config\.toml: a goes to/,
    state: "patched",
  },
  {
    name: "the machine's settings, no home yet",
    files: { "/etc/codex/config.toml": `model_provider = "e"\n${table("e")}` },
    holds: {
      [`${HOME}config.toml`]: new RegExp(
        `^\\[model_providers.e\\]\nbase_url = "${relay("e.example")}"`,
      ),
    },
    says: /e goes to https:\/\/e\.example\/v1, as \/etc\/codex\/config\.toml says/,
    state: "patched",
  },
  {
    name: "the machine's settings with the table that the home chooses",
    files: {
      "/etc/codex/config.toml": table("e"),
      [`${HOME}config.toml`]: 'model_provider = "e"\n\n[model_providers.e]\nname = "mine"\n',
    },
    holds: {
      [`${HOME}config.toml`]: new RegExp(`name = "mine"\nbase_url = "${relay("e.example")}"`),
    },
    says: /e goes to https:\/\/e\.example\/v1, as \/etc/,
    state: "patched",
  },
  {
    name: "the machine's openai_base_url",
    files: {
      "/etc/codex/config.toml": 'openai_base_url = "https://gw.example/v1"\n',
      [`${HOME}config.toml`]: 'model = "m"\n[tui]\nx = 1\n',
    },
    holds: { [`${HOME}config.toml`]: new RegExp(`openai_base_url = "${relay("gw.example")}"\n`) },
    says: /openai_base_url goes to https:\/\/gw/,
    state: "patched",
  },
  {
    name: "a managed file that chooses another table",
    files: {
      "/etc/codex/managed_config.toml": 'model_provider = "b"\n',
      [`${HOME}config.toml`]: base,
    },
    holds: { [`${HOME}config.toml`]: new RegExp(relay("b.example")) },
    says: /config\.toml: b goes to https:\/\/b\.example/,
    state: "patched",
  },
  {
    name: "a managed file with a URL of its own",
    files: {
      "/etc/codex/managed_config.toml": '[model_providers.a]\nbase_url = "https://m.example/v1"\n',
      [`${HOME}config.toml`]: base,
    },
    says: /a goes to https:\/\/m\.example\/v1 by \/etc\/codex\/managed_config\.toml/,
    state: "untouched",
  },
  {
    name: "a managed file that chooses OpenAI itself",
    files: {
      "/etc/codex/managed_config.toml": 'model_provider = "openai"\n',
      [`${HOME}config.toml`]: base,
    },
    says: /\/etc\/codex\/managed_config\.toml uses openai, which Codex itself defines/,
    state: "untouched",
  },
  {
    name: "a profile with a limit that is too low, in the table that the home's URL stands in",
    files: {
      [`${HOME}config.toml`]: base,
      [`${HOME}x.config.toml`]: "[model_providers.a]\nstream_idle_timeout_ms = 0x10 # short\n",
    },
    holds: { [`${HOME}x.config.toml`]: /^stream_idle_timeout_ms = 3600000 # short$/m },
    says: /config\.toml: a goes to/,
    state: "patched",
  },
  {
    name: "requirements that choose a provider",
    files: {
      "/etc/codex/requirements.toml": 'model_provider = "b"\n',
      [`${HOME}config.toml`]: base,
    },
    holds: { [`${HOME}config.toml`]: new RegExp(relay("b.example")) },
    says: /config\.toml: b goes to/,
    state: "patched",
  },
  {
    name: "a machine's file that is no TOML",
    files: { "/etc/codex/config.toml": "a = ", [`${HOME}config.toml`]: base },
    says: /\/etc\/codex\/config\.toml:1:\d+: this is not valid TOML: not taken into account/,
    state: "patched",
  },
  {
    name: "CODEX_HOME, and the home that the app uses",
    files: { "/c/config.toml": base, [`${HOME}config.toml`]: base },
    env: { CODEX_HOME: "/c" },
    holds: { "/c/config.toml": /:8411/, [`${HOME}config.toml`]: /:8411/ },
    says: /\/c\/config\.toml: a goes to[^]*~\/\.codex\/config\.toml: a goes to/,
    state: "patched",
  },
  {
    name: "the home that Codex++ keeps",
    files: {
      [`${HOME}config.toml`]: base,
      "/h/.codex-session-delete/codex-home/config.toml": base,
    },
    holds: { "/h/.codex-session-delete/codex-home/config.toml": /:8411/ },
    says: /codex-home\/config\.toml: a goes to/,
    state: "patched",
  },
  ...["gcp", "amazon-bedrock-runtime", "amazon-bedrock", "ollama"].map((id): Case => ({
    name: `the built-in ${id} with a table`,
    files: {
      [`${HOME}config.toml`]:
        `model_provider = "${id}"\n[model_providers.${id}]\nbase_url = "https://b.example"\n`,
    },
    says: new RegExp(`uses ${id}, which Codex itself defines`),
    state: "untouched",
  })),
];

for (const { name, files, env, holds = {}, says, state, status: shown } of cases) {
  Deno.test(`layers: ${name}`, async () => {
    const machine = testMachine(new MemoryDisk(files), { env: { HOME: "/h", ...env } });
    const before = machine.disk.all();
    await init({ yes: true }, machine).catch((error) => {
      // A Codex without any provider ends with that
      assert.match(String(error), /no provider that the sidecar could stand for/);
    });
    assert.match(machine.said(), says);
    for (const [path, text] of Object.entries(holds)) {
      assert.match(machine.disk.text(path) ?? "", text, path);
    }
    const later = testMachine(machine.disk, { env: { HOME: "/h", ...env } });
    await status({ json: true }, later);
    const { places } = JSON.parse(later.said());
    const codex = places.find((one: { place: string }) => one.place === "codex");
    assert.equal(codex.state, state, JSON.stringify(codex));
    if (shown) assert.match(codex.facts.join("\n"), shown);
    const again = testMachine(machine.disk, { env: { HOME: "/h", ...env } });
    const written = machine.disk.written.length;
    await init({ yes: true }, again).catch(() => {});
    assert.equal(machine.disk.written.length, written, "a second init changes nothing");
    await undo({ yes: true }, again);
    const after = Object.entries(machine.disk.all()).filter(([path]) =>
      path in before || !path.includes("codex-sidecar")
    );
    assert.deepEqual(Object.fromEntries(after), before);
  });
}

Deno.test("layers: without a record, undo finds a profile's URL and openai_base_url too", async () => {
  const files = {
    [`${HOME}config.toml`]: 'openai_base_url = "https://gw.example/v1"\n',
    [`${HOME}x.config.toml`]: `model_provider = "b"\n${table("b")}`,
  };
  const machine = testMachine(new MemoryDisk(files));
  await init({ yes: true }, machine);
  await machine.disk.remove("/h/.local/state/codex-sidecar/manifest.json");
  await undo({ yes: true }, machine);
  for (const [path, text] of Object.entries(files)) assert.equal(machine.disk.text(path), text);
});

Deno.test("layers: a home that only the record names is looked after until it is gone", async () => {
  const disk = new MemoryDisk({ "/c/config.toml": base, [`${HOME}config.toml`]: base });
  await init({ yes: true }, testMachine(disk, { env: { HOME: "/h", CODEX_HOME: "/c" } }));
  disk.put("/c/config.toml", base);
  const machine = testMachine(disk);
  await status({}, machine);
  assert.match(machine.said(), /codex: drifted[^]*\/c\/config\.toml: a goes straight to/);
  await init({ yes: true }, machine);
  assert.match(disk.text("/c/config.toml") ?? "", /:8411/);
  await disk.remove("/c/config.toml");
  const later = testMachine(disk);
  await status({}, later);
  assert.match(later.said(), /codex: patched/);
});

Deno.test("layers: a profile that was written after init and bypasses the sidecar is drift", async () => {
  const disk = new MemoryDisk({ [`${HOME}config.toml`]: base });
  await init({ yes: true }, testMachine(disk));
  disk.put(`${HOME}x.config.toml`, `model_provider = "b"\n${table("b", "new.example")}`);
  const machine = testMachine(disk);
  assert.equal(await status({}, machine), 1);
  assert.match(machine.said(), /x\.config\.toml: b goes straight to https:\/\/new\.example\/v1/);
});
