/**
 * The forms in which models write out tool calls as text, as one table.
 *
 * Sources: docs/facts/written-calls.md §1, docs/facts/providers.md §1.5 and §3; the chat templates of the models.
 *
 * @module
 */

import {
  mayBeScript,
  nameFits,
  plausibleCall,
  readBracketed,
  readCall,
  readComplete,
  readScript,
  startsWithToken,
  tokenFits,
} from "./form_readers.ts";
import { INVOKE_LISTS, TAG_TOKEN } from "../../provider/chat_rules.ts";
import { mayBeJson } from "./notations/json_calls.ts";
import {
  fromRecipient,
  fromTokens,
  mayBeRecipient,
  NUMBERED,
  SEPARATED,
} from "./notations/token_calls.ts";
import { Marks } from "./marks.ts";
import { RECIPIENTS } from "./recipients.ts";
import type { WrittenCall, WrittenTools } from "./tools.ts";
import {
  fromFunction,
  fromInvokes,
  fromRest,
  FUNCTION,
  mayBeInvokes,
  mayBeRest,
} from "./notations/xml_calls.ts";

/** One form. */
export interface WrittenForm {
  /** The marks that open a block. */
  readonly open: readonly string[];
  /** The marks that close it; none: only the end of the text does. */
  readonly close: readonly string[];
  /** Whether the end of the text closes a block too, because a mark inside of it already says that its calls are complete. */
  readonly untilEnd?: boolean;
  /** Whether the opening mark belongs to what is read. */
  readonly withMark?: boolean;
  /** Whether an unfinished block can still become a call of a declared tool. */
  plausible(body: string, tools: WrittenTools): boolean;
  /** The calls in a finished block; `undefined` if it holds none. */
  read(body: string, tools: WrittenTools): WrittenCall[] | undefined;
  /** The same where the end of the text closes it. @default `read` */
  readUnclosed?(body: string, tools: WrittenTools): WrittenCall[] | undefined;
}

/** The bars around `DSML`: fullwidth, doubled, ASCII, and the sign that some fonts make of two. */
const BARS = ["｜", "｜｜", "|", "||", "‖"].map((bars) => `${bars}DSML${bars}`);
const dsml = (tag: string): string[] => BARS.map((prefix) => `${prefix}${tag}`);
const opening = (tag: string) => `<${tag}>`;
const closing = (tag: string) => `</${tag}>`;

