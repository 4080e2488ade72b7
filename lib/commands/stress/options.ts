/**
 * The flags of `sidecar stress` from text to numbers, each refused with what it takes.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { parseDuration } from "../../base/units.ts";

/** The flags as the command line brings them. */
export interface StressFlags {
  readonly config?: string;
  /** Names, separated by commas; the first upstream where none is named. */
  readonly upstream?: string;
  readonly model?: string;
  /** `200k` */
  readonly context?: string;
  readonly turns?: string;
  readonly concurrency?: string;
  readonly duration?: string;
  /** Fault names, separated by commas. */
  readonly simulate?: string;
  readonly maxRequests?: string;
  readonly maxTokens?: string;
  readonly seed?: string;
  /** The page's file. */
  readonly report?: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** The flags as numbers; times in milliseconds. */
export interface StressNumbers {
  readonly turns: number;
  readonly context: number;
  readonly concurrency: number;
  readonly duration: number | undefined;
  readonly maxRequests: number | undefined;
  readonly maxTokens: number | undefined;
  readonly seed: number;
}

/**
 * Reads the flags.
 *
 * @throws {Failure} `bad_usage`, naming the flag, the value and what it takes.
 */
export function readNumbers(flags: StressFlags): StressNumbers {
  if (flags.simulate !== undefined && flags.upstream !== undefined) {
    throw new Failure("bad_usage", "Cannot stress an upstream and simulate one at once", {
      hint: "Leave out --upstream or --simulate",
    });
  }
  const { turns, concurrency, maxRequests, seed } = flags;
  return {
    turns: wholeNumber("--turns", turns ?? "4", 1, 1_000),
    context: tokens("--context", flags.context ?? (flags.simulate === undefined ? "50k" : "8k")),
    concurrency: wholeNumber("--concurrency", concurrency ?? "1", 1, 256),
    duration: flags.duration === undefined ? undefined : duration(flags.duration),
    maxRequests: maxRequests === undefined
      ? undefined
      : wholeNumber("--max-requests", maxRequests, 1, 1_000_000),
    maxTokens: flags.maxTokens === undefined ? undefined : tokens("--max-tokens", flags.maxTokens),
    seed: wholeNumber("--seed", seed ?? "1", 0, 2 ** 31),
  };
}

/** Names between commas. */
export function namesIn(list: string): string[] {
  return list.split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw refusal(flag, text, `a whole number from ${least} to ${most}`);
}

/** `200000`, `200k`, `1.5M`. */
function tokens(flag: string, text: string): number {
  const [, digits = "", unit = ""] = /^(\d+(?:\.\d+)?)([km]?)$/i.exec(text) ?? [];
  const value = Math.round(Number(digits) * ({ k: 1e3, m: 1e6 }[unit.toLowerCase()] ?? 1));
  if (digits !== "" && value >= 100 && value <= 1e9) return value;
  throw refusal(flag, text, "a number of tokens from 100 on, such as 200k or 1.5M");
}

function duration(text: string): number {
  const value = parseDuration(text);
  if (value !== undefined && value >= 1_000) return value;
  throw refusal("--duration", text, "a duration from 1s on, such as 90s or 10m");
}

function refusal(flag: string, text: string, takes: string): Failure {
  return new Failure("bad_usage", `${flag} is ${JSON.stringify(text)}, but takes ${takes}`);
}
