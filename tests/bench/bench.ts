/**
 * `deno task bench`: the sidecar on its wires beside nothing, nginx, and proxies that look into nothing, in one run
 * on one machine. Each proxy has its own process; what is printed are medians of rounds that take turns.
 *
 * It prints and never judges: absolute numbers belong to a machine, only the ratios travel.
 *
 * @module
 */

import { parseArgs } from "node:util";
import { descriptorLimit } from "../helpers/system/process_stats.ts";
import { type Contestant, contestants, endAll, type Hop, started } from "./hop.ts";
import { profile } from "./profile.ts";
import { floods, FULL, idle, paced, QUICK, requests, type Work } from "./rounds.ts";
import { startup } from "./startup.ts";
import { startUpstream } from "./upstream.ts";

const PARTS = ["flood", "paced", "idle", "request", "startup"] as const;

const HELP = `deno task bench [flags]
  --only PARTS     some of ${PARTS.join(",")}; all but startup otherwise
  --hops NAMES     some of the contestants, by any part of their names: bare,sidecar
  --rounds N       rounds of each part, 3 otherwise
  --idle COUNTS    idle streams, 1000,5000 otherwise
  --quick          one short round
  --beside DIR     the sidecar of another checkout takes part
  --profile        no comparison: where the sidecar's time goes in a flood, on each wire
  --startup        the binary's size and start alone
`;

const say = (text: string) => void Deno.stdout.writeSync(new TextEncoder().encode(`${text}\n`));

/** Runs what the command line asks for. */
export async function bench(args: readonly string[], print = say): Promise<void> {
  const { values: flags } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      hops: { type: "string" },
      rounds: { type: "string" },
      idle: { type: "string" },
      quick: { type: "boolean", default: false },
      beside: { type: "string" },
      profile: { type: "boolean", default: false },
      startup: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (flags.help) return print(HELP);
  const parts = flags.startup ? ["startup"] : list(flags.only) ?? PARTS.slice(0, -1);
  const unknown = parts.filter((part) => !(PARTS as readonly string[]).includes(part));
  if (unknown.length > 0) throw new RangeError(`Cannot measure ${unknown}: ${PARTS.join(", ")}`);
  const base = flags.quick ? QUICK : FULL;
  const work: Work = {
    ...base,
    rounds: Number(flags.rounds ?? base.rounds),
    idle: reachable(list(flags.idle)?.map(Number) ?? base.idle, print),
  };
  const wanted = list(flags.hops);
  const all = contestants(flags.beside).filter(({ name }) =>
    wanted?.some((part) => name.includes(part)) ?? true
  );
  const cores = navigator.hardwareConcurrency;
  const load = Deno.loadavg()[0]?.toFixed(1);
  print(
    `Deno ${Deno.version.deno}, ${cores} cores, load ${load} before the first round, ${work.rounds} rounds\n`,
  );
  if (flags.profile) return await profile(print);
  if (parts.includes("flood")) {
    // a process of its own: what it costs to send must not slow the client down
    const upstream = await started("provider", [
      new URL("./upstream.ts", import.meta.url).pathname,
    ]);
    try {
      await withHops(all, upstream.port, print, async (hops) => print(await floods(hops, work)));
    } finally {
      await upstream.close();
    }
  }
  const upstream = await startUpstream();
  try {
    if (parts.includes("paced") || parts.includes("request")) {
      await withHops(
        all,
        upstream.port,
        parts.includes("flood") ? () => {} : print,
        async (hops) => {
          if (parts.includes("paced")) print(`\n${await paced(hops, work)}`);
          if (parts.includes("request")) print(`\n${await requests(hops, work)}`);
        },
      );
    }
    if (parts.includes("idle")) print(`\n${await idle(all, upstream.port, work)}`);
  } finally {
    await upstream.close();
  }
  if (parts.includes("startup")) print(`\n${await startup(flags.quick ? 5 : 20)}`);
}

/** Starts everybody, does the work, ends everybody. */
async function withHops(
  all: readonly Contestant[],
  upstream: number,
  print: (text: string) => void,
  use: (hops: readonly Hop[]) => Promise<void>,
): Promise<void> {
  const hops: Hop[] = [];
  try {
    for (const { name, open } of all) {
      const hop = await open(upstream);
      if (typeof hop === "string") print(`Without ${name}: ${hop}\n`);
      else hops.push(hop);
    }
    await use(hops);
  } finally {
    for (const hop of hops) await hop.close();
  }
}

/** The counts that this process has descriptors for: it holds both ends of a stream. */
function reachable(counts: readonly number[], print: (text: string) => void): number[] {
  const most = Math.floor((descriptorLimit() - 200) / 2);
  for (const count of counts.filter((count) => count > most)) {
    print(`Without ${count} idle streams: this shell allows ${descriptorLimit()} descriptors\n`);
  }
  return counts.filter((count) => !(count > most));
}

function list(words: string | undefined): string[] | undefined {
  return words?.split(",").map((word) => word.trim()).filter((word) => word !== "");
}

if (import.meta.main) {
  Deno.env.set("NO_PROXY", "127.0.0.1,localhost");
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      endAll();
      Deno.exit(130);
    });
  }
  await bench(Deno.args);
  Deno.exit(0); // the listeners would keep the process
}
