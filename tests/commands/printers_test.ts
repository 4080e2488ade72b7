/**
 * Every printer, given the worst that a stranger could say: nothing raw reaches a terminal, a page, an answer or a log.
 *
 * The last test reads the sources: a file that prints must have a row here.
 */

import type { Who } from "../../lib/doctor/who/who.ts";
import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/clock.ts";
import { asFailure, Failure } from "../../lib/base/errors.ts";
import { displayUrl } from "../../lib/patch/relay_url.ts";
import { linesView, tableLines } from "../../lib/commands/demo/view.ts";
import type { Row } from "../../lib/commands/demo/run.ts";
import { findingLines } from "../../lib/commands/doctor/view.ts";
import { init } from "../../lib/commands/patch/init.ts";
import { showFailure } from "../../lib/commands/shared/output.ts";
import { printFindings } from "../../lib/commands/patch/patching.ts";
import { replay } from "../../lib/commands/recordings/replay.ts";
import { banner } from "../../lib/commands/serve/serve.ts";
import { showService } from "../../lib/commands/service/status.ts";
import { status } from "../../lib/commands/patch/status.ts";
import { stressView } from "../../lib/commands/stress/view.ts";
import { undo } from "../../lib/commands/patch/undo.ts";
import { showVersion } from "../../lib/commands/version/version.ts";
import { logExchanges, startLog, stopLog } from "../../lib/observe/log.ts";
import { metrics } from "../../lib/observe/metrics.ts";
import type { ExchangeRecord } from "../../lib/observe/observer.ts";
import { showDiff } from "../../lib/patch/diff.ts";
import { errorResponse } from "../../lib/proxy/error_response.ts";
import { FAULTS } from "../../lib/simulate/faults/faults.ts";
import { reportPage } from "../../lib/stress/report/page.ts";
import { reportText } from "../../lib/stress/report/text.ts";
import { testConfig, upstream } from "../helpers/proxy/app.ts";
import { testMachine } from "../helpers/settings/machine.ts";
import { MemoryDisk } from "../helpers/settings/memory_disk.ts";
import { serve } from "../helpers/peers/sockets.ts";
import { stressFaults } from "../stress/stress.ts";

const SECRET = "a1B2c3D4e5F6g7H8i9J0";
const NASTY =
  `\x1b]0;t\x07\x1b[31m\x9b2J\r\nFORGED\u2028FORGED\u202e\u2066\u200b\u200e\ufeff\ud800\x7f 中文😀 sk-${SECRET}`;
/** The line breaks of a failure are its own: whoever puts a stranger's words into one takes them out. */
const LINE = NASTY.replaceAll("\r\n", " ");
const RAW =
  /[\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}\u200b\u200c\u2060-\u2064\ufeff\u00ad]|(?![\n\t])\p{Cc}/u;

const record: ExchangeRecord = {
  id: NASTY,
  upstream: NASTY,
  model: NASTY,
  path: NASTY,
  status: 500,
  head: 1,
  firstContent: 1,
  longestSilence: 1,
  heartbeats: 0,
  replays: 0,
  attempts: 1,
  outcome: "failed",
  code: "refused",
  message: NASTY,
  duration: 1,
};

function logged(format: "text" | "json"): string {
  const lines: string[] = [];
  startLog({
    level: "debug",
    format,
    outputs: [{ color: false, write: (line) => void lines.push(line) }],
  });
  try {
    const log = logExchanges();
    log.finished(record);
    log.attemptFailed({
      id: "1",
      upstream: NASTY,
      attempt: 1,
      of: 2,
      code: "refused",
      message: NASTY,
      phase: "before_content",
    });
    log.notice("error", NASTY, { fact: NASTY });
  } finally {
    stopLog();
  }
  assert.equal(lines.length, 3);
  return lines.join("\n");
}

/** What a command printed, its failure included. */
async function printed(
  run: (
    screen: { out: (text: string) => void; err: (text: string) => void; color: false },
  ) => unknown,
) {
  let text = "";
  const add = (more: string) => void (text += more);
  const screen = { out: add, err: add, color: false } as const;
  try {
    await run(screen);
  } catch (thrown) {
    showFailure(thrown, screen);
  }
  return text;
}

/** Codex's settings with the worst in every place that `init` tells of. */
const escaped = JSON.stringify(NASTY).replace(
  /[^ -~]/gu,
  (letter) =>
    `\\u${(letter.codePointAt(0) ?? 0).toString(16).padStart(4, "0")}`.replace(
      /^\\u(\w{5})$/,
      "\\U000$1",
    ),
).replace(/\\u[dD]800/g, "");
const CONFIG = "/h/.codex/config.toml";
const config = `model_provider = ${escaped}
[model_providers.${escaped}]
name = ${escaped}
base_url = "https://a.example/v1"
`;
const machine = (text = config) => testMachine(new MemoryDisk({ [CONFIG]: text }));

