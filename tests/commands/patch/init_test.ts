import assert from "node:assert/strict";
import { asFailure } from "../../../lib/base/errors.ts";
import { init } from "../../../lib/commands/patch/init.ts";
import { exitCodeOf } from "../../../lib/commands/shared/output.ts";
import type { PatchOptions } from "../../../lib/commands/patch/patching.ts";
import { undo } from "../../../lib/commands/patch/undo.ts";
import { type TestMachine, testMachine } from "../../helpers/settings/machine.ts";
import { Killed, MemoryDisk, type Trouble } from "../../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const STATE = "/h/.local/state/codex-sidecar/";
const YES = { yes: true };

/** A text that only its memory can give back: a limit is raised. */
const text = `# mine\r
model_provider = 'custom'\r
[model_providers.custom]\r
base_url   =   'https://api.example.com/v1'  # pay\r
stream_max_retries = 5\r
experimental_bearer_token = "sk-secret-1234567890"\r
`;
const RELAY = "http://127.0.0.1:8411/r/https/api.example.com/v1";

function home(files: Record<string, string> = { [CONFIG]: text }): TestMachine {
  return testMachine(new MemoryDisk(files));
}

/** Everything but what the sidecar keeps for itself. */
function others({ disk }: TestMachine): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(disk.all()).filter(([path]) => !path.startsWith(STATE)));
}

async function failure(run: Promise<unknown>) {
  try {
    await run;
  } catch (error) {
    const failed = asFailure(error);
    return { exit: exitCodeOf(failed), words: failed.fullMessage };
  }
  throw new assert.AssertionError({ message: "nothing was thrown" });
}

Deno.test("init: patches, remembers, changes nothing the second time; undo gives back every byte, twice", async () => {
  const machine = home();
  assert.equal(await init(YES, machine), 0);
  const patched = machine.disk.text(CONFIG) ?? "";
  assert.ok(patched.includes(`'${RELAY}'  # pay\r\nstream_idle_timeout_ms = 3600000\r\n`), patched);
  const manifest = JSON.parse(machine.disk.text(`${STATE}manifest.json`) ?? "");
  assert.deepEqual([manifest.state, manifest.port, manifest.edits.length], ["done", 8411, 4]);
  const [marker, ...backup] = Object.entries(machine.disk.all(`${STATE}backups/`));
  assert.match(marker?.[0] ?? "", /\/\.sidecar-backup$/);
  assert.deepEqual(backup.map(([path, one]) => [path.split("/").at(-1), one]), [[
    "codex-1-config.toml",
    text,
  ]]);
  assert.deepEqual(
    [...machine.disk.files].filter(([path]) => path.startsWith(STATE)).map(([, { mode }]) => mode),
    [0o600, 0o600, 0o600],
  );
  assert.doesNotMatch(machine.said(), /secret/);

  const before = machine.disk.written.length;
  assert.equal(await init(YES, machine), 0);
  assert.match(machine.said(), /Nothing to change\.\n$/);
  assert.equal(machine.disk.written.length, before);

  for (const says of [/Done\.\n$/, /Nothing to revert\.\n$/]) {
    assert.equal(await undo(YES, machine), 0);
    assert.match(machine.said(), says);
    assert.deepEqual(others(machine), { [CONFIG]: text });
  }
  assert.equal(machine.disk.text(`${STATE}manifest.json`), undefined);
});

Deno.test("init: killed at any write, the next undo gives back every byte, and the next init finishes", async () => {
  let steps = 0;
  for (;; steps++) {
    const machine = home();
    if (!await killed((options) => init(options, machine), machine, steps)) break;
    const later = testMachine(machine.disk.revived());
    assert.equal(await undo(YES, later), 0);
    assert.deepEqual(others(later), { [CONFIG]: text }, `undo after a kill at write ${steps}`);

    const finished = testMachine(machine.disk.revived());
    assert.equal(await init(YES, finished), 0);
    assert.ok(finished.disk.text(CONFIG)?.includes(RELAY));
    assert.equal(await undo(YES, finished), 0);
    assert.deepEqual(
      others(finished),
      { [CONFIG]: text },
      `init and undo after a kill at ${steps}`,
    );
  }
  assert.ok(steps >= 9, `only ${steps} writes`);
});

