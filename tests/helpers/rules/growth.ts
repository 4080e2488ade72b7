/**
 * Whether work grows in proportion to its input: two sizes compared in one process, so that no machine is too slow.
 *
 * @module
 */

import process from "node:process";

/** How many times larger the large input is: work that grows with the square costs 64 times as much. */
const TIMES = 8;
/** What the large input may cost at most, in costs of the small one: far from 8 and from 64. */
const MOST = 24;
/** A small input that costs less counts as this much, in milliseconds: below it, the machine's noise is larger. */
const FLOOR = 2;
const TRIES = 5;

/** Milliseconds by the clock on the wall, which a busy machine lengthens. */
function elapsed(run: () => void): number {
  const began = performance.now();
  run();
  return performance.now() - began;
}

/** Milliseconds that this thread's processor worked, in steps of 10 on some systems; never more than by the clock. */
export function worked(run: () => void): number {
  const began = threadTime();
  const wall = elapsed(run);
  const ended = threadTime();
  return began === undefined || ended === undefined ? wall : Math.min(wall, ended - began);
}

function threadTime(): number | undefined {
  try {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1000;
  } catch {
    return undefined; // an older Deno
  }
}

/**
 * Runs with 8 times `size`, and where that is not quick with `size` itself; returns what is wrong, or `undefined`.
 *
 * Tried again where it looks wrong, the least cost of each size counting: a collection of garbage hits either.
 */
export function outOfProportion(run: (size: number) => void, size: number): string | undefined {
  let small = FLOOR;
  let large = Infinity;
  for (let tried = 0; tried < TRIES; tried++) {
    large = Math.min(large, worked(() => run(size * TIMES)));
    if (large < MOST * small) return undefined;
    // Never the first run of this code: the compiler's work belongs to no size
    const again = Math.max(FLOOR, elapsed(() => run(size)));
    small = tried === 0 ? again : Math.min(small, again);
    if (large < MOST * small) return undefined;
  }
  return `${size}: ${small.toFixed(1)} ms, ${size * TIMES}: ${large.toFixed(1)} ms`;
}

/** Every second text, from the first or the second one: each is tried with two of four lengths, a short one and a long one. */
export function everySecond<T>(texts: readonly T[], from: number): T[] {
  return texts.filter((_, at) => (at + from) % 2 === 0);
}

/** A text in pieces of a length. */
export function* pieces(text: string, length: number): Generator<string> {
  for (let at = 0; at < text.length; at += length) yield text.slice(at, at + length);
}

