import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { Plan } from "../../../lib/patch/integration.ts";
import { ccSwitchIntegration } from "../../../lib/patch/cc_switch/integration.ts";
import {
  contents,
  inHome,
  type PatchHome,
  switchDatabase,
  withDatabase,
} from "../../helpers/settings/patch_home.ts";
import rows from "../cc_switch_rows.json" with { type: "json" };

const MIMO = "3f0c9a52-6d51-4a38-9a54-0b9b3c6f2e11";
const GLM = "b7a1e1d4-2a0b-4b0f-8f63-7d4f1f0a9c22";
const OLD = "1762400000000";
const CHILD = "universal-codex-9d2e";
const R = "http://127.0.0.1:8411/r";
const LIMITS =
  "stream_idle_timeout_ms = 3600000\nstream_max_retries = 100\nrequest_max_retries = 10\n";
const QUICK = { timeout: 50 };

type Tables = Record<string, Record<string, unknown>[]>;

/** Applies a plan without problems, and returns it. */
async function applied(plan: Plan): Promise<Plan> {
  assert.deepEqual(plan.problems, []);
  await plan.apply();
  return plan;
}

/** The rows of `cc_switch_rows.json` as they are when `init` is through. */
function expected(before: Record<string, unknown>): Record<string, unknown> {
  const after = structuredClone(before) as Tables;
  const change = (table: string, key: string, column: string, from: string, to: string) => {
    const row = after[table]?.find((one) =>
      one.app_type === "codex" && (one.id ?? "codex") === key
    );
    assert.ok(row && String(row[column]).includes(from), `${table} ${key} ${column}`);
    row[column] = String(row[column]).replace(from, to);
  };
  const line = (text: string) => JSON.stringify(text).slice(1, -1);
  const [url] = ["https://token-plan-cn.xiaomimimo.com/v1"];
  const mimo = [
    line(`base_url = "${url}"\n`),
    line(`base_url = "${R}/https/token-plan-cn.xiaomimimo.com/v1"\n${LIMITS}`),
  ] as const;
  change("providers", MIMO, "settings_config", ...mimo);
  change("proxy_live_backup", "codex", "original_config", ...mimo);
  change(
    "providers",
    GLM,
    "settings_config",
    line(`base_url = "https://open.bigmodel.cn/api/coding/paas/v4"\n`),
    line(
      `base_url = "${R}/https/open.bigmodel.cn/api/coding/paas/v4"\nstream_max_retries = 100\nrequest_max_retries = 10\n`,
    ),
  );
  change(
    "providers",
    GLM,
    "settings_config",
    "stream_idle_timeout_ms = 600000 # hand",
    "stream_idle_timeout_ms = 3600000 # hand",
  );
  change("providers", GLM, "meta", `"openai_chat"`, `"openai_responses"`);
  change(
    "providers",
    OLD,
    "settings_config",
    line(`base_url   =   'https://api.xiaomimimo.com/v1'  # pay as you go\n`),
    line(`base_url   =   '${R}/https/api.xiaomimimo.com/v1'  # pay as you go\n${LIMITS}`),
  );
  change(
    "providers",
    CHILD,
    "settings_config",
    line(`base_url = "https://relay.example.com/v1"\n`),
    line(`base_url = "${R}/https/relay.example.com/v1"\n${LIMITS}`),
  );
  const timeouts = after.proxy_config?.find((row) => row.app_type === "codex");
  Object.assign(timeouts ?? {}, {
    streaming_first_byte_timeout: 120,
    streaming_idle_timeout: 600,
    non_streaming_timeout: 1200,
  });
  return after;
}

