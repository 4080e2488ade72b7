import assert from "node:assert/strict";
import * as v from "valibot";
import { pageAbout } from "../../../lib/observe/history/advice.ts";
import { stateSchema, usageSchema } from "../../../lib/observe/history/document.ts";
import { type History, openHistory } from "../../../lib/observe/history/history.ts";
import type { ExchangeRecord } from "../../../lib/observe/observer.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";

function begin(history: History, id: string, model = "m-1", upstream = "sim"): void {
  history.began?.({
    id,
    target: {
      name: upstream,
      wire: "chat",
      profile: { name: "generic" },
      timeouts: {},
      retry: {},
    },
    body: { model, input: "sk-verysecretverysecretverysecret1234" },
    headers: new Headers({
      "user-agent": "codex-tui/0.169.0 (Linux)",
      authorization: "Bearer sk-1234567890123456789012345",
    }),
  });
}

function record(id: string, changes: Partial<ExchangeRecord> = {}): ExchangeRecord {
  return {
    id,
    upstream: "sim",
    model: "m-1",
    path: "/responses",
    status: 200,
    head: 100,
    firstContent: 1_200,
    longestSilence: 900,
    heartbeats: 0,
    replays: 0,
    attempts: 1,
    outcome: "completed",
    usage: { input: 1_000, cached: 400, output: 50, reasoning: 20 },
    duration: 4_000,
    ...changes,
  };
}

function attempt(history: History, id: string, number = 1): void {
  const progress = { kind: "attempt", upstream: "sim", who: "Sim", model: "m-1" } as const;
  history.progress?.(id, { ...progress, attempt: number, of: 6 });
}

const said = (history: History) => history.live().live.map(({ says }) => says.en);

Deno.test("history: a running turn is told in the words of the status line, as it goes on", async () => {
  const clock = new FakeClock();
  const history = openHistory({ clock, version: "1" });
  begin(history, "a");
  attempt(history, "a");
  assert.deepEqual(said(history), ["Sim has the request"]);
  await clock.advance(130_000);
  history.progress?.("a", { kind: "heartbeat" });
  assert.deepEqual(said(history), ["Sim is silent: 2 m"]);
  history.progress?.("a", { kind: "bytes" });
  history.progress?.("a", { kind: "content", thought: 3, said: 0 });
  assert.deepEqual(said(history), ["Sim is thinking"]);
  for (let at = 0; at < 40; at++) {
    history.progress?.("a", { kind: "content", thought: 0, said: 8.4 });
    await clock.advance(100);
  }
  assert.deepEqual(said(history), ["Sim is answering: 84 tokens/s"]);
  history.progress?.("a", { kind: "again", wait: 5_000, replay: true });
  await clock.advance(2_000);
  assert.deepEqual(said(history), ["Sim: attempt 2 of 6 in 3 s"]);
  await clock.advance(3_000);
  attempt(history, "a", 2);
  assert.deepEqual(said(history), ["Sim broke off; attempt 2 of 6"]);
  history.progress?.("a", { kind: "note", fact: { kind: "queue", who: "Sim", position: 3 } });
  assert.deepEqual(said(history), ["Sim: place 3 in the queue"]);
  const [turn] = history.live().live;
  assert.deepEqual(turn?.timeline, {
    spans: [
      ["wait", 0, 130_000],
      ["think", 130_000, 130_000],
      ["answer", 130_000, 134_000],
      ["pause", 134_000, 139_000],
      ["wait", 139_000, 139_000],
    ].filter(([, from, to]) => to !== from),
    points: [["heartbeat", 130_000], ["break", 134_000], ["replay", 139_000]],
  });
  assert.deepEqual([turn?.client, turn?.attempt, turn?.heartbeats], ["codex-tui 0.169.0", 2, 1]);
  assert.equal(clock.armed, 0);
});

Deno.test("history: a gap in an answer is drawn as silence", async () => {
  const clock = new FakeClock();
  const history = openHistory({ clock, version: "1" });
  begin(history, "a");
  attempt(history, "a");
  await clock.advance(1_000);
  history.progress?.("a", { kind: "content", thought: 0, said: 1 });
  await clock.advance(9_000);
  history.progress?.("a", { kind: "content", thought: 0, said: 1 });
  await clock.advance(1_000);
  history.finished(record("a"));
  assert.deepEqual(history.state().turns[0]?.timeline.spans, [
    ["wait", 0, 1_000],
    ["silence", 1_000, 10_000],
    ["answer", 10_000, 11_000],
  ]);
});