Deno.test("undo: killed at any write, the next undo gives back every byte", async () => {
  let steps = 0;
  for (;; steps++) {
    const machine = home();
    await init(YES, machine);
    const again = testMachine(machine.disk.revived());
    if (!await killed((options) => undo(options, again), again, steps)) break;
    const later = testMachine(again.disk.revived());
    assert.equal(await undo(YES, later), 0);
    assert.deepEqual(others(later), { [CONFIG]: text }, `after a kill at write ${steps}`);
  }
  assert.ok(steps >= 6, `only ${steps} writes`);
});

/** Runs until the n-th write kills it; false where it ended before. */
async function killed(
  run: (options: PatchOptions) => Promise<unknown>,
  { disk }: TestMachine,
  killAt: number,
): Promise<boolean> {
  disk.trouble = { killAt };
  try {
    await run(YES);
    return false;
  } catch (error) {
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
      if (cause instanceof Killed) return true;
    }
    throw error;
  }
}

Deno.test("undo: without its memory it goes by the URLs, and says so", async () => {
  const machine = home();
  await init(YES, machine);
  await machine.disk.remove(`${STATE}manifest.json`);
  assert.equal(await undo(YES, machine), 0);
  assert.match(machine.said(), /There is no record of an init/);
  // The five of before is nowhere but in the memory.
  assert.equal(machine.disk.text(CONFIG), text.replace("retries = 5", "retries = 100"));
});

Deno.test("undo: what another program wrote over it stays, and only what is ours goes", async () => {
  const machine = home();
  await init(YES, machine);
  const other =
    `model_provider = "b"\n[model_providers.b]\nname = "B"\nbase_url = "http://127.0.0.1:8411/r/https/b.example"\n`;
  machine.disk.put(CONFIG, other);
  assert.equal(await undo(YES, machine), 0);
  assert.equal(
    machine.disk.text(CONFIG),
    other.replace("http://127.0.0.1:8411/r/https/", "https://"),
  );
});

Deno.test("undo: of one place alone, the others are still remembered", async () => {
  const machine = home();
  await init(YES, machine);
  const remembered = () => JSON.parse(machine.disk.text(`${STATE}manifest.json`) ?? "{}").edits;
  const before = remembered();
  assert.ok(before.length > 0);
  assert.equal(await undo({ ...YES, only: "codex++" }, machine), 0);
  assert.deepEqual(remembered(), before);
  assert.equal(await undo(YES, machine), 0);
  assert.equal(machine.disk.text(CONFIG), text);
});

Deno.test("init: mends drift, moves to another port, and undo still knows the first value", async () => {
  const machine = home();
  await init(YES, machine);
  await init({ ...YES, port: "9000" }, machine);
  assert.ok(machine.disk.text(CONFIG)?.includes("127.0.0.1:9000/r/"));
  machine.disk.put(CONFIG, text);
  await init({ ...YES, port: "9000" }, machine);
  assert.ok(machine.disk.text(CONFIG)?.includes("127.0.0.1:9000/r/"));
  await undo(YES, machine);
  assert.equal(machine.disk.text(CONFIG), text);
});