Deno.test("cc-switch: every suitable provider is pointed at the sidecar, a second run changes nothing, and a revert restores all", async () => {
  await inHome(async (home) => {
    const child = rows.providers.find(({ id }) => id === CHILD);
    const file = switchDatabase(home, child ? [{ ...child, app_type: "gemini" }] : []);
    const before = contents(file);
    const integration = ccSwitchIntegration(home.context);
    const plan = await integration.plan();
    assert.deepEqual(plan.found, [
      'provider "my-mimo" goes to https://api.xiaomimimo.com/v1',
      'provider "Xiaomi MiMo Token Plan (China)" (in use) goes to https://token-plan-cn.xiaomimimo.com/v1',
      'provider "Zhipu GLM" goes to https://open.bigmodel.cn/api/coding/paas/v4',
      `provider "OpenAI Official" is OpenAI's own: left alone`,
      'provider "MyRelay" goes to https://relay.example.com/v1',
      'provider "MyRelay" is made from a universal provider: when cc-switch syncs that, its own URL comes back',
    ]);
    assert.deepEqual(contents(file), before);
    await applied(plan);
    assert.deepEqual(contents(file), expected(before));
    assert.deepEqual((await integration.plan()).edits, []);
    assert.equal((await integration.state(plan.edits)).state, "patched");
    await applied(await integration.planRevert(plan.edits));
    assert.deepEqual(contents(file), before);
    assert.deepEqual((await integration.planRevert(plan.edits)).edits, []);
    assert.equal((await integration.state([])).state, "untouched");
  });
});

Deno.test("cc-switch: edits name every value by its path, its old text included, and survive JSON", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    const before = contents(file);
    const integration = ccSwitchIntegration(home.context);
    const { edits } = await applied(await integration.plan());
    const path = ["providers", OLD, "settings_config", "config", "model_providers", "xiaomi_mimo"];
    assert.deepEqual(edits.filter(({ key }) => key[1] === OLD), [
      {
        place: "cc-switch",
        file,
        key: [...path, "base_url"],
        before: "https://api.xiaomimimo.com/v1",
        after: `${R}/https/api.xiaomimimo.com/v1`,
        source: "'https://api.xiaomimimo.com/v1'",
      },
      ...LIMITS.trim().split("\n").map((line) => {
        const [name = "", value] = line.split(" = ");
        return { place: "cc-switch", file, key: [...path, name], after: Number(value) };
      }),
    ]);
    await applied(await integration.planRevert(JSON.parse(JSON.stringify(edits))));
    assert.deepEqual(contents(file), before);
  });
});

Deno.test("cc-switch: without the manifest the URLs, limits and known dialects are reverted; timeouts stay", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    const before = contents(file) as Tables;
    const integration = ccSwitchIntegration(home.context);
    await applied(await integration.plan());
    await applied(await integration.planRevert([]));
    const after = contents(file) as Tables;
    const glm = (rows: Tables) => rows.providers?.find(({ id }) => id === GLM);
    const restored = glm(after);
    assert.match(
      String(restored?.settings_config),
      /stream_idle_timeout_ms = 3600000 # hand tuned/,
    );
    assert.equal(restored?.meta, glm(before)?.meta);
    assert.equal(
      String(after.providers?.map((row) => row.settings_config)).includes("127.0.0.1"),
      false,
    );
    assert.deepEqual(after.proxy_live_backup, before.proxy_live_backup);
    for (const id of [MIMO, OLD, CHILD]) {
      const row = (rows: Tables) => rows.providers?.filter((one) => one.id === id);
      assert.deepEqual(row(after), row(before));
    }
  });
});

Deno.test("cc-switch: rows that others changed keep their changes, rows that are gone are no fault", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    const integration = ccSwitchIntegration(home.context);
    const { edits } = await applied(await integration.plan());
    withDatabase(file, (database) => {
      database.exec(`DELETE FROM providers WHERE id = '${CHILD}'`);
      database.exec(`UPDATE providers SET name = 'mine', settings_config =
        replace(settings_config, 'api.xiaomimimo.com', 'elsewhere.example.com') WHERE id = '${OLD}'`);
      database.exec(
        "UPDATE proxy_config SET streaming_idle_timeout = 300 WHERE app_type = 'codex'",
      );
    });
    const state = await integration.state(edits);
    assert.equal(state.state, "drifted");
    await applied(await integration.planRevert(edits));
    const after = contents(file) as Tables;
    assert.equal(after.providers?.some(({ id }) => id === CHILD), false);
    const mine = after.providers?.find(({ id }) => id === OLD);
    assert.equal(mine?.name, "mine");
    assert.match(
      String(mine?.settings_config),
      /base_url {3}= {3}'https:\/\/elsewhere\.example\.com\/v1' {2}# pay/,
    );
    assert.equal(String(mine?.settings_config).includes("stream_max_retries"), false);
    const timeouts = after.proxy_config?.find((row) => row.app_type === "codex");
    assert.deepEqual([timeouts?.streaming_first_byte_timeout, timeouts?.streaming_idle_timeout], [
      60,
      300,
    ]);
  });
});

