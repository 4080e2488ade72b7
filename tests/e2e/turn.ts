/**
 * One case of the end-to-end suite: the real client, the sidecar and a provider that misbehaves, and what came of it.
 *
 * @module
 */

import { deepEqual, equal } from "node:assert/strict";
import type { Config, UpstreamConfig, Wire } from "../../lib/config/config.ts";
import { type Provider, type ProviderOptions, startProvider } from "../../lib/simulate/provider.ts";
import type { AppDeps } from "../../lib/proxy/app.ts";
import { upstream } from "../helpers/proxy/app.ts";
import {
  type CodexOptions,
  type CodexRun,
  type RunningCodex,
  startCodex,
} from "../helpers/codex/codex.ts";
import { firstBreak } from "../helpers/streams/prefix.ts";
import { pool } from "../helpers/pool.ts";
import { sidecarConfig, startSidecar, type TestSidecar } from "../helpers/program/sidecar.ts";
import { wireOf } from "./seen.ts";
import { complaint } from "./turns/strict.ts";

/** What a case may set. */
export interface Case {
  /** A plain sentence. */
  readonly name: string;
  /** The wires it is played on. Default: all. */
  readonly wires?: readonly Wire[];
  readonly script: ProviderOptions["script"];
  readonly config?: Partial<Config>;
  readonly upstream?: Partial<UpstreamConfig>;
  readonly codex?: Partial<CodexOptions>;
  /** Where pages may be fetched from. Default: the public internet. */
  readonly web?: AppDeps["web"];
  /** Done while Codex runs. */
  during?(turn: { readonly codex: RunningCodex; readonly provider: Provider }): Promise<void>;
  /** Throws when the turn did not go as it should. */
  check(turn: Turn): void | Promise<void>;
}

/** A turn that is over. */
export interface Turn {
  readonly wire: Wire;
  readonly run: CodexRun;
  readonly provider: Provider;
  readonly sidecar: TestSidecar;
}

/** The wires the sidecar speaks upstream. */
export const WIRES: readonly Wire[] = ["responses", "chat", "anthropic"];

/**
 * Each case on one wire in turn, but for those whose name says `everywhere`: with three ways to break at each of several places,
 * every way and every place is met on every wire. Every fault on every wire is played in `wire_test.ts`, to a client that is as
 * strict as Codex and costs nothing.
 */
export function inTurn(cases: readonly Case[], everywhere?: RegExp): Case[] {
  return cases.map((one, at) => {
    if (everywhere?.test(one.name)) return one;
    const wires = one.wires ?? WIRES;
    return { ...one, wires: [wires[(at + Math.floor(at / 3)) % wires.length] as Wire] };
  });
}

/** Runs the cases side by side, each on its wires: most of their time is waiting. */
export function turns(t: Deno.TestContext, cases: readonly Case[], width = 8): Promise<void> {
  const played = cases.flatMap((one) =>
    (one.wires ?? WIRES).map((wire) => ({
      name: `${one.name} (${wire})`,
      run: () => turn(one, wire),
    }))
  );
  return pool(t, played, width);
}

async function turn(one: Case, wire: Wire): Promise<void> {
  const provider = await startProvider({
    script: (request, n) => complaint(request) ?? one.script(request, n),
  });
  const entry = upstream(provider.url, { wire, provider: "generic", ...one.upstream });
  const sidecar = startSidecar(
    sidecarConfig(entry, one.config),
    {},
    one.web ? { web: one.web } : {},
  );
  try {
    const baseUrl = `${sidecar.url}/v1`;
    const codex = await startCodex({ prompt: "What is the answer?", ...one.codex, baseUrl });
    await one.during?.({ codex, provider });
    const run = await codex.result;
    try {
      await one.check({ wire, run, provider, sidecar });
    } catch (error) {
      const told = report({ wire, run, provider, sidecar });
      throw new Error(`${one.name} (${wire}): ${error}\n${told}`, { cause: error });
    }
  } finally {
    await sidecar.stop();
    await provider.stop();
  }
}

/** All that helps to understand a case that failed. */
function report({ run, provider, sidecar }: Turn): string {
  const events = run.events.map((event) => JSON.stringify(event));
  const seen = provider.requests.map(({ method, path, at }) =>
    `${Math.round(at)} ${method} ${path}`
  );
  return [
    `exit ${run.code} after ${Math.round(run.ms)} ms`,
    "--- codex",
    ...events,
    run.stderr,
    "--- sidecar",
    ...sidecar.log,
    "--- provider",
    ...seen,
  ].join("\n");
}

/** Asserts that every thread's requests began as the ones before them, which a provider's prompt cache needs. */
export function cacheable({ provider }: Turn): void {
  const threads = Map.groupBy(provider.posts, ({ headers }) => headers["thread-id"]);
  for (const [thread, posts] of threads) {
    const bodies = posts.flatMap(({ json }) => json ? [json] : []);
    equal(thread && firstBreak(bodies), thread && undefined, `thread ${thread}`);
  }
}

/** Asserts that Codex saw nothing of any trouble and got these messages, each once. */
export function unharmed(
  { wire, run, provider }: Turn,
  messages: readonly string[],
  posts: number,
): void {
  deepEqual(
    { code: run.code, errors: run.errors, messages: run.messages, posts: provider.posts.length },
    { code: 0, errors: [], messages, posts },
  );
  equal(run.reconnects, 0);
  deepEqual([...new Set(provider.posts.map(wireOf))], [wire]);
}