Deno.test("history: the document has its shape, figures and sentences, and no key", async () => {
  const clock = new FakeClock();
  const history = openHistory({
    clock,
    version: "1.2.3",
    costOf: (_upstream, model) => model === "m-1" ? { currency: "USD", amount: 0.25 } : null,
    docs: "https://a.example/docs/",
  });
  for (const id of ["a", "b", "c"]) {
    begin(history, id);
    attempt(history, id);
    await clock.advance(60_000);
  }
  history.finished(record("a"));
  history.finished(record("b", { model: "m-2", helper: "title", user: "ann" }));
  const message = "Sim sent nothing for 3 m, key sk-abcdefghijklmnopqrstuvwxyz123456";
  const { usage: _usage, ...failed } = record("x", { outcome: "failed", code: "silence", message });
  history.finished(failed);
  history.finished(
    record("list", { path: "/models", outcome: "passed", usage: undefined as never }),
  );
  const state = v.parse(stateSchema, JSON.parse(JSON.stringify(history.state())));
  assert.doesNotMatch(JSON.stringify(state), /sk-[a-z0-9]{8}/);
  assert.deepEqual(state.live.map(({ id }) => id), ["c"]);
  assert.deepEqual(state.turns.map(({ id }) => id), ["x", "b", "a"]);
  assert.deepEqual(state.turns.map(({ helper }) => helper), [null, "title", null]);
  assert.deepEqual(state.turns.map(({ client }) => client), ["none", "ann", "codex-tui 0.169.0"]);
  const [upstream] = state.upstreams;
  assert.deepEqual(
    [upstream?.requests, upstream?.failed, upstream?.health, upstream?.cacheRate],
    [3, 1, "unsteady", 0.4],
  );
  assert.equal(upstream?.trouble?.code, "silence");
  assert.equal(
    upstream?.trouble?.link,
    `https://a.example/docs/troubleshooting.md#stream-disconnected-before-completion`,
  );
  assert.deepEqual(upstream?.cost, [{ currency: "USD", amount: 0.25 }]);
  assert.equal(upstream?.unpriced, 1);
  assert.deepEqual(upstream?.series.requests.at(-1), 3);
  assert.deepEqual(upstream?.series.firstContent50.at(-1), 1_200);
  const used = v.parse(usageSchema, history.usage(0, "model"));
  assert.deepEqual(used.rows.map(({ name, requests }) => [name, requests]), [["m-1", 2], [
    "m-2",
    1,
  ]]);
  assert.deepEqual(used.total.tokens, { input: 2_000, cached: 800, output: 100, reasoning: 40 });
});

Deno.test("history: whatever comes, memory is bounded and names are safe", () => {
  const clock = new FakeClock();
  const history = openHistory({ clock, version: "1" });
  for (let at = 0; at < 1_200; at++) begin(history, `live-${at}`, `model\u202e${at}`);
  const live = history.live();
  assert.deepEqual([live.live.length, live.more], [100, 1_100]);
  for (let at = 0; at < 500; at++) {
    history.progress?.("live-1", { kind: "again", wait: 0, replay: true });
    attempt(history, "live-1", at);
    history.progress?.("live-1", { kind: "content", thought: at % 2, said: 1 });
  }
  for (let at = 0; at < 1_200; at++) {
    history.finished(record(`live-${at}`, { model: `model-${at}`, message: "x".repeat(5_000) }));
  }
  const state = history.state();
  assert.deepEqual([state.live.length, state.more, state.turns.length], [0, 0, 200]);
  assert.ok(JSON.stringify(state).length < 400_000, String(JSON.stringify(state).length));
  assert.equal(new Set(state.turns.map(({ model }) => model)).size, 1, "other");
  begin(history, "hostile", "m\u202e\u0000", "s\u001b[2J");
  const [hostile] = history.live().live;
  assert.deepEqual([hostile?.model, hostile?.upstream], ["other", "s\\u{1b}[2J"]);
});

Deno.test("history: what it links to is a heading of the documentation", async () => {
  const text = await Deno.readTextFile("docs/troubleshooting.md");
  const headings = [...text.matchAll(/^## (.+)$/gm)].map(([, title = ""]) =>
    title.toLowerCase().replace(/[^\w\- ]/g, "").replaceAll(" ", "-")
  );
  const codes = ["overloaded", "rate_limited", "refused", "quota", "context_overflow", "internal"];
  for (const code of codes) {
    const heading = pageAbout(code, "").split("#")[1] ?? "";
    assert.ok(headings.includes(heading), `${code}: ${heading}`);
  }
});
