import assert from "node:assert/strict";
import { readDatabase } from "../../../lib/patch/cc_switch/database.ts";
import { rowUpstreams } from "../../../lib/patch/cc_switch/upstreams.ts";
import { inHome, switchDatabase, type SwitchRow } from "../../helpers/settings/patch_home.ts";

const none = () => undefined;

function row(id: string, name: string, config: string, auth: Record<string, string> = {}) {
  return {
    id,
    app_type: "codex",
    name,
    settings_config: { auth, config },
    meta: {},
    is_current: 0,
  } satisfies SwitchRow;
}

const config = (lines: string, model = "m-1") =>
  `model_provider = "p"\nmodel = "${model}"\n[model_providers.p]\nbase_url = "https://gate.example/v1"\n${lines}`;

/** What a database with these rows besides the usual ones gives, each as one line. */
async function found(more: readonly SwitchRow[], env: (name: string) => string | undefined = none) {
  let lines: string[] = [];
  let left: readonly string[] = [];
  await inHome((home) => {
    const read = rowUpstreams(readDatabase(switchDatabase(home, more)), 8411, env);
    lines = read.rows.map(({ name, baseUrl, key, models }) =>
      `${name} ${baseUrl} ${key} ${models.join(",")}`
    );
    left = read.left;
    return Promise.resolve();
  });
  return { lines, left };
}

Deno.test("row upstreams: address, key and models of each row that the sidecar can stand for; others say why", async () => {
  const { lines, left } = await found([]);
  assert.ok(
    lines.includes(
      "xiaomi-mimo-token-plan-china https://token-plan-cn.xiaomimimo.com/v1 tp-TESTKEY-not-real mimo-v2.5-pro,mimo-v2.5",
    ),
    lines.join("\n"),
  );
  assert.ok(lines.some((line) => line.startsWith("zhipu-glm https://open.bigmodel.cn/")));
  assert.ok(left.length > 0);
  assert.doesNotMatch(left.join("\n"), /TESTKEY/);
});

const cases = [
  {
    name: "a key in the table",
    row: row("a", "A", config('experimental_bearer_token = "k-table"\n'), { OPENAI_API_KEY: "k" }),
    line: "a https://gate.example/v1 k-table m-1",
  },
  {
    name: "a key in a variable",
    row: row("a", "A", config('env_key = "GATE_KEY"\n')),
    line: "a https://gate.example/v1 k-env m-1",
  },
  {
    name: "a relay URL stands for the address that it replaces",
    row: row(
      "a",
      "A",
      config("").replace("https://gate", "http://127.0.0.1:8411/r/https/gate"),
      { OPENAI_API_KEY: "k" },
    ),
    line: "a https://gate.example/v1 k m-1",
  },
  {
    name: "the sidecar's own /v1 is no upstream",
    row: row("a", "A", config("").replace("https://gate.example", "http://127.0.0.1:8411"), {
      OPENAI_API_KEY: "k",
    }),
    line: undefined,
  },
  {
    name: "a table with a local token, which cc-switch copied, is none",
    row: row("a", "A", config('experimental_bearer_token = "sidecar-pass-1"\n')),
    line: undefined,
  },
  { name: "no key", row: row("a", "A", config("")), line: undefined },
  {
    name: "a key with a line break",
    row: row("a", "A", config(""), { OPENAI_API_KEY: "k\nk" }),
    line: undefined,
  },
  { name: "no TOML", row: row("a", "A", "[", { OPENAI_API_KEY: "k" }), line: undefined },
  {
    name: "a name without a letter",
    row: row("a", "/ /", config(""), { OPENAI_API_KEY: "k" }),
    line: "provider https://gate.example/v1 k m-1",
  },
];

for (const { name, row, line } of cases) {
  Deno.test(`row upstreams: ${name}`, async () => {
    const env = (variable: string) => variable === "GATE_KEY" ? "k-env" : undefined;
    const { lines: usual } = await found([], env);
    const { lines } = await found([row], env);
    assert.deepEqual(lines.filter((one) => !usual.includes(one)), line === undefined ? [] : [line]);
  });
}

Deno.test("row upstreams: no two rows have the same name", async () => {
  const twin = (id: string) => row(id, "Twin", config(""), { OPENAI_API_KEY: id });
  const { lines } = await found([twin("t1"), twin("t2"), twin("t3")]);
  const names = lines.map((line) => line.split(" ", 1)[0]).filter((one) => one?.startsWith("twin"));
  assert.deepEqual(names, ["twin", "twin-2", "twin-3"]);
});
