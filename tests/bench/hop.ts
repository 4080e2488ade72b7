/**
 * A proxy under measurement, in a process of its own.
 *
 * @module
 */

import settings from "../../deno.json" with { type: "json" };

/** Where the load goes: a proxy, or straight to the provider. */
export interface Hop {
  readonly name: string;
  /** The base below which `/responses` is. */
  readonly base: string;
  /** Resident memory in KiB; 0 where there is no process. */
  readonly rss: () => Promise<number>;
  readonly close: () => Promise<void>;
}

/** No proxy. */
export function direct(base: string): Hop {
  return { name: "direct", base, rss: () => Promise.resolve(0), close: () => Promise.resolve() };
}

/** The yardstick: {@link ./bare_proxy.ts}. */
export function bareProxy(upstream: string, name = "bare proxy"): Promise<Hop> {
  return start(name, [new URL("./bare_proxy.ts", import.meta.url).pathname, upstream]);
}

/** The sidecar, as a user runs it, with one upstream called `bench` that speaks `wire`. */
export async function sidecar(upstream: string, wire: "responses" | "chat"): Promise<Hop> {
  const config = await Deno.makeTempFile({ suffix: ".yaml" });
  await Deno.writeTextFile(
    config,
    `upstreams:\n  bench: { base_url: "${upstream}", wire: ${wire}, provider: generic }\nlog: { level: error }\n`,
  );
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const name = wire === "chat" ? "sidecar, chat wire" : "sidecar";
  const hop = await start(name, [...v8Flags(), main, "serve", "--port", "0", "--config", config]);
  return {
    ...hop,
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

async function start(name: string, args: string[]): Promise<Hop> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", ...args],
    env: { NO_PROXY: "127.0.0.1,localhost", NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  const ready = Promise.withResolvers<string>();
  const drained = drain(child.stderr, ready);
  const base = `${await ready.promise}/u/bench/v1`;
  return {
    name,
    base,
    rss: async () =>
      Number(/VmRSS:\s*(\d+)/.exec(await Deno.readTextFile(`/proc/${child.pid}/status`))?.[1]),
    async close() {
      child.kill("SIGTERM");
      const hard = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await child.status;
      clearTimeout(hard);
      await drained;
    },
  };
}

/** Keeps the child's stderr flowing; the address in it is what start waits for. */
async function drain(stderr: ReadableStream<Uint8Array>, ready: PromiseWithResolvers<string>) {
  let text = "";
  for await (const chunk of stderr.pipeThrough(new TextDecoderStream())) {
    text = (text + chunk).slice(-10_000);
    const address = /listening on (http:\/\/[\w.:]+)/.exec(text)?.[1];
    if (address) ready.resolve(address);
  }
  ready.reject(new Error(`the process ended before it listened:\n${text}`));
}
