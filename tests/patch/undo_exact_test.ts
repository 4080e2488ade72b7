/**
 * `undo` after other programs moved, copied and renamed what `init` had changed. Real files, a real database.
 */

import assert from "node:assert/strict";
import { type Applier, applySteps, revertSteps } from "../../lib/patch/apply.ts";
import { openIntegrations } from "../../lib/patch/integrations.ts";
import type { PatchContext } from "../../lib/patch/integration.ts";
import { editsOf, manifestFile, readManifest } from "../../lib/patch/state/manifest.ts";
import {
  inHome,
  type PatchHome,
  switchDatabase,
  withDatabase,
} from "../helpers/settings/patch_home.ts";

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

async function undo(context: PatchContext): Promise<void> {
  const path = manifestFile(context.system, context.stateDir);
  const manifest = await readManifest(context.disk, path);
  const steps = [];
  for (const one of openIntegrations(context)) {
    const plan = await one.planRevert(editsOf(manifest, one.name), manifest?.edits);
    steps.push({ integration: one, plan });
  }
  assert.deepEqual(steps.flatMap(({ plan }) => plan.problems), []);
  assert.deepEqual(await revertSteps(steps, applierOf(context)), []);
  assert.equal(await context.disk.read(path), undefined);
}

/** A provider's table; `more` are lines behind the URL. */
const table = (id: string, url: string, more = "") =>
  `model_provider = "${id}"\n[model_providers.${id}]\nname = "${id}"\nbase_url = '${url}'\n${more}wire_api = "responses"\n`;

const A = "https://a.example/v1/";
const B = "https://b.example/v1";
const OURS = "stream_idle_timeout_ms = 3600000\n";
const CONFIG = ".codex/config.toml";

type Row = [
  name: string,
  before: string,
  /** What happens between `init` and `undo`; gets the text that `init` made. */
  between: (home: PatchHome, patched: string) => void | Promise<void>,
  after: string | ((home: PatchHome) => void),
];

const rows: Row[] = [
  [
    "nothing",
    table("c", A, "stream_max_retries = 7\n"),
    () => {},
    table("c", A, "stream_max_retries = 7\n"),
  ],
  [
    "another provider with a limit of its own that is as high as ours: it stays",
    table("c", A),
    ({ write }) => void write(CONFIG, table("c", B, OURS)),
    table("c", B, OURS),
  ],
  [
    "another provider, where the first had a lower limit: it gets none of it",
    table("c", A, "stream_idle_timeout_ms = 5000\n"),
    ({ write }) => void write(CONFIG, table("c", B, OURS)),
    table("c", B, OURS),
  ],
  [
    "another provider, init again, and its own limit stays",
    table("c", A, "stream_idle_timeout_ms = 5000\n"),
    async ({ write, context }) => {
      write(CONFIG, table("c", B, OURS));
      await init(context);
    },
    table("c", B, OURS),
  ],
  [
    "another provider, init again, and the first one comes back as init had made it",
    table("c", A, "stream_idle_timeout_ms = 5000\n"),
    async ({ write, context }, patched) => {
      write(CONFIG, table("c", B, "stream_idle_timeout_ms = 6000\n"));
      await init(context);
      write(CONFIG, patched);
    },
    table("c", A, "stream_idle_timeout_ms = 5000\n"),
  ],
  [
    "there and back and init each time",
    table("c", A, "stream_idle_timeout_ms = 5000\n"),
    async ({ write, context }, patched) => {
      for (
        const text of [
          table("c", B, "stream_max_retries = 6\n"),
          patched,
          table("c", B, "stream_max_retries = 4\n"),
        ]
      ) {
        write(CONFIG, text);
        await init(context);
      }
    },
    table("c", B, "stream_max_retries = 4\n"),
  ],
  [
    "the table has another name: its raised limit and its URL come back as they were",
    table("c", A, "stream_idle_timeout_ms = 5000\n"),
    ({ write }, patched) =>
      void write(CONFIG, patched.replaceAll('"c"', '"d"').replace("providers.c", "providers.d")),
    table("d", A, "stream_idle_timeout_ms = 5000\n"),
  ],
  [
    "the table is there twice",
    table("c", A, "stream_idle_timeout_ms = 5000\n"),
    ({ write }, patched) =>
      void write(
        CONFIG,
        patched + patched.replace(/^.*\n/, "").replace("providers.c", "providers.d"),
      ),
    table("c", A, "stream_idle_timeout_ms = 5000\n") +
    table("c", A, "stream_idle_timeout_ms = 5000\n").replace(/^.*\n/, "").replace(
      "providers.c",
      "providers.d",
    ),
  ],
  [
    "two upstreams alike, one with limits of its own: a copy of each gets its own back",
    table("c", A) + table("d", A, "stream_idle_timeout_ms = 5000\n").replace(/^.*\n/, ""),
    async ({ write, read, context }) => {
      write(CONFIG, read(CONFIG).replace('"c"', '"d"'));
      await init(context);
      write(
        CONFIG,
        read(CONFIG).replaceAll("providers.c", "providers.x").replaceAll(
          "providers.d",
          "providers.y",
        ),
      );
    },
    (table("c", A) + table("d", A, "stream_idle_timeout_ms = 5000\n").replace(/^.*\n/, ""))
      .replace('provider = "c"', 'provider = "d"')
      .replaceAll("providers.c", "providers.x").replaceAll("providers.d", "providers.y"),
  ],
  [
    "the home is somewhere else",
    table("c", A, "stream_idle_timeout_ms = 5000\n"),
    ({ path, context }) => {
      Deno.renameSync(`${path}/.codex`, `${path}/moved`);
      Object.assign(context.env, { CODEX_HOME: `${path}/moved` });
    },
    ({ read }) =>
      assert.equal(read("moved/config.toml"), table("c", A, "stream_idle_timeout_ms = 5000\n")),
  ],
  [
    "the port is another one since, and the table was copied",
    table("c", A, "stream_idle_timeout_ms = 5000\n"),
    async ({ write, read, context }) => {
      await init({ ...context, port: 9000 });
      write(CONFIG, read(CONFIG).replace("providers.c", "providers.d").replace('= "c"', '= "d"'));
    },
    table("c", A, "stream_idle_timeout_ms = 5000\n").replace("providers.c", "providers.d").replace(
      '= "c"',
      '= "d"',
    ),
  ],
  [
    "the list of changes is damaged: the URL suffices",
    table("c", B),
    ({ write }) => void write("state/manifest.json", "{"),
    ({ read }) => assert.equal(read(CONFIG), table("c", B)),
  ],
  [
    "a limit that somebody changed is somebody's",
    table("c", A),
    ({ write }, patched) => void write(CONFIG, patched.replace("3600000", "400000")),
    table("c", A, "stream_idle_timeout_ms = 400000\n"),
  ],
];
for (const [name, before, between, after] of rows) {
  Deno.test(`undo: ${name}`, () =>
    inHome(async (home) => {
      home.write(CONFIG, before);
      await init(home.context);
      await between(home, home.read(CONFIG));
      if (name.includes("damaged")) {
        const plans = openIntegrations(home.context).map((one) => one.planRevert([]));
        for (const plan of await Promise.all(plans)) await plan.apply();
      } else await undo(home.context);
      if (typeof after === "function") after(home);
      else assert.equal(home.read(CONFIG), after);
    }));
}