async function ofMachine(
  text: string,
  run: (machine: ReturnType<typeof testMachine>) => Promise<unknown>,
) {
  const own = machine(text);
  const failed = await printed(() => run(own));
  return own.said() + failed;
}

const row: Row = {
  fault: [...FAULTS.values()][0] as Row["fault"],
  straight: { phase: "lost", events: 1, heartbeats: 0, received: 0, text: NASTY },
  through: { phase: "running", events: 1, heartbeats: 0, received: 0, text: NASTY },
};

const impostor: Who = { is: "sidecar", version: NASTY, live: 1 };
const stranger: Who = { is: "stranger", answer: NASTY };

async function replayed(): Promise<string> {
  const path = await Deno.makeTempFile({ suffix: ".jsonl" });
  const lines = [
    { kind: "recording", format: 1, content: "masked" },
    { kind: "request", upstream: NASTY, provider: NASTY, wire: "chat", model: NASTY },
    { kind: "sent", at: 0 },
    { kind: "ended", at: 1 },
    { kind: "outcome", outcome: NASTY, message: NASTY },
  ];
  await Deno.writeTextFile(path, lines.map((line) => JSON.stringify(line)).join("\n"));
  const text = await printed((screen) =>
    replay({ file: path }, { screen, stopOn: (run) => (setTimeout(run, 0), () => {}) })
  );
  await Deno.remove(path);
  return text;
}

async function versioned(json: boolean): Promise<string> {
  await using site = serve(() =>
    Response.json({ tag_name: "v9.9.9", html_url: `https://x/${NASTY}` })
  );
  const build = { version: "1.2.3", commit: null, repository: null };
  return await printed((screen) =>
    showVersion({ build, json, check: true, from: `http://127.0.0.1:${site.port}/` }, screen)
  );
}

async function stressed(
  show: (report: Awaited<ReturnType<typeof stressFaults>>) => string,
): Promise<string> {
  const report = await stressFaults(["none"]);
  return show({
    ...report,
    ended: NASTY,
    upstreams: report.upstreams.map((one) => ({
      ...one,
      upstream: NASTY,
      model: NASTY,
      at: NASTY,
      failures: [NASTY],
      samples: one.samples.map((sample) => ({ ...sample, upstream: NASTY, failure: NASTY })),
      verdict: { ...one.verdict, words: [NASTY], yaml: `a: 1\nb: ${NASTY.replace(/\r\n/, "")}` },
    })),
  });
}

function viewed(): string {
  let text = "";
  const screen = { write: (more: string) => text += more, color: false };
  const { watch, end } = stressView(screen, systemClock, 1);
  watch.attemptFailed({
    id: "1",
    upstream: NASTY,
    attempt: 1,
    of: 2,
    code: "refused",
    message: NASTY,
    phase: "before_content",
  });
  watch.answered(
    {
      upstream: NASTY,
      conversation: 1,
      turn: 1,
      outcome: "lost",
      failure: NASTY,
      firstToken: null,
      total: 1,
      tokensPerSecond: null,
    } as Parameters<typeof watch.answered>[0],
  );
  end();
  return text;
}

/** The page without its own style and scripts; its data stays. */
function visible(page: string): string {
  return page.replace(/<style>[^]*?<\/style>|<script>[^]*?<\/script>/g, "");
}

