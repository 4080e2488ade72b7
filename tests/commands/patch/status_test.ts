import assert from "node:assert/strict";
import { init } from "../../../lib/commands/patch/init.ts";
import { status } from "../../../lib/commands/patch/status.ts";
import type { AskWho, Who } from "../../../lib/doctor/who/who.ts";
import { testMachine } from "../../helpers/settings/machine.ts";
import { MemoryDisk } from "../../helpers/settings/memory_disk.ts";

const CONFIG = "/h/.codex/config.toml";
const text =
  `model_provider = "c"\n[model_providers.c]\nname = "n"\nbase_url = "https://a.example/v1"\n`;
const up: AskWho = () => Promise.resolve({ is: "sidecar", version: "1.2.3", live: 2 });
const troubled: AskWho = async (port) => ({
  ...await up(port) as Extract<Who, { is: "sidecar" }>,
  upstreams: [
    { name: "a key 2", state: "open", opens: 90_000, busy: 0, waiting: 0 },
    { name: "b", state: "closed", busy: 2, waiting: 3 },
    { name: "c", state: "half-open", busy: 0, waiting: 0 },
    { name: "d", state: "closed", busy: 1, waiting: 0 },
  ],
});
const own = () => Promise.resolve({ now: 0, keys: [], live: [], more: 0 });
const down: AskWho = () => Promise.resolve({ is: "nobody" });

async function codexIs(write: (disk: MemoryDisk) => void, ask: AskWho = up) {
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text }));
  await init({ yes: true, port: "9000" }, machine);
  write(machine.disk);
  const before = machine.said().length;
  const written = machine.disk.written.length;
  const code = await status({ json: true }, machine, ask, { own });
  const printed = JSON.parse(machine.said().slice(before));
  assert.equal(machine.disk.written.length, written);
  // deno-lint-ignore no-explicit-any
  const codex = printed.places.find(({ place }: any) => place === "codex");
  return { code, sidecar: printed.sidecar, codex };
}

const cases: [
  name: string,
  write: (disk: MemoryDisk) => void,
  code: number,
  state: string,
  fact: RegExp,
][] = [
  [
    "as init left it",
    () => {},
    0,
    "patched",
    /^~\/\.codex\/config\.toml: c goes through the sidecar to https:\/\/a\.example\/v1$/,
  ],
  [
    "written anew by a switcher",
    (disk) => disk.put(CONFIG, text),
    1,
    "drifted",
    /c goes straight to https:\/\/a\.example\/v1; another program wrote the file, at 1970-/,
  ],
  [
    "led to another proxy",
    (disk) => disk.put(CONFIG, text.replace("https://a.example", "http://127.0.0.1:15721")),
    1,
    "drifted",
    /c goes through cc-switch's own proxy, which stays in front; another program/,
  ],
  [
    "switched to OpenAI",
    (disk) => disk.put(CONFIG, "model = 'x'\n"),
    1,
    "drifted",
    /names no model_provider, so it uses OpenAI; another program/,
  ],
  [
    "led to another port",
    (disk) => disk.put(CONFIG, (disk.text(CONFIG) ?? "").replace(":9000/", ":8411/")),
    1,
    "drifted",
    /on port 8411 instead of 9000$/,
  ],
  [
    "broken",
    (disk) => disk.put(CONFIG, "a = "),
    1,
    "drifted",
    /config\.toml:1:\d+: this is not valid TOML$/,
  ],
  [
    "gone",
    (disk) => void disk.files.delete(CONFIG),
    1,
    "drifted",
    /is not there; init had patched it$/,
  ],
  [
    "another provider, through the sidecar",
    (disk) => disk.put(CONFIG, (disk.text(CONFIG) ?? "").replace("a.example", "b.example")),
    0,
    "patched",
    /to https:\/\/b\.example\/v1$/,
  ],
];
for (const [name, write, code, state, fact] of cases) {
  Deno.test(`status: Codex's settings ${name}: ${state}`, async () => {
    const found = await codexIs(write);
    assert.deepEqual([found.code, found.codex.state, found.codex.facts.length], [code, state, 1]);
    assert.match(found.codex.facts[0], fact);
    assert.deepEqual(found.sidecar, { up: true, port: 9000, version: "1.2.3", live: 2 });
  });
}

Deno.test("status: patched to a sidecar that is down ends with 1", async () => {
  const { code, sidecar } = await codexIs(() => {}, down);
  assert.deepEqual([code, sidecar], [1, { up: false, port: 9000, version: null, live: null }]);
});

Deno.test("status: nothing patched and nothing up is well, in words", async () => {
  const machine = testMachine(new MemoryDisk({ [CONFIG]: text }));
  assert.equal(await status({}, machine, down), 0);
  assert.match(machine.said(), /^○ no sidecar answers on port 8411$/m);
  assert.match(
    machine.said(),
    /^○ codex: untouched\n {4}~\/\.codex\/config\.toml: c goes straight to https:\/\/a\.example\/v1$/m,
  );
  assert.deepEqual(machine.disk.written, []);
});

