/**
 * Runs the conversations: some at once for each subject, through a private sidecar, until they are over, a limit is
 * reached or the user stops it. What was measured until then is always kept.
 *
 * @module
 */

import { type Clock, type Random, sleep } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import { seededRandom } from "../base/seeded_random.ts";
import type { Config } from "../config/config.ts";
import type { AttemptNote } from "../observe/observer.ts";
import { startServer } from "../proxy/server.ts";
import { newToken, TOKEN_HEADER } from "../proxy/inbound/token.ts";
import { Budget, type Limits } from "./budget.ts";
import { Dialogue, requestTokens } from "./dialogue.ts";
import { Exchanges, REQUEST_ID } from "./exchanges.ts";
import { type Measured, nothingOf, type Subject } from "./measured.ts";
import type { Sample } from "./sample.ts";
import { askTurn } from "./turn.ts";

/** What a run does. */
export interface StressPlan extends Limits {
  readonly config: Config;
  readonly subjects: readonly Subject[];
  /** Turns of a conversation. */
  readonly turns: number;
  /** Tokens of the last turn's input. */
  readonly context: number;
  /** Conversations at once, for each subject. */
  readonly concurrency: number;
  /** No turn begins later than this after the start, and until then conversations follow each other; absent: each once. */
  readonly duration?: number | undefined;
  readonly seed: number;
  /** The client's idle limit between two events, in milliseconds. */
  readonly idle: number;
}

/** What a run needs from outside. */
export interface StressDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly env: (name: string) => string | undefined;
  readonly version: string;
  /** Aborted: end it now, with what was measured. */
  readonly signal: AbortSignal;
  readonly watch: StressWatch;
}

/** Notified as the run goes on. */
export interface StressWatch {
  asked(upstream: string, turn: number): void;
  /** A piece of an answer came. */
  delta(upstream: string): void;
  answered(sample: Sample): void;
  attemptFailed(note: AttemptNote): void;
}

/** A run that is over. */
export interface StressRun {
  readonly measured: readonly Measured[];
  /** The most requests that were with each key of an upstream at once, by the sidecar's name of the key. */
  readonly mostAtOnce: ReadonlyMap<string, number>;
  readonly ms: number;
  /** Why it ended before its time, half a sentence; `null` where it did not. */
  readonly ended: string | null;
}

/** Lost turns in a row after which a subject is asked no more. */
const MAX_LOST_IN_A_ROW = 3;

/** Runs a plan. When it resolves, nothing is left running. */
export async function runStress(plan: StressPlan, deps: StressDeps): Promise<StressRun> {
  const { clock, signal, watch } = deps;
  const started = clock.now();
  const measured = plan.subjects.map(nothingOf);
  const budget = new Budget(plan);
  const exchanges = new Exchanges(deps.random, ({ subject }, note) => {
    budget.again(subject.upstream);
    watch.attemptFailed(note);
  });
  // Behind this port stand the configured keys: it answers to nobody but this run.
  const token = newToken(deps.random);
  const sidecar = startServer({
    ...plan.config,
    listen: { host: "127.0.0.1", port: 0, token },
  }, {
    clock,
    random: deps.random,
    env: deps.env,
    version: deps.version,
    observer: exchanges.observer,
  });
  const late = () => plan.duration !== undefined && clock.now() - started >= plan.duration;
  let numbers = 0;

  /** One conversation; resolves with whether its last turn was answered. */
  const converse = async (one: Measured): Promise<boolean> => {
    const { subject: { upstream, model }, samples, gaps } = one;
    const number = ++numbers;
    const { turns, context, seed, idle } = plan;
    const dialogue = new Dialogue({
      model,
      number,
      turns,
      context,
      random: seededRandom(seed + number),
    });
    while (!dialogue.over && !signal.aborted && !late()) {
      const body = dialogue.next();
      const estimate = requestTokens(body);
      if (!budget.take(upstream, estimate)) return true;
      watch.asked(upstream, dialogue.turn);
      const { sample, items } = await askTurn({
        upstream,
        conversation: number,
        turn: dialogue.turn,
        url: `${sidecar.url}/u/${encodeURIComponent(upstream)}/v1`,
        body,
        headers: {
          [TOKEN_HEADER]: token,
          [REQUEST_ID]: exchanges.open(one, number, dialogue.turn),
        },
        idle,
        clock,
        started,
        signal,
        onGap: (ms) => gaps.record(ms),
        onDelta: () => watch.delta(upstream),
      });
      samples.push(sample);
      budget.spent(estimate, (sample.inputTokens ?? estimate) + sample.outputTokens);
      watch.answered(sample);
      if (sample.outcome !== "whole") return false;
      dialogue.record(items);
    }
    return true;
  };
  const work = async (one: Measured) => {
    let lost = 0;
    do {
      lost = await converse(one) ? 0 : lost + 1;
      if (lost > 0 && plan.duration !== undefined && lost < MAX_LOST_IN_A_ROW) {
        await pause(deps, lost * 1_000);
      }
    } while (
      plan.duration !== undefined && lost < MAX_LOST_IN_A_ROW && !late() && !signal.aborted &&
      !budget.ended
    );
  };
  try {
    await Promise.all(
      measured.flatMap((one) => Array.from({ length: plan.concurrency }, () => work(one))),
    );
  } finally {
    await sidecar.abort();
  }
  const ended = signal.aborted ? "stopped by the user" : budget.ended ?? null;
  const mostAtOnce = sidecar.mostAtOnce();
  return { measured, mostAtOnce, ms: clock.now() - started, ended };
}

async function pause({ clock, signal }: StressDeps, ms: number): Promise<void> {
  try {
    await sleep(clock, ms, signal);
  } catch (error) {
    if (!(error instanceof Failure)) throw error; // the run's own end; the loop sees it
  }
}
