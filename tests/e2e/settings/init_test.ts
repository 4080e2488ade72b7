/**
 * The way of a user: init, serve, Codex, a switch, undo. The real program and the real client, in homes of their own.
 */

import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { isObject, parseJson } from "../../../lib/base/json.ts";
import { type Provider, startProvider } from "../../../lib/simulate/provider.ts";
import { codexEnv, codexHome } from "../../helpers/codex/codex.ts";
import { codexBinary } from "../../helpers/codex/codex_binary.ts";
import {
  ended,
  EXEC,
  messages,
  program,
  served as whileServed,
} from "../../helpers/codex/in_home.ts";
import { sidecarCommand } from "../../helpers/program/program.ts";
import rows from "../../patch/cc_switch_rows.json" with { type: "json" };
import { ANSWER, say, TEXT } from "../say.ts";
import { freePort } from "../../helpers/free_port.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

/** Whose settings a home holds besides Codex's, and what their "switch" button would write into config.toml. */
interface Sources {
  /** Lays the settings down; `configs` are two providers' whole texts, the first one in use. */
  prepare(home: string, configs: readonly [string, string]): void;
  /** The second provider's text as the settings hold it now. */
  second(home: string): string | undefined;
}

const switchFile = (home: string) => `${home}/.cc-switch/cc-switch.db`;
const plusFile = (home: string) => `${home}/.codex-session-delete/settings.json`;

const ccSwitch: Sources = {
  prepare(home, configs) {
    Deno.mkdirSync(`${home}/.cc-switch`);
    using database = new DatabaseSync(switchFile(home));
    database.exec(rows.ddl);
    const insert = database.prepare(
      "INSERT INTO providers (id, app_type, name, settings_config, is_current) VALUES (?, 'codex', ?, ?, ?)",
    );
    for (const [at, config] of configs.entries()) {
      const settings = JSON.stringify({ auth: { OPENAI_API_KEY: "test-key" }, config });
      insert.run(`row-${at}`, `Row ${at}`, settings, at === 0 ? 1 : 0);
    }
  },
  second(home) {
    using database = new DatabaseSync(switchFile(home));
    const row = database.prepare("SELECT settings_config FROM providers WHERE id = 'row-1'").get();
    return textOf(parseJson(String(row?.settings_config)), "config");
  },
};

const codexPlus: Sources = {
  prepare(home, configs) {
    Deno.mkdirSync(`${home}/.codex-session-delete`);
    const relayProfiles = configs.map((configContents, at) => ({
      id: `p${at}`,
      name: `Profile ${at}`,
      upstreamBaseUrl: /base_url = "(.*)"/.exec(configContents)?.[1],
      protocol: "responses",
      relayMode: "pureApi",
      configContents,
      authContents: "{}",
    }));
    const settings = { relayProfilesEnabled: true, activeRelayId: "p0", relayProfiles };
    Deno.writeTextFileSync(plusFile(home), JSON.stringify(settings, undefined, 2));
  },
  second(home) {
    const settings = parseJson(Deno.readTextFileSync(plusFile(home)));
    const profiles = isObject(settings) ? settings.relayProfiles : undefined;
    return Array.isArray(profiles) ? textOf(profiles[1], "configContents") : undefined;
  },
};

const HOMES: readonly (readonly [name: string, sources: readonly Sources[]])[] = [
  ["plain", []],
  ["with cc-switch", [ccSwitch]],
  ["with Codex++", [codexPlus]],
  ["with both", [ccSwitch, codexPlus]],
];

for (const [name, sources] of HOMES) {
  Deno.test(`init: a home ${name}: through the sidecar after init and after a switch, straight after undo`, async (t) => {
    await using provider = await simulated();
    const { home, work } = await codexHome({ baseUrl: provider.url });
    const file = `${home}/config.toml`;
    const original = await Deno.readTextFile(file);
    const other = original.replaceAll("sim", "second").replace("second-1", "sim-1");
    for (const one of sources) one.prepare(home, [original, other]);
    const before = settings(home);
    const port = `${freePort()}`;

    await t.step("init patches, and a second one has nothing to do", async () => {
      const { code, out, err } = await sidecar(home, "init", "--yes", "--port", port);
      deepEqual({ code, err }, { code: 0, err: "" }, out);
      match(await Deno.readTextFile(file), new RegExp(`127\\.0\\.0\\.1:${port}/r/http/127`));
      match((await sidecar(home, "init", "--yes", "--port", port)).out, /Nothing to change/);
    });

    await t.step("Codex passes through the sidecar", async () => {
      await served(home, port, () => answered(home, work));
    });

    for (const one of sources) {
      await t.step("after a switch it still does", async () => {
        const text = one.second(home) ?? "";
        match(text, new RegExp(`127\\.0\\.0\\.1:${port}/r/http/127`));
        await Deno.writeTextFile(file, text);
        await served(home, port, () => answered(home, work));
      });
    }

    await t.step("undo gives back every byte, and twice is fine", async () => {
      const switched = sources.length > 0 ? { ...before, [file]: other } : before;
      for (const says of [/^Done\.$/m, /Nothing to revert/]) {
        const { code, out, err } = await sidecar(home, "undo", "--yes");
        deepEqual({ code, err }, { code: 0, err: "" }, out);
        match(out, says);
        deepEqual(settings(home), switched);
      }
    });

    await t.step("Codex goes straight to the provider", async () => {
      await answered(home, work);
    });
    equal(provider.posts.length, 2 + sources.length);
    await removeFolder(home);
  });
}