/** Texts that have made a reader of text work too hard, or might: what comes first, what is repeated, what comes last. */
export const HOSTILE_TEXTS: readonly (readonly [first: string, again: string, last: string])[] = [
  ["", "a", ""],
  ["", " ", ""],
  ["", "\n", "x"],
  ["", "<", ""],
  ["", "`", ""],
  ["", "```\n", ""],
  ["`", "<think>", ""],
  ["", "<think>", ""],
  ["a", "<think>", ""],
  ["a<think>", "b ", ""],
  ["<think>", " ", ""],
  ["", "</think>", ""],
  ["", "<think>a</think>b", ""],
  ["", "`<think></think>", ""],
  ["", "<thinkin", ""],
  ["", "<tool_call>", ""],
  ["`", "<tool_call>", ""],
  ["", "<tool_call>{", "</tool_call>"],
  ["<tool_call>", "{", "</tool_call>"],
  ["<tool_call>", " ", "</tool_call>"],
  ["<tool_call>", '{"name":"shell"', "</tool_call>"],
  ["", '<tool_call>{"name":"shell","arguments":{}}</tool_call>', ""],
  ["", '<tool_call>{"name":"shell","arguments":{}}</tool_call>', "and then"],
  ['<tool_call>{"name":"shell","arguments":{}}</tool_call>', " ", ""],
  ["", "<function=shell></function>", "x"],
  ["", "<function=shell>", "</function>"],
  ["<function=shell>", "<parameter=", "</function>"],
  ["<function=shell>", "<parameter=", `\n${"</parameter>".repeat(4000)}</function>`],
  ["<function=shell>", "<parameter=a>", "</function>"],
  ["<function=shell>", "<parameter=a></parameter>", "</function>"],
  ["<function=shell>", "</parameter><parameter=a>", "</function>"],
  ["<tool_call>shell\n", "<arg_key>", "</tool_call>"],
  ["<tool_call>shell\n", "</arg_value><arg_key>k</arg_key><arg_value>", "</tool_call>"],
  ["<tool_call>shell\n", "<arg_key>k</arg_key> ", "</tool_call>"],
  ["<tool_call>shell\n", "<arg_key>k</arg_key><arg_value>v</arg_value>", "</tool_call>"],
  ["<|tool_calls_section_begin|>", "<|tool_call_begin|>", "<|tool_calls_section_end|>"],
  [
    "<|tool_calls_section_begin|>",
    "<|tool_call_end|><|tool_call_begin|>shell<|tool_call_argument_begin|>",
    "<|tool_calls_section_end|>",
  ],
  [
    "<|tool_calls_section_begin|>",
    "<|tool_call_begin|>shell:0<|tool_call_argument_begin|>{}<|tool_call_end|>",
    "<|tool_calls_section_end|>",
  ],
  ["", "<｜DSML｜tool_calls>", ""],
  ['<｜DSML｜tool_calls><｜DSML｜invoke name="shell">', '<｜DSML｜parameter name="a">', ""],
  [
    '<｜DSML｜tool_calls><｜DSML｜invoke name="shell">',
    '<｜DSML｜parameter name="a">b</｜DSML｜parameter>',
    "",
  ],
  ['<invoke name="shell">', "</invoke>", ""],
  ['<invoke name="shell">', "<a>", "</invoke>"],
  ['<invoke name="shell"><parameter name="a">', "</parameter>", "</invoke>"],
  ["", '<invoke name="shell">', ""],
  ["", '<parameter name="a">', ""],
  ["", "<parameter=a>", ""],
  ["<parameter=a>b", "</parameter></function>", ""],
  ["", "]<]minimax[>[", ""],
  ["", "]<]minimax[>[<tool_call>", ""],
  ["", "]", ""],
  ["", "[", "TOOL_CALLS]"],
  ["", "[TOOL_CALLS]", ""],
  ["[TOOL_CALLS]", "shell{", ""],
  ["[TOOL_CALLS]", '{"name":"shell","arguments":{}} ', "x"],
  ["", '[TOOL_CALLS]shell{"a":1}', "x"],
  ["", "<|python_tag|>{", ""],
  ['[TOOL_CALL]{tool => "shell", args => {', '--a "b" ', "}}[/TOOL_CALL]"],
  ['[TOOL_CALL]{tool => "shell", args => {--a ', "{", "}}[/TOOL_CALL]"],
  ['[TOOL_CALL]{tool => "shell", args => {}', " ", "x[/TOOL_CALL]"],
  ["<|python_start|>", "[", "<|python_end|>"],
  ["<|python_start|>[", "shell(a=", "<|python_end|>"],
  ["<|python_start|>[", "shell(), ", "<|python_end|>"],
  ["<|python_start|>[shell(a=", "[", "<|python_end|>"],
  ['<|python_start|>[shell(a="', "\\", ""],
  ["<|python_start|>[shell(a='", '"', "')]<|python_end|>"],
  ["<|tool_call_start|>shell(", "a=1,", ""],
  ["<tool_call>", '{"name":"shell","arguments":{}}\n', ""],
  ["", "<function=shell><parameter=a>b</parameter>", ""],
  ["", "<|channel|>analysis<|message|>", ""],
  ["", "<|channel|>analysis<|message|>a<|end|>", ""],
  ["<|channel|>analysis<|message|>", "<", ""],
  ["<|channel|>final<|message|>", "`<|end|>", ""],
  ["", "<|channel|>commentary to=shell<|message|>{", ""],
  ["", "<|channel|>commentary to=shell <|message|>{}<|call|>", "x"],
  ["", "<|start|>assistant", ""],
  ["analysisA", "assistantfina", ""],
  ["analysisA", "assistantfinal", ""],
  ["assistantcommentary to=functions.", "a", ""],
  ["", "commentary to=functions.shell{", ""],
  ["", "<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>", "<｜tool▁calls▁end｜>"],
  ["<｜tool▁calls▁begin｜>", "<｜tool▁call▁begin｜>shell<｜tool▁sep｜>{}<｜tool▁call▁end｜>", ""],
  ['<tool_call>{"name":"shell","arguments":{"a":"', "</tool_call>", ""],
  ['<tool_call>{"name":"shell"}</tool_call>', "</s>", "x"],
  ['<invoke name="shell"></invoke>', "</s>", ""],
  ["", "</s>", ""],
  ["", "> ", ""],
  ["", "    a\n\n", ""],
  ["", "{}", ""],
  ["{}", " ", ""],
  ["", "{", ""],
  ["", "}", ""],
  ["", "[", ""],
  ['{"input":"', "a", '"}'],
  ['{"input":"', '\\"', '"}'],
  ['{"input":"', "\\", ""],
  ['{"input":"', "\\ud83d", '"}'],
  ['{"other":"', 'a"b', '"}'],
  ['{"other":"', "}", '"}'],
  ['{"a":', '{"a":', ""],
  ['{"cmd":"', '[{"', '"}'],
  ["", '"', ""],
  ["", "\\", ""],
  ["", "null", ""],
  ["nul", " ", ""],
  ["", "\ud83d", ""],
  ["", "\ude00", ""],
  ["", "tools.", "shell"],
  ["", "_a", ""],
  ["reasoning_content ", "reasoning_content ", ""],
  ["", "image ", ""],
];