for (
  const [name, flag, ask, code] of [
    ["a sidecar that is down is well where nothing leads to it", false, down, 0],
    ["with --up it is not", true, down, 1],
    ["with --up one that answers is", true, up, 0],
  ] as const
) {
  Deno.test(`status: ${name}`, async () => {
    assert.equal(await status({ up: flag }, testMachine(new MemoryDisk({})), ask), code);
  });
}

Deno.test("status: says which upstreams are not asked now, and who waits", async () => {
  const machine = testMachine(new MemoryDisk({}));
  await status({}, machine, troubled);
  const lines = machine.said().split("\n").filter((line) => line.includes(" upstream "));
  assert.deepEqual(lines, [
    "▲ upstream a key 2: could not answer; tried again in 1 m 30 s",
    "▲ upstream b: 3 wait behind 2",
    "▲ upstream c: could not answer; the next request tries it again",
  ]);
  await status({ json: true }, machine, troubled);
  assert.match(machine.said(), /"name": "a key 2",\s+"state": "open",\s+"opens": 90000/);
});

for (
  const [reachable, line] of [
    [true, "● limits are shared with other sidecars: Redis at 10.0.0.5:6379"],
    [
      false,
      "▲ Redis at 10.0.0.5:6379 has not answered for 12 s: limits, cooldowns and the queue are this sidecar's own",
    ],
  ] as const
) {
  Deno.test(`status: says what it shares, where that ${reachable ? "answers" : "is gone"}`, async () => {
    const machine = testMachine(new MemoryDisk({}));
    const calls = { answered: 3, failed: 1, skipped: 0 };
    const state = { title: "Redis at 10.0.0.5:6379", reachable, since: 12_000, calls };
    const ask: AskWho = async (port) => ({
      ...await up(port) as Extract<Who, { is: "sidecar" }>,
      state,
    });
    assert.equal(await status({ up: true }, machine, ask), 0);
    assert.ok(machine.said().split("\n").includes(line), machine.said());
    await status({ json: true }, machine, ask);
    assert.match(machine.said(), new RegExp(`"reachable": ${reachable}`));
  });
}

const turn = {
  id: "a",
  client: "codex-tui 0.169.0",
  model: "acme-2",
  upstream: "acme",
  helper: null,
  started: 0,
  age: 130_000,
  attempt: 1,
  of: 6,
  heartbeats: 12,
  doing: "silent",
  says: { en: "Acme is silent: 2 m", zh: "Acme 已 2 分钟没有响应" },
  timeline: { spans: [], points: [] },
};
const running = { now: 0, keys: [], live: [turn], more: 0 };

for (
  const [lang, line] of [
    ["C", "    Acme is silent: 2 m  (acme-2, acme, codex-tui 0.169.0, 2 m 10 s, heartbeats: 12)"],
    [
      "zh_CN.UTF-8",
      "    Acme 已 2 分钟没有响应  (acme-2, acme, codex-tui 0.169.0, 2 m 10 s, heartbeats: 12)",
    ],
  ] as const
) {
  Deno.test(`status: a running turn is told in the words of the status line, LANG=${lang}`, async () => {
    const machine = testMachine(new MemoryDisk({}), { env: { HOME: "/h", LANG: lang } });
    assert.equal(await status({}, machine, up, { own: () => Promise.resolve(running) }), 0);
    assert.ok(machine.said().split("\n").includes(line), machine.said());
  });
}

Deno.test("status: --json has the running turns; null where the sidecar does not say", async () => {
  for (
    const [own, turns] of [
      [() => Promise.resolve(running), [turn]],
      [() => Promise.resolve({ something: "else" }), null],
      [() => Promise.reject(new TypeError("connection refused")), null],
    ] as const
  ) {
    const machine = testMachine(new MemoryDisk({}));
    await status({ json: true }, machine, up, { own });
    assert.deepEqual(JSON.parse(machine.said()).turns, turns);
  }
});

Deno.test("status: --watch draws again in its place, shortened to the terminal, until it is stopped", async () => {
  const machine = testMachine(new MemoryDisk({}));
  const drawn: string[] = [];
  let stop = () => {};
  const screen = {
    out: (text: string) => void drawn.push(text),
    columns: () => 30,
    onStop(run: () => void) {
      stop = run;
      return () => stop = () => {};
    },
  };
  const own = () => Promise.resolve(running);
  const watching = status({ watch: true }, machine, up, { own, screen });
  for (let at = 0; at < 20; at++) await machine.clock.advance(500);
  stop();
  assert.equal(await watching, 0);
  assert.ok(drawn.length >= 5, String(drawn.length));
  const [first = "", second = ""] = drawn;
  const height = first.split("\n").length - 1;
  assert.equal(second, `\x1b[${height}A${first}`);
  // deno-lint-ignore no-control-regex -- what is drawn
  const lines = first.replaceAll(/\r\x1b\[2K/g, "").split("\n");
  assert.deepEqual(lines.filter((line) => line.length > 29), []);
  assert.ok(lines.some((line) => line.startsWith("    Acme is silent: 2 m")));
  assert.equal(machine.clock.armed, 0);
});