Deno.test("init: --provider gives an empty Codex a model that it knows, and undo takes it away", async () => {
  await using provider = await simulated();
  const { home, work } = await codexHome({ baseUrl: "http://unused" });
  await Deno.remove(`${home}/config.toml`);
  const port = `${freePort()}`;
  const args = ["--provider", "mimo", "--base-url", provider.url, "--port", port];
  const { code, out } = await sidecar(home, "init", "--yes", ...args);
  equal(code, 0, out);
  await served(home, port, async () => {
    const told = await answered(home, work, [], { MIMO_API_KEY: "test-key" });
    doesNotMatch(told, /metadata/i);
  });
  const [post] = provider.posts;
  equal(post?.json?.model, "mimo-v2.6-pro");
  equal(post?.headers.authorization, "Bearer test-key");
  await sidecar(home, "undo", "--yes");
  deepEqual(settings(home), {});
  await removeFolder(home);
});

Deno.test("run: Codex passes through a private sidecar, and nothing is written", async () => {
  await using provider = await simulated();
  const { home, work } = await codexHome({ baseUrl: provider.url });
  const before = settings(home);
  await answered(home, work, ["run", "--"]);
  deepEqual(settings(home), before);
  equal(provider.posts.length, 1);
  const { code, out, err } = await sidecar(
    home,
    "run",
    "--",
    await codexBinary(),
    "--no-such-flag",
  );
  deepEqual([code, out], [2, ""]);
  match(err, /--no-such-flag/);
  await removeFolder(home);
});

Deno.test("run: the commands that Codex runs do not get the token of its sidecar", async () => {
  const cmd = `env | grep -c "^CODEX_SIDECAR_RUN_TOKEN=." > found.txt; echo done >> found.txt`;
  const call = { kind: "function", name: "exec_command", arguments: { cmd } } as const;
  const provider = await startProvider({
    script: (request) =>
      say(request, request.text.includes("function_call_output") ? ANSWER : { calls: [call] }),
  });
  const { home, work } = await codexHome({ baseUrl: provider.url });
  await answered(home, work, ["run", "--"]);
  await provider.stop();
  equal(Deno.readTextFileSync(`${work}/found.txt`), "0\ndone\n");
  await removeFolder(home);
});

/** The settings of all programs as they stand; a database as its rows. */
function settings(home: string): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const path of [`${home}/config.toml`, plusFile(home)]) {
    if (exists(path)) out[path] = Deno.readTextFileSync(path);
  }
  if (exists(switchFile(home))) {
    using database = new DatabaseSync(switchFile(home));
    out.rows = database.prepare("SELECT * FROM providers").all().map((row) => ({ ...row }));
  }
  return out;
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function textOf(value: unknown, key: string): string | undefined {
  const text = isObject(value) ? value[key] : undefined;
  return typeof text === "string" ? text : undefined;
}

async function simulated(): Promise<Provider & AsyncDisposable> {
  const provider = await startProvider({ script: (request) => say(request, ANSWER) });
  return Object.assign(provider, { [Symbol.asyncDispose]: () => provider.stop() });
}

function sidecar(home: string, ...args: string[]) {
  return program(home, args);
}

/** Runs something while the sidecar serves, which must report one good exchange and be found up. */
async function served(home: string, port: string, run: () => Promise<unknown>): Promise<void> {
  const log = await whileServed(home, port, async () => {
    await run();
    const { out } = await sidecar(home, "status", "--json");
    const { sidecar: found, places } = JSON.parse(out);
    equal(found.up, true, out);
    deepEqual(
      // deno-lint-ignore no-explicit-any
      places.filter(({ state }: any) => state === "drifted"),
      [],
    );
  });
  match(log.join("\n"), /completed/);
}

/**
 * One question, asked by the real client and answered without a fault; returns all that was told.
 *
 * @param through words for the sidecar that starts Codex; without any it is started straight
 */
async function answered(
  home: string,
  work: string,
  through: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<string> {
  const codex = await codexBinary();
  const args = [...EXEC, "What is the answer?"];
  const options: Deno.CommandOptions = {
    cwd: work,
    clearEnv: true,
    env: { ...codexEnv(home), ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  };
  const { code, out, err } = await ended(
    through.length > 0
      ? sidecarCommand([...through, codex, ...args], options)
      : new Deno.Command(codex, { ...options, args }),
  );
  const told = `${out}\n${err}`;
  deepEqual({ code, answers: messages(out) }, { code: 0, answers: [TEXT] }, told);
  return told;
}
