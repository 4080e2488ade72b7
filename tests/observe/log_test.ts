import assert from "node:assert/strict";
import { logExchanges, type LogOptions, startLog, stopLog } from "../../lib/observe/log.ts";
import type { ExchangeRecord, Observer } from "../../lib/observe/observer.ts";

const record: ExchangeRecord = {
  id: "ex1",
  upstream: "mimo",
  model: "mimo-v2.5-pro",
  path: "/responses",
  status: 200,
  head: 900,
  firstContent: 3_000,
  longestSilence: 8_000,
  heartbeats: 4,
  replays: 1,
  attempts: 2,
  outcome: "completed",
  duration: 42_100,
};

function capture(
  options: Partial<LogOptions>,
  combineObservers: (observer: Observer) => void,
): string[] {
  const lines: string[] = [];
  const output = { color: false, write: (line: string) => void lines.push(line) };
  startLog({ level: "info", format: "text", outputs: [output], ...options });
  try {
    combineObservers(logExchanges());
  } finally {
    stopLog();
  }
  return lines;
}

function afterTime(line: string): string {
  assert.match(line, /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d /);
  return line.slice(20);
}

const exchanges: [string, Partial<ExchangeRecord>, string][] = [
  [
    "a turn that had trouble tells all of it",
    {},
    "info    mimo /responses mimo-v2.5-pro: completed 200 in 42.1 s " +
    "(content after 3 s, silent for 8 s, 4 heartbeats, 2 attempts, 1 replay)",
  ],
  [
    "a turn without trouble is short",
    { longestSilence: 300, heartbeats: 0, replays: 0, attempts: 1 },
    "info    mimo /responses mimo-v2.5-pro: completed 200 in 42.1 s (content after 3 s)",
  ],
  [
    "a failure is an error, with its code and words",
    {
      outcome: "failed",
      status: 502,
      firstContent: null,
      heartbeats: 1,
      longestSilence: 0,
      attempts: 6,
      replays: 0,
      code: "overloaded",
      message: "MiMo was overloaded 6 times",
    },
    "error   mimo /responses mimo-v2.5-pro: failed 502 in 42.1 s (1 heartbeat, 6 attempts); " +
    "overloaded: MiMo was overloaded 6 times",
  ],
  [
    "a request that named no model is told without one",
    {
      model: "",
      path: "/models",
      outcome: "passed",
      firstContent: null,
      heartbeats: 0,
      longestSilence: 0,
      attempts: 1,
      replays: 0,
      duration: 12,
    },
    "info    mimo /models: passed 200 in 12 ms",
  ],
];
for (const [name, change, line] of exchanges) {
  Deno.test(`log: ${name}`, () => {
    const lines = capture({}, (observer) => observer.finished({ ...record, ...change }));
    assert.deepEqual(lines.map(afterTime), [line]);
  });
}

Deno.test("log: attempts are warnings that say what comes next", () => {
  const note = {
    id: "1",
    upstream: "mimo",
    attempt: 2,
    of: 6,
    message: "429",
    code: "overloaded",
    phase: "before_content",
  } as const;
  const lines = capture({}, (observer) => {
    observer.attemptFailed({ ...note, wait: 4_000 });
    observer.attemptFailed({ ...note, attempt: 6, phase: "after_content" });
  });
  assert.deepEqual(lines.map(afterTime), [
    "warning mimo: attempt 2 of 6 failed before content: 429; next in 4 s",
    "warning mimo: attempt 6 of 6 failed after content: 429",
  ]);
});

Deno.test("log: what is below the level is not written", () => {
  const lines = capture({ level: "warning" }, (observer) => {
    observer.finished(record);
    observer.notice("debug", "no");
    observer.notice("error", "yes", { port: 8411 });
  });
  assert.deepEqual(lines.map(afterTime), ["error   yes port=8411"]);
});

Deno.test("log: a JSON line is one object with the facts as they are", () => {
  const [line = "", ...more] = capture({ format: "json" }, (observer) => observer.finished(record));
  const { time, ...facts } = JSON.parse(line);
  assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(facts, { level: "info", event: "exchange", ...record });
  assert.deepEqual(more, []);
});

for (const format of ["text", "json"] as const) {
  Deno.test(`log: no secret and no second line comes through as ${format}`, () => {
    const message = 'bad\nsk-1234567890abcdef\r\n\x1b[31m{"api_key":"hunter2"} {time}\u2028end';
    const [line = "", ...more] = capture(
      { format },
      (observer) => observer.notice("error", message, { header: "Bearer 0123456789" }),
    );
    assert.deepEqual(more, []);
    assert.doesNotMatch(line, /1234567890|hunter2|0123456789/);
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\n\r\x1b\u2028]/);
    assert.match(line, /bad.*sk-\[redacted\].*\{time\}.*end/);
    if (format === "json") JSON.parse(line);
  });
}

Deno.test("log: colour goes only where it was asked for", () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  const outputs = [{ color: true, write }, { color: false, write }];
  capture({ outputs }, (observer) => observer.notice("error", "x"));
  assert.deepEqual(lines.map((line) => line.includes("\x1b[31m")), [true, false]);
});
