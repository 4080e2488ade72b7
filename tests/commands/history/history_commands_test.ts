import assert from "node:assert/strict";
import { join } from "node:path";
import { dashboard } from "../../../lib/commands/history/dashboard.ts";
import { usage } from "../../../lib/commands/history/usage.ts";
import { costs } from "../../../lib/commands/serve/history.ts";
import type { Machine } from "../../../lib/commands/shared/this_machine.ts";
import { type Figures, usageOf } from "../../../lib/observe/history/figures.ts";
import { openStore } from "../../../lib/observe/history/sqlite.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { turnFigures } from "../../helpers/proxy/figures.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

const up: Machine["who"] = () => Promise.resolve({ is: "sidecar", version: "1.2.3", live: 0 });
const stranger: Machine["who"] = () => Promise.resolve({ is: "stranger", answer: "HTTP 200" });

function figures(changes: Partial<Figures> = {}): Figures {
  return turnFigures({
    at: new FakeClock().wall(),
    tokens: { input: 12_000, cached: 10_000, output: 500, reasoning: 100 },
    cost: { currency: "USD", amount: 1.5 },
    ...changes,
  });
}

const list = [
  figures(),
  figures(),
  figures({ model: "acme-3", cost: null }),
  figures({ outcome: "failed", tokens: null, cost: null }),
];

Deno.test("usage: the running sidecar is asked, with what was asked for", async () => {
  const asked: string[] = [];
  const own = (port: number, path: string) => {
    asked.push(`${port} ${path}`);
    return Promise.resolve(usageOf(list, { since: 0, until: 2e12, by: "model" }));
  };
  const machine = testMachine(new MemoryDisk({}), { who: up });
  assert.equal(await usage({ since: "24h", by: "model", port: "9000" }, machine, { own }), 0);
  assert.deepEqual(asked, ["9000 usage?since=24h&by=model"]);
  assert.deepEqual(machine.said().split("\n").slice(0, 4), [
    "model   turns  failed  input  cached  output      cost",
    "acme-2      3       1  4,000  20,000   1,000  3.00 USD",
    "acme-3      1       0  2,000  10,000     500         -",
    "total       4       1  6,000  30,000   1,500  3.00 USD",
  ]);
  assert.match(machine.said(), /an estimate from list prices\.\n1 of 4 turns have no known price/);
});

Deno.test("usage: --json is the document", async () => {
  const used = usageOf(list, { since: 0, until: 2e12, by: "day" });
  const machine = testMachine(new MemoryDisk({}), { who: up });
  await usage({ json: true, by: "day" }, machine, { own: () => Promise.resolve(used) });
  assert.deepEqual(JSON.parse(machine.said()), used);
});

Deno.test("usage: with no sidecar it reads the history on disk", async () => {
  const folder = await Deno.makeTempDir({ prefix: "usage-" });
  const file = join(folder, "history.sqlite");
  const machine = testMachine(new MemoryDisk({}));
  try {
    const { clock } = machine;
    const store = openStore({ file, period: 1e10, clock, observer: { notice() {} }, rename() {} });
    for (const one of list) store?.add(one);
    store?.close();
    assert.equal(await usage({ by: "upstream" }, machine, { file }), 0);
    assert.match(machine.said(), /\nacme +4 +1 +6,000 +30,000 +1,500 +3\.00 USD\n/);
    await Deno.writeTextFile(file, "no database".repeat(200));
    await assert.rejects(usage({}, machine, { file }), /cannot be read/);
  } finally {
    await removeFolder(folder);
  }
});

Deno.test("usage: with no history at all it says so, and a bad duration is refused", async () => {
  const machine = testMachine(new MemoryDisk({}));
  assert.equal(await usage({}, machine, { file: "/nowhere/history.sqlite" }), 1);
  assert.match(machine.said(), /No sidecar answers on port 8411, and none has kept a history/);
  await assert.rejects(usage({ since: "soon" }, machine), /--since takes a duration/);
  const own = () => Promise.resolve({ rows: "other" });
  const old = testMachine(new MemoryDisk({}), { who: up });
  await assert.rejects(usage({}, old, { own }), /of another version/);
});

