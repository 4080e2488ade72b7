import { deepEqual, equal, match, ok } from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { demo } from "../../../lib/commands/demo/demo.ts";
import { SHOWN } from "../../../lib/commands/demo/cases.ts";
import { type Progress, type Row, runDemo } from "../../../lib/commands/demo/run.ts";
import { linesView, liveView, type Screen, tableLines } from "../../../lib/commands/demo/view.ts";
import { faultNamed } from "../../../lib/simulate/faults/faults.ts";
import { fastClock } from "../../helpers/clock/fast_clock.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";

const screen = (size?: Screen["size"], color = false): Screen & { text: () => string } => {
  let text = "";
  return { write: (more) => text += more, color, text: () => text, ...(size ? { size } : {}) };
};
const hop = (changes: Partial<Progress> = {}): Progress => ({
  phase: "running",
  events: 3,
  heartbeats: 0,
  received: 0,
  text: "",
  ...changes,
});
const row: Row = {
  fault: faultNamed("200-html"),
  straight: hop({ phase: "lost", text: "HTTP 200: a web page and a lot of other words behind it" }),
  through: hop({ heartbeats: 4 }),
};

Deno.test("demo: every fault is lost straight and survived through the sidecar, in plain lines and in time", async () => {
  const plain = screen();
  let listed = 0;
  const look = async () => {
    const [, url, token = ""] = /of this run: (\S+)\nIts token: (\w+)/.exec(plain.text()) ?? [];
    const answer = await fetch(`${url}dashboard/state`, { headers: { "x-sidecar-token": token } });
    listed = (await answer.json()).turns.length;
  };
  equal(await demo({ codex: false, clock: fastClock(4), screen: plain, look }), 0);
  ok(listed >= SHOWN.length, "the page is offered, with the turns of the demo");
  const text = plain.text();
  match(
    text,
    new RegExp(
      `Complete answers: 0 of ${SHOWN.length} directly, ${SHOWN.length} of ${SHOWN.length} through`,
    ),
  );
  const [, seconds] = /through the sidecar, in (\d+)(?:\.\d+)? s\.\n/.exec(text) ?? [];
  ok(Number(seconds) < 20, `${seconds} s`);
  ok(!text.includes("\x1b"), "no colour, no cursor");
  match(text, /status line says.*\n +1(?:\.\d)? s {2}• the provider is silent: 1 s/);
  match(text, /6 requests at once .* 6 answered, never more than 2 at once/);
  // A line that would have stood for half a second may be skipped on a busy machine
  match(
    text,
    /s {2}• the provider: attempt 2 of 6(?: in \d s)? \(esc to interrupt\)\n +\d(?:\.\d)? s {2}• Working/,
  );
  for (const { doc, name } of SHOWN) ok(text.includes(`\n${doc}  `) && text.includes(name), name);
});

Deno.test("demo: an answer that never comes whole is changed as lost, and nothing is left running", async () => {
  const plain = screen();
  const rows = await runDemo({
    faults: SHOWN.slice(0, 1),
    clock: systemClock,
    ask: ({ url, received }) => {
      received(true);
      return Promise.resolve(url.includes("/u/") ? "lost on the way" : undefined);
    },
    view: () => linesView(plain, systemClock),
  });
  deepEqual(
    rows.map(({ straight, through }) => [straight.phase, through.phase, through.text]),
    [["complete", "lost", "lost on the way"]],
  );
  match(plain.text(), /silence-before-content {2}through the sidecar: LOST lost on the way\n/);
});

Deno.test("demo: the table fits the terminal, and says how long a row has been silent", () => {
  const lines = tableLines([row], screen({ columns: 80, rows: 40 }), 1_250);
  deepEqual(lines.map((line) => line.trimEnd().replace(/─+/g, "-")), [
    "what the provider …  directly                      through the sidecar",
    "-  -  -",
    "200 with a web page  ✗ HTTP 200: a web page and …  · 3 events, 4 heartbeats, s…",
  ]);
  ok(lines.every((line) => [...line].length < 80));
  const wide = tableLines([row], screen({ columns: 160, rows: 40 }), 1_250);
  match(wide[2] ?? "", /· 3 events, 4 heartbeats, silent 1\.2 s/);
});

Deno.test("demo: colour comes only where the screen has it", () => {
  const wide = { columns: 200, rows: 40 };
  ok(!tableLines([row], screen(wide), 0).join("").includes("\x1b"));
  ok(tableLines([row], screen(wide, true), 0).join("").includes("\x1b[31m"));
});

Deno.test("demo: a live table draws over itself until it ends", async () => {
  const clock = new FakeClock();
  const live = screen({ columns: 100, rows: 40 });
  const view = liveView(live, clock, [row]);
  await clock.advance(250);
  equal(live.text().split("\x1b[3A").length, 3, "drawn at 0, 100 and 200 ms");
  view.end();
  equal(clock.armed, 0);
  equal(live.text().split("\x1b[3A").length, 4);
});
