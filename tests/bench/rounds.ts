/**
 * The parts of the bench: each measures all contestants by turns and returns its table.
 *
 * @module
 */

import { type Contestant, HEARTBEAT, type Hop, memoryOf } from "./hop.ts";
import { type Held, longRequest, measureIdle, measureRequest } from "./measure_size.ts";
import { type Flood, measureFlood, measurePaced, type Paced, wait } from "./measure_speed.ts";
import { figure, median, percent, table } from "./table.ts";

/** How much work the parts do. */
export interface Work {
  readonly rounds: number;
  /** Milliseconds of one flood, and of one window of paced streams. */
  readonly flood: number;
  readonly window: number;
  readonly warm: number;
  /** Paced streams, and their events a second. */
  readonly streams: number;
  readonly pace: number;
  /** Counts of idle streams, and milliseconds before memory is read. */
  readonly idle: readonly number[];
  readonly settle: number;
  /** Milliseconds without work after which memory is read again: V8 gives unused memory back some eight seconds later. */
  readonly rest: number;
  /** Bytes of the big request. */
  readonly request: number;
}

/** The work of a run without flags: about six minutes on two cores. */
export const FULL: Work = {
  rounds: 3,
  flood: 1_500,
  window: 3_000,
  warm: 2_000,
  streams: 200,
  pace: 25,
  idle: [1_000, 5_000],
  settle: 3_000,
  rest: 15_000,
  request: 5_000_000,
};

/** The work of `--quick`: under a minute, where nothing else runs. */
export const QUICK: Work = {
  ...FULL,
  rounds: 1,
  flood: 600,
  window: 1_500,
  warm: 1_000,
  idle: [300],
  settle: 500,
};

const STREAMS = 4;
const EVENTS = 5_000;

/** Events a second, one event a write and sixteen. Wants the provider in a process of its own. */
export async function floods(hops: readonly Hop[], { rounds, flood }: Work): Promise<string> {
  const shapes = [1, 16];
  const seen = hops.map(() => shapes.map((): Flood[] => []));
  for (let round = -1; round < rounds; round++) {
    for (const [shape, together] of shapes.entries()) {
      for (const [at, hop] of hops.entries()) {
        const options = { streams: STREAMS, events: EVENTS, together, lasting: flood };
        const one = await measureFlood(hop, options);
        if (round >= 0) seen[at]?.[shape]?.push(one); // the first pays for the compiler
      }
    }
  }
  const of = (at: number, shape: number, pick: (one: Flood) => number = ({ rate }) => rate) =>
    median((seen[at]?.[shape] ?? []).map(pick));
  const bare = hops.findIndex(({ name }) => name === "bare Deno");
  const rows = hops.map(({ name }, at) => [
    name,
    ...shapes.flatMap((_, shape) => [
      figure(of(at, shape) / 1_000, 0, " k"),
      percent(of(at, shape) / of(bare, shape)),
      figure(of(at, shape, ({ cpu }) => cpu), 1),
    ]),
  ]);
  return `Floods: ${STREAMS} streams of answers of ${EVENTS} events, events a second\n` +
    table(
      ["", "one a write", "of bare", "CPU µs each", "16 a write", "of bare", "CPU µs each"],
      rows,
    );
}

/** Latency and processor time of paced streams, and the memory of a process that has served them, at once and at rest. Wants the provider in this process, for its clock. */
export async function paced(hops: readonly Hop[], work: Work): Promise<string> {
  const { rounds, streams, pace, warm, window, settle, rest } = work;
  const seen = hops.map((): Paced[] => []);
  const after: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [at, hop] of hops.entries()) {
      seen[at]?.push(await measurePaced(hop, { streams, pace, warm, window }));
      if (round > 0) continue;
      await wait(settle);
      after.push(memoryOf(hop));
    }
  }
  await wait(rest);
  const rested = hops.map(memoryOf);
  const of = (at: number, pick: (one: Paced) => number) => median((seen[at] ?? []).map(pick));
  const bare = hops.findIndex(({ name }) => name === "bare Deno");
  const rows = hops.map(({ name }, at) => [
    name,
    figure(of(at, ({ p50 }) => p50), 2),
    figure(of(at, ({ p99 }) => p99), 2),
    figure(of(at, ({ p99 }) => p99) / of(bare, ({ p99 }) => p99), 2, " x"),
    percent(of(at, ({ arrived }) => arrived)),
    figure(of(at, ({ cpu }) => cpu), 1),
    figure((after[at] ?? NaN) / 1e6, 0),
    figure((rested[at] ?? NaN) / 1e6, 0),
  ]);
  return `Paced: ${streams} streams of ${pace} events a second; from the making of an event to its arrival\n` +
    table(
      [
        "",
        "p50 ms",
        "p99 ms",
        "p99 of bare",
        "arrived",
        "CPU s / million",
        "MB afterwards",
        "MB at rest",
      ],
      rows,
    );
}

/** Memory and heartbeats of silent streams, each contestant in a fresh process. */
export async function idle(
  contestants: readonly Contestant[],
  upstream: number,
  { idle: counts, settle }: Work,
): Promise<string> {
  const rows: string[][] = [];
  for (const { name, open, sidecar } of contestants) {
    const hop = await open(upstream);
    if (typeof hop === "string") continue; // the reason was given when the others began
    let held: Held[];
    try {
      if (hop.pid === undefined) continue;
      held = await measureIdle(hop, { counts, settle, heartbeat: sidecar ? HEARTBEAT : undefined });
    } finally {
      await hop.close();
    }
    rows.push([
      name,
      ...held.flatMap(({ memory, late }) => [figure(memory / 1e3, 0), figure(late, 0)]),
    ]);
    await wait(500); // the provider forgets the streams
  }
  const columns = counts.flatMap((count) => [`KB each of ${count}`, "late p99 ms"]);
  return "Idle: resident memory of each silent stream; how late heartbeats are\n" +
    table(["", ...columns], rows);
}

/** Milliseconds until a long session's request has its first byte of answer. */
export async function requests(hops: readonly Hop[], { rounds, request }: Work): Promise<string> {
  const body = longRequest(request);
  const took = hops.map((): number[] => []);
  for (let round = -2; round < rounds * 3; round++) {
    for (const [at, hop] of hops.entries()) {
      const ms = await measureRequest(hop, body);
      if (round >= 0) took[at]?.push(ms);
    }
  }
  const rows = hops.map(({ name }, at) => [name, figure(median(took[at] ?? []), 0)]);
  return `A request of ${
    figure(body.length / 1e6, 1, " MB")
  }: ms until the first byte of the answer\n` +
    table(["", "ms"], rows);
}
