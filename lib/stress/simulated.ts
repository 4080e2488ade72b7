/**
 * A stress run without a provider: what is simulated is an upstream of its own on loopback, and the timeouts are scaled down
 * so that a run takes seconds.
 *
 * @module
 */

import type { Config, Timeouts, UpstreamConfig, Wire } from "../config/config.ts";
import { loadConfig } from "../config/load.ts";
import type { SimulatedAnswer } from "../simulate/answer.ts";
import type { Pace } from "../simulate/faults/fault.ts";
import { goodScript } from "../simulate/good_script.ts";
import type { ProviderOptions, SeenRequest } from "../simulate/provider.ts";
import { tokensOf } from "./code_text.ts";
import { isLastTurn, TOOL, turnOf } from "./dialogue.ts";
import type { SimulatedUpstream } from "./simulated_upstreams.ts";

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

/** The sidecar's configuration: every simulated upstream at `root`, the timeouts those of `speed`. */
export async function simulatedConfig(
  root: string,
  upstreams: readonly SimulatedUpstream[],
  speed: Speed,
): Promise<Config> {
  const config = await loadConfig({
    env: {},
    flags: {},
    readFile: () => Promise.resolve(undefined),
  });
  const entry = ({ name, wire, settings }: SimulatedUpstream): [string, UpstreamConfig] => [name, {
    baseUrl: `${root}/${name}/v1`,
    wire,
    provider: "generic",
    models: [],
    timeouts: {},
    retry: {},
    ...settings,
  }];
  const { heartbeat, headGrace, timeouts, maxWait } = speed;
  return {
    ...config,
    heartbeat: { interval: heartbeat },
    headGrace,
    timeouts,
    retry: { attempts: 6, maxWait },
    upstreams: new Map(upstreams.map(entry)),
  };
}

/** The provider's behaviour: which upstream it plays is the first part of the path. */
export function simulatedScript(
  upstreams: readonly SimulatedUpstream[],
  { pace, gap }: Speed,
): ProviderOptions["script"] {
  const counts = new Map<string, number>();
  const plays = new Map(upstreams.map((one) => [one.name, { wire: one.wire, play: one.open() }]));
  return (request) => {
    const [, name = ""] = request.path.split("/");
    const mark = turnOf(request.text);
    const turn = `${name} ${mark ?? request.n}`;
    const n = (counts.get(turn) ?? 0) + 1;
    counts.set(turn, n);
    const { wire = "responses", play } = plays.get(name) ?? {};
    const answer = answerTo(request, wire, gap, `${turn}-${n}`);
    const number = Number(mark?.split(".")[1] ?? 1);
    return play ? play({ request, answer, pace, turn: number, n }) : goodScript(answer);
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
