/**
 * Says a fact about a wait in one short line, in English or Chinese.
 *
 * Its rule: a line is true when it is written, has at most {@link MAX_LINE} characters, and no sign that Markdown or a
 * terminal would read. Names from outside are shortened, never the fact.
 *
 * @module
 */

import { displayLine } from "../display.ts";
import type { WaitFact, WaitKind } from "./facts.ts";

/** The languages that a line can have. */
export type WaitLanguage = "en" | "zh";

/** The most characters of a line. */
export const MAX_LINE = 48;
/** The most characters of one name in it. */
const MAX_NAME = 17;

type Words = {
  readonly [K in WaitKind]: (fact: Extract<WaitFact, { kind: K }>) => string;
};

const ENGLISH: Words = {
  silent: ({ who, ms, attempt, of }) =>
    `${name(who)} is silent: ${time(ms, EN)}${attempt ? ` (${attempt} of ${of})` : ""}`,
  no_content: ({ who, ms }) => `${name(who)} has no text yet: ${time(ms, EN)}`,
  retry_wait: ({ who, attempt, of, ms }) =>
    `${name(who)}: attempt ${attempt} of ${of} in ${left(ms, EN)}`,
  attempt: ({ who, attempt, of }) => `${name(who)}: attempt ${attempt} of ${of}`,
  replay: ({ who, attempt, of }) => `${name(who)} broke off; attempt ${attempt} of ${of}`,
  queue: ({ who, position }) => `${name(who)}: place ${position} in the queue`,
  fallback: ({ who, instead }) => `${name(instead)} answers for ${name(who)}`,
  helper_model: ({ model }) => `Helper model: ${name(model, 30)}`,
  again: ({ who }) => `${name(who)} is answering again`,
  asked: ({ who }) => `${name(who)} has the request`,
  thinking: ({ who }) => `${name(who)} is thinking`,
  answering: ({ who, rate }) =>
    `${name(who)} is answering${rate > 0 ? `: ${Math.round(rate)} tokens/s` : ""}`,
};

const CHINESE: Words = {
  silent: ({ who, ms, attempt, of }) =>
    `${name(who)} 已 ${time(ms, ZH)}没有响应${attempt ? `（第 ${attempt}/${of} 次）` : ""}`,
  no_content: ({ who, ms }) => `${name(who)} 已 ${time(ms, ZH)}没有输出内容`,
  retry_wait: ({ who, attempt, of, ms }) =>
    `${name(who)}：${left(ms, ZH)}后第 ${attempt}/${of} 次尝试`,
  attempt: ({ who, attempt, of }) => `${name(who)}：第 ${attempt}/${of} 次尝试`,
  replay: ({ who, attempt, of }) => `${name(who)} 回答中断，第 ${attempt}/${of} 次尝试`,
  queue: ({ who, position }) => `${name(who)}：排队第 ${position} 位`,
  fallback: ({ who, instead }) => `由 ${name(instead)} 代替 ${name(who)} 回答`,
  helper_model: ({ model }) => `辅助请求的模型：${name(model, 30)}`,
  again: ({ who }) => `${name(who)} 正在重新回答`,
  asked: ({ who }) => `已向 ${name(who)} 发出请求`,
  thinking: ({ who }) => `${name(who)} 正在思考`,
  answering: ({ who, rate }) =>
    `${name(who)} 正在回答${rate > 0 ? `：${Math.round(rate)} tokens/s` : ""}`,
};

/** The line for a fact. */
export function sayWait(fact: WaitFact, language: WaitLanguage): string {
  const words = (language === "zh" ? CHINESE : ENGLISH)[fact.kind] as (fact: WaitFact) => string;
  return cut(words(fact));
}

/**
 * The language of a person whose locale these variables name; English where they name none.
 *
 * @param env reads an environment variable
 * @param locale what the runtime takes for the system's locale
 */
export function waitLanguage(
  env: (name: string) => string | undefined,
  locale: string,
): WaitLanguage {
  const named = ["LC_ALL", "LC_MESSAGES", "LANG"].map(env).find((value) => value);
  return /^zh\b|^zh[_-]/i.test(named ?? locale) ? "zh" : "en";
}

type Units = readonly [second: string, minute: string, hour: string];
const EN: Units = [" s", " m", " h"];
const ZH: Units = [" 秒", " 分钟", " 小时"];

/** In the one unit that fits, rounded down: a wait is never told longer than it is. */
function time(ms: number, [second, minute, hour]: Units): string {
  const seconds = Math.max(1, Math.floor(ms / 1_000));
  if (seconds < 60) return `${seconds < 10 ? seconds : Math.floor(seconds / 10) * 10}${second}`;
  const minutes = Math.floor(seconds / 60);
  return minutes < 60 ? `${minutes}${minute}` : `${Math.floor(minutes / 60)}${hour}`;
}

/** What is left of a wait, rounded up. */
function left(ms: number, [second, minute, hour]: Units): string {
  const seconds = Math.max(1, Math.ceil(ms / 1_000));
  if (seconds <= 60) return `${seconds}${second}`;
  const minutes = Math.ceil(seconds / 60);
  return minutes <= 60 ? `${minutes}${minute}` : `${Math.ceil(minutes / 60)}${hour}`;
}

/** A name without signs that would end a heading, shortened in its middle. */
/** A line of at most {@link MAX_LINE} characters, never cut inside one that takes two units. */
function cut(line: string): string {
  if (line.length <= MAX_LINE) return line;
  const short = line.slice(0, MAX_LINE);
  return short.isWellFormed() ? short : short.slice(0, -1);
}

function name(text: string, most = MAX_NAME): string {
  const clean = displayLine(text).replace(/[*_`#[\]<>]/g, "").trim();
  const letters = [...clean];
  if (letters.length <= most) return clean;
  const half = Math.floor((most - 1) / 2);
  return `${letters.slice(0, most - 1 - half).join("")}…${letters.slice(-half).join("")}`;
}
