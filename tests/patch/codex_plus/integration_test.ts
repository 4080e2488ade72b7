import assert from "node:assert/strict";
import { codexPlusIntegration } from "../../../lib/patch/codex_plus/integration.ts";
import { patchCodexPlus, revertCodexPlus } from "../../../lib/patch/codex_plus/settings.ts";
import type { PatchContext, Plan } from "../../../lib/patch/integration.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { fc } from "../../helpers/fast_check.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";
import { toRelay } from "../../../lib/patch/relay_url.ts";
import { inHome } from "../../helpers/settings/patch_home.ts";

const FILE = ".codex-session-delete/settings.json";
const URL = "https://relay.example.com/v1";
const CHAT = "https://chat.example.com/api";
const LIMITS =
  "stream_idle_timeout_ms = 3600000\nstream_max_retries = 100\nrequest_max_retries = 10\n";

function relay(url: string): string {
  return url.replace("https:/", "http://127.0.0.1:8411/r/https");
}

function config(url: string, after = ""): string {
  return `model_provider = "custom" # 按量\n\n[model_providers.custom]\nname = "x"\nbase_url = "${url}"\n${after}wire_api = "responses"\n`;
}

/** Settings of four profiles; `{url}` and the like are what `init` changes. */
function settings(patched: boolean, limits = patched ? LIMITS : ""): unknown {
  const to = patched ? relay : (url: string) => url;
  return {
    zeta: { unknown: [1.0, null] },
    relayProfilesEnabled: true,
    activeRelayId: "one",
    relayProfiles: [
      {
        id: "official",
        name: "OpenAI",
        relayMode: "official",
        upstreamBaseUrl: "",
        configContents: "",
      },
      {
        id: "one",
        upstreamBaseUrl: to(URL),
        name: "Relay",
        protocol: "responses",
        relayMode: "pureApi",
        configContents: config(to(URL), limits),
        authContents: '{"OPENAI_API_KEY":"sk-TESTKEY"}',
        modelWindows: '{"m":1048576}',
      },
      {
        id: "two",
        name: "Chat",
        protocol: "chatCompletions",
        relayMode: "pureApi",
        upstreamBaseUrl: to(CHAT),
        configContents: config("http://127.0.0.1:57321/v1"),
      },
      { id: "all", name: "All", relayMode: "aggregate", upstreamBaseUrl: URL, configContents: "" },
    ],
    alpha: URL,
  };
}

