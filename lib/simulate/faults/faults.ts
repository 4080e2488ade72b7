/**
 * Every fault by name, and the provider that has one.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { remaining, type SimulatedAnswer } from "../answer.ts";
import type { Fault, Pace } from "./fault.ts";
import { CHAT_FAULTS } from "./chat.ts";
import { SHAPE_FAULTS } from "./shape.ts";
import { STATUS_FAULTS } from "./status.ts";
import { STREAM_FAULTS } from "./stream.ts";
import { goodScript } from "../good_script.ts";
import type { ProviderOptions } from "../provider.ts";

/** All faults, by name. */
export const FAULTS: ReadonlyMap<string, Fault> = new Map(
  [...STREAM_FAULTS, ...STATUS_FAULTS, ...SHAPE_FAULTS, ...CHAT_FAULTS].map((fault) => [
    fault.name,
    fault,
  ]),
);

/**
 * The fault of that name.
 *
 * @throws {Failure} `bad_usage` when there is none.
 */
export function faultNamed(name: string): Fault {
  const fault = FAULTS.get(name);
  if (!fault) throw new Failure("bad_usage", `Cannot simulate ${name}: there is no such fault`);
  return fault;
}

/**
 * What a provider with this fault does with each request: the first `fault.times` have the fault, the others are answered
 * well, without what is already at the end of the input. Its ids differ from answer to answer, unless
 * `answer.seed` makes them the same.
 */
export function misbehave(
  fault: Fault,
  answer: SimulatedAnswer,
  pace: Pace,
): ProviderOptions["script"] {
  return (request, n) => {
    const rest = { ...remaining(answer, request.json), seed: answer.seed ?? `${n}` };
    return n <= fault.times ? fault.script(rest, pace) : goodScript(rest);
  };
}
