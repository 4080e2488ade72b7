import assert from "node:assert/strict";
import { join } from "node:path";
import type { Figures } from "../../../lib/observe/history/figures.ts";
import { openStore, readStore } from "../../../lib/observe/history/sqlite.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { removeFolder } from "../../helpers/system/temp_folder.ts";

const DAY = 86_400_000;

function figures(at: number, changes: Partial<Figures> = {}): Figures {
  return {
    at,
    upstream: "sim",
    keyName: "sim key 2",
    user: "ada",
    model: "m-1",
    outcome: "completed",
    code: null,
    firstContent: 1_200,
    longestSilence: 900,
    duration: 4_000,
    attempts: 1,
    replays: 0,
    heartbeats: 2,
    tokens: { input: 1_000, cached: 400, output: 50, reasoning: 20 },
    cost: { currency: "USD", amount: 0.25 },
    ...changes,
  };
}

async function inFolder(work: (file: string) => void | Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "history-" });
  try {
    await work(join(folder, "history.sqlite"));
  } finally {
    await removeFolder(folder);
  }
}

function open(file: string, clock = new FakeClock(), notices: string[] = []) {
  const observer = { notice: (_level: string, message: string) => void notices.push(message) };
  return openStore({ file, period: 7 * DAY, clock, observer, rename: Deno.renameSync });
}

Deno.test("sqlite history: what was added is there after a restart, until it is too old", async () => {
  await inFolder((file) => {
    const clock = new FakeClock();
    const rows = [
      figures(clock.wall() - 8 * DAY),
      figures(clock.wall() - DAY, {
        tokens: null,
        cost: null,
        firstContent: null,
        code: "silence",
      }),
      figures(clock.wall(), { model: "<img onerror=alert(1)>'); DROP TABLE turns; --" }),
    ];
    const store = open(file, clock);
    for (const row of rows) store?.add(row);
    if (Deno.build.os !== "windows") {
      for (const end of ["", "-wal"]) {
        assert.equal((Deno.statSync(file + end).mode ?? 0) & 0o777, 0o600, `0600: ${end}`);
      }
    }
    store?.close();
    assert.equal(clock.armed, 0);
    assert.deepEqual(readStore(file, 0), rows.slice(1));
    const again = open(file, clock);
    assert.deepEqual(again?.read(0, 1), rows.slice(2));
    assert.deepEqual(again?.read(clock.wall() - 2 * DAY, Infinity), rows.slice(1));
    again?.close();
  });
});

Deno.test("sqlite history: rows wait for their batch and no longer", async () => {
  await inFolder(async (file) => {
    const clock = new FakeClock();
    const store = open(file, clock);
    store?.add(figures(clock.wall()));
    assert.equal(readStore(file, 0).length, 0);
    await clock.advance(1_000);
    assert.equal(readStore(file, 0).length, 1);
    store?.close();
  });
});

for (
  const [name, damage] of [
    ["no database at all", () => "hello, this is not a database".repeat(300)],
    ["another program's", undefined],
  ] as const
) {
  Deno.test(`sqlite history: a file that is damaged is set aside with a word: ${name}`, async () => {
    await inFolder(async (file) => {
      if (damage) await Deno.writeTextFile(file, damage());
      else {
        const { DatabaseSync } = await import("node:sqlite");
        const db = new DatabaseSync(file);
        db.exec("CREATE TABLE turns (a INTEGER)");
        db.close();
      }
      const notices: string[] = [];
      const store = open(file, new FakeClock(), notices);
      store?.add(figures(new FakeClock().wall()));
      assert.equal(store?.read(0, 10).length, 1);
      store?.close();
      assert.equal(notices.length, 1);
      assert.match(
        notices[0] ?? "",
        /is damaged \(.+\)\. It is now .+damaged-\d+, and a new one begins/,
      );
      const names = [...Deno.readDirSync(join(file, ".."))].map(({ name }) => name);
      assert.ok(names.some((name) => name.includes(".damaged-")), names.join());
    });
  });
}

Deno.test("sqlite history: pages that were overwritten are found", async () => {
  await inFolder(async (file) => {
    const store = open(file);
    for (let at = 0; at < 4_000; at++) store?.add(figures(at + 10 * DAY * 10_000));
    store?.close();
    const bytes = await Deno.readFile(file);
    bytes.fill(0xff, 8_192, bytes.length - 4_096);
    await Deno.writeFile(file, bytes);
    const notices: string[] = [];
    open(file, new FakeClock(), notices)?.close();
    assert.equal(notices.length, 1, notices.join("\n"));
  });
});

Deno.test("sqlite history: a folder that does not exist costs a sentence, not the start", async () => {
  await inFolder((file) => {
    const notices: string[] = [];
    assert.equal(open(join(file, "deep", "x.sqlite"), new FakeClock(), notices), undefined);
    assert.match(notices[0] ?? "", /cannot be kept/);
  });
});

Deno.test("sqlite history: kill -9 in the middle of writes, and it opens again", async () => {
  await inFolder(async (file) => {
    const code = `
      import { openStore } from ${
      JSON.stringify(import.meta.resolve("../../../lib/observe/history/sqlite.ts"))
    };
      const clock = { now: () => 0, wall: () => 1e12, after: (_ms, run) => { const t = setTimeout(run, 0); return () => clearTimeout(t); } };
      const store = openStore({ file: ${
      JSON.stringify(file)
    }, period: 1e12, clock, rename() {}, observer: { notice() {} } });
      const tick = () => { for (let i = 0; i < 50; i++) store.add({ at: 1e12, upstream: "u", keyName: "u", user: "", model: "m", outcome: "completed", code: null,
        firstContent: 1, longestSilence: 1, duration: 1, attempts: 1, replays: 0, heartbeats: 0, tokens: null, cost: null }); setTimeout(tick, 0); };
      tick();
      setTimeout(() => console.log("writing"), 150);`;
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", `data:application/typescript,${encodeURIComponent(code)}`],
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    await reader.read();
    child.kill("SIGKILL");
    await child.status;
    await reader.cancel();
    const notices: string[] = [];
    const store = open(file, new FakeClock(1e12), notices);
    assert.deepEqual(notices, []);
    const rows = store?.read(0, Infinity).length ?? 0;
    assert.ok(rows > 0 && rows % 50 === 0, String(rows));
    store?.close();
  });
});
