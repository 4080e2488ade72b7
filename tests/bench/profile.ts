/**
 * Where the sidecar's time goes: `--cpu-prof` of Deno over a flood, as a table of the functions by their own time.
 *
 * @module
 */

import { WIRES } from "./answers.ts";
import { type Hop, sidecar } from "./hop.ts";
import { measureFlood, measurePaced } from "./measure_speed.ts";
import { figure, percent, table } from "./table.ts";
import { startUpstream } from "./upstream.ts";

/** The part of a `.cpuprofile` that is used here; times are in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: {
      readonly functionName: string;
      readonly url: string;
      readonly lineNumber: number;
    };
  }[];
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** A function and its own time. */
export interface Spent {
  /** Name and place. */
  readonly where: string;
  /** Milliseconds, and the share of all that was sampled. */
  readonly ms: number;
  readonly share: number;
}

/** Functions by their own time, the most costly first. */
export function selfTimes({ nodes, samples, timeDeltas }: CpuProfile): Spent[] {
  const names = new Map(nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
    const file = url.replace(/^.*\/(?=(?:lib|tests|npm|ext:|node_modules)\b)/, "");
    return [id, `${functionName || "(anonymous)"}${file ? `  ${file}:${lineNumber + 1}` : ""}`];
  }));
  const spent = new Map<string, number>();
  let all = 0;
  for (const [at, id] of samples.entries()) {
    const where = names.get(id) ?? "(unknown)";
    const took = timeDeltas[at] ?? 0;
    spent.set(where, (spent.get(where) ?? 0) + took);
    all += took;
  }
  return [...spent].map(([where, took]) => ({ where, ms: took / 1_000, share: took / all }))
    .sort((a, b) => b.ms - a.ms);
}

/** What the sidecar is made to do while it is profiled; returns what it showed, in words. */
type Load = (hop: Hop, lasting: number) => Promise<string>;

const LOADS: Readonly<Record<string, Load>> = {
  async flood(hop, lasting) {
    const options = { streams: 4, events: 5_000, together: 1, lasting };
    const { rate } = await measureFlood(hop, options);
    return `${figure(rate / 1_000, 0, " k")} events/s, one event a write`;
  },
  async paced(hop, lasting) {
    const options = { streams: 200, pace: 25, warm: lasting / 4, window: lasting };
    const { cpu } = await measurePaced(hop, options);
    return `${figure(cpu, 0, " µs")} of processor time a paced event`;
  },
};

/** Profiles each load for a few seconds on each wire; prints the most costly functions, keeps the profile. */
export async function profile(print: (text: string) => void, lasting = 4_000): Promise<void> {
  const upstream = await startUpstream();
  try {
    for (const [load, run] of Object.entries(LOADS)) {
      for (const wire of WIRES) {
        const dir = await Deno.makeTempDir({ prefix: "sidecar-profile-" });
        const flags = ["--cpu-prof", `--cpu-prof-dir=${dir}`];
        const hop: Hop = await sidecar(upstream.port, wire, { flags });
        let showed: string;
        try {
          showed = await run(hop, lasting);
        } finally {
          await hop.close();
        }
        const [file] = [...Deno.readDirSync(dir)].map(({ name }) => `${dir}/${name}`);
        if (file === undefined) throw new Error(`${hop.name} ended without writing its profile`);
        const top = selfTimes(JSON.parse(await Deno.readTextFile(file))).slice(0, 30);
        print(`${hop.name}, ${load}: ${showed}; own time`);
        print(table(
          ["function", "ms", "share"],
          top.map(({ where, ms, share }) => [where, figure(ms), percent(share)]),
        ));
        print(`The whole profile, for the browser's developer tools: ${file}\n`);
      }
    }
  } finally {
    await upstream.close();
  }
}
