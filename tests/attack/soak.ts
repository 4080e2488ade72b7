/**
 * `deno task soak`: minutes of random faults on 60 streams of one sidecar, and then nothing is left of them: memory and
 * descriptors are where they were after a first, shorter phase, and no stream is live. Exits 1 where something leaked.
 *
 * Flags: `--minutes N` (10), `--seed N` (1), `--streams N` (60), `--attacks` the table of attacks at twice its size
 * afterwards.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { systemClock } from "../../lib/base/clock.ts";
import { seededRandom } from "../../lib/base/seeded_random.ts";
import { askLikeCodex } from "../../lib/simulate/client.ts";
import { figure, table } from "../bench/table.ts";
import { openDescriptors, residentMemory } from "../helpers/system/process_stats.ts";
import { startSidecarProcess } from "../helpers/program/sidecar.ts";
import { printAttacks, say } from "./attacks.ts";
import { outcomeOf, type Tally } from "./soak_outcome.ts";
import { type Exchange, startFaulty } from "./soak_provider.ts";

/**
 * What resident memory may differ by, after as before. V8 keeps pages that it has freed: with a heap that stays within 0.4 MiB over
 * thousands of exchanges, the process was up to 27 MiB larger (measured on 25 November 2026). A leak of 4 KB an exchange would
 * be 60 MiB after ten minutes.
 */
const SLACK = 40 * 1024 ** 2;

/** Milliseconds until everything must have settled. */
const SETTLE = 60_000;

/** What is left of a phase. */
interface Left {
  readonly memory: number;
  readonly descriptors: number;
  readonly live: number;
}

const { values: flags } = parseArgs({
  options: {
    minutes: { type: "string", default: "10" },
    seed: { type: "string", default: "1" },
    streams: { type: "string", default: "60" },
    attacks: { type: "boolean", default: false },
  },
});
Deno.env.set("NO_PROXY", "127.0.0.1,localhost");
const minutes = Number(flags.minutes);
const streams = Number(flags.streams);
const random = seededRandom(Number(flags.seed));

const faulty = await startFaulty(random);
const sidecar = await startSidecarProcess(
  `heartbeat: { interval: 500ms }
head_grace: 1s
timeouts: { connect: 2s, head: 2s, first_event: 2s, silence: 2s, progress: 3s }
retry: { attempts: 4, max_wait: 4s }
log: { level: error }
upstreams:
  responses: { base_url: "${faulty.url}", wire: responses, provider: generic }
  chat: { base_url: "${faulty.url}", wire: chat, provider: generic }
`,
  ["--port", "0"],
);
try {
  const warm = Math.min(2, minutes / 4);
  say(
    `Seed ${flags.seed}: ${streams} streams, ${warm} minutes to warm up and ${minutes} that count`,
  );
  await phase(warm, new Map());
  const before = await settled();
  const tally: Tally = new Map();
  await phase(minutes, tally, before);
  const after = await settled(before);
  const rows = [...tally].sort(([a], [b]) => a < b ? -1 : 1);
  const kinds = ["answered", "told why", "left", "broken"] as const;
  say(`\n${
    table(
      ["fault", ...kinds],
      rows.map(([name, counts]) => [name, ...kinds.map((kind) => figure(counts[kind]))]),
    )
  }`);
  const sum = (kind: typeof kinds[number]) =>
    rows.reduce((all, [, counts]) => all + counts[kind], 0);
  say(`all: ${kinds.map((kind) => `${sum(kind)} ${kind}`).join(", ")}\n`);
  for (const [name, { words }] of rows) for (const one of words) say(`broken: ${name}: ${one}`);
  say(table(["", "before", "after"], [
    ["resident MiB", figure(before.memory / 1024 ** 2, 1), figure(after.memory / 1024 ** 2, 1)],
    ["descriptors", figure(before.descriptors), figure(after.descriptors)],
    ["live streams", figure(before.live), figure(after.live)],
  ]));
  const leaks = [
    ...(after.memory > before.memory + SLACK ? ["memory"] : []),
    ...(after.descriptors > before.descriptors ? ["descriptors"] : []),
    ...(after.live > 0 ? ["streams"] : []),
  ];
  say(leaks.length === 0 ? "\nNothing leaked" : `\nLeaked: ${leaks.join(", ")}`);
  if (leaks.length > 0 || sum("broken") > 0) Deno.exitCode = 1;
} finally {
  await sidecar.kill("SIGKILL");
  await faulty.stop();
}
if (flags.attacks && await printAttacks({ only: "", scale: 2 }) > 0) Deno.exitCode = 1;

/** Keeps so many streams going, each with another fault, until the time is over and all have ended. */
async function phase(minutes: number, tally: Tally, progress?: Left): Promise<void> {
  const until = performance.now() + minutes * 60_000;
  const reporting = progress && setInterval(async () => {
    const { memory, descriptors, live } = await left();
    const more = memory - progress.memory;
    say(
      `${figure((until - performance.now()) / 60_000, 1)} minutes to go: ` +
        `${figure(more / 1024 ** 2)} MiB more, ${descriptors} descriptors, ${live} live streams`,
    );
  }, 60_000);
  await Promise.all(Array.from({ length: streams }, async () => {
    while (performance.now() < until) {
      const exchange = faulty.next();
      outcomeOf(tally, exchange, await ask(exchange));
      faulty.forget(exchange);
    }
  }));
  clearInterval(reporting);
}

/** Asks as Codex does; one client in eight loses patience in the middle. */
async function ask(exchange: Exchange): Promise<string | undefined> {
  const leaving = new AbortController();
  const timeout = random.random() < 1 / 8 ? random.random() * 3_000 : 60_000;
  const timer = setTimeout(() => leaving.abort(new DOMException("left", "AbortError")), timeout);
  const { failure } = await askLikeCodex({
    url: `${sidecar.url}/u/${exchange.answer.wire}/v1`,
    body: {
      model: exchange.model,
      stream: true,
      store: false,
      input: [{ type: "message", role: "user", content: [{ type: "input_text", text: "go" }] }],
      tools: [{ type: "function", name: "exec_command", parameters: { type: "object" } }],
    },
    headers: { connection: "close" }, // Codex keeps none, and one kept would count as a descriptor
    idle: 20_000,
    clock: systemClock,
    signal: leaving.signal,
  });
  clearTimeout(timer);
  return leaving.signal.aborted && failure !== undefined ? "left" : failure;
}

async function left(): Promise<Left> {
  const health = await (await fetch(`${sidecar.url}/healthz`)).json();
  return {
    memory: residentMemory(sidecar.pid),
    descriptors: openDescriptors(sidecar.pid),
    live: health.live,
  };
}

/** Waits until nothing moves any more, or what was there before is reached, for a minute at most. */
async function settled(before?: Left): Promise<Left> {
  const until = performance.now() + SETTLE;
  let now = await left();
  for (let same = 0; same < 10 && performance.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const next = await left();
    const still = next.descriptors === now.descriptors && next.live === 0 &&
      Math.abs(next.memory - now.memory) < 1024 ** 2;
    same = still ? same + 1 : 0;
    now = next;
    if (before && (now.memory > before.memory + SLACK || now.descriptors > before.descriptors)) {
      same = 0; // give it the whole minute
    }
  }
  return now;
}
