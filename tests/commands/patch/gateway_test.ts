import assert from "node:assert/strict";
import { asFailure, Failure } from "../../../lib/base/errors.ts";
import { initGateway } from "../../../lib/commands/patch/gateway.ts";
import { init } from "../../../lib/commands/patch/init.ts";
import type { PatchOptions } from "../../../lib/commands/patch/patching.ts";
import { status } from "../../../lib/commands/patch/status.ts";
import { undo } from "../../../lib/commands/patch/undo.ts";
import { type TestMachine, testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const STATE = "/h/.local/state/codex-sidecar/";
const TOKEN = "Quiet.Otter.41.Crossing.River";
const GATEWAY: PatchOptions = {
  yes: true,
  gateway: "https://gateway.example.com",
  token: "env:TEAM_TOKEN",
};

const own = `# mine\r
model_provider = 'custom'\r
model   = "big"  # pay\r
\r
[model_providers.custom]\r
base_url = 'https://api.example.com/v1'\r
`;

const homes: [string, Record<string, string>][] = [
  ["no settings", {}],
  ["an empty file", { [CONFIG]: "" }],
  ["a model and no provider", { [CONFIG]: 'model = "gpt-5"\n' }],
  ["a provider of the user's own", { [CONFIG]: own }],
  ["no line break at the end", { [CONFIG]: own.trimEnd() }],
];

function home(files: Record<string, string>, more = {}): TestMachine {
  return testMachine(new MemoryDisk(files), {
    env: { HOME: "/h", TEAM_TOKEN: TOKEN },
    codexVersion: () => Promise.resolve("0.169.0"),
    askModels: () => Promise.resolve([{ id: "team-1" }, { id: "team-2" }]),
    ...more,
  });
}

function others({ disk }: TestMachine): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(disk.all()).filter(([path]) => !path.startsWith(STATE)));
}

