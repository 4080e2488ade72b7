/**
 * What a fault is: a row with a name, and how a provider that has it behaves. The rows are in the other files of this folder.
 *
 * A fault is named after what is seen on the wire, never after a provider.
 *
 * @module
 */

import type { Wire } from "../../config/config.ts";
import type { SimulatedAnswer } from "../answer.ts";
import { hasMark } from "../transform_script.ts";
import { goodScript } from "../good_script.ts";
import type { Script, ScriptMark } from "../script.ts";

/** How long the slow faults take, in milliseconds. */
export interface Pace {
  /** The length of a silence that ends. */
  readonly silence: number;
  /** Between two comments or two delayed events. */
  readonly drip: number;
}

/** One way to misbehave. */
export interface Fault {
  /** Lower case with hyphens; unique. */
  readonly name: string;
  /** What it does, for people: half a sentence, no full stop. */
  readonly doc: string;
  readonly wires: readonly Wire[];
  /** How many requests fail before it answers well. */
  readonly times: number;
  /** What the user gets at best: the answer, or a failure that says why. */
  readonly best: "answer" | "failure";
  /** The point of the answer where it occurs; an answer without that point cannot have the fault. */
  readonly at?: ScriptMark;
  script(answer: SimulatedAnswer, pace: Pace): Script;
}

/** What most rows share: every wire, once, and the answer comes in the end. */
export const ROW = { wires: ["responses", "chat", "anthropic"], times: 1, best: "answer" } as const;

/** A row that writes a good answer in another form, every time. */
export const DEVIATION = { ...ROW, times: Infinity } as const;

/** A row that refuses every time, with the reason. */
export const REFUSAL = { ...ROW, times: Infinity, best: "failure" } as const;

/** Whether an answer can have the fault. */
export function fits(fault: Fault, answer: SimulatedAnswer): boolean {
  return fault.wires.includes(answer.wire) &&
    (fault.at === undefined || hasMark(goodScript(answer), fault.at));
}
