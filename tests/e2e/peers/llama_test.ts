/**
 * A real model server: ended in the middle of an answer and started again, reading for longer than Codex waits, asked by three
 * with one place, asked for more than it can read.
 */

import { setTimeout as sleep } from "node:timers/promises";
import { deepEqual, equal, match, notEqual, ok } from "node:assert/strict";
import { isObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { type CodexOptions, runCodex, startCodex } from "../../helpers/codex/codex.ts";
import { hasLlama, type Llama, startLlama } from "../../helpers/peers/llama.ts";
import { sidecarConfig, startSidecar, type TestSidecar } from "../../helpers/program/sidecar.ts";
import { until } from "../gated.ts";
import { freePort } from "../../helpers/free_port.ts";

/** The first one never stops by itself, so that its end comes in the middle of an answer. */
const ENDLESS = ["--ignore-eos", "-n", "1000000"];

/** A short request: the model knows few words, so that a character is a token, and it reads on one core. */
const BRIEF = {
  prompt: "Tell me something.",
  files: { "brief.md": "Be brief." },
  config: 'model_instructions_file = "$WORK/brief.md"',
  features: { shell_tool: false, unified_exec: false, multi_agent: false, goals: false },
};

async function endedAndStarted(wire: Wire): Promise<void> {
  const port = freePort();
  let llama = await startLlama(port, ...ENDLESS);
  const entry = upstream(`http://127.0.0.1:${port}/v1`, { wire, provider: "generic" });
  let deltas = 0;
  const config = sidecarConfig(entry, { retry: { attempts: 12, maxWait: 60_000 } });
  const sidecar = startSidecar(config, {
    received(_, fact) {
      if (fact.kind !== "bytes") return;
      deltas +=
        new TextDecoder().decode(fact.bytes).split(/output_text\.delta|"text_delta"|"content":"/)
          .length - 1;
    },
  });
  try {
    const codex = await startCodex({ ...BRIEF, baseUrl: `${sidecar.url}/v1` });
    await until(() => deltas > 5);
    await llama.kill();
    await until(() => sidecar.notes.length > 0);
    llama = await startLlama(port);
    const { code, errors, messages, reconnects, items } = await codex.result;
    deepEqual({ code, errors, reconnects, messages: messages.length }, {
      code: 0,
      errors: [],
      reconnects: 0,
      messages: 1,
    });
    notEqual(messages[0], "");
    equal(items.filter(({ id }, at) => items.findIndex((item) => item.id === id) !== at).length, 0);
    equal(isObject(sidecar.records[0]) && sidecar.records[0].replays > 0, true);
  } finally {
    await sidecar.stop();
    await llama.kill();
  }
}

const WIRES: readonly Wire[] = ["responses", "chat", "anthropic"];

/** How long Codex waits without an event; the server stands still for longer. */
const WAITS_MS = 6_000;
const SOME = "the of and to in ".repeat(200);
const LONG = "the of and to in ".repeat(750);
const brief = (wire: Wire, more: Partial<CodexOptions> = {}) => ({
  ...BRIEF,
  // another beginning for each wire: the server remembers what it read
  files: { "brief.md": `Be brief on ${wire}.` },
  provider: `stream_idle_timeout_ms = ${WAITS_MS}`,
  ...more,
});

async function withSidecar(
  wire: Wire,
  port: number,
  use: (baseUrl: string, sidecar: TestSidecar) => Promise<void>,
): Promise<void> {
  const entry = upstream(`http://127.0.0.1:${port}/v1`, { wire, provider: "generic" });
  const sidecar = startSidecar(
    sidecarConfig(entry, { heartbeat: { interval: 100 }, headGrace: 300 }),
  );
  try {
    await use(`${sidecar.url}/v1`, sidecar);
  } finally {
    await sidecar.stop();
  }
}

/** One place: two are in the queue while it reads for the third, and stands still. */
function three(wire: Wire, port: number, llama: Llama): Promise<void> {
  return withSidecar(wire, port, async (baseUrl, sidecar) => {
    llama.signal("SIGSTOP");
    const long = await startCodex({ ...brief(wire, { prompt: SOME }), baseUrl });
    const others = [1, 2].map((n) =>
      runCodex({ ...brief(wire, { prompt: `Say ${n}.` }), baseUrl })
    );
    const live = async () => (await (await fetch(`${sidecar.url}/healthz`)).json()).live;
    await until(async () => await live() === 3);
    await sleep(WAITS_MS + 2_000);
    llama.signal("SIGCONT");
    for (const run of await Promise.all([long.result, ...others])) {
      const { code, errors, messages, reconnects } = run;
      deepEqual({ code, errors, reconnects, messages: messages.length }, {
        code: 0,
        errors: [],
        reconnects: 0,
        messages: 1,
      });
    }
    const { records } = sidecar;
    equal(records.length, 3);
    ok(records.every(({ heartbeats }) => heartbeats > 0), JSON.stringify(records));
    // The model talks nonsense: an answer of nothing is asked for once more
    ok(records.every(({ attempts }) => attempts <= 3), JSON.stringify(records));
  });
}

function overflow(wire: Wire, port: number): Promise<void> {
  return withSidecar(wire, port, async (baseUrl, sidecar) => {
    const { errors } = await runCodex({ ...brief(wire, { prompt: LONG }), baseUrl });
    match(errors.at(-1) ?? "", /ran out of room in the model's context window/);
    equal(sidecar.records.length, 1);
    equal(sidecar.records[0]?.attempts, 1);
  });
}

async function onServer(
  options: readonly string[],
  use: (port: number, llama: Llama) => Promise<unknown>,
): Promise<void> {
  const port = freePort();
  const llama = await startLlama(port, ...options);
  try {
    await use(port, llama);
  } finally {
    await llama.kill();
  }
}

const TESTS: readonly [name: string, fn: () => Promise<void>][] = [
  ...WIRES.map((wire): typeof TESTS[number] => [
    `a server that is ended in the middle of an answer and started again gives one answer (${wire})`,
    () => endedAndStarted(wire),
  ]),
  ...WIRES.map((wire): typeof TESTS[number] => [
    `three at one place, while the server stands still for longer than Codex waits, all get an answer (${wire})`,
    () => onServer(["-np", "1", "-c", "32768"], (port, llama) => three(wire, port, llama)),
  ]),
  [
    "a conversation longer than the window is told as that, at once",
    () =>
      onServer(["-c", "4096"], (port) => Promise.all(WIRES.map((wire) => overflow(wire, port)))),
  ],
];
const missing = hasLlama()
  ? ""
  : " (ignored: ../shared/tools/llama-server was never built on this machine)";
for (const [name, fn] of TESTS) {
  Deno.test({ name: `llama: ${name}${missing}`, ignore: !hasLlama(), fn });
}
