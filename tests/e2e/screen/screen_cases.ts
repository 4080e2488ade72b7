/**
 * What may go wrong with an answer, and what must stand on the screen in the end.
 *
 * @module
 */

import type { Config } from "../../../lib/config/config.ts";
import {
  eof,
  hang,
  reset,
  type ScriptMark,
  type ScriptStep,
} from "../../../lib/simulate/script.ts";
import { TOOL, type Words } from "../say.ts";

/** One answer of the provider, and where it breaks off. */
export interface Try {
  readonly words: Words;
  readonly at?: ScriptMark;
  readonly end?: ScriptStep;
}

/** A turn that goes wrong, and what must be left of it. */
export interface Case {
  readonly name: string;
  /** The answers in order; the last one is given from then on. */
  readonly tries: readonly Try[];
  /** What must be there in the end, each line once. Its last word ends the wait. */
  readonly said: string;
  /** Words that belong to no answer that is given. */
  readonly never?: readonly string[];
  /** The answers to the tool's output; the tool must have run once. */
  readonly after?: readonly Try[];
  readonly config?: Partial<Config>;
  /** Whether Codex writes into the terminal's own history instead of a screen of its own. */
  readonly inline?: boolean;
  /** The words of the failure, where none of the answers is whole. */
  readonly failure?: RegExp;
}

const TALE = "Alpha opens the tale.\n\nBravo carries it along.\n\nCharlie brings it home.";
const OTHER = "Delta starts anew.\n\nEcho says it differently.\n\nFoxtrot has the end.";
const FORKED = "Alpha opens the tale.\n\nBravo turns around.\n\nGolf never comes home.";
const THOUGHT = "**Hotel ponders**\n\nIndia weighs it.";
const OTHER_THOUGHT = "**Juliett ponders**\n\nKilo weighs it.";

const tale: Words = { text: TALE };
const thoughtful: Words = { reasoning: THOUGHT, text: TALE };
/** Twice as long as the screen is high, and slow enough to be shown as it comes. */
const LONG = {
  text: Array.from({ length: 100 }, (_, at) => `The ${at}. of november.`).join("\n\n"),
  size: 24,
  gap: 10,
};
const TWO = ["Delta", "Echo", "Foxtrot"];
const SILENCE = { connect: 5_000, head: 9_000, firstEvent: 9_000, silence: 1_500, progress: 9_000 };

/** The cases. */
export const CASES: readonly Case[] = [
  {
    name: "broken once in its text, by a reset",
    tries: [{ words: tale, at: "mid-text", end: reset }, { words: tale }],
    said: TALE,
  },
  {
    name: "broken twice in its text, by an end of file",
    tries: [
      { words: tale, at: "mid-text", end: eof },
      { words: { ...tale, size: 3 }, at: "mid-text", end: eof },
      { words: tale },
    ],
    said: TALE,
  },
  {
    name: "broken three times in its text, in three ways",
    tries: [
      { words: { ...tale, size: 24 }, at: "mid-text", end: reset },
      { words: { text: TALE.slice(0, 40) }, at: "mid-text", end: eof },
      { words: tale, at: "mid-text", end: hang },
      { words: tale },
    ],
    said: TALE,
    config: { timeouts: SILENCE },
  },
  {
    name: "broken in its text, then another text",
    tries: [{ words: tale, at: "mid-text", end: reset }, { words: { text: OTHER } }],
    said: OTHER,
    never: ["Alpha", "Bravo", "Charlie"],
  },
  {
    name: "broken in its text, then a text that differs in its middle",
    tries: [{ words: tale, at: "mid-text", end: eof }, { words: { text: FORKED } }],
    said: FORKED,
    never: ["Charlie", "carries"],
  },
  {
    name: "broken twice, each time another text",
    tries: [
      { words: { text: OTHER }, at: "mid-text", end: reset },
      { words: { text: FORKED }, at: "mid-text", end: reset },
      { words: tale },
    ],
    said: TALE,
    never: [...TWO, "Golf"],
  },
  {
    name: "broken in its reasoning",
    tries: [{ words: thoughtful, at: "mid-reasoning", end: reset }, { words: thoughtful }],
    said: TALE,
  },
  {
    name: "broken in its reasoning, then another thought",
    tries: [
      { words: thoughtful, at: "mid-reasoning", end: eof },
      { words: { reasoning: OTHER_THOUGHT, text: TALE } },
    ],
    said: TALE,
  },
  {
    name: "broken after reasoning in a text of several lines",
    tries: [{ words: thoughtful, at: "mid-text", end: reset }, { words: thoughtful }],
    said: TALE,
  },
  {
    name: "broken after reasoning in a text of several lines, then another thought and text",
    tries: [
      { words: thoughtful, at: "mid-text", end: eof },
      { words: { reasoning: OTHER_THOUGHT, text: OTHER } },
    ],
    said: OTHER,
    never: ["Alpha", "Bravo", "Charlie"],
  },
  {
    name: "broken in the arguments of a call after text",
    tries: [
      { words: { ...TOOL, text: "Lima looks it up." }, at: "mid-arguments", end: reset },
      { words: { ...TOOL, text: "Lima looks it up." } },
    ],
    after: [{ words: tale }],
    said: `Lima looks it up.\n\n${TALE}`,
  },
  {
    name: "broken in its text, then a call",
    tries: [{ words: { text: OTHER }, at: "mid-text", end: reset }, { words: TOOL }],
    after: [{ words: tale }],
    said: TALE,
    never: TWO,
  },
  {
    name: "broken in its reasoning, then a call at once, then broken in the text after it",
    tries: [{ words: thoughtful, at: "mid-reasoning", end: reset }, { words: TOOL }],
    after: [
      { words: { ...thoughtful, text: OTHER }, at: "mid-text", end: eof },
      { words: thoughtful },
    ],
    said: TALE,
    never: TWO,
  },
  {
    name: "broken after reasoning in its text, then the same text without a thought",
    tries: [{ words: thoughtful, at: "mid-text", end: reset }, { words: tale }],
    said: TALE,
  },
  {
    name: "broken in its text, then a thought before another text, broken too",
    tries: [
      { words: { text: OTHER }, at: "mid-text", end: reset },
      { words: { reasoning: THOUGHT, text: FORKED }, at: "mid-text", end: eof },
      { words: { reasoning: OTHER_THOUGHT, text: TALE } },
    ],
    said: TALE,
    never: [...TWO, "Golf"],
  },
  {
    name: "silent in the middle of its text",
    tries: [{ words: thoughtful, at: "mid-text", end: hang }, { words: thoughtful }],
    said: TALE,
    config: { timeouts: SILENCE },
  },
  {
    name: "broken in a text that has scrolled away",
    tries: [{ words: LONG, at: "mid-text", end: reset }, { words: LONG }],
    said: LONG.text,
    inline: true,
  },
  {
    name: "broken in a text that has scrolled away, then another text",
    tries: [{ words: LONG, at: "mid-text", end: reset }, { words: { text: OTHER } }],
    said: OTHER,
    never: ["november"],
    inline: true,
  },
  {
    name: "broken whenever it is asked for",
    tries: [{ words: thoughtful, at: "mid-text", end: reset }],
    said: "",
    never: ["Alpha", "Bravo", "Charlie"],
    config: { retry: { attempts: 3, maxWait: 10_000 } },
    failure: /3 attempts in/,
  },
];
