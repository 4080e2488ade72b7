/**
 * `init --all` with the real Codex and a real database of cc-switch: one provider of Codex, the models of two rows, each asked
 * with its own row's key; and back to the byte.
 */

import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { type Provider, startProvider } from "../../../lib/simulate/provider.ts";
import { json } from "../../../lib/simulate/script.ts";
import { catalogEntries, catalogJson } from "../../../lib/provider/catalog/entry.ts";
import { modelFacts } from "../../../lib/provider/catalog/facts.ts";
import { GENERIC } from "../../../lib/provider/profiles.ts";
import { codexBinary } from "../../helpers/codex/codex_binary.ts";
import { codex, EXEC, program, served } from "../../helpers/codex/in_home.ts";
import { contents } from "../../helpers/settings/patch_home.ts";
import { removeFolder, tempFolder } from "../../helpers/system/temp_folder.ts";
import rows from "../../patch/cc_switch_rows.json" with { type: "json" };
import { ANSWER, say, TEXT } from "../say.ts";
import { freePort } from "../../helpers/free_port.ts";

const KEYS = { a: "sk-row-a-0123456789", b: "sk-row-b-0123456789" };
const NEW_KEY = "sk-row-b-new-987654321";

const toml = (url: string, model: string) =>
  `# ${model}\nmodel_provider = "custom"\nmodel = "${model}"\n\n[model_providers.custom]\nname = "custom"\n` +
  `base_url = "${url}"\nwire_api = "responses"\nrequires_openai_auth = true\n`;