Deno.test("cc-switch: a row changed between plan and apply stops everything", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    const integration = ccSwitchIntegration(home.context);
    const plan = await integration.plan();
    withDatabase(
      file,
      (database) =>
        database.exec(
          `UPDATE providers SET settings_config = settings_config || ' ' WHERE id = '${CHILD}'`,
        ),
    );
    const before = contents(file);
    await assert.rejects(plan.apply(), {
      code: "bad_config",
      message: `${file}: settings_config of ${CHILD} was changed by another program just now`,
    });
    assert.deepEqual(contents(file), before);
    await applied(await integration.plan());
  });
});

Deno.test("cc-switch: a lock of another program is waited for, then reported", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    const integration = ccSwitchIntegration(home.context, QUICK);
    const plan = await integration.plan();
    const other = new DatabaseSync(file);
    const before = contents(file);
    const why = `Cannot use ${file}: it is locked by another program`;
    const hint = "Close cc-switch and run the command again";
    other.exec("BEGIN IMMEDIATE");
    await assert.rejects(plan.apply(), { code: "bad_config", message: why });
    assert.deepEqual((await integration.plan()).problems, []);
    other.exec("ROLLBACK; BEGIN EXCLUSIVE");
    assert.deepEqual((await integration.plan()).problems, [{ file, why, hint }]);
    assert.deepEqual((await integration.state([])).facts, [why]);
    other.exec("ROLLBACK");
    other.close();
    assert.deepEqual(contents(file), before);
    await applied(plan);
  });
});

Deno.test("cc-switch: a database in WAL mode is read with what its log holds, and a plan leaves it as it is", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    const app = new DatabaseSync(file);
    app.exec(
      "PRAGMA journal_mode = WAL; UPDATE providers SET name = 'from the log' WHERE app_type = 'codex'",
    );
    const bytes = () => [file, `${file}-wal`].map((path) => Deno.readFileSync(path));
    const before = bytes();
    const integration = ccSwitchIntegration(home.context, QUICK);
    const plan = await integration.plan();
    assert.match(String(plan.found[0]), /"from the log" goes to/);
    assert.deepEqual(bytes(), before);
    await applied(plan);
    const row = app.prepare("SELECT settings_config FROM providers WHERE id = ?").get(CHILD);
    assert.match(String(row?.settings_config), /\/r\/https\/relay/);
    await applied(await integration.planRevert(plan.edits));
    app.close();
  });
});

Deno.test("cc-switch: a program that died while writing leaves a journal that is no hindrance", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    const before = contents(file);
    const app = new DatabaseSync(file);
    app.exec(
      "PRAGMA cache_size = 1; BEGIN; UPDATE providers SET name = 'half'; CREATE TABLE big (x)",
    );
    for (let at = 0; at < 500; at++) app.exec("INSERT INTO big VALUES (randomblob(500))");
    const died = home.write("died/settings.json", "{}").replace("settings.json", "cc-switch.db");
    Deno.copyFileSync(file, died);
    Deno.copyFileSync(`${file}-journal`, `${died}-journal`);
    app.exec("ROLLBACK");
    app.close();
    const integration = ccSwitchIntegration({ ...home.context, ccSwitchDir: `${home.path}/died` });
    await applied(await integration.plan());
    assert.deepEqual(contents(died), expected(before));
  });
});