const quiet: [
  name: string,
  options: PatchOptions,
  answers: (boolean | undefined)[] | undefined,
  says: RegExp,
][] = [
  ["a dry run", { dryRun: true }, undefined, /Nothing was written/],
  ["a dry run that may", { dryRun: true, yes: true }, undefined, /Nothing was written/],
  ["a no", {}, [false], /Nothing was changed\.\n$/],
];
for (const [name, options, answers, says] of quiet) {
  Deno.test(`init: ${name} writes nothing at all`, async () => {
    const machine = testMachine(new MemoryDisk({ [CONFIG]: text }), {}, answers);
    assert.equal(await init(options, machine), 0);
    assert.match(machine.said(), says);
    assert.match(machine.said(), /\+base_url {3}= {3}'http:/);
    assert.deepEqual(machine.disk.written, []);
  });
}

const bare: [name: string, files: Record<string, string>][] = [
  ["no Codex at all", {}],
  ["an empty config.toml", { [CONFIG]: "" }],
  ["comments without a line break at the end", { [CONFIG]: "# mine" }],
  ["a model of OpenAI's", { [CONFIG]: 'model = "gpt-x"\r\n\r\n[tui]\r\nx = true\r\n' }],
  ["the built-in provider", {
    [CONFIG]: "model_provider = 'openai'\nweb_search='live'\n[a]\nb = 1",
  }],
  ["a byte order mark before a table", { [CONFIG]: "\ufeff[tui]\r\nx = true\r\n" }],
  ["a byte order mark and nothing else", { [CONFIG]: "\ufeff" }],
  ["other providers", { [CONFIG]: '[model_providers.x]\nbase_url = "https://x.example"\n' }],
];
for (const [name, files] of bare) {
  Deno.test(`init: ${name}: without a terminal it says what to do, and changes nothing`, async () => {
    const machine = home(files);
    const { exit, words } = await failure(init(YES, machine));
    assert.equal(exit, 2);
    assert.match(words, /no provider that the sidecar could stand for\. Add one with --provider /);
    assert.deepEqual(machine.disk.written, []);
  });

  Deno.test(`init: ${name}: a provider chosen on the terminal is added, and undo gives back every byte`, async () => {
    const disk = new MemoryDisk(files);
    const machine = testMachine(disk, {}, [
      "mimo",
      "pay as you go: api.xiaomimimo.com/v1",
      true,
      true,
    ]);
    assert.equal(await init({}, machine), 0, machine.said());
    const patched = disk.text(CONFIG) ?? "";
    assert.match(patched, /^\ufeff?model_provider = ["']mimo["']\r?$/m);
    assert.match(
      patched,
      /^base_url = "http:\/\/127\.0\.0\.1:8411\/r\/https\/api\.xiaomimimo\.com\/v1"\r?$/m,
    );
    assert.match(patched, /^env_key = "MIMO_API_KEY"\r?$/m);
    const list = JSON.parse(disk.text(`${STATE}models/mimo.json`) ?? "");
    assert.equal(list.models[0].context_window, 1_048_576);
    assert.match(machine.said(), /MIMO_API_KEY is not set/);
    const written = disk.written.length;
    assert.equal(await init({ ...YES, provider: "mimo" }, machine), 0);
    assert.equal(disk.written.length, written);
    assert.equal(await undo(YES, machine), 0);
    assert.deepEqual(others(machine), files);
    assert.equal(disk.text(`${STATE}models/mimo.json`), undefined);
  });
}

Deno.test("init: a list of models that Codex's settings still name is not taken away", async () => {
  const machine = home({});
  await init({ ...YES, provider: "glm" }, machine);
  const changed = machine.disk.text(CONFIG)?.replace("env_key", "# now\nenv_key").replace(
    "ZAI_API_KEY",
    "MY_KEY",
  );
  machine.disk.put(
    CONFIG,
    changed?.replace("/models/glm.json", "/models/../models/glm.json") ?? "",
  );
  machine.disk.put(CONFIG, `${machine.disk.text(CONFIG)}# ${STATE}models/glm.json\n`);
  await undo(YES, machine);
  assert.notEqual(machine.disk.text(`${STATE}models/glm.json`), undefined);
  assert.doesNotMatch(machine.disk.text(CONFIG) ?? "", /127\.0\.0\.1/);
});

const refused: [name: string, trouble: Trouble, says: RegExp][] = [
  [
    "a file it may not write",
    refuse(/\.codex/, () => new Deno.errors.PermissionDenied("no")),
    /^Cannot write \/h\/\.codex\/config\.toml: the system does not permit it(?:\. Run as the owner|, or another program)/,
  ],
  ["a read-only disk", refuse(/\.codex/, () => coded("EROFS")), /read-only/],
  [
    "a full disk",
    refuse(/config\.toml\.sidecar-new/, () => coded("ENOSPC")),
    /^Cannot write .*: the disk is full\. Free some space$/,
  ],
  [
    "a full disk for its own folder",
    refuse(/codex-sidecar/, () => coded("ENOSPC")),
    /^Cannot create .*: the disk is full/,
  ],
  [
    "a full disk for the manifest",
    refuse(/manifest/, () => coded("ENOSPC")),
    /^Cannot write .*manifest\.json: the disk is full/,
  ],
];
for (const [name, trouble, says] of refused) {
  Deno.test(`init: ${name} is one clear line, and nothing is half done`, async () => {
    const machine = home();
    machine.disk.trouble = trouble;
    const { exit, words } = await failure(init(YES, machine));
    assert.equal(exit, 2);
    assert.match(words, says);
    assert.deepEqual(others(machine), { [CONFIG]: text });
    assert.equal(machine.disk.text(`${STATE}manifest.json`), undefined);
  });
}

const PLUS = "/h/.codex-session-delete/settings.json";
const plusConfig = text.replace("api.example.com", "plus.example").replaceAll("custom", "other");
const plus = JSON.stringify({
  activeRelayId: "p",
  relayProfiles: [{
    id: "p",
    name: "P",
    protocol: "responses",
    upstreamBaseUrl: "https://plus.example/v1",
    configContents: plusConfig,
    authContents: "{}",
  }],
});

Deno.test("init: where the second place fails, the first one goes back", async () => {
  const machine = home({ [CONFIG]: text, [PLUS]: plus });
  machine.disk.trouble = refuse(/\.codex\/config/, () => coded("EROFS"));
  const { exit } = await failure(init(YES, machine));
  assert.equal(exit, 2);
  assert.ok(machine.disk.written.includes(`rename ${PLUS}`));
  assert.deepEqual(others(machine), { [CONFIG]: text, [PLUS]: plus });
  assert.equal(machine.disk.text(`${STATE}manifest.json`), undefined);
});

Deno.test("undo: a table that a switcher copied into config.toml goes back to the byte, raised limits too", async () => {
  const machine = home({ [CONFIG]: text, [PLUS]: plus });
  await init(YES, machine);
  const patched = JSON.parse(machine.disk.text(PLUS) ?? "").relayProfiles[0].configContents;
  assert.match(patched, /stream_max_retries = 100/);
  machine.disk.put(CONFIG, patched);
  assert.equal(await undo(YES, machine), 0);
  assert.deepEqual(others(machine), { [CONFIG]: plusConfig, [PLUS]: plus });
});

Deno.test("init: a file that changes between reading and writing is left alone", async () => {
  const machine = home();
  const create = machine.disk.create.bind(machine.disk);
  machine.disk.create = async (path, ...rest) => {
    await create(path, ...rest);
    if (path.startsWith(CONFIG)) machine.disk.put(CONFIG, `${text}# new\r\n`);
  };
  const { exit, words } = await failure(init(YES, machine));
  assert.equal(exit, 2);
  assert.match(words, /was changed by another program just now\. Run the command again/);
  assert.deepEqual(others(machine), { [CONFIG]: `${text}# new\r\n` });
});

Deno.test("init: broken TOML is told with its place, in words that hold no key", async () => {
  const machine = home({ [CONFIG]: 'a = 1\nb = "sk-secret-1234567890\n' });
  const { exit, words } = await failure(init(YES, machine));
  assert.equal(exit, 2);
  assert.match(words, /^\/h\/\.codex\/config\.toml:2:\d+: this is not valid TOML\. /);
  assert.doesNotMatch(words + machine.said(), /secret/);
  assert.deepEqual(machine.disk.written, []);
});

const wrong: [name: string, options: PatchOptions, says: RegExp][] = [
  [
    "an unknown place",
    { only: "codex,vim" },
    /^--only takes codex, cc-switch, codex\+\+, not vim$/,
  ],
  ["no place", { only: "" }, /not nothing$/],
  ["an unknown provider", { provider: "acme" }, /^--provider takes mimo, .*, not acme$/],
  ["a port that is none", { port: "99999" }, /99999/],
  ["nobody to ask", {}, /no terminal to ask on, and nothing was changed\. Add --yes/],
  [
    "a base that is no URL",
    { provider: "mimo", baseUrl: "x", ...YES },
    /--base-url takes an http or https URL, not x/,
  ],
];
for (const [name, options, says] of wrong) {
  Deno.test(`init: ${name} is refused with 2, and nothing is written`, async () => {
    const machine = home();
    const { exit, words } = await failure(init(options, machine));
    assert.deepEqual([exit, machine.disk.written], [2, []]);
    assert.match(words, says);
  });
}

Deno.test("init: a ChatGPT login is left alone, with a word", async () => {
  const machine = home({
    [CONFIG]: text.replace("experimental_bearer_token", "requires_openai_auth = true #"),
    "/h/.codex/auth.json": '{"auth_mode":"chatgpt","OPENAI_API_KEY":null,"tokens":{}}',
  });
  assert.equal(await init(YES, machine), 0);
  assert.match(
    machine.said(),
    /custom takes the ChatGPT login, which only OpenAI may see: left alone/,
  );
  assert.deepEqual(machine.disk.written, []);
});

Deno.test("init: a proxy of the environment that would catch loopback is told of", async () => {
  const env = { HOME: "/h", HTTP_PROXY: "http://p:1" };
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text }), { env });
  await init({ dryRun: true }, machine);
  assert.match(machine.said(), /HTTP_PROXY is set and NO_PROXY does not name 127\.0\.0\.1/);
});

function refuse(path: RegExp, error: () => Error): Trouble {
  return { refuse: { path, error } };
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
