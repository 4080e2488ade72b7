/**
 * How long a provider asks us to wait before the next try, from its headers or its message.
 *
 * The first source that makes sense wins: `retry-after-ms`, `Retry-After`, the resets of limits that are used up,
 * the sentence in the error. A wait that is negative, no number, or longer than a day (than a plan's period, where that is used
 * up) is not one.
 *
 * @module
 */

import { parseHttpDate } from "./http_date.ts";

/** What to read a wait from. */
interface WaitSource {
  readonly headers: Headers;
  /** The error's text; empty where there is none. */
  readonly text: string;
  /** Milliseconds since the epoch, for dates. */
  readonly wallNow: number;
  /** The longest that makes sense, in milliseconds. @default a day */
  readonly longest?: number;
}

const DAY = 86_400_000;
/** A number from this on is seconds since the epoch (2001), not a delay; from a hundred times this on, milliseconds. */
const EPOCH = 1_000_000_000;
/** Characters that are searched: a wait stands at the beginning of an error, not behind an echoed prompt. */
const MAX_TEXT = 8_000;

/** `1.5 s`, `6m`, `250ms`, `2 minutes`; several in a row are one duration. */
const PART = String.raw`(\d{1,9}(?:\.\d{1,9})?)\s?(h(?:ours?|rs?)?|ms(?:ecs?)?|milliseconds?` +
  String.raw`|m(?:in(?:ute)?s?)?|s(?:ec(?:ond)?s?)?)(?![a-z])`;
const DURATION = String.raw`(?:${PART}[\s,]{0,2}){1,4}`;
const WHOLE = new RegExp(`^\\s*${DURATION}$`, "i");
const IN_TEXT = new RegExp(
  String
    .raw`(?:try again|retry|retrying|wait)\s(?:in |after |for |about |at least ){0,3}(?<wait>${DURATION})`,
  "i",
);
/** `You will regain access on 2026-12-01 at 00:00 UTC`, `resets at 2026-12-01T00:00:00Z`. */
const MOMENT =
  /\b(?:resets?|regain access|renews?|available again|try again)\b\D{0,24}(\d{4}-\d\d-\d\d)(?:(?:T| at | )(\d\d:\d\d(?::\d\d)?)(?:\.\d+)?)? ?(?:Z|UTC|GMT)\b/i;
/** `请在 5 秒后重试`, `请等待 2 分钟`. */
const CHINESE =
  /(?:等待?\s*(\d{1,9}(?:\.\d+)?)\s*(毫秒|秒|分|小时)|(\d{1,9}(?:\.\d+)?)\s*(毫秒|秒|分|小时)钟?\s*[之以]?后\s*[再重])/;
const CHINESE_MS: Readonly<Record<string, number>> = {
  毫秒: 1,
  秒: 1_000,
  分: 60_000,
  小时: 3_600_000,
};

/** A limit's reset, and what is left of it: a limit with something left is not why the request failed. */
const LIMITS = [
  [
    ["x-ratelimit-reset-requests", "x-ratelimit-remaining-requests"],
    ["x-ratelimit-reset-tokens", "x-ratelimit-remaining-tokens"],
  ],
  ["requests", "tokens", "input-tokens", "output-tokens"].map((what) =>
    [
      `anthropic-ratelimit-${what}-reset`,
      `anthropic-ratelimit-${what}-remaining`,
    ] as const
  ),
  [["x-ratelimit-reset", "x-ratelimit-remaining"]],
  [["ratelimit-reset", "ratelimit-remaining"]],
] as const;

/** Milliseconds to wait, 0 for "now", or `undefined` where the provider does not say. */
export function providerWait(
  { headers, text, wallNow, longest = DAY }: WaitSource,
): number | undefined {
  const sensible = (ms: number | undefined) =>
    ms !== undefined && ms >= 0 && ms <= longest ? Math.ceil(ms) : undefined;
  const sources = [
    () => number(headers.get("retry-after-ms")),
    () => retryAfter(headers.get("retry-after"), wallNow),
    ...LIMITS.map((limits) => () => {
      const waits = limits
        .filter(([, left]) => !(Number(headers.get(left) ?? 0) > 0))
        .map(([reset]) => sensible(untilReset(headers.get(reset), wallNow)))
        .filter((wait) => wait !== undefined);
      return waits.length === 0 ? undefined : Math.max(...waits);
    }),
    () => waitInText(text.slice(0, MAX_TEXT)),
    () => untilMoment(text.slice(0, MAX_TEXT), wallNow),
  ];
  for (const source of sources) {
    const wait = sensible(source());
    if (wait !== undefined) return wait;
  }
  return undefined;
}

/** A plain decimal number; `undefined` for anything else, `-1`, `Infinity` and `0x10` among it. */
function number(text: string | null): number | undefined {
  return text !== null && /^\s*\d{1,15}(?:\.\d{1,15})?\s*$/.test(text) ? Number(text) : undefined;
}

/** `6m0s`, `1m30.5s`, `250ms`. */
function duration(text: string): number | undefined {
  if (!WHOLE.test(text)) return undefined;
  let ms = 0;
  for (const [, amount, unit = ""] of text.matchAll(new RegExp(PART, "gi"))) {
    ms += Number(amount) * unitMs(unit.toLowerCase());
  }
  return ms;
}

function unitMs(unit: string): number {
  if (unit.startsWith("ms") || unit.startsWith("mil")) return 1;
  return unit.startsWith("h") ? 3_600_000 : unit.startsWith("m") ? 60_000 : 1_000;
}

function retryAfter(value: string | null, wallNow: number): number | undefined {
  if (value === null) return undefined;
  const seconds = number(value);
  if (seconds !== undefined) return seconds * 1_000;
  const date = parseHttpDate(value, wallNow);
  return date === undefined ? duration(value) : Math.max(0, date - wallNow);
}

/** A reset is a duration, seconds from now, or a moment; one that has just passed means now. */
function untilReset(value: string | null, wallNow: number): number | undefined {
  if (value === null) return undefined;
  const plain = number(value);
  if (plain === undefined) {
    return /^\d{4}-\d\d-\d\dT.*Z$/.test(value) ? upTo(Date.parse(value), wallNow) : duration(value);
  }
  if (plain < EPOCH) return plain * 1_000;
  return upTo(plain < EPOCH * 100 ? plain * 1_000 : plain, wallNow);
}

function upTo(moment: number, wallNow: number): number {
  const wait = moment - wallNow;
  return wait < 0 && wait >= -DAY ? 0 : wait;
}

function waitInText(text: string): number | undefined {
  const english = IN_TEXT.exec(text)?.groups?.wait;
  if (english !== undefined) return duration(english);
  const [, early, earlyUnit, late, lateUnit] = CHINESE.exec(text) ?? [];
  const unit = CHINESE_MS[earlyUnit ?? lateUnit ?? ""];
  return unit === undefined ? undefined : Number(early ?? late) * unit;
}

/** A moment that the text names, where it names its zone. */
function untilMoment(text: string, wallNow: number): number | undefined {
  const [, day, time = "00:00"] = MOMENT.exec(text) ?? [];
  return day === undefined ? undefined : upTo(Date.parse(`${day}T${time}Z`), wallNow);
}