Deno.test("cc-switch: its timeouts are extended where they are shorter, and a timeout that is off stays off", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    withDatabase(
      file,
      (database) =>
        database.exec(
          `UPDATE proxy_config SET streaming_idle_timeout = 0, non_streaming_timeout = 1200`,
        ),
    );
    const { edits } = await applied(await ccSwitchIntegration(home.context).plan());
    assert.deepEqual(edits.filter(({ key }) => key[0] === "proxy_config"), [{
      place: "cc-switch",
      file,
      key: ["proxy_config", "codex", "streaming_first_byte_timeout"],
      before: 60,
      after: 120,
    }]);
  });
});

Deno.test("cc-switch: a database of another version is used by its columns, its number untouched", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    withDatabase(
      file,
      (database) =>
        database.exec(
          `PRAGMA user_version = 99; DROP TABLE proxy_live_backup; DROP TABLE proxy_config;
        DROP TABLE settings; ALTER TABLE providers ADD COLUMN enabled_x INTEGER NOT NULL DEFAULT 7`,
        ),
    );
    const before = contents(file) as Tables;
    const integration = ccSwitchIntegration(home.context);
    const { edits } = await applied(await integration.plan());
    const after = contents(file) as Tables;
    assert.equal(edits.length > 0, true);
    assert.deepEqual({ ...after, providers: [] }, { ...before, providers: [] });
    await applied(await integration.planRevert(edits));
    assert.deepEqual(contents(file), before);
  });
});

/** What is wrong with a database, and what is said of it. */
const bad: { name: string; spoil: (file: string) => void; why: RegExp }[] = [
  {
    name: "no table that is known",
    spoil: (file) => withDatabase(file, (database) => database.exec("DROP TABLE providers")),
    why: /cc-switch\.db has no table providers, so this is no cc-switch that is known$/,
  },
  {
    name: "a column missing",
    spoil: (file) =>
      withDatabase(
        file,
        (database) => database.exec("ALTER TABLE providers RENAME COLUMN meta TO metas"),
      ),
    why: /cc-switch\.db has no column meta, so/,
  },
  {
    name: "no database",
    spoil: (file) => Deno.writeTextFileSync(file, "hello ".repeat(99)),
    why: /^Cannot use .*: it is damaged$/,
  },
];

for (const { name, spoil, why } of bad) {
  Deno.test(`cc-switch: a database with ${name} is one problem, and not touched`, async () => {
    await inHome(async (home) => {
      const file = switchDatabase(home);
      spoil(file);
      const plan = await ccSwitchIntegration(home.context, QUICK).plan();
      assert.deepEqual([plan.edits, plan.problems.length], [[], 1]);
      assert.match(String(plan.problems[0]?.why), why);
    });
  });
}

Deno.test("cc-switch: rows that nobody can read are left alone, byte for byte, and the others go on", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    withDatabase(file, (database) => {
      database.exec(
        `UPDATE providers SET settings_config = settings_config || char(0) || 'tail' WHERE id = '${OLD}'`,
      );
      database.exec(
        `UPDATE providers SET settings_config = CAST(x'7b22ff227d' AS TEXT) WHERE id = '${CHILD}'`,
      );
      database.exec(`UPDATE providers SET meta = x'00' WHERE id = '${GLM}'`);
    });
    const hex = () =>
      withDatabase(
        file,
        (database) =>
          database.prepare(
            "SELECT hex(settings_config) s, hex(meta) m FROM providers WHERE id IN (?, ?)",
          ).all(OLD, CHILD).map((row) => ({ ...row })),
      );
    const before = hex();
    const plan = await applied(await ccSwitchIntegration(home.context).plan());
    assert.deepEqual(plan.found.filter((line) => line.includes("cannot be read")), [
      'provider "my-mimo" cannot be read: left alone',
      'provider "MyRelay" cannot be read: left alone',
    ]);
    assert.deepEqual(hex(), before);
  });
});