function text(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

async function applied(plan: Plan): Promise<Plan> {
  assert.deepEqual(plan.problems, []);
  await plan.apply();
  return plan;
}

const writings: Record<string, (plain: string) => string> = {
  "lines that end in LF": (plain) => plain,
  "lines that end in CRLF": (plain) => plain.replaceAll("\n", "\r\n"),
  "a byte order mark": (plain) => `\ufeff${plain}`,
  "no indentation": (plain) => JSON.stringify(JSON.parse(plain)),
};

for (const [name, write] of Object.entries(writings)) {
  Deno.test(`codex++: settings with ${name} are pointed at the sidecar and reverted to the byte`, async () => {
    await inHome(async (home) => {
      const before = write(text(settings(false)));
      const file = home.write(FILE, before);
      Deno.chmodSync(file, 0o600);
      const integration = codexPlusIntegration(home.context);
      assert.equal((await integration.state([])).state, "untouched");
      const plan = await applied(await integration.plan());
      assert.equal(home.read(FILE), write(text(settings(true))));
      assert.deepEqual((await integration.plan()).edits, []);
      assert.equal((await integration.state(plan.edits)).state, "patched");
      await applied(await integration.planRevert(plan.edits));
      assert.equal(home.read(FILE), before);
      assert.deepEqual((await integration.planRevert(plan.edits)).edits, []);
      assert.deepEqual(
        [...Deno.readDirSync(`${home.path}/.codex-session-delete`)].map((one) => one.name),
        ["settings.json"],
      );
    });
  });
}

Deno.test("codex++: a plan says what it found and names every value by the profile's id", async () => {
  await inHome(async (home) => {
    const file = home.write(FILE, text(settings(false)));
    const plan = await codexPlusIntegration(home.context).plan();
    assert.deepEqual(plan.found, [
      `profile "OpenAI" is OpenAI's own: left alone`,
      `profile "Relay" goes to ${URL}`,
      `profile "Chat" goes to ${CHAT}`,
      `profile "All" is made of other profiles: left alone`,
    ]);
    const one = { place: "codex++", file };
    const path = ["relayProfiles", "one", "configContents", "model_providers", "custom"];
    assert.deepEqual(plan.edits, [
      { ...one, key: ["relayProfiles", "one", "upstreamBaseUrl"], before: URL, after: relay(URL) },
      { ...one, key: [...path, "base_url"], before: URL, after: relay(URL), source: `"${URL}"` },
      { ...one, key: [...path, "stream_idle_timeout_ms"], after: 3_600_000 },
      { ...one, key: [...path, "stream_max_retries"], after: 100 },
      { ...one, key: [...path, "request_max_retries"], after: 10 },
      {
        ...one,
        key: ["relayProfiles", "two", "upstreamBaseUrl"],
        before: CHAT,
        after: relay(CHAT),
      },
    ]);
    assert.deepEqual(plan.previews.map(({ title }) => title), [
      `~/${FILE}, profile "Relay"`,
      `~/${FILE}, profile "Chat"`,
    ]);
    assert.equal(home.read(FILE), text(settings(false)));
  });
});

Deno.test("codex++: without the manifest the relay URLs hold the original URLs", () => {
  const back = revertCodexPlus(text(settings(true)), [], "f");
  assert.equal(back.text, text(settings(false)));
  assert.equal(revertCodexPlus(back.text, [], "f").text, back.text);
});

Deno.test("codex++: what others wrote since stays, in whatever order they left the profiles", () => {
  const { text: patched, edits } = patchCodexPlus(text(settings(false)), 8411, "f");
  const now = JSON.parse(patched);
  now.relayProfiles.reverse();
  now.relayProfiles.pop();
  now.relayProfiles[1].upstreamBaseUrl = "https://new.example.com";
  now.relayProfiles[2].configContents = now.relayProfiles[2].configContents.replace("= 100", "= 7");
  now.relayProfiles[2].name = "Mine";
  const made = edits.map((edit) => ({ ...edit, place: "codex++" as const, file: "f" }));
  const back = JSON.parse(revertCodexPlus(text(now), made, "f").text);
  now.relayProfiles[2].upstreamBaseUrl = URL;
  now.relayProfiles[2].configContents = config(URL, "stream_max_retries = 7\n");
  assert.deepEqual(back, now);
});

Deno.test("codex++: of any settings, only the profiles' URLs and limits move", () => {
  const line = fc.stringMatching(/^[ -~é中😀]{0,20}$/u);
  const url = fc.webUrl({
    validSchemes: ["https"],
    withFragments: false,
    withQueryParameters: false,
  }).filter((one) => toRelay(one, 1) !== undefined);
  const profile = fc.record({
    id: fc.uuid(),
    before: fc.jsonValue(),
    url,
    comment: line,
    behind: line,
    own: fc.boolean(),
  });
  const keyed = (own: boolean, url: string, comment: string, to: string, limits: string) => ({
    upstreamBaseUrl: to,
    configContents: `# ${comment}\r\nmodel_provider = "p"\r\n[model_providers.p]\r\nbase_url = "${
      own ? to : url
    }" # ${comment}\r\n${own ? limits : ""}name = "n"\r\n`,
  });
  fc.assert(
    fc.property(
      fc.array(profile, { maxLength: 3 }),
      fc.jsonValue(),
      fc.constantFrom("", "\t", "  "),
      fc.constantFrom("\n", "\r\n"),
      (profiles, rest, indent, eol) => {
        const write = (patched: boolean) => {
          const list = profiles.map(({ id, before, url, comment, behind }) => ({
            before,
            id,
            ...keyed(
              true,
              url,
              comment,
              patched ? relay(url.replace(/\/+$/, "")) : url,
              patched ? LIMITS.replaceAll("\n", "\r\n") : "",
            ),
            behind,
          }));
          return JSON.stringify({ rest, relayProfiles: list, url: "https://x" }, null, indent)
            .replaceAll("\n", eol);
        };
        const patched = patchCodexPlus(write(false), 8411, "f");
        assert.equal(patched.text, write(true));
        const edits = patched.edits.map((edit) => ({
          ...edit,
          place: "codex++" as const,
          file: "f",
        }));
        assert.equal(revertCodexPlus(patched.text, edits, "f").text, write(false));
      },
    ),
    { numRuns: 40 },
  );
});

const bad: { name: string; text: string; why: RegExp }[] = [
  {
    name: "that are no JSON",
    text: `{"a": 1,\n "b" }`,
    why: /settings\.json:2:6: this is not valid JSON$/,
  },
  {
    name: "that end in the middle",
    text: `{"a": `,
    why: /settings\.json.*: this is not valid JSON$/,
  },
];

for (const { name, text, why } of bad) {
  Deno.test(`codex++: settings ${name} are one problem, and not touched`, async () => {
    await inHome(async (home) => {
      const file = home.write(FILE, text);
      const { edits, problems } = await codexPlusIntegration(home.context).plan();
      assert.deepEqual([edits, problems.length, problems[0]?.file], [[], 1, file]);
      assert.match(String(problems[0]?.why), why);
      assert.equal(home.read(FILE), text);
    });
  });
}

Deno.test("codex++: settings without profiles, of another shape or missing are left alone", async () => {
  for (const text of [`{}`, `[]`, `{"relayProfiles":{"a":1}}`, `{"relayProfiles":[1,{"id":2}]}`]) {
    assert.deepEqual(patchCodexPlus(text, 8411, "f").text, text);
  }
  await inHome(async (home) => {
    const integration = codexPlusIntegration(home.context);
    assert.deepEqual((await integration.plan()).found, ["Codex++ keeps nothing here"]);
    assert.equal((await integration.state([])).state, "absent");
    const named = codexPlusIntegration({ ...home.context, codexPlusDir: `${home.path}/x` });
    assert.deepEqual((await named.plan()).problems.map(({ why }) => why), [
      "there is no such file",
    ]);
  });
});

Deno.test("codex++: a profile with broken TOML is left alone and the others go on", () => {
  const value = settings(false) as { relayProfiles: { configContents: string }[] };
  const broken = value.relayProfiles[1];
  if (broken) broken.configContents = "base_url = \n";
  const { profiles, edits } = patchCodexPlus(text(value), 8411, "f");
  assert.equal(
    profiles[1]?.left,
    `profile "Relay":1:12: this is not valid TOML: left alone`,
  );
  assert.deepEqual(edits.map(({ key }) => key[1]), ["two"]);
});

Deno.test("codex++: a file that another program wrote between plan and apply stays", async () => {
  await inHome(async (home) => {
    home.write(FILE, text(settings(false)));
    const plan = await codexPlusIntegration(home.context).plan();
    home.write(FILE, "{}");
    await assert.rejects(plan.apply(), {
      code: "bad_config",
      message: /was changed by another program just now$/,
    });
    assert.equal(home.read(FILE), "{}");
  });
});

Deno.test("codex++: its lock is waited for, and reported when another program holds it", async () => {
  const clock = new FakeClock();
  await inHome(async (home) => {
    home.write(FILE, text(settings(false)));
    const lock = Deno.openSync(home.write(`${FILE}.lock`, ""), { read: true, write: true });
    lock.lockSync(true);
    const integration = codexPlusIntegration(home.context);
    const plan = await integration.plan();
    const passing = async (done: Promise<unknown>) => {
      let open = true;
      const settled = done.then(() => undefined, (error) => error).finally(() => open = false);
      while (open) await clock.advance(100);
      return await settled;
    };
    const refused = await passing(plan.apply());
    assert.match(refused.message, /settings\.json\.lock is held by another program$/);
    assert.equal(home.read(FILE), text(settings(false)));
    const waiting = plan.apply();
    await clock.advance(1000);
    lock.unlockSync();
    assert.equal(await passing(waiting), undefined);
    assert.equal(home.read(FILE), text(settings(true)));
    lock.close();
  }, { clock });
  assert.equal(clock.armed, 0);
});

const running: {
  name: string;
  lock: boolean;
  processes: string[];
  port?: number;
  refused: boolean;
  noted: boolean;
}[] = [
  {
    name: "by name, with its lock",
    lock: true,
    processes: ["CodexPlusPlus.exe"],
    refused: false,
    noted: true,
  },
  {
    name: "by its proxy, with its lock",
    lock: true,
    processes: [],
    port: 57321,
    refused: false,
    noted: true,
  },
  {
    name: "by name, without a lock",
    lock: false,
    processes: ["Codex++"],
    refused: true,
    noted: false,
  },
  {
    name: "by its proxy, without a lock",
    lock: false,
    processes: [],
    port: 57321,
    refused: true,
    noted: false,
  },
  {
    name: "only Codex itself",
    lock: false,
    processes: ["codex", "Codex"],
    refused: false,
    noted: false,
  },
];

for (const { name, lock, processes, port, refused, noted } of running) {
  Deno.test(`codex++: while it runs, known ${name}: ${refused ? "refused" : "goes on"}`, async () => {
    await inHome(async (home) => {
      home.write(FILE, text(settings(false)));
      if (lock) home.write(`${FILE}.lock`, "");
      const { problems, found } = await codexPlusIntegration(home.context).plan();
      assert.deepEqual(
        problems.map(({ hint }) => hint),
        refused ? ["Quit Codex++ and run the command again"] : [],
      );
      assert.equal(found.some((line) => line.startsWith("Codex++ runs")), noted);
    }, {
      processes: () => Promise.resolve(processes),
      listening: (one) => Promise.resolve(one === port),
    });
  });
}

Deno.test("codex++: a process that dies at any write leaves the old settings or the new ones, and undo works", async () => {
  const path = `/h/${FILE}`;
  const before = text(settings(false));
  const context = (disk: MemoryDisk): PatchContext => ({
    system: "linux",
    env: { HOME: "/h" },
    port: 8411,
    stateDir: "/state",
    disk,
    clock: new FakeClock(),
    listening: () => Promise.resolve(false),
    processes: () => Promise.resolve([]),
  });
  const seen = new Set<string>();
  for (let killAt = 0, alive = false; !alive; killAt++) {
    const disk = new MemoryDisk({ [path]: before });
    const plan = await codexPlusIntegration(context(disk)).plan();
    disk.trouble = { killAt };
    alive = await plan.apply().then(() => true, () => false);
    const next = disk.revived();
    const now = next.text(path) ?? "";
    assert.ok([before, text(settings(true))].includes(now), `killed at ${killAt}`);
    seen.add(now);
    await applied(await codexPlusIntegration(context(next)).planRevert(plan.edits));
    assert.equal(next.text(path), before);
    await applied(await codexPlusIntegration(context(next)).plan());
    assert.deepEqual(next.all(), { [path]: text(settings(true)) });
  }
  assert.equal(seen.size, 2);
});
