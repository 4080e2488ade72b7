/**
 * Faults of the connection: silence, stalls, and breaks at every point of an answer.
 *
 * @module
 */

import { breakAt, drip, insertAt } from "../transform_script.ts";
import { type Fault, type Pace, ROW } from "./fault.ts";
import { goodScript } from "../good_script.ts";
import {
  comment,
  cut,
  eof,
  hang,
  raw,
  reset,
  type Script,
  type ScriptMark,
  wait,
} from "../script.ts";

/** Every point of an answer: its name, when it is, its mark. */
const POINTS: readonly (readonly [name: string, when: string, mark: ScriptMark])[] = [
  ["before-content", "before the first event", "head"],
  ["after-created", "before any content", "created"],
  ["mid-reasoning", "in the middle of the reasoning", "mid-reasoning"],
  ["after-reasoning", "after the reasoning", "after-reasoning"],
  ["mid-text", "in the middle of the text", "mid-text"],
  ["after-message-done", "after a complete message", "after-message"],
  ["mid-arguments", "in the middle of a tool call", "mid-arguments"],
  ["after-call-done", "after a complete tool call", "after-call"],
  ["before-end", "before the end", "before-end"],
];

/** Comments, one every `drip`, longer than any test or user waits. */
function commentsForEver({ drip }: Pace): Script {
  return Array.from({ length: 20_000 }, () => [wait(drip), comment()]).flat();
}

const ENDINGS = [
  { verb: "silence", doc: "is silent for a while", steps: (pace: Pace) => [wait(pace.silence)] },
  { verb: "stall", doc: "is silent for ever", steps: () => [hang] },
  { verb: "chatter", doc: "sends nothing but comments for ever", steps: commentsForEver },
  { verb: "eof", doc: "ends the body cleanly", steps: () => [eof] },
  { verb: "cut", doc: "drops the connection", steps: () => [cut] },
  { verb: "reset", doc: "resets the connection", steps: () => [reset] },
] as const;

const everywhere: Fault[] = ENDINGS.flatMap(({ verb, doc, steps }) =>
  POINTS.map(([point, when, at]) => ({
    ...ROW,
    name: `${verb}-${point}`,
    doc: `${doc} ${when}`,
    at,
    script: (answer, pace) => {
      const transform = verb === "silence" ? insertAt : breakAt;
      return transform(goodScript(answer), at, steps(pace));
    },
  }))
);

/** The faults of this file. */
export const STREAM_FAULTS: readonly Fault[] = [
  ...everywhere,
  {
    ...ROW,
    name: "silence-before-head",
    doc: "sends no head for a while",
    script: (answer, pace) => [wait(pace.silence), ...goodScript(answer)],
  },
  {
    ...ROW,
    name: "stall-before-head",
    doc: "takes the request and never answers",
    script: () => [hang],
  },
  {
    ...ROW,
    name: "eof-before-head",
    doc: "closes the connection without an answer",
    script: () => [cut],
  },
  {
    ...ROW,
    name: "reset-before-head",
    doc: "resets the connection without an answer",
    script: () => [reset],
  },
  {
    ...ROW,
    name: "comments-only",
    doc: "sends comments for a while before the first event",
    script: (answer, pace) => insertAt(goodScript(answer), "head", comments(pace)),
  },
  {
    ...ROW,
    name: "comments-mid-text",
    doc: "sends comments for a while in the middle of the text",
    at: "mid-text",
    script: (answer, pace) => insertAt(goodScript(answer), "mid-text", comments(pace)),
  },
  {
    ...ROW,
    name: "half-event",
    doc: "breaks in the middle of an event",
    at: "mid-text",
    script: (answer) =>
      breakAt(goodScript(answer), "mid-text", [raw('data: {"type":"response.ou'), eof]),
  },
  {
    ...ROW,
    name: "reasoning-alone",
    doc: "ends the answer after its reasoning, with neither text nor a call",
    at: "mid-reasoning",
    script: ({ text: _, calls: __, ...thought }) => goodScript(thought),
  },
  {
    ...ROW,
    name: "slow-drip",
    doc: "sends every event after a pause",
    times: Infinity,
    script: (answer, pace) => drip(goodScript(answer), pace.drip),
  },
  {
    ...ROW,
    name: "truncated-for-ever",
    doc: "breaks in the middle, every time",
    times: Infinity,
    best: "failure",
    at: "mid-text",
    script: (answer) => breakAt(goodScript(answer), "mid-text", [eof]),
  },
  {
    ...ROW,
    name: "bad-framing",
    doc: "sends a chunk size that is no number",
    at: "mid-text",
    script: (answer) =>
      breakAt(goodScript(answer), "mid-text", [{ do: "wire", bytes: "zz\r\nwhat\r\n" }, cut]),
  },
];

function comments({ silence, drip }: Pace): Script {
  return Array.from({ length: Math.ceil(silence / drip) }, () => [wait(drip), comment()]).flat();
}