Deno.test("cc-switch: a backup is the values that change, for its owner alone, whatever else is in the database", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    withDatabase(file, (database) => {
      database.exec("CREATE TABLE proxy_request_logs (text)");
      const add = database.prepare("INSERT INTO proxy_request_logs VALUES (?)");
      for (let n = 0; n < 40; n++) add.run("x".repeat(100_000));
    });
    const before = contents(file);
    const plan = await ccSwitchIntegration(home.context).plan();
    Deno.mkdirSync(`${home.path}/backup`);
    await plan.backup(`${home.path}/backup`);
    await plan.apply();
    const copy = `${home.path}/backup/cc-switch-rows.json`;
    if (Deno.build.os !== "windows") assert.equal((Deno.statSync(copy).mode ?? 0) & 0o777, 0o600);
    assert.ok(Deno.statSync(copy).size < 50_000);
    const { database, rows } = JSON.parse(Deno.readTextFileSync(copy));
    assert.equal(database, file);
    withDatabase(file, (database) => {
      for (const { table, id, column, value } of rows) {
        const row = table === "providers" ? "AND id = ?" : "";
        database.prepare(`UPDATE ${table} SET ${column} = ? WHERE app_type = 'codex' ${row}`)
          .run(value, ...row === "" ? [] : [id]);
      }
    });
    assert.deepEqual(contents(file), before);
    assert.deepEqual([...Deno.readDirSync(`${home.path}/backup`)].length, 1);
  });
});

const running: {
  name: string;
  with: (home: PatchHome) => void;
  processes: string[];
  proxy?: boolean;
  problem?: RegExp;
  found?: RegExp;
}[] = [
  {
    name: "the desktop app",
    with: switchDatabase,
    processes: ["bash", "CC Switch.exe"],
    found: /^cc-switch runs: close its Edit dialogs/,
  },
  {
    name: "its proxy alone",
    with: switchDatabase,
    processes: [],
    proxy: true,
    found: /^cc-switch runs/,
  },
  { name: "another program on that port", with: switchDatabase, processes: ["nginx"], proxy: true },
  {
    name: "the desktop app beside traces of the command-line version",
    with: (home) => {
      switchDatabase(home);
      home.write(".cc-switch/cc-switch.db.init.lock", "");
    },
    processes: ["cc-switch"],
    problem: /^cc-switch runs, perhaps its command-line version, which would/,
  },
  {
    name: "the command-line version by its name",
    with: switchDatabase,
    processes: ["cc-switch-tui"],
    problem: /perhaps its command-line version/,
  },
  {
    name: "a version without a database",
    with: (home) => void home.write(".cc-switch/config.json", legacy("\n")),
    processes: ["cc-switch"],
    problem: /^cc-switch runs, and would write back what it has in memory$/,
  },
];

for (const { name, with: fill, processes, proxy = false, problem, found } of running) {
  Deno.test(`cc-switch: while it runs: ${name}: ${problem ? "refused" : "goes on"}`, async () => {
    await inHome(async (home) => {
      fill(home);
      const { problems, found: lines } = await ccSwitchIntegration(home.context).plan();
      assert.equal(problems.length, problem ? 1 : 0);
      if (problem) assert.match(String(problems[0]?.why), problem);
      assert.equal(
        lines.some((line) => /cc-switch runs/.test(line) && (found?.test(line) ?? false)),
        found !== undefined,
      );
    }, {
      processes: () => Promise.resolve(processes),
      listening: (port) => Promise.resolve(proxy && port === 15721),
    });
  });
}

/** The file of a version before 3.8. */
function legacy(eol: string): string {
  const config =
    `model_provider = "custom"\n\n[model_providers.custom]\nname = "x"\nbase_url = "https://relay.example.com/v1"\n`;
  const official = {
    id: "o",
    name: "Official",
    category: "official",
    settingsConfig: { auth: {}, config: "" },
  };
  const one = {
    id: "p 1",
    name: "Relay",
    settingsConfig: { auth: { OPENAI_API_KEY: "sk-TESTKEY" }, config },
    websiteUrl: "https://x",
    createdAt: 12345678901234567890,
  };
  const all = {
    version: 2,
    claude: {
      providers: {
        "p 1": { settingsConfig: { env: { ANTHROPIC_BASE_URL: "https://relay.example.com/v1" } } },
      },
      current: "p 1",
    },
    codex: { providers: { o: official, "p 1": one }, current: "p 1" },
    mcp: {},
  };
  return `${JSON.stringify(all, null, 2)}\n`.replaceAll("\n", eol);
}

