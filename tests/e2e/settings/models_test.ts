/**
 * The way of a user to a provider's models of today: `init` asks for them, the real Codex lists them, takes a turn on one,
 * and reads what there is when one is gone.
 */

import { deepEqual, doesNotMatch, equal, match } from "node:assert/strict";
import { type Provider, startProvider } from "../../../lib/simulate/provider.ts";
import { json } from "../../../lib/simulate/script.ts";
import { codexBinary } from "../../helpers/codex/codex_binary.ts";
import * as inHome from "../../helpers/codex/in_home.ts";
import { removeFolder, tempFolder } from "../../helpers/system/temp_folder.ts";
import { ANSWER, say, TEXT } from "../say.ts";
import { freePort } from "../../helpers/free_port.ts";

/** What the provider lists today: none is the first model of any row. */
const TODAY = [
  { id: "mimo-v2.6-flash", created: 1_790_000_000 },
  { id: "mimo-v2.8-pro", created: 1_795_000_000, context_length: 2_000_000 },
  { id: "mimo-v2.8-tts", created: 1_795_000_000 },
  { id: "acme-1", created: 1_700_000_000, input_modalities: ["text"] },
];
const OFFERED = ["mimo-v2.8-pro", "mimo-v2.6-flash", "acme-1"];
const GONE = "mimo-v2.5-pro";
const KEY = { MIMO_API_KEY: "test-key" };

const versions: [version: string, byUrl: boolean][] = [["0.169.0", true], ["0.142.0", false]];

for (const [version, byUrl] of versions) {
  Deno.test(`models: Codex ${version}: init offers what the provider lists, Codex shows it, and a retired one is told`, async (t) => {
    await using provider = await listing();
    const home = await tempFolder("models-");
    await Deno.mkdir(`${home}/bin`);
    await Deno.symlink(await codexBinary(version), `${home}/bin/codex`);
    const file = `${home}/config.toml`;
    const before = "# mine\n[tui]\nnotifications = false\n";
    await Deno.writeTextFile(file, before);
    const port = `${freePort()}`;

    await t.step("init asks the provider and takes its newest model", async () => {
      const where = ["--provider", "mimo", "--base-url", provider.url, "--port", port];
      const { code, out, err } = await program(home, ["init", "--yes", ...where]);
      deepEqual([code, err], [0, ""], out);
      match(out, /^MiMo lists 3 models\.$/m);
      const asked = provider.requests.filter(({ method }) => method === "GET");
      deepEqual(asked.map(({ path, headers }) => [path, headers.authorization]), [
        ["/v1/models", "Bearer test-key"],
      ]);
      const text = await Deno.readTextFile(file);
      match(text, /^model = "mimo-v2\.8-pro"$/m);
      match(text, /^model_context_window = 2_?000_?000$/m);
      equal(
        /model_catalog_url = "http:\/\/127\.0\.0\.1:\d+\/r\/http\/[^"]*\/v1\/models"/.test(text),
        byUrl,
      );
      equal(/^model_catalog_json = /m.test(text), !byUrl);
    });

    await inHome.served(home, port, async () => {
      await t.step("Codex lists what the provider lists, the newest first", async () => {
        const { out } = await codex(home, ["debug", "models"]);
        const { models } = JSON.parse(out);
        deepEqual(models.map(({ slug }: { slug: string }) => slug), OFFERED);
        const [pro, , plain] = models;
        deepEqual(
          [pro.context_window, pro.input_modalities, plain.context_window, plain.input_modalities],
          [2_000_000, ["text", "image"], 131_072, ["text"]],
        );
        equal(pro.apply_patch_tool_type, "freeform");
        equal(pro.auto_review_model_override, "mimo-v2.8-pro");
      });

      await t.step("a turn runs on it, and Codex knows the model", async () => {
        const { code, out } = await codex(home, [...inHome.EXEC, "What is the answer?"]);
        equal(code, 0, out);
        deepEqual(inHome.messages(out), [TEXT]);
        doesNotMatch(out, /metadata/i);
        equal(provider.posts.at(-1)?.json?.model, "mimo-v2.8-pro");
      });

      await t.step("of a model that is gone the user reads what there is", async () => {
        const { code, out } = await codex(home, [
          ...inHome.EXEC,
          "-m",
          GONE,
          "What is the answer?",
        ]);
        equal(code, 1, out);
        match(out, /model_retired.*offers mimo-v2\.8-pro, mimo-v2\.6-flash, acme-1/);
      });
    });

    await t.step("init keeps a model that is still offered", async () => {
      const text = (await Deno.readTextFile(file)).replace("mimo-v2.8-pro", "mimo-v2.6-flash");
      await Deno.writeTextFile(file, text);
      const where = ["--provider", "mimo", "--base-url", provider.url, "--port", port];
      const { code, out } = await program(home, ["init", "--yes", ...where]);
      equal(code, 0, out);
      match(await Deno.readTextFile(file), /^model = "mimo-v2\.6-flash"$/m);
    });

    await t.step("undo gives back every byte", async () => {
      // The user's own change of the model stays, as any other program's does
      const text = (await Deno.readTextFile(file)).replace("mimo-v2.6-flash", "mimo-v2.8-pro");
      await Deno.writeTextFile(file, text);
      const { code, out } = await program(home, ["undo", "--yes"]);
      equal(code, 0, out);
      // 0.142 notes there by itself that it trusts the folder
      const own = /\n\[projects\."[^"]*"\]\ntrust_level = "trusted"\n/;
      equal((await Deno.readTextFile(file)).replace(own, ""), before);
    });
    await removeFolder(home);
  });
}

