/**
 * What stands between the bench's client and its provider: nothing, or a proxy in a process of its own.
 *
 * @module
 */

import settings from "../../deno.json" with { type: "json" };
import { cpuSeconds, residentMemory } from "../helpers/system/process_stats.ts";
import type { Wire } from "./answers.ts";
import { startNginx } from "./nginx.ts";

/** Where the load goes. */
export interface Hop {
  readonly name: string;
  readonly port: number;
  /** What stands before `/responses`. */
  readonly path: string;
  /** The process; none where there is no proxy. */
  readonly pid: number | undefined;
  close(): Promise<void>;
}

/** Ways to start a hop before an upstream's port, by name; what cannot be had here is a reason in words. */
export type Opener = (upstream: number) => Promise<Hop | string>;

/** A proxy that can be measured. */
export interface Contestant {
  readonly name: string;
  readonly open: Opener;
  /** Whether it is a sidecar, which sends heartbeats. */
  readonly sidecar: boolean;
}

/** Milliseconds between the heartbeats of a sidecar under measurement. */
export const HEARTBEAT = 3_000;

const root = new URL("../../", import.meta.url).pathname;
const here = new URL(".//", import.meta.url).pathname;

/** Everybody, the yardsticks first, and by `beside` the sidecar of another checkout. */
export function contestants(beside?: string): Contestant[] {
  const yardstick = (name: string, open: Opener) => ({ name, open, sidecar: false });
  const subject = (name: string, open: Opener) => ({ name, open, sidecar: true });
  const other = beside === undefined ? [] : [
    subject("beside, Responses", (port) => sidecar(port, "responses", { root: beside })),
    subject("beside, chat", (port) => sidecar(port, "chat", { root: beside })),
  ];
  return [
    yardstick("direct", direct),
    yardstick("nginx", (port) => startNginx(port)),
    yardstick("bare Deno", (port) => started("bare Deno", [`${here}bare_proxy.ts`, `${port}`])),
    yardstick("node:http", (port) => started("node:http", [`${here}node_proxy.ts`, `${port}`])),
    ...other,
    subject("sidecar, Responses", (port) => sidecar(port, "responses")),
    subject("sidecar, chat", (port) => sidecar(port, "chat")),
    subject("sidecar, anthropic", (port) => sidecar(port, "anthropic")),
  ];
}

function direct(port: number): Promise<Hop> {
  return Promise.resolve({
    name: "direct",
    port,
    path: "/v1",
    pid: undefined,
    close: () => Promise.resolve(),
  });
}

/** How {@link sidecar} starts one. */
export interface SidecarOptions {
  /** The checkout. Default: this one. */
  readonly root?: string;
  /** More flags of `deno run`. */
  readonly flags?: readonly string[];
  /** Milliseconds between heartbeats. Default {@link HEARTBEAT}. */
  readonly heartbeat?: number;
}

/** The sidecar as a user runs it, with one upstream called `bench` that speaks `wire`. */
export async function sidecar(
  upstream: number,
  wire: Wire,
  options: SidecarOptions = {},
): Promise<Hop> {
  const { root: checkout = root, flags = [], heartbeat = HEARTBEAT } = options;
  const config = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(
    config,
    `heartbeat: { interval: ${heartbeat}ms }\nlog: { level: error }\nupstreams:\n` +
      `  bench: { base_url: "http://127.0.0.1:${upstream}/v1", wire: ${wire}, provider: generic }\n`,
  );
  const name = `${checkout === root ? "sidecar" : "beside"}, ${
    wire === "responses" ? "Responses" : wire
  }`;
  const hop = await started(name, [
    "--frozen",
    ...v8Flags(),
    ...flags,
    `${checkout}/main.ts`,
    "serve",
    "--port",
    "0",
    "--config",
    config,
  ]);
  return {
    ...hop,
    path: "/u/bench/v1",
    async close() {
      await hop.close();
      await Deno.remove(config);
    },
  };
}

/** Those of the `start` task, so that what is measured is what a user runs. */
function v8Flags(): string[] {
  return /--v8-flags=\S+/.exec(settings.tasks.start.command)?.slice(0, 1) ?? [];
}

const running = new Set<Deno.ChildProcess>();

/** Ends every hop at once, for a bench that is interrupted. */
export function endAll(): void {
  for (const child of running) child.kill("SIGKILL");
}

/** Runs a script with this Deno and waits until it says where it listens. */
export async function started(name: string, args: readonly string[]): Promise<Hop> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...args],
    env: { NO_PROXY: "127.0.0.1,localhost", NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  running.add(child);
  void child.status.then(() => running.delete(child));
  const ready = Promise.withResolvers<number>();
  const drained = drain(child.stderr, ready);
  return {
    name,
    port: await ready.promise,
    path: "/v1",
    pid: child.pid,
    async close() {
      await end(child);
      await drained;
    },
  };
}

/** Ends a child: asked first, then made to. */
export async function end(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGTERM");
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof Deno.errors.NotFound)) throw error; // it is gone already
  }
  const hard = setTimeout(() => child.kill("SIGKILL"), 5_000);
  await child.status;
  clearTimeout(hard);
}

/** Keeps the child's stderr flowing; the port in it is what start waits for. */
async function drain(
  stderr: ReadableStream<Uint8Array<ArrayBuffer>>,
  ready: PromiseWithResolvers<number>,
) {
  let text = "";
  for await (const chunk of stderr.pipeThrough(new TextDecoderStream())) {
    text = (text + chunk).slice(-10_000);
    const port = /listening on http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1];
    if (port) ready.resolve(Number(port));
  }
  ready.reject(new Error(`the process ended before it listened:\n${text}`));
}

/** Resident bytes of a hop; NaN where there is no process. */
export function memoryOf({ pid }: Hop): number {
  return pid === undefined ? NaN : residentMemory(pid);
}

/** Processor seconds of a hop so far; NaN where there is no process. */
export function cpuOf({ pid }: Hop): number {
  return pid === undefined ? NaN : cpuSeconds(pid);
}
