import assert from "node:assert/strict";
import { parse } from "smol-toml";
import { asFailure, Failure } from "../../../lib/base/errors.ts";
import { init } from "../../../lib/commands/patch/init.ts";
import { undo } from "../../../lib/commands/patch/undo.ts";
import type { Machine } from "../../../lib/commands/shared/this_machine.ts";
import type { ListedModel } from "../../../lib/provider/catalog/facts.ts";
import type { ModelsQuestion } from "../../../lib/upstream/ask_models.ts";
import { testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const STATE = "/h/.local/state/codex-sidecar/";
const KEY = "sk-0a1b2c3d4e5f60718293a4b5";
const YES = { yes: true };

/** A machine with a key, whose provider lists these models. */
function machine(
  files: Record<string, string>,
  listed: readonly ListedModel[] | Failure,
  changes: Partial<Machine> = {},
  answers?: (boolean | string)[],
) {
  const asked: ModelsQuestion[] = [];
  const made = testMachine(new MemoryDisk(files), {
    env: { HOME: "/h", MIMO_API_KEY: KEY },
    codexVersion: () => Promise.resolve("0.169.0"),
    askModels: (question) => {
      asked.push(question);
      return listed instanceof Failure ? Promise.reject(listed) : Promise.resolve(listed);
    },
    ...changes,
  }, answers);
  return Object.assign(made, { asked });
}

const settings = (of: { disk: MemoryDisk }) => parse(of.disk.text(CONFIG) ?? "");
const LISTED = [{ id: "mimo-v2.6-flash" }, { id: "mimo-v3-pro", window: 2_000_000 }];

Deno.test("init models: the provider is asked with the key of its variable, and its newest model is written", async () => {
  const here = machine({}, LISTED);
  assert.equal(await init({ ...YES, provider: "mimo" }, here), 0, here.said());
  const [question] = here.asked;
  assert.deepEqual(
    [here.asked.length, question?.base, question?.headers.get("authorization")],
    [1, "https://api.xiaomimimo.com/v1", `Bearer ${KEY}`],
  );
  const { model, model_context_window: window, model_providers: tables } = settings(here);
  assert.deepEqual([model, window], ["mimo-v3-pro", 2_000_000]);
  const table = (tables as Record<string, Record<string, unknown>>).mimo;
  assert.equal(
    table?.model_catalog_url,
    "http://127.0.0.1:8411/r/https/api.xiaomimimo.com/v1/models",
  );
  assert.equal(here.disk.text(`${STATE}models/mimo.json`), undefined);
  assert.match(here.said(), /^MiMo lists 2 models\.$/m);
  assert.ok(!here.said().includes(KEY));
  assert.equal(await undo(YES, here), 0);
  assert.equal(here.disk.text(CONFIG), undefined);
});

Deno.test("init models: on a terminal the user chooses among what is there", async () => {
  const here = machine({}, LISTED, {}, ["mimo-v2.6-flash", true]);
  assert.equal(await init({ provider: "mimo" }, here), 0, here.said());
  assert.equal(settings(here).model, "mimo-v2.6-flash");
  const nothing = machine({}, LISTED, {}, [false]);
  assert.equal(await init({ provider: "mimo" }, nothing), 0);
  assert.match(nothing.said(), /Nothing was changed/);
  assert.equal(nothing.disk.text(CONFIG), undefined);
});

const told: [
  what: string,
  listed: readonly ListedModel[] | Failure,
  env: Record<string, string>,
  says: RegExp,
][] = [
  [
    "no answer",
    new Failure("head_timeout", "MiMo sent no list of models within 5 s"),
    { MIMO_API_KEY: KEY },
    /^MiMo sent no list of models within 5 s; the sidecar's own list is used, which may be old\.$/m,
  ],
  [
    "no key",
    LISTED,
    {},
    /^MiMo was not asked for its models, because MIMO_API_KEY is not set here; the sidecar's own list/m,
  ],
  [
    "a key that cannot be sent",
    LISTED,
    { MIMO_API_KEY: "a\nb" },
    /^MIMO_API_KEY holds no key: it/m,
  ],
  ["an empty list", [], { MIMO_API_KEY: KEY }, /^MiMo lists no model; the sidecar's own list/m],
];
for (const [what, listed, env, says] of told) {
  Deno.test(`init models: ${what} is told, and the row's first model is written`, async () => {
    const here = machine({}, listed, { env: { HOME: "/h", ...env } });
    assert.equal(await init({ ...YES, provider: "mimo" }, here), 0, here.said());
    assert.match(here.said(), says);
    assert.equal(settings(here).model, "mimo-v2.6-pro");
  });
}

Deno.test("init models: --model takes one of the list, and refuses another with what there is", async () => {
  const here = machine({}, LISTED);
  await init({ ...YES, provider: "mimo", model: "mimo-v2.6-flash" }, here);
  assert.equal(settings(here).model, "mimo-v2.6-flash");
  const gone = machine({}, LISTED);
  await assert.rejects(init({ ...YES, provider: "mimo", model: "mimo-v2.5" }, gone), (error) => {
    const { code, fullMessage } = asFailure(error);
    assert.equal(code, "bad_usage");
    assert.match(
      fullMessage,
      /does not list the model mimo-v2\.5\. MiMo retired mimo-v2\.5 on 2026-10-21/,
    );
    assert.match(fullMessage, /It offers mimo-v3-pro, mimo-v2\.6-flash/);
    return true;
  });
  assert.deepEqual(gone.disk.written, []);
  // Without a list nobody can say that it is not there
  const unknown = machine({}, new Failure("unreachable", "MiMo could not be reached"));
  await init({ ...YES, provider: "mimo", model: "mimo-v9" }, unknown);
  assert.equal(settings(unknown).model, "mimo-v9");
});

Deno.test("init models: a server on this machine is asked without a key, and must be up", async () => {
  const here = machine({}, [{ id: "qwen3-coder:30b", window: 65_536 }]);
  assert.equal(await init({ ...YES, provider: "ollama" }, here), 0, here.said());
  const [question] = here.asked;
  assert.deepEqual(
    [question?.base, question?.headers.get("authorization")],
    ["http://127.0.0.1:11434/v1", null],
  );
  assert.deepEqual(
    [settings(here).model_provider, settings(here).model],
    ["local-ollama", "qwen3-coder:30b"],
  );
  const down = machine({}, new Failure("unreachable", "Ollama could not be reached"));
  await assert.rejects(init({ ...YES, provider: "ollama" }, down), /No model of Ollama is known/);
});

const OLD = `model_provider = "mimo"
model = "mimo-v2.5-pro" # the best

[model_providers.mimo]
base_url = "https://api.xiaomimimo.com/v1"
`;
const SENTENCE =
  /config\.toml: MiMo retired mimo-v2\.5-pro on 2026-10-21; mimo-v2\.6-pro takes its place\.$/m;

Deno.test("init models: a retired model is replaced on a yes, and undo gives back every byte", async () => {
  const here = machine({ [CONFIG]: OLD }, LISTED, {}, [true, true]);
  assert.equal(await init({}, here), 0, here.said());
  assert.match(here.said(), SENTENCE);
  assert.match(here.disk.text(CONFIG) ?? "", /^model = "mimo-v2\.6-pro" # the best$/m);
  assert.equal(await undo(YES, here), 0);
  assert.equal(here.disk.text(CONFIG), OLD);
});

Deno.test("init models: without that yes it stays, and is named", async () => {
  const declined = machine({ [CONFIG]: OLD }, LISTED, {}, [false, true]);
  const silent = machine({ [CONFIG]: OLD }, LISTED);
  assert.deepEqual([await init({}, declined), await init(YES, silent)], [0, 0]);
  for (const here of [declined, silent]) {
    assert.match(here.said(), SENTENCE);
    assert.equal(settings(here).model, "mimo-v2.5-pro");
    assert.match(here.disk.text(CONFIG) ?? "", /127\.0\.0\.1:8411\/r\/https/);
  }
});

Deno.test("init models: elsewhere the same name is no retired model", async () => {
  const text = OLD.replace("api.xiaomimimo.com", "gateway.example");
  const here = machine({ [CONFIG]: text }, LISTED);
  await init(YES, here);
  assert.doesNotMatch(here.said(), /retired/);
});

const NOW = OLD.replace("mimo-v2.5-pro", "mimo-v2.6-pro");
const ADDRESS = "http://127.0.0.1:8411/r/https/api.xiaomimimo.com/v1/models";
const own: [what: string, text: string, codex: string | undefined, address: string | undefined][] =
  [
    ["gets the address of the list", NOW, "0.169.0", ADDRESS],
    ["gets none for a Codex that does not ask", NOW, "0.160.0", undefined],
    ["gets none where no Codex is there", NOW, undefined, undefined],
    ["keeps its file", `model_catalog_json = "/mine.json"\n${NOW}`, "0.169.0", undefined],
    [
      "keeps its address",
      `${NOW}model_catalog_url = "https://mine.example/models"\n`,
      "0.169.0",
      "https://mine.example/models",
    ],
    [
      "of a model of OpenAI's gets none",
      NOW.replace("mimo-v2.6-pro", "gpt-5.5"),
      "0.169.0",
      undefined,
    ],
    [
      "of a host that no row knows gets none",
      NOW.replace("api.xiaomimimo.com", "gateway.example"),
      "0.169.0",
      undefined,
    ],
  ];
for (const [what, text, codex, address] of own) {
  Deno.test(`init models: a provider of the user's own ${what}, once, and undo is exact`, async () => {
    const here = machine({ [CONFIG]: text }, LISTED, {
      codexVersion: () => Promise.resolve(codex),
    });
    assert.equal(await init(YES, here), 0, here.said());
    const { model_providers: tables } = settings(here);
    const table = (tables as Record<string, Record<string, unknown>>).mimo;
    assert.equal(table?.model_catalog_url, address);
    assert.deepEqual(here.asked, []);
    const written = here.disk.written.length;
    assert.equal(await init(YES, here), 0);
    assert.equal(here.disk.written.length, written);
    assert.equal(await undo(YES, here), 0);
    assert.equal(here.disk.text(CONFIG), text);
  });
}

const LIST_FILE = `${STATE}models/mimo.json`;
const files: [
  what: string,
  text: string,
  made: boolean,
  codex?: string,
  more?: Record<string, string>,
][] = [
  ["gets a file with the models that are known", NOW, true],
  ["gets it for its own model too", NOW.replace("mimo-v2.6-pro", "mimo-v9-pro"), true],
  ["gets none for a Codex that asks the address", NOW, false, "0.169.0"],
  ["keeps its own file", `model_catalog_json = "/mine.json"\n${NOW}`, false],
  ["keeps its own address", `${NOW}model_catalog_url = "https://mine.example/models"\n`, false],
  ["of a model of OpenAI's gets none", NOW.replace("mimo-v2.6-pro", "gpt-5.5"), false],
  ["gets none beside another provider", `${NOW}[model_providers.other]\nname = "x"\n`, false],
  ["gets none beside a profile", `${NOW}[profiles.gpt]\nmodel = "gpt-5.5"\n`, false],
  ["gets none beside a ChatGPT login", NOW, false, "0.160.0", {
    "/h/.codex/auth.json": '{"tokens":{"access_token":"x.y.z"}}',
  }],
];
for (const [what, text, made, codex = "0.160.0", more = {}] of files) {
  Deno.test(`init models: with an older Codex a provider of the user's own ${what}, and undo is exact`, async () => {
    const here = machine({ [CONFIG]: text, ...more }, LISTED, {
      codexVersion: () => Promise.resolve(codex),
    });
    assert.equal(await init(YES, here), 0, here.said());
    const { model, model_catalog_json: path } = settings(here);
    const mine = text.includes("/mine.json") ? "/mine.json" : undefined;
    assert.deepEqual([path, here.disk.text(LIST_FILE) !== undefined], [
      made ? LIST_FILE : mine,
      made,
    ]);
    if (made) {
      const { models } = JSON.parse(here.disk.text(LIST_FILE) ?? "");
      const slugs = models.map(({ slug }: { slug: string }) => slug);
      assert.ok(slugs.includes(model) && slugs.includes("mimo-v2.6-flash"), slugs.join());
    }
    assert.deepEqual(here.asked, []);
    const written = here.disk.written.length;
    assert.equal(await init(YES, here), 0);
    assert.equal(here.disk.written.length, written, "a second init changes nothing");
    assert.equal(await undo(YES, here), 0);
    assert.deepEqual([here.disk.text(CONFIG), here.disk.text(LIST_FILE)], [text, undefined]);
  });
}

Deno.test("init models: without its memory undo takes the file's path out of the settings all the same", async () => {
  const here = machine({ [CONFIG]: NOW }, LISTED, {
    codexVersion: () => Promise.resolve("0.160.0"),
  });
  assert.equal(await init(YES, here), 0, here.said());
  here.disk.files.delete(`${STATE}manifest.json`);
  assert.equal(await undo(YES, here), 0, here.said());
  assert.equal(settings(here).model_catalog_json, undefined);
});
