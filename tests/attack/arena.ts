/**
 * Attacks on a sidecar in a process of its own, while a watcher asks for its health: row after row on the same process
 * as long as nothing happens to it, and on a fresh one after a row that left its mark.
 *
 * @module
 */

import { residentMemory } from "../helpers/system/process_stats.ts";
import { type SidecarProcess, startSidecarProcess } from "../helpers/program/sidecar.ts";
import type { Attack, Got } from "./attack.ts";
import { type Hostile, startHostile } from "./hostile.ts";
import { startWatcher, type Watcher } from "./watcher.ts";

/** What an attack may do to a sidecar at most (issue 10). */
export const BOUNDS = {
  /** Milliseconds that anybody else waits. */
  health: 1_000,
  /** Bytes that resident memory grows by. */
  growth: 320 * 1024 ** 2,
} as const;

/** What came of an attack. */
export interface Outcome {
  /** The longest that `/healthz` took, in milliseconds. */
  readonly slowest: number;
  /** By how much resident memory grew at most, in bytes. */
  readonly growth: number;
  /** How long the exchanges took, in milliseconds. */
  readonly took: number;
  /** What is wrong, in words; empty where all is well. */
  readonly wrong: readonly string[];
}

/** The most of an answer that is kept where it does not matter. */
const TAIL = 65_536;

/** A process that has grown by more is not attacked again: what a row before left counts for the next one too. */
const FRESH = 96 * 1024 ** 2;

/** Where attacks take place. */
export class Arena implements AsyncDisposable {
  readonly #hostile: Hostile;
  readonly #watcher: Watcher;
  #sidecar: { readonly process: SidecarProcess; readonly base: number } | undefined;

  private constructor(hostile: Hostile, watcher: Watcher) {
    this.#hostile = hostile;
    this.#watcher = watcher;
  }

  static async open(): Promise<Arena> {
    return new Arena(await startHostile(), startWatcher());
  }

  /** Runs one row. `limit`: milliseconds one exchange may take. */
  async run(attack: Attack, scale: number, limit: number): Promise<Outcome> {
    this.#hostile.play(attack, scale);
    const { process, base } = this.#sidecar ??= await this.#fresh();
    await this.#watcher.begin(process);
    const began = performance.now();
    const wrong: string[] = [];
    try {
      for (let turn = 0; turn < (attack.asks ?? 1); turn++) {
        const got = await ask(process.url, attack, scale, limit);
        if (attack.honest) attack.honest(got, scale);
        else if (!endsInWords(got)) wrong.push(`it ends without a word: ${got.text.slice(-200)}`);
      }
    } catch (error) {
      wrong.push(`${error instanceof Error ? error.message : error}`.slice(0, 400));
    }
    const took = performance.now() - began;
    const { slowest, most } = await this.#watcher.end();
    const growth = most - base;
    if (slowest === Infinity) wrong.push("the sidecar is dead, or deaf for half a minute");
    else if (slowest > BOUNDS.health) wrong.push(`healthz took ${slowest.toFixed(0)} ms`);
    if (growth > BOUNDS.growth) wrong.push(`memory grew by ${(growth / 1024 ** 2).toFixed(0)} MiB`);
    if (wrong.length > 0 || residentMemory(process.pid) - base > FRESH) await this.#end();
    return { slowest, growth, took, wrong };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    this.#watcher.close();
    await this.#hostile.stop();
  }

  async #fresh(): Promise<{ process: SidecarProcess; base: number }> {
    const process = await startSidecarProcess(config(this.#hostile.port), ["--port", "0"]);
    return { process, base: residentMemory(process.pid) };
  }

  async #end(): Promise<void> {
    await this.#sidecar?.process.kill("SIGKILL");
    this.#sidecar = undefined;
  }
}

/** Clocks of seconds, one attempt: what is measured is one answer. */
function config(port: number): string {
  const upstream = (wire: string) =>
    `  ${wire}: { base_url: "http://127.0.0.1:${port}/v1", wire: ${wire}, provider: generic }\n`;
  return `heartbeat: { interval: 1s }
head_grace: 2s
timeouts: { connect: 5s, head: 10s, first_event: 10s, silence: 10s, progress: 10s }
retry: { attempts: 1, max_wait: 2s }
log: { level: error }
upstreams:
${upstream("responses")}${upstream("chat")}`;
}

async function ask(url: string, attack: Attack, scale: number, limit: number): Promise<Got> {
  const input = [{ type: "message", role: "user", content: [{ type: "input_text", text: "go" }] }];
  const body = { model: "m", stream: true, store: false, input, ...attack.body?.(scale) };
  const response = await fetch(`${url}/u/${attack.wire}/v1/responses`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(limit),
  });
  const decoder = new TextDecoder();
  let parts: string[] = [];
  for await (const bytes of response.body ?? []) {
    parts.push(decoder.decode(bytes, { stream: true }));
    if (!attack.honest && parts.length > 64) parts = [parts.join("").slice(-TAIL)];
  }
  return { status: response.status, text: parts.join("") };
}

/** An HTTP error that says why, or a stream whose last event says how it ended. */
function endsInWords({ status, text }: Got): boolean {
  if (status >= 400) return /"message": ?"[^"]/.test(text);
  // the end of an answer may hold all of it, and only its tail is kept then
  const huge = text.length >= TAIL / 2 && text.endsWith("}\n\n");
  return huge || /"type": ?"response\.(?:completed|failed|incomplete)"/.test(text);
}
