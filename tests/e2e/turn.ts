/**
 * One case of the end-to-end suite: the real client, the sidecar and a provider that misbehaves, and what came of it.
 *
 * @module
 */

import { deepEqual, equal } from "node:assert/strict";
import type { Config, UpstreamConfig } from "../../lib/config/config.ts";
import type { Answer } from "../../lib/simulate/answer.ts";
import { faultNamed, misbehave } from "../../lib/simulate/faults.ts";
import { type Provider, type ProviderOptions, startProvider } from "../../lib/simulate/provider.ts";
import { upstream } from "../helpers/app.ts";
import {
  type CodexOptions,
  type CodexRun,
  type RunningCodex,
  startCodex,
} from "../helpers/codex.ts";
import { pool } from "../helpers/pool.ts";
import { sidecarConfig, startSidecar, type TestSidecar } from "../helpers/sidecar.ts";

/** What a case may set. */
export interface Case {
  /** A plain sentence. */
  readonly name: string;
  readonly script: ProviderOptions["script"];
  readonly config?: Partial<Config>;
  readonly upstream?: Partial<UpstreamConfig>;
  readonly codex?: Partial<CodexOptions>;
  /** Done while Codex runs. */
  during?(turn: { readonly codex: RunningCodex; readonly provider: Provider }): Promise<void>;
  /** Throws when the turn did not go as it should. */
  check(turn: Turn): void | Promise<void>;
}

/** A turn that is over. */
export interface Turn {
  readonly run: CodexRun;
  readonly provider: Provider;
  readonly sidecar: TestSidecar;
}

/** Runs the cases side by side: most of their time is waiting. */
export function turns(t: Deno.TestContext, cases: readonly Case[], width = 6): Promise<void> {
  return pool(t, cases.map((one) => ({ name: one.name, run: () => turn(one) })), width);
}

async function turn(one: Case): Promise<void> {
  const provider = await startProvider({ script: one.script });
  const entry = upstream(provider.url, { wire: "responses", provider: "generic", ...one.upstream });
  const sidecar = startSidecar(sidecarConfig(entry, one.config));
  try {
    const baseUrl = `${sidecar.url}/v1`;
    const codex = await startCodex({ prompt: "What is the answer?", ...one.codex, baseUrl });
    await one.during?.({ codex, provider });
    const run = await codex.result;
    try {
      await one.check({ run, provider, sidecar });
    } catch (error) {
      throw new Error(`${one.name}: ${error}\n${report({ run, provider, sidecar })}`, {
        cause: error,
      });
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

/** Asserts that Codex saw nothing of any trouble and got these messages, each once. */
export function unharmed(
  { run, provider }: Turn,
  messages: readonly string[],
  posts: number,
): void {
  deepEqual(
    { code: run.code, errors: run.errors, messages: run.messages, posts: provider.posts.length },
    { code: 0, errors: [], messages, posts },
  );
  equal(run.reconnects, 0);
}

/** What the model says in most cases. */
export const ANSWER: Answer = {
  wire: "responses",
  reasoning: "The question is old, and so is its answer.",
  text: "The answer is forty-two, and nobody knows why.",
};

/** The text of {@link ANSWER}. */
export const TEXT = "The answer is forty-two, and nobody knows why.";

/** A provider with a fault of the table, answering {@link ANSWER}. */
export function faulty(name: string, answer: Answer = ANSWER): ProviderOptions["script"] {
  return misbehave(faultNamed(name), answer, { silence: 9_000, drip: 500 });
}
