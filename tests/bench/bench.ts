/**
 * `deno task bench`: the sidecar beside a bare proxy and no proxy at all, in the same run on the same machine.
 *
 * It prints and never judges: absolute numbers belong to a machine, only the ratios travel.
 *
 * Flags: `--quick` a tenth of the work, `--null` the bare proxy in the sidecar's place (how far the noise goes),
 * `--startup` the binary's size and start alone, `--streams N`, `--pace N`, `--idle N`, `--rounds N`.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { bareProxy, direct, type Hop, sidecar } from "./hop.ts";
import { measureFlood, measureIdle, measurePaced, type Paced } from "./load.ts";
import { measureStartup } from "./startup.ts";
import { startUpstream } from "./upstream.ts";

const { values: flags } = parseArgs({
  args: Deno.args,
  options: {
    quick: { type: "boolean", default: false },
    startup: { type: "boolean", default: false },
    null: { type: "boolean", default: false },
    streams: { type: "string", default: "200" },
    pace: { type: "string", default: "25" },
    idle: { type: "string", default: "1000" },
    rounds: { type: "string", default: "3" },
  },
});
const streams = Number(flags.streams);
const pace = Number(flags.pace);
const idle = flags.quick ? 100 : Number(flags.idle);
const rounds = flags.quick ? 1 : Number(flags.rounds);
const window = flags.quick ? 2_000 : 6_000;
const flood = flags.quick ? 2_000 : 20_000;

Deno.env.set("NO_PROXY", "127.0.0.1,localhost");
const say = (line: string) => void Deno.stdout.writeSync(new TextEncoder().encode(`${line}\n`));

await startup();
if (flags.startup) Deno.exit(0);

const upstream = startUpstream();
const subject = () =>
  flags.null ? bareProxy(upstream.base, "bare again") : sidecar(upstream.base, "responses");
say(
  `Deno ${Deno.version.deno}, ${navigator.hardwareConcurrency} cores, ${rounds} rounds, medians; each proxy in its own process`,
);
const hops = [
  direct(upstream.base),
  await bareProxy(upstream.base),
  await subject(),
  await sidecar(upstream.base, "chat"),
];
const paced = new Map<Hop, Paced[]>(hops.map((hop) => [hop, []]));
const floods = new Map<Hop, number[]>(hops.map((hop) => [hop, []]));
try {
  for (const hop of hops) { // the first round would otherwise pay for the compiler
    await measureFlood(hop, 2, 2_000);
    await measurePaced(hop, { streams, pace, warm: 1_000, window: 500 });
  }
  for (let round = 0; round < rounds; round++) {
    for (const hop of hops) {
      paced.get(hop)?.push(await measurePaced(hop, { streams, pace, warm: 2_000, window }));
    }
    for (const hop of hops) floods.get(hop)?.push(await measureFlood(hop, 4, flood));
  }
} finally {
  for (const hop of hops) await hop.close();
}

const speed = hops.map((hop) => {
  const of = (pick: (paced: Paced) => number) => median((paced.get(hop) ?? []).map(pick));
  return {
    name: hop.name,
    rate: of(({ rate }) => rate),
    p50: of(({ p50 }) => p50),
    p99: of(({ p99 }) => p99),
    flood: median(floods.get(hop) ?? []),
  };
});
type Speed = typeof speed[0];
const [none, bare, ours, chat] = speed as [Speed, Speed, Speed, Speed];

say(
  `\n${streams} streams of ${pace} events/s, about 200 bytes an event; 4 floods of ${flood} events`,
);
table(
  ["", "events/s", "p50 ms", "p99 ms", "added p99 ms", "flood events/s"],
  speed.map(({ name, rate, p50, p99, flood }) => [
    name,
    rate.toFixed(0),
    p50.toFixed(2),
    p99.toFixed(2),
    name === none.name ? "" : (p99 - none.p99).toFixed(2),
    flood.toFixed(0),
  ]),
);

// VmRSS counts KiB, the aim KB
const memory: [string, number][] = [];
for (const open of [() => bareProxy(upstream.base), subject]) {
  const hop = await open();
  try {
    const kib = await measureIdle(hop, idle, flags.quick ? 3_000 : 8_000);
    memory.push([hop.name, kib * 1.024]);
  } finally {
    await hop.close();
  }
}
say(`\n${idle} idle streams, one event a second on each`);
table(["", "KB a stream"], memory.map(([name, kb]) => [name, kb.toFixed(1)]));

say(`\n${ours.name} against ${bare.name}`);
table(["", "measured", "aim"], [
  ["events/s, paced", percent(ours.rate / bare.rate), ">= 70 %"],
  ["p99, paced", `${(ours.p99 / bare.p99).toFixed(2)} x`, "<= 2 x"],
  ["events/s, flood", percent(ours.flood / bare.flood), "(information)"],
  ["events/s, chat wire, paced", percent(chat.rate / bare.rate), ">= 35 %"],
  ["events/s, chat wire, flood", percent(chat.flood / bare.flood), ">= 35 %"],
  ["memory a stream", `${memory[1]?.[1].toFixed(1)} KB`, "<= 120 KB"],
]);
await upstream.close();

async function startup(): Promise<void> {
  const starts = await measureStartup(flags.quick ? 5 : 20);
  if (typeof starts === "string") return say(`No binary to measure: ${starts}`);
  const base = median(starts[0]?.times ?? []);
  const aims = ["", "< 100 MB, < 60 ms", "< 120 ms"];
  say("The binary: medians of its starts");
  table(
    ["", "MB", "ms", "against hello world", "aim"],
    starts.map(({ name, size, times }, i) => {
      const took = median(times);
      return [name, size.toFixed(1), took.toFixed(0), percent(took / base), aims[i] ?? ""];
    }),
  );
  say("");
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? NaN;
}

function percent(ratio: number): string {
  return `${(ratio * 100).toFixed(0)} %`;
}

function table(head: string[], rows: string[][]): void {
  const widths = head.map((_, i) =>
    Math.max(...[head, ...rows].map((row) => (row[i] ?? "").length))
  );
  for (const row of [head, ...rows]) {
    say(
      row.map((cell, i) => i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0))
        .join("  "),
    );
  }
}