const printers: Readonly<Record<string, () => string | Promise<string>>> = {
  "a failure on the terminal": () =>
    printed((screen) => showFailure(new Failure("refused", LINE, { hint: LINE }), screen)),
  "a bug on the terminal": () => printed((screen) => showFailure(new Error(NASTY), screen)),
  "an answer to Codex": () =>
    errorResponse(new Failure("refused", LINE, { hint: LINE }), { codex: true }).text(),
  "an answer to others": async () =>
    (await errorResponse(asFailure(new Error(NASTY)), { codex: false }).json()).error.message,
  "the log": () => logged("text"),
  "the log in JSON": () => logged("json"),
  "metrics": () => {
    const kept = metrics({ version: "1" });
    kept.finished({ ...record, model: `${NASTY.slice(0, 40)}中文`, upstream: `sk-${SECRET}` });
    return kept.expose(0);
  },
  "doctor": () =>
    findingLines({ name: NASTY, status: "fail", fact: NASTY, hint: NASTY }, false).join("\n"),
  "status": () =>
    ofMachine(config, (own) => status({ port: "9000" }, own, () => Promise.resolve(impostor))),
  "status of a stranger": () =>
    ofMachine(config, (own) => status({ port: "9000" }, own, () => Promise.resolve(stranger))),
  "status --json": () =>
    ofMachine(
      config,
      (own) => status({ port: "9000", json: true }, own, () => Promise.resolve(stranger)),
    ),
  "service status": () =>
    ofMachine(config, (own) => showService({}, own, () => Promise.resolve(stranger))),
  "init": () => ofMachine(config, (own) => init({ yes: true }, own)),
  "init, settings that cannot be read": () =>
    ofMachine(`${config}\nx = ${NASTY}`, (own) => init({ yes: true }, own)),
  "undo": () =>
    ofMachine(config, async (own) => {
      await init({ yes: true }, own);
      await undo({ yes: true }, own);
    }),
  "what a plan found": () => {
    const own = machine();
    // deno-lint-ignore no-explicit-any
    printFindings([{ place: {}, plan: { place: "codex", found: [NASTY] } } as any], own);
    return own.said();
  },
  "a diff": () =>
    showDiff(
      [{ title: NASTY, before: `a = 1\n`, after: `a = "${NASTY.replace("\r\n", "")}"\n` }],
      false,
    ),
  "a URL": () => displayUrl(`https://a.example/${NASTY}`),
  "stress, while it runs": viewed,
  "stress, the report": () => stressed((report) => reportText(report, false)),
  "stress, the page": () => stressed((report) => visible(reportPage(report))),
  "demo, lines": () => {
    let text = "";
    linesView({ write: (more) => text += more, color: false }, systemClock).changed(
      row,
      "straight",
    );
    return text;
  },
  "demo, the table": () => tableLines([row], { write: () => {}, color: false }, 10_000).join("\n"),
  "replay": replayed,
  "version --check": () => versioned(false),
  "version --check --json": () => versioned(true),
  "serve, the first lines": () => {
    const upstreams = new Map([[
      NASTY,
      upstream(`https://u:${SECRET}@a.example/${NASTY}`, { models: [NASTY] }),
    ]]);
    return banner(testConfig({ upstreams }), "http://127.0.0.1:8411").join("\n");
  },
  "serve, the first lines in JSON": () => {
    const upstreams = new Map([[NASTY, upstream("https://a.example")]]);
    const log = { level: "info", format: "json", dir: null } as const;
    return banner(testConfig({ upstreams, log }), "http://127.0.0.1:8411").join("\n");
  },
};

for (const [name, print] of Object.entries(printers)) {
  Deno.test(`printers: ${name} shows nothing raw, no second line, no key`, async () => {
    const text = await print();
    assert.doesNotMatch(text, RAW);
    assert.doesNotMatch(text, /^ {0,3}FORGED/m);
    assert.ok(!text.includes(SECRET), text);
    assert.ok(text.length > 3);
  });
}

/** Files that print, each with why it has no row of its own above, or the name of its row. */
const FILES: Readonly<Record<string, string>> = {
  "lib/commands/cli/about.ts": "completions and version: own words",
  "lib/commands/demo/demo.ts": "own words; rows are printed by demo_view",
  "lib/commands/demo/view.ts": "demo",
  "lib/commands/doctor/doctor.ts": "doctor; its JSON is made of clean findings",
  "lib/commands/history/dashboard.ts": "an address of this machine",
  "lib/commands/history/usage.ts": "clean texts",
  "lib/commands/patch/all_rows.ts": "clean texts",
  "lib/commands/patch/choose_model.ts": "clean texts",
  "lib/commands/patch/redraw.ts": "status, drawn again",
  "lib/commands/patch/gateway.ts": "clean texts",
  "lib/commands/patch/init.ts": "init",
  "lib/commands/shared/output.ts": "a failure",
  "lib/commands/patch/patching.ts": "what a plan found",
  "lib/commands/patch/retired.ts": "clean texts",
  "lib/commands/recordings/replay.ts": "replay",
  "lib/commands/run/run.ts": "the words of a failure",
  "lib/commands/serve/serve.ts": "serve",
  "lib/commands/service/install.ts": "clean texts",
  "lib/commands/patch/service_offer.ts": "the words of a failure",
  "lib/commands/service/status.ts": "service status",
  "lib/commands/service/uninstall.ts": "the words of a failure",
  "lib/commands/patch/status.ts": "status",
  "lib/commands/stress/stress.ts": "stress; its JSON is made of a clean report",
  "lib/commands/stress/view.ts": "stress",
  "lib/commands/patch/undo.ts": "undo",
  "lib/commands/version/version.ts": "version",
};

Deno.test("printers: every file that prints is known here, and prints through the clean functions or a failure", async () => {
  const printing: string[] = [];
  for (const path of filesBelow("lib/commands")) {
    const text = await Deno.readTextFile(path);
    if (/(?:\bout|\berr|\.write|\.say|\bwriteOut)\(/.test(text)) printing.push(path);
    const raw = text.match(/JSON\.stringify\([^)]*\)\}\\n`|console\.\w+\(/g) ?? [];
    assert.deepEqual(raw, [], `${path} prints JSON that is not clean`);
  }
  assert.deepEqual(printing.sort(), Object.keys(FILES).sort());
});

function filesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesBelow(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}