for (
  const [name, eol, mark] of [["LF", "\n", ""], ["CRLF", "\r\n", ""], [
    "a byte order mark",
    "\n",
    "\ufeff",
  ]] as const
) {
  Deno.test(`cc-switch: the older config.json with ${name} is changed in one string, and comes back to the byte`, async () => {
    await inHome(async (home) => {
      const text = mark + legacy(eol);
      const file = home.write(".cc-switch/config.json", text);
      if (Deno.build.os !== "windows") Deno.chmodSync(file, 0o640);
      const integration = ccSwitchIntegration(home.context);
      const { edits } = await applied(await integration.plan());
      const from = JSON.stringify(`base_url = "https://relay.example.com/v1"\n`).slice(1, -1);
      const to = JSON.stringify(`base_url = "${R}/https/relay.example.com/v1"\n${LIMITS}`).slice(
        1,
        -1,
      );
      assert.equal(home.read(".cc-switch/config.json"), text.replace(from, to));
      assert.deepEqual(edits[0]?.key, [
        "codex",
        "providers",
        "p 1",
        "settingsConfig",
        "config",
        "model_providers",
        "custom",
        "base_url",
      ]);
      if (Deno.build.os !== "windows") {
        assert.equal((Deno.statSync(file).mode ?? 0) & 0o777, 0o640);
      }
      assert.deepEqual((await integration.plan()).edits, []);
      assert.equal((await integration.state(edits)).state, "patched");
      await applied(await integration.planRevert(edits));
      assert.equal(home.read(".cc-switch/config.json"), text);
    });
  });
}

Deno.test("cc-switch: changes of config.json are reverted in the database made from it", async () => {
  await inHome(async (home) => {
    const integration = ccSwitchIntegration(home.context);
    home.write(".cc-switch/config.json", legacy("\n"));
    const { edits } = await applied(await integration.plan());
    const moved =
      JSON.parse(home.read(".cc-switch/config.json")).codex.providers["p 1"].settingsConfig;
    moved.config = moved.config.replace(/^stream_max.*\n/m, "stream_max_retries = 50\n");
    const file = switchDatabase(home, [{
      id: "p 1",
      app_type: "codex",
      name: "Relay",
      settings_config: moved,
    }]);
    await applied(await integration.planRevert(edits));
    const row = (contents(file) as Tables).providers?.find(({ id }) => id === "p 1");
    const config = JSON.parse(String(row?.settings_config)).config;
    assert.equal(
      config,
      `model_provider = "custom"\n\n[model_providers.custom]\nname = "x"\nbase_url = "https://relay.example.com/v1"\nstream_max_retries = 50\n`,
    );
  });
});

Deno.test("cc-switch: where a provider is left alone, so are its backup and the proxy's timeouts", async () => {
  await inHome(async (home) => {
    const file = switchDatabase(home);
    withDatabase(file, (database) => {
      database.exec(`DELETE FROM providers WHERE id <> '${CHILD}'`);
      database.exec(`UPDATE providers SET meta = '{"apiFormat":"openai_chat"}'`);
      database.exec(
        "UPDATE proxy_live_backup SET original_config = (SELECT settings_config FROM providers)",
      );
    });
    const before = contents(file);
    const plan = await applied(await ccSwitchIntegration(home.context).plan());
    assert.deepEqual(plan.found, [
      'provider "MyRelay" speaks Chat Completions, which the sidecar does not convert for relay.example.com: left alone',
    ]);
    assert.deepEqual(contents(file), before);
  });
});