/** All forms. No mark of one is the beginning of a mark of another. */
export const FORMS: readonly WrittenForm[] = [
  {
    // JSON, <function=…>, or a name and <arg_key>: one mark for several families of models
    open: ["<tool_call>"],
    close: ["</tool_call>"],
    untilEnd: true,
    plausible: plausibleCall,
    read: readCall,
    readUnclosed: readComplete,
  },
  {
    open: [FUNCTION],
    close: ["</function>"],
    plausible: (body, tools) => nameFits(body, /^([^>]*)>/, tools),
    read: fromFunction,
  },
  ...[...INVOKE_LISTS, ...dsml("tool_calls"), ...dsml("function_calls")]
    .map((tag): WrittenForm => ({
      open: [opening(tag)],
      close: [closing(tag)],
      untilEnd: true,
      plausible: mayBeInvokes,
      read: fromInvokes,
    })),
  {
    open: [`${TAG_TOKEN}<tool_call>`],
    close: ["</tool_call>"],
    untilEnd: true,
    plausible: mayBeInvokes,
    read: fromInvokes,
  },
  ...["invoke", ...dsml("invoke")].map((tag): WrittenForm => ({
    open: [`<${tag} name="`, `<${tag} name='`],
    close: [closing(tag)],
    withMark: true,
    plausible: mayBeInvokes,
    read: (body, tools) => fromInvokes(body + closing(tag), tools),
  })),
  {
    open: [
      '<parameter name="',
      ...dsml("parameter").map((tag) => `<${tag} name="`),
      "<parameter=",
    ],
    close: [],
    untilEnd: true,
    withMark: true,
    plausible: mayBeRest,
    read: fromRest,
  },
  {
    open: ["<|tool_calls_section_begin|>", "<|tool_call_section_begin|>"],
    close: ["<|tool_calls_section_end|>", "<|tool_call_section_end|>"],
    untilEnd: true,
    plausible: (body, tools) => tokenFits(body, NUMBERED.begin, /^([^<]*)</, tools),
    read: (body, tools) => fromTokens(body, NUMBERED, tools),
  },
  {
    open: NUMBERED.begin,
    close: NUMBERED.end,
    withMark: true,
    plausible: (body, tools) => tokenFits(body, NUMBERED.begin, /^([^<]*)</, tools),
    read: (body, tools) => fromTokens(body + NUMBERED.end[0], NUMBERED, tools),
  },
  {
    open: ["<｜tool▁calls▁begin｜>", "<|tool▁calls▁begin|>"],
    close: ["<｜tool▁calls▁end｜>", "<|tool▁calls▁end|>"],
    untilEnd: true,
    plausible: startsWithToken,
    read: (body, tools) => fromTokens(body, SEPARATED, tools),
  },
  ...SEPARATED.begin.map((begin, at): WrittenForm => ({
    open: [begin],
    close: [SEPARATED.end[at] as string],
    withMark: true,
    plausible: startsWithToken,
    read: (body, tools) => fromTokens(body + SEPARATED.end[at], SEPARATED, tools),
  })),
  {
    // <|call|> ends the model's turn, so servers take it away
    open: RECIPIENTS,
    close: ["<|call|>", "<|end|>", "<|return|>"],
    untilEnd: true,
    plausible: mayBeRecipient,
    read: fromRecipient,
  },
  {
    open: ["[TOOL_CALLS]"],
    close: [],
    untilEnd: true,
    plausible: (body, tools) => {
      const text = body.trimStart();
      return /^[[{]/.test(text) ? mayBeJson(text, tools) : nameFits(text, /^([^[{]*)[[{]/, tools);
    },
    read: readBracketed,
  },
  {
    open: ["<|python_tag|>"],
    close: ["<|eom_id|>", "<|eot_id|>"],
    untilEnd: true,
    plausible: mayBeScript,
    read: readScript,
  },
  ...([
    ["<|python_start|>", "<|python_end|>"],
    ["<|tool_call_start|>", "<|tool_call_end|>"],
  ] as const).map(([open, close]): WrittenForm => ({
    open: [open],
    close: [close],
    untilEnd: true,
    plausible: mayBeScript,
    read: readScript,
  })),
  ...([
    ["<tool_calls>", "</tool_calls>"],
    ["<TOOLCALL>", "</TOOLCALL>"],
    ["<|tool_call|>", "<|/tool_call|>"],
    ["<|START_ACTION|>", "<|END_ACTION|>"],
    ["<longcat_tool_call>", "</longcat_tool_call>"],
    ["<seed:tool_call>", "</seed:tool_call>"],
    ["[TOOL_CALL]", "[/TOOL_CALL]"],
  ] as const).map(([open, close]): WrittenForm => ({
    open: [open],
    close: [close],
    untilEnd: true,
    plausible: plausibleCall,
    read: readCall,
    readUnclosed: readComplete,
  })),
];

/** Every opening mark -> its form. */
export const BY_MARK: ReadonlyMap<string, WrittenForm> = new Map(
  FORMS.flatMap((form) => form.open.map((mark) => [mark, form] as const)),
);

/** All opening marks. */
export const OPENERS: Marks = new Marks([...BY_MARK.keys()]);

/** Closing marks that may stand behind a block, because some models write them twice. */
export const NOISE: readonly string[] = [
  "</tool_call>",
  "</function>",
  "</invoke>",
  TAG_TOKEN,
  ...INVOKE_LISTS.map(closing),
  ...[...dsml("tool_calls"), ...dsml("function_calls")].map(closing),
  "<|tool_calls_section_end|>",
  "<｜tool▁calls▁end｜>",
];

/** The ends of answers, which may stand behind a block. */
export const TURN_ENDS: readonly string[] = [
  "<｜end▁of▁sentence｜>",
  "<|im_end|>",
  "<|eot_id|>",
  "<|eom_id|>",
  "<|endoftext|>",
  "<|end|>",
  "<|return|>",
  "<|call|>",
  "</s>",
  "[e~[",
];