Deno.test("models: Codex 0.142.0 with a table of its user's own gets a file in plain init, reads it, and undo gives back every byte", async () => {
  const home = await tempFolder("models-");
  await Deno.mkdir(`${home}/bin`);
  await Deno.symlink(await codexBinary("0.142.0"), `${home}/bin/codex`);
  const file = `${home}/config.toml`;
  const before = `model_provider = "mine"
model = "mimo-v9-pro" # of tomorrow
check_for_update_on_startup = false

[model_providers.mine]
name = "MiMo"
base_url = "https://api.xiaomimimo.com/v1"
env_key = "MIMO_API_KEY"
wire_api = "responses"
`;
  await Deno.writeTextFile(file, before);
  const { code, out } = await program(home, ["init", "--yes", "--port", `${freePort()}`]);
  equal(code, 0, out);
  match(await Deno.readTextFile(file), /^model_catalog_json = ".*mimo\.json"$/m);
  const listed = (await codex(home, ["debug", "models"])).out;
  const slugs = JSON.parse(listed).models.map(({ slug }: { slug: string }) => slug);
  deepEqual([slugs.includes("mimo-v9-pro"), slugs.includes("mimo-v2.6-pro")], [true, true], listed);
  equal((await program(home, ["undo", "--yes"])).code, 0);
  equal(await Deno.readTextFile(file), before);
  await removeFolder(home);
});

Deno.test("models: init without a key, or without an answer, takes the rows and says that they may be old", async () => {
  const home = await tempFolder("models-");
  const dry = ["init", "--dry-run", "--provider", "mimo", "--port", "8411"];
  const without = await program(home, dry, {});
  match(without.out, /MiMo was not asked for its models, because MIMO_API_KEY is not set here/);
  match(without.out, /own list is used, which may be old\./);
  match(without.out, /model = "mimo-v2\.6-pro"/);
  const nobody = ["--base-url", `http://127.0.0.1:${freePort()}/v1`];
  const refused = await program(home, [...dry, ...nobody]);
  equal(refused.code, 0, refused.err);
  match(refused.out, /MiMo could not be reached.*own list is used, which may be old\./);
  match(refused.out, /model = "mimo-v2\.6-pro"/);
  const retired = await program(home, [...dry, "--model", GONE], {});
  equal(retired.code, 2);
  match(retired.err, /MiMo retired mimo-v2\.5-pro on 2026-10-21; mimo-v2\.6-pro takes its place/);
  await removeFolder(home);
});

/** A provider that lists its models, answers on those, and refuses all others as retired. */
async function listing(): Promise<Provider & AsyncDisposable> {
  const provider = await startProvider({
    script(request) {
      if (request.method === "GET") return json(200, { object: "list", data: TODAY });
      const model = String(request.json?.model);
      if (OFFERED.includes(model)) return say(request, ANSWER);
      const message = `The model ${model} has been retired`;
      return json(404, { error: { code: "model_retired", message } });
    },
  });
  return Object.assign(provider, { [Symbol.asyncDispose]: () => provider.stop() });
}

/** The program with a key in its environment. */
function program(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = KEY,
) {
  return inHome.program(home, args, env);
}

function codex(home: string, args: readonly string[]) {
  return inHome.codex(home, args, KEY);
}