Deno.test("undo: a row that was copied in cc-switch, its limit, its URLs and its dialect too", () =>
  inHome(async (home) => {
    const config = table("c", A, "stream_idle_timeout_ms = 5000\n");
    const settings = JSON.stringify({ auth: { OPENAI_API_KEY: "k" }, config, base_url: A });
    const meta = '{"apiFormat":"openai_chat"}';
    const file = switchDatabase(home, [
      { id: "one", app_type: "codex", name: "One", settings_config: settings, meta },
    ]);
    await init(home.context);
    withDatabase(file, (database) => {
      database.exec(
        "INSERT INTO providers (id, app_type, name, settings_config, meta) " +
          "SELECT 'two', app_type, 'One copy', settings_config, meta FROM providers WHERE id = 'one'",
      );
      database.exec("DELETE FROM providers WHERE id = 'one'");
    });
    await undo(home.context);
    const [row] = withDatabase(
      file,
      (database) =>
        database.prepare("SELECT settings_config, meta FROM providers WHERE id = 'two'").all(),
    );
    assert.deepEqual({ ...row }, { settings_config: settings, meta });
  }));

Deno.test("undo: a profile that was copied in Codex++", () =>
  inHome(async (home) => {
    const profile = {
      id: "p",
      upstreamBaseUrl: A,
      configContents: table("c", A, "stream_idle_timeout_ms = 5000\n"),
    };
    const file = ".codex-session-delete/settings.json";
    home.write(file, JSON.stringify({ relayProfiles: [profile] }));
    await init(home.context);
    const { relayProfiles: [made] } = JSON.parse(home.read(file));
    home.write(file, JSON.stringify({ relayProfiles: [{ ...made, id: "q" }, made] }));
    await undo(home.context);
    assert.deepEqual(JSON.parse(home.read(file)), {
      relayProfiles: [{ ...profile, id: "q" }, profile],
    });
  }));

Deno.test("undo: one whose plans are older than what another run did changes nothing", () =>
  inHome(async ({ context, write, read }) => {
    write(CONFIG, table("c", A));
    await init(context);
    const known = await readManifest(context.disk, manifestFile(context.system, context.stateDir));
    await undo(context);
    await init({ ...context, port: 9000 });
    const patched = read(CONFIG);
    const stale = { ...applierOf(context), known };
    await assert.rejects(revertSteps([], stale), {
      code: "bad_config",
      message: "Another sidecar init or undo has changed these settings just now",
    });
    await assert.rejects(applySteps([], stale), { code: "bad_config" });
    assert.equal(read(CONFIG), patched);
  }));

Deno.test("undo: one beside another run waits for it, and not for ever", () =>
  inHome(async ({ context, write }) => {
    write(CONFIG, table("c", A));
    await init(context);
    const release = await context.disk.lock(`${context.stateDir}/lock`);
    const { FakeClock } = await import("../helpers/clock/fake_clock.ts");
    const clock = new FakeClock();
    const waits = revertSteps([], { ...applierOf(context), clock });
    const refused = assert.rejects(waits, {
      code: "bad_config",
      message: "Another sidecar init or undo is at work here",
    });
    while (clock.now() < 60_000) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      await clock.advance(1_000);
    }
    await refused;
    release?.();
    await revertSteps([], applierOf(context));
  }));