for (const [what, files] of homes) {
  Deno.test(`init --gateway: ${what}: Codex is led there, a second time changes nothing, undo is exact`, async () => {
    const machine = home(files);
    assert.equal(await initGateway(GATEWAY, machine), 0);
    const text = machine.disk.text(CONFIG) ?? "";
    for (
      const line of [
        /^model_provider = ["']sidecar-gateway["']\r?$/m,
        /^model\s+= "team-1"/m,
        /^base_url = "https:\/\/gateway\.example\.com\/v1"\r?$/m,
        /^env_key = "TEAM_TOKEN"\r?$/m,
        /^model_catalog_url = "https:\/\/gateway\.example\.com\/v1\/models"\r?$/m,
      ]
    ) assert.match(text, line);
    assert.doesNotMatch(machine.said() + JSON.stringify(machine.disk.all()), /Otter/);
    assert.match(machine.said(), /Next: codex\n$/);
    await initGateway(GATEWAY, machine);
    assert.match(machine.said(), /already\nNothing to change\.\n$/);
    // Neither a plain init nor a status takes it for a provider to stand before
    await init({ yes: true }, machine);
    assert.match(
      machine.said(),
      /goes to the gateway at .*: left alone\n[^]*Nothing to change\.\n$/,
    );
    assert.equal(await status({}, machine), 0);
    assert.match(machine.said(), /codex: patched\n.*goes to the gateway at https:\/\/gateway/);
    assert.equal(await undo({ yes: true }, machine), 0);
    assert.deepEqual(others(machine), files);
  });
}

Deno.test("init --gateway: another address and another token replace the first, and undo is exact all the same", async () => {
  const machine = home({ [CONFIG]: own });
  await initGateway(GATEWAY, machine);
  const other = { gateway: "https://other.example.com/u/acme/v1/", token: "env:OTHER", model: "m" };
  await initGateway({ ...GATEWAY, ...other }, machine);
  const text = machine.disk.text(CONFIG) ?? "";
  assert.match(text, /base_url = "https:\/\/other\.example\.com\/u\/acme\/v1"/);
  assert.match(text, /env_key = "OTHER"/);
  assert.match(text, /model {3}= "m" {2}# pay/);
  assert.doesNotMatch(text, /TEAM_TOKEN|gateway\.example/);
  await undo({ yes: true }, machine);
  assert.deepEqual(others(machine), { [CONFIG]: own });
});

Deno.test("init --gateway: what its user wrote into the table is never lost", async () => {
  const machine = home({ [CONFIG]: own });
  await initGateway(GATEWAY, machine);
  const mine = machine.disk.text(CONFIG) + 'http_headers = { a = "b" }\r\n';
  const later = home({ [CONFIG]: mine });
  await assert.rejects(
    initGateway({ ...GATEWAY, token: "env:OTHER" }, later),
    /sidecar-gateway\] with more in it/,
  );
  assert.equal(later.disk.text(CONFIG), mine);
});

Deno.test("init --gateway: without the record, undo takes the gateway out and leaves Codex its own provider", async () => {
  const machine = home({ [CONFIG]: own });
  await initGateway(GATEWAY, machine);
  const text = machine.disk.text(CONFIG) ?? "";
  const later = home({ [CONFIG]: text });
  assert.equal(await undo({ yes: true }, later), 0);
  const left = later.disk.text(CONFIG) ?? "";
  assert.equal(
    left,
    own.replace("model_provider = 'custom'\r\n", "").replace(/^model .*\r\n/m, ""),
  );
});

Deno.test("init --gateway: without the token the model in the settings stays, and the next step is named", async () => {
  const machine = home({ [CONFIG]: own }, { env: { HOME: "/h" } });
  await initGateway(GATEWAY, machine);
  assert.match(machine.disk.text(CONFIG) ?? "", /model {3}= "big" {2}# pay/);
  assert.match(
    machine.said(),
    /because TEAM_TOKEN is not set here[^]*Next: export TEAM_TOKEN=YOUR_TOKEN\n$/,
  );
});

Deno.test("init --gateway: a token that the gateway does not accept changes nothing, and any other answer does not hinder", async () => {
  const answering = (status: number) =>
    home({ [CONFIG]: own }, {
      askModels: () =>
        Promise.reject(
          new Failure("refused", `The gateway answered HTTP ${status}`, { upstreamStatus: status }),
        ),
    });
  const machine = answering(401);
  await assert.rejects(initGateway(GATEWAY, machine), (error) => {
    assert.match(
      asFailure(error).fullMessage,
      /HTTP 401: it does not accept TEAM_TOKEN\. .*--model/,
    );
    return true;
  });
  assert.deepEqual(machine.disk.all(), { [CONFIG]: own });
  const other = answering(503);
  await initGateway(GATEWAY, other);
  assert.match(other.said(), /HTTP 503; the model in the settings stays\.[^]*Done\./);
});

const wrong: [string, Partial<PatchOptions>, RegExp][] = [
  ["no token", { token: undefined }, /needs --token env:NAME/],
  ["the token itself", { token: TOKEN }, /needs --token env:NAME/],
  ["a token alone", { gateway: undefined }, /--token is for --gateway/],
  [
    "http beyond this machine",
    { gateway: "http://gateway.example.com" },
    /takes an https URL.*could read/,
  ],
  ["no URL", { gateway: "gateway" }, /takes an https URL, not gateway/],
  ["a query", { gateway: "https://g.example.com/v1?a=b" }, /takes an https URL.*query/],
  ["a password", { gateway: "https://a:b@g.example.com" }, /takes an https URL/],
  ["a provider too", { provider: "generic" }, /exclude each other/],
  ["another program", { only: "cc-switch" }, /changes Codex alone/],
];

for (const [what, options, says] of wrong) {
  Deno.test(`init --gateway: ${what} is refused in words, and nothing is changed`, async () => {
    const machine = home({ [CONFIG]: own });
    await assert.rejects(initGateway({ ...GATEWAY, ...options }, machine), (error) => {
      const { code, fullMessage } = asFailure(error);
      assert.equal(code, "bad_usage");
      assert.match(fullMessage, says);
      assert.doesNotMatch(fullMessage, /Otter|a:b@/);
      return true;
    });
    assert.deepEqual(machine.disk.all(), { [CONFIG]: own });
  });
}