Deno.test("all rows: Codex lists and uses the models of two rows of cc-switch, and undo gives back every byte", async (t) => {
  await using a = await listing("acme-1", "shared");
  await using b = await listing("beta-1", "shared");
  const home = await tempFolder("all-rows-");
  await Deno.mkdir(`${home}/bin`);
  await Deno.symlink(await codexBinary(), `${home}/bin/codex`);
  const config = `${home}/config.toml`;
  const before = toml(a.url, "acme-1");
  const auth = JSON.stringify({ OPENAI_API_KEY: KEYS.a });
  await Deno.writeTextFile(config, before);
  await Deno.writeTextFile(`${home}/auth.json`, auth);
  const database = `${home}/.cc-switch/cc-switch.db`;
  await Deno.mkdir(`${home}/.cc-switch`);
  fill(database, [
    ["row-a", "Acme", KEYS.a, before, 1],
    ["row-b", "Beta (China)", KEYS.b, toml(b.url, "beta-1"), 0],
  ]);
  const rowsBefore = contents(database);
  const port = `${freePort()}`;

  await t.step("init --all asks each row with its own key, and shows no key", async () => {
    const { code, out, err } = await program(home, ["init", "--yes", "--all", "--port", port]);
    deepEqual([code, err], [0, ""], out);
    match(out, /^Acme: lists 2 models\.\nBeta \(China\): lists 2 models\.$/m);
    match(out, /custom offers the 4 models of all providers in cc-switch/);
    doesNotMatch(out, /sk-row/);
    deepEqual([a, b].map(keysOf), [[`Bearer ${KEYS.a}`], [`Bearer ${KEYS.b}`]]);
    for (const file of filesBelow(`${home}/.local`)) {
      // The backup of the rows is a copy of what was there, keys included, as ever
      if (file.includes("/backups/")) continue;
      doesNotMatch(await Deno.readTextFile(file), /sk-row/, file);
    }
    match(await Deno.readTextFile(config), /^model_catalog_url = /m);
  });

  const log = await served(home, port, async () => {
    await t.step("Codex lists the models of both", async () => {
      deepEqual(await slugs(home), ["acme-1", "shared", "beta-1", "beta-china/shared"]);
    });

    await t.step("a turn on a model of each reaches its row, with its key", async () => {
      for (
        const [model, name] of [["acme-1", "acme-1"], ["beta-china/shared", "shared"]] as const
      ) {
        const [provider, key] = model === "acme-1" ? [a, KEYS.a] : [b, KEYS.b];
        const { code, out } = await codex(home, [...EXEC, "-m", model, "What is the answer?"]);
        equal(code, 0, out);
        match(out, new RegExp(TEXT));
        const post = provider.posts.at(-1);
        deepEqual([post?.json?.model, post?.headers.authorization], [name, `Bearer ${key}`]);
      }
    });

    await t.step("a key that was changed in cc-switch counts at the next request", async () => {
      withRow(database, (db) => {
        db.prepare("UPDATE providers SET settings_config = replace(settings_config, ?, ?)")
          .run(KEYS.b, NEW_KEY);
      });
      const { status } = await ask(port, a, KEYS.a, "beta-1");
      deepEqual([status, b.posts.at(-1)?.headers.authorization], [200, `Bearer ${NEW_KEY}`]);
    });

    await t.step("a client with another key, or none, gets no key of a row", async () => {
      const posts = b.posts.length;
      for (const key of ["sk-somebody-else-12345", NEW_KEY, undefined]) {
        await ask(port, a, key, "beta-1");
        equal(a.posts.at(-1)?.headers.authorization, key && `Bearer ${key}`);
      }
      equal(b.posts.length, posts);
    });

    await t.step("a row that is gone has no model any more", async () => {
      withRow(database, (db) => db.exec("DELETE FROM providers WHERE id = 'row-b'"));
      const posts = b.posts.length;
      await ask(port, a, KEYS.a, "beta-1");
      equal(b.posts.length, posts);
    });
  });
  doesNotMatch(log.join("\n"), /sk-row/);

  await t.step(
    "undo gives back every byte, and no file of its own stays but the copies",
    async () => {
      await Deno.remove(database);
      fill(database, [
        ["row-a", "Acme", KEYS.a, before, 1],
        ["row-b", "Beta (China)", KEYS.b, toml(b.url, "beta-1"), 0],
      ]);
      const { code, out } = await program(home, ["undo", "--yes", "--purge"]);
      equal(code, 0, out);
      equal(stripped(await Deno.readTextFile(config)), before);
      equal(await Deno.readTextFile(`${home}/auth.json`), auth);
      deepEqual(contents(database), rowsBefore);
      deepEqual(
        filesBelow(`${home}/.local`).filter((file) =>
          /all|keys|rows/.test(file.slice(home.length))
        ),
        [],
      );
    },
  );

  await t.step(
    "where cc-switch set a list of its own, a file takes its place, and undo gives it back",
    async () => {
      const own = `model_catalog_json = "cc-switch-model-catalog.json"\n${before}`;
      await Deno.writeTextFile(config, own);
      await Deno.writeTextFile(`${home}/cc-switch-model-catalog.json`, LIST);
      const { code, out } = await program(home, ["init", "--yes", "--all", "--port", port]);
      equal(code, 0, out);
      deepEqual(await slugs(home), ["acme-1", "shared", "beta-1", "beta-china/shared"]);
      const again = await program(home, ["init", "--yes", "--port", port]);
      match(again.out, /Nothing to change\.\n$/);
      // cc-switch copied the live file into a row when its user switched
      withRow(database, (db) => {
        const settings = JSON.stringify({
          auth: { OPENAI_API_KEY: KEYS.a },
          config: Deno.readTextFileSync(config),
        });
        db.prepare("UPDATE providers SET settings_config = ? WHERE id = 'row-a'").run(settings);
      });
      const undone = await program(home, ["undo", "--yes", "--purge"]);
      equal(undone.code, 0, undone.out + undone.err);
      equal(stripped(await Deno.readTextFile(config)), own);
      doesNotMatch(JSON.stringify(contents(database)), /codex-sidecar|127\.0\.0\.1:\d+\/r\//);
    },
  );
  await removeFolder(home);
});

/** What cc-switch wrote for its row. */
const LIST = catalogJson(catalogEntries([modelFacts(GENERIC, "acme-1")], {}));

Deno.test("all rows: a Codex without any provider gets one that shows a local token, and no provider sees that", async (t) => {
  await using a = await listing("acme-1");
  await using b = await listing("beta-1");
  const home = await tempFolder("all-rows-");
  await Deno.mkdir(`${home}/bin`);
  await Deno.symlink(await codexBinary(), `${home}/bin/codex`);
  await Deno.mkdir(`${home}/.cc-switch`);
  fill(`${home}/.cc-switch/cc-switch.db`, [
    ["row-a", "Acme", KEYS.a, toml(a.url, "acme-1"), 0],
    ["row-b", "Beta", KEYS.b, toml(b.url, "beta-1"), 1],
  ]);
  const port = `${freePort()}`;
  const config = `${home}/config.toml`;
  const init = ["init", "--yes", "--all", "--port", port];

  const { code, out } = await program(home, init);
  equal(code, 0, out);
  const text = await Deno.readTextFile(config);
  match(text, /^model_provider = "sidecar"\nmodel = "beta-1"$/m);
  const localToken = /sidecar-pass-[\w-]+/.exec(text)?.[0] ?? "";
  equal(out.includes(localToken), false, "the diff hides it");

  const log = await served(home, port, async () => {
    await t.step("Codex lists and uses the models of both", async () => {
      deepEqual(await slugs(home), ["beta-1", "acme-1"]);
      const { code, out } = await codex(home, [...EXEC, "-m", "acme-1", "What is the answer?"]);
      equal(code, 0, out);
      match(out, new RegExp(TEXT));
      equal(a.posts.at(-1)?.headers.authorization, `Bearer ${KEYS.a}`);
      await ask(port, b, localToken, "beta-1");
      equal(b.posts.at(-1)?.headers.authorization, `Bearer ${KEYS.b}`);
    });

    await t.step("another local token is refused before it goes anywhere", async () => {
      const [before, { status }] = [b.posts.length, await ask(port, b, `${localToken}x`, "beta-1")];
      deepEqual([status, b.posts.length], [404, before]);
    });
    equal(JSON.stringify([a.requests, b.requests]).includes(localToken), false);
  });
  doesNotMatch(log.join("\n"), /sk-row/);

  await t.step(
    "a second init changes nothing; undo takes the file away, also without its memory",
    async () => {
      match((await program(home, init)).out, /Nothing to change\.\n$/);
      const undone = await program(home, ["undo", "--yes"]);
      equal(undone.code, 0, undone.out + undone.err);
      const files = () => [...Deno.readDirSync(home)].map(({ name }) => name);
      equal(files().includes("config.toml"), false);
      await Deno.writeTextFile(config, "# mine\n[tui]\nnotifications = false\n");
      equal((await program(home, init)).code, 0);
      await Deno.remove(`${home}/.local/state/codex-sidecar/manifest.json`);
      equal((await program(home, ["undo", "--yes"])).code, 0);
      equal(await Deno.readTextFile(config), "# mine\n[tui]\nnotifications = false\n");
    },
  );
  await removeFolder(home);
});

/** What Codex notes by itself: that it trusts the folder. */
function stripped(text: string): string {
  return text.replace(/\n\[projects\."[^"]*"\]\ntrust_level = "trusted"\n/, "");
}

function fill(
  file: string,
  entries: readonly (readonly [string, string, string, string, number])[],
) {
  const database = new DatabaseSync(file);
  database.exec(rows.ddl);
  for (const [id, name, key, config, current] of entries) {
    const settings = JSON.stringify({ auth: { OPENAI_API_KEY: key }, config });
    database.prepare(
      "INSERT INTO providers (id, app_type, name, settings_config, meta, is_current) VALUES (?, 'codex', ?, ?, '{}', ?)",
    ).run(id, name, settings, current);
  }
  database.close();
}

function withRow(file: string, run: (database: DatabaseSync) => unknown): void {
  const database = new DatabaseSync(file);
  run(database);
  database.close();
}

async function listing(...ids: string[]): Promise<Provider & AsyncDisposable> {
  const provider = await startProvider({
    script: (request) =>
      request.method === "GET"
        ? json(200, { object: "list", data: ids.map((id) => ({ id })) })
        : say(request, ANSWER),
  });
  return Object.assign(provider, { [Symbol.asyncDispose]: () => provider.stop() });
}

function keysOf({ requests }: Provider): unknown[] {
  // Those of the search for local proxies show none
  return requests.flatMap(({ headers }) => headers.authorization ?? []);
}

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}

async function ask(port: string, { url }: Provider, key: string | undefined, model: string) {
  const { host } = new URL(url);
  const response = await fetch(`http://127.0.0.1:${port}/r/http/${host}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", ...key && { authorization: `Bearer ${key}` } },
    body: JSON.stringify({ model, input: "What is the answer?", stream: true }),
  });
  await response.text();
  return response;
}

async function slugs(home: string): Promise<unknown[]> {
  const { code, out, err } = await codex(home, ["debug", "models"]);
  equal(code, 0, err);
  const { models } = JSON.parse(out);
  return models.map(({ slug }: { slug: string }) => slug);
}