for (
  const [name, changes, ran, said] of [
    ["linux with a desktop", { env: { HOME: "/h", DISPLAY: ":0" } }, "xdg-open URL", "Opened URL"],
    ["linux without", {}, "", "URL"],
    [
      "over ssh",
      { env: { HOME: "/h", DISPLAY: ":0", SSH_CONNECTION: "1" } },
      "",
      "URL",
    ],
    ["macOS", { system: "darwin" }, "open URL", "Opened URL"],
    [
      "Windows",
      { system: "windows", env: { LOCALAPPDATA: "C:\\h", APPDATA: "C:\\h" } },
      "cmd /c start  URL",
      "Opened URL",
    ],
  ] as const satisfies [string, Partial<Machine>, string, string][]
) {
  Deno.test(`dashboard command: ${name}`, async () => {
    let tool = "";
    const runTool: Machine["runTool"] = (command, args) => {
      tool = [command, ...args].join(" ");
      return Promise.resolve({ code: 0, out: "", err: "" });
    };
    const machine = testMachine(new MemoryDisk({}), { who: up, runTool, ...changes });
    assert.equal(await dashboard({ port: "9000" }, machine), 0);
    const shown = (text: string) => text.replace("http://127.0.0.1:9000/", "URL").trim();
    assert.deepEqual([shown(tool), shown(machine.said())], [ran, said]);
  });
}

Deno.test("dashboard command: an opener that fails leaves the address; --print opens nothing", async () => {
  const env = { HOME: "/h", DISPLAY: ":0" };
  const failing = testMachine(new MemoryDisk({}), { who: up, env });
  assert.equal(await dashboard({}, failing), 0);
  assert.equal(failing.said(), "http://127.0.0.1:8411/\n");
  const runTool = () => Promise.reject(new TypeError("must not run"));
  const print = testMachine(new MemoryDisk({}), { who: up, env, runTool });
  assert.equal(await dashboard({ print: true }, print), 0);
});

Deno.test("dashboard command: where no sidecar of ours answers, it opens nothing", async () => {
  const machine = testMachine(new MemoryDisk({}), { who: stranger });
  assert.equal(await dashboard({}, machine), 1);
  assert.match(machine.said(), /8411/);
  const nobody = testMachine(new MemoryDisk({}));
  assert.equal(await dashboard({}, nobody), 1);
  assert.match(nobody.said(), /No sidecar answers on port 8411\. Start it with sidecar/);
});

Deno.test("costs: the user's price wins, cached tokens have their own, and unknown models have none", () => {
  const price = { input: 2, cached: 0.5, output: 10, currency: "CNY" };
  const cost = costs({
    prices: [
      { ...price, model: "acme-2" },
      { ...price, model: "far/acme-2", currency: "EUR" },
    ],
    upstreams: new Map([
      ["near", upstream("https://a.example/v1")],
      ["ds", upstream("https://api.deepseek.com")],
      ["named", upstream("https://a.example/v1", { provider: "kimi" })],
    ]),
  });
  const million = { input: 1_000_000, cached: 400_000, output: 100_000, reasoning: 0 };
  assert.deepEqual(cost("near", "acme-2", million), { currency: "CNY", amount: 2.4 });
  assert.equal(cost("far", "acme-2", million)?.currency, "EUR");
  assert.equal(cost("near", "acme-9", million), null);
  const close = (one: number | undefined, other: number) =>
    assert.ok(Math.abs((one ?? 0) - other) < 1e-9, `${one} ${other}`);
  close(cost("ds", "deepseek-flash", million)?.amount, 0.6 * 0.15 + 0.4 * 0.003 + 0.1 * 0.6);
  close(cost("named", "moonshotai/Kimi-K3", million)?.amount, 0.6 * 3 + 0.4 * 0.3 + 0.1 * 15);
  // A relay is named by its host
  close(cost("api.deepseek.com", "deepseek-flash", million)?.amount, 0.1512);
});
