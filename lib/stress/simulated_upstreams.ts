/**
 * What `stress --simulate` can simulate, each an upstream by itself: a fault in every turn, a good provider, one that fails
 * for a part of each conversation and has a fallback, one that takes few requests at once.
 *
 * Its rule: whether a simulated upstream is under stress or stands behind another one is said by its plan alone; the report
 * has the first kind.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import type { UpstreamConfig, Wire } from "../config/config.ts";
import { didYouMean } from "../config/suggest.ts";
import { remaining, type SimulatedAnswer } from "../simulate/answer.ts";
import { type Fault, fits, type Pace } from "../simulate/faults/fault.ts";
import { faultNamed, FAULTS, misbehave } from "../simulate/faults/faults.ts";
import { goodScript } from "../simulate/good_script.ts";
import type { SeenRequest } from "../simulate/provider.ts";
import { json, type Script, wait } from "../simulate/script.ts";

/** A request to a simulated upstream. */
export interface SimulatedCall {
  readonly request: SeenRequest;
  readonly answer: SimulatedAnswer;
  readonly pace: Pace;
  /** The turn of its conversation, from 1. */
  readonly turn: number;
  /** Which request for that turn it is, from 1. */
  readonly n: number;
}

/** An upstream that is simulated. */
export interface SimulatedUpstream {
  readonly name: string;
  /** What it does, as a noun: `a provider that …`. */
  readonly doc: string;
  /** Its wire: Responses where it has the choice. */
  readonly wire: Wire;
  /** What config.yaml would say of it. */
  readonly settings: Pick<UpstreamConfig, "fallback" | "concurrency">;
  /** Makes its behaviour for one run. */
  open(): (call: SimulatedCall) => Script;
}

/** The upstream that stands behind `failover`. It is asked by nobody else. */
const SPARE: SimulatedUpstream = {
  ...good("spare", "a provider without a fault"),
  // It goes on with what another one began
  open: () => ({ request, answer }) => goodScript(remaining(answer, request.json)),
};

const SCENES: readonly SimulatedUpstream[] = [
  good("none", "a provider without a fault"),
  {
    ...good(
      "failover",
      "a provider that breaks off in the second turn and is overloaded from then on; a fallback stands behind it",
    ),
    settings: { fallback: [SPARE.name] },
    open: () => {
      const [breaks, refuses] = ["reset-mid-text", "overloaded-503"].map(faultNamed) as [
        Fault,
        Fault,
      ];
      return ({ answer, pace, turn, n, request }) => {
        if (turn === 1) return goodScript(answer);
        if (turn === 2 && n === 1) return misbehave(breaks, answer, pace)(request, n);
        return refuses.script(answer, pace);
      };
    },
  },
  {
    ...good("queue", "a provider that takes two requests at once and refuses a third"),
    settings: { concurrency: 2 },
    open: () => {
      let busy = 0;
      return ({ answer, pace, request }) => {
        if (busy >= 2) return json(429, TOO_MANY);
        busy++;
        void request.over.then(() => busy--);
        return [wait(pace.silence / 4), ...goodScript(answer)];
      };
    },
  },
];

const TOO_MANY = { error: { message: "Too many requests at once", type: "rate_limit_error" } };

/** The names that `--simulate` takes. */
export function simulatedNames(): string[] {
  return [...SCENES.map(({ name }) => name), ...FAULTS.keys()];
}

/**
 * The upstreams of a list of names, each once.
 *
 * @throws {Failure} `bad_usage`, with the nearest name.
 */
export function simulatedNamed(names: readonly string[]): SimulatedUpstream[] {
  return [...new Set(names)].map((name) => {
    const scene = SCENES.find((one) => one.name === name);
    if (scene) return scene;
    const fault = FAULTS.get(name);
    if (fault) return faulty(fault);
    const known = simulatedNames();
    throw new Failure(
      "bad_usage",
      `Cannot simulate ${name}: there is no such fault${didYouMean(name, known)}`,
      {
        hint: `There are none (a good provider), failover, queue and ${
          [...FAULTS.keys()].join(", ")
        }`,
      },
    );
  });
}

/** All that a run needs: those under stress, and those that stand behind them. */
export function withSpares(upstreams: readonly SimulatedUpstream[]): SimulatedUpstream[] {
  const needed = upstreams.some(({ settings }) => settings.fallback?.includes(SPARE.name));
  return needed ? [...upstreams, SPARE] : [...upstreams];
}

function good(name: string, doc: string): SimulatedUpstream {
  return {
    name,
    doc,
    wire: "responses",
    settings: {},
    open: () => ({ answer }) => goodScript(answer),
  };
}

/** The fault occurs in every turn, so that a run of many turns meets it many times. */
function faulty(fault: Fault): SimulatedUpstream {
  return {
    name: fault.name,
    doc: `a provider that ${predicate(fault.doc)}`,
    wire: fault.wires[0] ?? "responses",
    settings: {},
    open: () => ({ answer, pace, request, n }) =>
      fits(fault, answer) ? misbehave(fault, answer, pace)(request, n) : goodScript(answer),
  };
}

/** A fault's doc as a predicate: one that begins with a noun gets a verb. */
function predicate(doc: string): string {
  return /^(?:is|sends|ends|drops|resets|takes|closes|breaks|forgets) /.test(doc)
    ? doc
    : `answers with ${doc}`;
}
