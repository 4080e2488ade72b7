import assert from "node:assert/strict";
import { isAbsolute, relative } from "node:path";
import { Failure } from "../../lib/base/errors.ts";
import { type Applier, applySteps, revertSteps } from "../../lib/patch/apply.ts";
import {
  editsOf,
  manifestFile,
  readManifest,
  writeManifest,
} from "../../lib/patch/state/manifest.ts";
import type { PatchContext } from "../../lib/patch/integration.ts";
import { openIntegrations } from "../../lib/patch/integrations.ts";
import {
  contents,
  inHome,
  type PatchHome,
  switchDatabase,
} from "../helpers/settings/patch_home.ts";

const CONFIG = `model_provider = "a"
[model_providers.a]
base_url = 'https://api.example.com/v1/'
stream_max_retries = 7
`;
const PLUS = JSON.stringify({
  relayProfiles: [{ id: "p", upstreamBaseUrl: "https://api.example.com/v1/" }],
});

function applierOf({ system, disk, clock, stateDir, port }: PatchContext): Applier {
  return { system, disk, clock, stateDir, port };
}

async function init(context: PatchContext): Promise<void> {
  const steps = [];
  for (const one of openIntegrations(context)) {
    steps.push({ integration: one, plan: await one.plan() });
  }
  assert.deepEqual(steps.flatMap(({ plan }) => plan.problems), []);
  await applySteps(steps.filter(({ plan }) => plan.edits.length > 0), applierOf(context));
}

async function undo(context: PatchContext, only?: string): Promise<void> {
  const memory = await readManifest(
    context.disk,
    manifestFile(context.system, context.stateDir),
  );
  const steps = [];
  for (const one of openIntegrations(context, only)) {
    const plan = await one.planRevert(editsOf(memory, one.name), memory?.edits);
    steps.push({ integration: one, plan });
  }
  assert.deepEqual(steps.flatMap(({ plan }) => plan.problems), []);
  assert.deepEqual(await revertSteps(steps, applierOf(context)), []);
}

/** Writes settings of all three programs; `look` reads all of them. */
function lay(home: PatchHome, folder = ""): { look(): unknown; database: string } {
  const config = `${folder}.codex/config.toml`;
  const plus = `${folder}.codex-session-delete/settings.json`;
  home.write(config, CONFIG);
  home.write(plus, PLUS);
  const database = switchDatabase({
    ...home,
    write: (name, text) => home.write(folder + name, text),
  });
  return { look: () => [home.read(config), home.read(plus), contents(database)], database };
}

Deno.test("apply: a revert of some integrations leaves the edits of the others in the manifest", () =>
  inHome(async ({ context, ...home }) => {
    const { look } = lay({ context, ...home });
    const before = look();
    await init(context);
    for (const only of ["codex", "codex++", "cc-switch"]) await undo(context, only);
    assert.deepEqual(look(), before);
    assert.deepEqual(await context.disk.read(`${context.stateDir}/manifest.json`), undefined);
  }));

Deno.test("apply: settings that flags named at init are reverted without the flags", () =>
  inHome(async ({ context, ...home }) => {
    const usual = lay({ context, ...home });
    const other = lay({ context, ...home }, "other/");
    const before = [usual.look(), other.look()];
    const at = `${home.path}/other/`;
    const shown = {
      ...context,
      codexHome: `${at}.codex`,
      ccSwitchDir: `${at}.cc-switch`,
      codexPlusDir: `${at}.codex-session-delete`,
    };
    await init(shown);
    assert.deepEqual(usual.look(), before[0]);
    assert.notDeepEqual(other.look(), before[1]);
    await init(context);
    await undo(context);
    assert.deepEqual([usual.look(), other.look()], before);
  }));

Deno.test("apply: settings that flags named at init and that are gone need no revert", () =>
  inHome(async ({ context, ...home }) => {
    const { database } = lay({ context, ...home }, "other/");
    const at = `${home.path}/other/`;
    await init({
      ...context,
      ccSwitchDir: `${at}.cc-switch`,
      codexPlusDir: `${at}.codex-session-delete`,
    });
    assert.ok(database.startsWith(at));
    Deno.removeSync(at, { recursive: true });
    await undo(context);
  }));

