import assert from "node:assert/strict";
import { countLine, findingLines } from "../../../lib/commands/doctor/view.ts";
import type { CheckFinding } from "../../../lib/doctor/check.ts";
import { selfTest } from "../../../lib/doctor/live/self_test.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { startServer } from "../../../lib/proxy/server.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { json } from "../../../lib/simulate/script.ts";
import { testConfig } from "../../helpers/proxy/app.ts";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { fastClock } from "../../helpers/clock/fast_clock.ts";
import { sidecarCommand } from "../../helpers/program/program.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

const KEY = "sk-abcdefgh12345678";
const findings: CheckFinding[] = [
  { name: "a", status: "ok", fact: "fine", hint: null },
  { name: "b", status: "warn", fact: "odd", hint: "Look" },
  { name: "c", status: "fail", fact: "dead", hint: "Mend it" },
];

Deno.test("doctor_view: a line for what is so, and one for what to do", () => {
  assert.deepEqual(findings.flatMap((finding) => findingLines(finding, false)), [
    "✓ a                      fine",
    "! b                      odd",
    "                         → Look",
    "✗ c                      dead",
    "                         → Mend it",
  ]);
  assert.equal(countLine(findings, false), "1 ok, 1 to look at, 1 failed");
  assert.equal(countLine(findings.slice(0, 1), false), "1 ok");
});

/** Counts no time in which this process did not run. */
const clock = fastClock(1);

/** A provider and a sidecar in front of it, with heartbeats every 700 ms. */
async function chain() {
  const provider = await startProvider({
    script: ({ method, text }) => {
      if (method === "GET") return json(200, { object: "list", data: [{ id: "m1" }] });
      if (text.includes("function_call_output")) {
        return goodScript({ wire: "responses", text: "A cart." });
      }
      const call = { kind: "function", name: "look_up", arguments: { word: "sidecar" } } as const;
      return goodScript({ wire: "responses", reasoning: "Hm.", calls: [call] });
    },
  });
  const test = selfTest(clock, 700);
  const sidecar = startServer(
    testConfig({
      listen: { host: "127.0.0.1", port: 0, token: null },
      heartbeat: { interval: 700 },
      limits: { body: 2 ** 20, event: 2 ** 20, toolCalls: 8 },
      relay: { hosts: [`127.0.0.1:${provider.port}`] },
    }),
    {
      clock,
      random: seededRandom(1),
      observer: silent,
      env: () => undefined,
      version: "0.0.0",
      divert: test.divert,
    },
  );
  const stop = async () => {
    await sidecar.abort();
    await test.stop();
    await provider.stop();
  };
  return { provider, sidecar, stop };
}

async function run(home: string, args: string[]) {
  const { code, stdout } = await sidecarCommand([
    "doctor",
    "--config",
    `${home}/config.yaml`,
    ...args,
  ], {
    env: {
      HOME: home,
      XDG_CONFIG_HOME: "",
      XDG_STATE_HOME: "",
      CODEX_HOME: "",
      SIM_KEY: KEY,
      NO_PROXY: "127.0.0.1",
    },
    stderr: "null",
  }).output();
  return { code, out: new TextDecoder().decode(stdout) };
}

Deno.test({
  name:
    "doctor: a whole chain on this machine is examined, live too; no key is printed; a dead one ends with 1",
  ignore: Deno.build.os === "windows",
  async fn() {
    const { provider, sidecar, stop } = await chain();
    const home = await Deno.makeTempDir({ prefix: "sidecar-doctor-" });
    await Deno.mkdir(`${home}/.codex`);
    await Deno.writeTextFile(
      `${home}/config.yaml`,
      `listen: { port: ${sidecar.port} }
heartbeat: { interval: 700ms }
upstreams:
  sim: { base_url: "${provider.url}", wire: responses, api_key: "env:SIM_KEY", models: [m1] }
`,
    );
    await Deno.writeTextFile(
      `${home}/.codex/config.toml`,
      `model = "m1"
model_provider = "custom"
[model_providers.custom]
name = "Sim"
base_url = "${sidecar.url}/r/http/127.0.0.1:${provider.port}/v1"
experimental_bearer_token = "${KEY}"
`,
    );
    const well = await run(home, ["--live", "--yes", "--json"]);
    await stop();
    const ill = await run(home, []);
    await removeFolder(home);
    const told: CheckFinding[] = JSON.parse(well.out).findings;
    const of = (name: string) => told.find((finding) => finding.name === name)?.status;
    assert.deepEqual(
      ["hop 1", "hop 2", "heartbeats", "stream of Codex's route", "tool call of sim"].map(of),
      ["ok", "ok", "ok", "ok", "ok"],
      well.out,
    );
    assert.deepEqual([well.code, told.filter(({ status }) => status === "fail")], [0, []]);
    assert.equal(ill.code, 1);
    assert.match(
      ill.out,
      /✗ hop 1 +sidecar should listen at 127\.0\.0\.1:\d+, and nobody does\n +→ Start it/,
    );
    assert.ok(!`${well.out}${ill.out}`.includes("abcdefgh"), "a key was printed");
  },
});
