/**
 * A stress run without a provider: each fault is an upstream of its own on loopback, and the timeouts are scaled down so
 * that a run takes seconds.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import type { Config, Timeouts, UpstreamConfig, Wire } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import { didYouMean } from "../config/suggest.ts";
import type { SimulatedAnswer } from "../simulate/answer.ts";
import { type Fault, fits, type Pace } from "../simulate/faults/fault.ts";
import { FAULTS, misbehave } from "../simulate/faults/faults.ts";
import { goodScript } from "../simulate/good_script.ts";
import type { ProviderOptions, SeenRequest } from "../simulate/provider.ts";
import { tokensOf } from "./code_text.ts";
import { isLastTurn, TOOL, turnOf } from "./dialogue.ts";

/** How fast the simulated world runs, in milliseconds. */
export interface Speed {
  readonly pace: Pace;
  /** Between two deltas of an answer. */
  readonly gap: number;
  readonly heartbeat: number;
  readonly headGrace: number;
  readonly timeouts: Timeouts;
  /** All waiting between attempts together. */
  readonly maxWait: number;
  /** The client's idle limit between two events. */
  readonly idle: number;
}

/** For people: the provider's silences are longer than the client's idle limit and shorter than the sidecar's timeouts. */
export const WATCHABLE: Speed = {
  pace: { silence: 4_000, drip: 400 },
  gap: 20,
  heartbeat: 500,
  headGrace: 1_000,
  timeouts: { connect: 2_000, head: 6_000, firstEvent: 6_000, silence: 5_000, progress: 6_000 },
  maxWait: 15_000,
  idle: 2_000,
};

const REASONING = "The file is long. Its limits look right; the retry path deserves a second look.";
const TEXT =
  "The function bounds its input, sums a field and rounds the mean; an empty list is zero. " +
  "The comment about stale copies does not match the loop below it, which takes the first one. ";

/**
 * The faults of a list of names; `none` is a provider without a fault.
 *
 * @throws {Failure} `bad_usage`, with the nearest name.
 */
export function faultsNamed(names: readonly string[]): (Fault | "none")[] {
  return [...new Set(names)].map((name) => {
    const fault = name === "none" ? name : FAULTS.get(name);
    if (fault) return fault;
    const near = didYouMean(name, [...FAULTS.keys(), "none"]);
    throw new Failure("bad_usage", `Cannot simulate ${name}: there is no such fault${near}`, {
      hint: `There are none (a good provider) and ${[...FAULTS.keys()].join(", ")}`,
    });
  });
}

/** An upstream's name for a fault. */
export function simulatedUpstreamName(fault: Fault | "none"): string {
  return fault === "none" ? fault : fault.name;
}

/** The wire a fault is simulated on: Responses where it has the choice. */
export function wireOf(fault: Fault | "none"): Wire {
  return fault === "none" ? "responses" : fault.wires[0] ?? "responses";
}

/** The sidecar's configuration: every fault is an upstream at `root`, the timeouts those of `speed`. */
export async function simulatedConfig(
  root: string,
  faults: readonly (Fault | "none")[],
  speed: Speed,
): Promise<Config> {
  const config = await loadConfig({
    env: {},
    flags: {},
    readFile: () => Promise.resolve(undefined),
  });
  const upstream = (fault: Fault | "none"): [string, UpstreamConfig] => {
    const name = simulatedUpstreamName(fault);
    return [name, {
      baseUrl: `${root}/${name}/v1`,
      wire: wireOf(fault),
      provider: "generic",
      models: [],
      timeouts: {},
      retry: {},
    }];
  };
  const { heartbeat, headGrace, timeouts, maxWait } = speed;
  return {
    ...config,
    heartbeat: { interval: heartbeat },
    headGrace,
    timeouts,
    retry: { attempts: 6, maxWait },
    upstreams: new Map(faults.map(upstream)),
  };
}

/**
 * The provider's behaviour: the fault is the first part of the path, and occurs in every turn, so that a run of
 * many turns meets it many times.
 */
export function simulatedScript(speed: Speed): ProviderOptions["script"] {
  const counts = new Map<string, number>();
  return (request) => {
    const [, name = ""] = request.path.split("/");
    const turn = `${name} ${turnOf(request.text) ?? request.n}`;
    const n = (counts.get(turn) ?? 0) + 1;
    counts.set(turn, n);
    const fault = FAULTS.get(name);
    const answer = answerTo(
      request,
      fault ? wireOf(fault) : "responses",
      speed.gap,
      `${turn}-${n}`,
    );
    if (!fault || !fits(fault, answer)) return goodScript(answer);
    return misbehave(fault, answer, speed.pace)(request, n);
  };
}

/** A sentence and the next file, or the review where no file is left. */
function answerTo({ text }: SeenRequest, wire: Wire, gap: number, seed: string): SimulatedAnswer {
  const answer: SimulatedAnswer = {
    wire,
    reasoning: REASONING,
    text: TEXT,
    seed: seed.replaceAll(/\W+/g, "_"),
    gap,
    inputTokens: tokensOf(text),
  };
  if (isLastTurn(text)) return { ...answer, text: TEXT.repeat(3) };
  return {
    ...answer,
    calls: [{ kind: "function", name: TOOL, arguments: { path: "src/next.ts" } }],
  };
}