Deno.test("apply: settings that flags named at init and that cannot be read keep their edits", () =>
  inHome(async ({ context, ...home }) => {
    lay({ context, ...home }, "other/");
    const at = `${home.path}/other/`;
    const flags = { ccSwitchDir: `${at}.cc-switch`, codexPlusDir: `${at}.codex-session-delete` };
    await init({ ...context, ...flags });
    const path = manifestFile(context.system, context.stateDir);
    const manifest = await readManifest(context.disk, path);
    const refuse = (file: string) => {
      // The database's path is made for the system of the context, the manifest's as it was given.
      if (file.replaceAll("\\", "/").startsWith(at.replaceAll("\\", "/"))) {
        throw new Deno.errors.PermissionDenied(file);
      }
    };
    const disk = {
      ...context.disk,
      stat: (file: string) => Promise.try(refuse, file).then(() => context.disk.stat(file)),
      read: (file: string) => Promise.try(refuse, file).then(() => context.disk.read(file)),
    };
    const steps = [];
    for (const one of openIntegrations({ ...context, disk }, "cc-switch,codex++")) {
      const plan = await one.planRevert(editsOf(manifest, one.name), manifest?.edits);
      assert.equal(plan.problems.length, 1, one.name);
      assert.equal((await one.state(editsOf(manifest, one.name))).state, "drifted");
      steps.push({ integration: one, plan });
    }
    await revertSteps(steps, applierOf(context));
    assert.deepEqual((await readManifest(context.disk, path))?.edits, manifest?.edits);
  }));

Deno.test("apply: settings that flags named at init have a state without the flags", () =>
  inHome(async ({ context, ...home }) => {
    lay({ context, ...home }, "other/");
    const at = `${home.path}/other/`;
    const flags = { ccSwitchDir: `${at}.cc-switch`, codexPlusDir: `${at}.codex-session-delete` };
    await init({ ...context, ...flags });
    const memory = await readManifest(context.disk, `${context.stateDir}/manifest.json`);
    for (const one of openIntegrations(context, "cc-switch,codex++")) {
      const { state } = await one.state(editsOf(memory, one.name));
      assert.deepEqual([one.name, state], [one.name, "patched"]);
    }
  }));

Deno.test("apply: two ways to one home of Codex are one, from whatever folder", () =>
  inHome(async ({ context, path, write, read }) => {
    write("real/config.toml", CONFIG);
    write(".cc-switch/settings.json", JSON.stringify({ codexConfigDir: `${path}/real` }));
    Deno.symlinkSync(`${path}/real`, `${path}/.codex`);
    // Between two drives of Windows there is no way
    const near = relative(Deno.cwd(), path);
    const ways = isAbsolute(near) ? [] : [`${near}/real/`];
    for (const home of [undefined, `${path}/.codex/`, ...ways]) {
      const env = { HOME: path, ...(home && { CODEX_HOME: home }) };
      await init({ ...context, env });
      assert.match(read("real/config.toml"), /127\.0\.0\.1:8411/);
      const memory = await readManifest(context.disk, `${context.stateDir}/manifest.json`);
      assert.deepEqual(memory?.edits.filter(({ file }) => !isAbsolute(file)), []);
      await undo(context);
      assert.equal(read("real/config.toml"), CONFIG);
    }
  }));

Deno.test("apply: settings of cc-switch that cannot be read count as none, a memory that cannot be read counts as lost", () =>
  inHome(async ({ context, path, write, read }) => {
    write(".codex/config.toml", CONFIG);
    Deno.mkdirSync(`${path}/.cc-switch/settings.json`, { recursive: true });
    await init(context);
    await undo(context);
    assert.equal(read(".codex/config.toml"), CONFIG);
    Deno.mkdirSync(`${path}/state/manifest.json`, { recursive: true });
    await init(context);
    assert.ok(Deno.statSync(`${path}/state/manifest.json.unreadable`).isDirectory);
    await undo(context);
    assert.equal(read(".codex/config.toml"), CONFIG);
  }));

Deno.test("apply: an init that fails leaves alone what another one remembers meanwhile", () =>
  inHome(async ({ context, write }) => {
    write(".codex/config.toml", CONFIG);
    const [one] = openIntegrations(context, "codex");
    assert.ok(one);
    const plan = await one.plan();
    const path = manifestFile(context.system, context.stateDir);
    const other = { version: 1, state: "done", at: "2026", port: 1, edits: [] } as const;
    for (const [meanwhile, stays] of [[other, other], [undefined, undefined]] as const) {
      const apply = async () => {
        if (meanwhile) await writeManifest(context.disk, path, meanwhile);
        throw new Failure("bad_config", "no");
      };
      const steps = [{ integration: one, plan: { ...plan, apply } }];
      await assert.rejects(applySteps(steps, applierOf(context)), { message: "no" });
      assert.deepEqual(await readManifest(context.disk, path), stays);
      await writeManifest(context.disk, path, undefined);
    }
  }));
