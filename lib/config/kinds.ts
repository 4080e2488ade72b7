/**
 * The kinds of value a setting can take, each with its bounds and the text that describes it in messages.
 *
 * A kind reads one value, as YAML or an environment variable brings it, and yields what the program uses.
 *
 * @module
 */

import { isIP } from "node:net";
import * as v from "valibot";
import { parseDuration, parseSize } from "../base/units.ts";

/** Most items of a list that stands for one value. */
const MOST_ITEMS = 64;

/** How one value is written, checked and named. */
export interface Kind<T> {
  /** What the user may write, to follow "takes": `a duration from 100ms to 60s`. */
  readonly takes: string;
  /** Reads what was written; its output is in milliseconds, bytes and the like. */
  readonly schema: v.GenericSchema<unknown, T>;
  /** Turns the text of a flag or an environment variable into what YAML would have brought. */
  readonly fromText: (text: string) => unknown;
  /** The values allowed, for "did you mean". */
  readonly choices?: readonly string[];
  /** Whether what was written may hold a secret and must stay out of messages. */
  readonly secret?: (written: string) => boolean;
}

/** `500ms 10s 5m 1h`, between two durations written the same way; yields milliseconds. */
export function duration(least: string, most: string): Kind<number> {
  const takes = `a duration from ${least} to ${most}, such as 10s`;
  return { takes, schema: measure(parseDuration, least, most), fromText: same };
}

/** `512B 64MiB 1GiB`, between two sizes written the same way; yields bytes. */
export function size(least: string, most: string): Kind<number> {
  const takes = `a size from ${least} to ${most}, such as 16MiB`;
  return { takes, schema: measure(parseSize, least, most), fromText: same };
}

/** A whole number between two others, both included. */
export function wholeNumber(least: number, most: number): Kind<number> {
  return {
    takes: `a whole number from ${least} to ${most}`,
    schema: v.pipe(v.number(), v.integer(), v.minValue(least), v.maxValue(most)),
    fromText: (text) => /^\s*-?\d+\s*$/.test(text) ? Number(text) : text,
  };
}

/** One word of a closed list. */
export function choice<const T extends string>(choices: readonly T[]): Kind<T> {
  const takes = `one of ${choices.join(", ")}`;
  return { takes, schema: v.picklist(choices), fromText: same, choices };
}

/** Text of a certain form; `clean` makes it canonical after the check. */
export function text(takes: string, form: RegExp, clean: (text: string) => string = String) {
  const schema = v.pipe(v.string(), v.regex(form), v.transform(clean));
  return { takes, schema, fromText: same } satisfies Kind<string>;
}

/** The same kind, or `null` for "none"; from text, an empty one. */
export function orNone<T>(kind: Kind<T>): Kind<T | null> {
  return {
    ...kind,
    takes: `${kind.takes}, or null`,
    schema: v.nullable(kind.schema),
    fromText: (text) => text === "" || text === "null" ? null : kind.fromText(text),
  };
}

/** The same kind, or `off` for "not at all"; yields `null` then. YAML 1.1 and hurried people write it as `false`. */
export function orOff<T>(kind: Kind<T>): Kind<T | null> {
  const off = v.pipe(v.union([v.literal("off"), v.literal(false)]), v.transform(() => null));
  return { ...kind, takes: `${kind.takes}, or off`, schema: v.union([off, kind.schema]) };
}

/** The same kind, what was written never shown. */
export function hidden<T>(kind: Kind<T>): Kind<T> {
  return { ...kind, secret: () => true };
}

/** `env:NAME`; yields the name. */
export const keyName: Kind<string> = text(
  "env:NAME, the environment variable that holds the key",
  /^env:[A-Za-z_]\w*$/,
  (written) => written.slice("env:".length),
);

/** A list; from text, its items separated by commas. */
export function list<T>(takes: string, item: Kind<T>): Kind<readonly T[]> {
  return {
    takes,
    schema: v.array(item.schema),
    fromText: (text) =>
      text.split(",").map((part) => part.trim()).filter(Boolean).map(item.fromText),
  };
}

/** One value, or a list of them; yields a list. From text, its items separated by commas. */
export function oneOrMore<T>(takes: string, item: Kind<T>): Kind<readonly T[]> {
  const one = v.pipe(item.schema, v.transform((value) => [value]));
  const more = v.pipe(v.array(item.schema), v.minLength(1), v.maxLength(MOST_ITEMS));
  return { ...list(takes, item), schema: v.union([one, more]) };
}

/** An address of IPv4 or IPv6, or a network: an address and the length of its prefix. */
export const network: Kind<string> = {
  takes: "an address, or a network such as 10.0.0.0/8",
  schema: v.pipe(v.string(), v.check(isNetwork)),
  fromText: same,
};

/** The price of a model as a user writes it. */
export interface PriceSetting {
  /** A model, or `upstream/model`. */
  readonly model: string;
  /** For a million tokens each: input that was not cached, input that was, output. */
  readonly input: number;
  readonly cached: number;
  readonly output: number;
  /** Three letters: `USD`, `CNY`. */
  readonly currency: string;
}

const PRICE = /^\s*\S{1,256}(?:\s+\d{1,6}(?:\.\d{1,9})?){3}\s+[A-Z]{3}\s*$/;

/** `MODEL INPUT CACHED OUTPUT CURRENCY`, each for a million tokens. */
export const price: Kind<PriceSetting> = {
  takes: "MODEL INPUT CACHED OUTPUT CURRENCY, such as acme-2-pro 1.00 0.10 4.00 USD",
  schema: v.pipe(v.string(), v.regex(PRICE), v.transform(readPrice)),
  fromText: same,
};

function readPrice(written: string): PriceSetting {
  const [model = "", input, cached, output, currency = ""] = written.trim().split(/\s+/);
  return { model, input: Number(input), cached: Number(cached), output: Number(output), currency };
}

/** The base of an HTTP API: no user, query or fragment; yields it without a trailing slash. */
export const baseUrl: Kind<string> = {
  takes: "an http or https URL without user, query or fragment, such as https://host/v1",
  schema: v.pipe(v.string(), v.check(isBase), v.transform((url) => url.trim().replace(/\/+$/, ""))),
  fromText: same,
  secret: (written) => /[@?#]/.test(written),
};

function isNetwork(text: string): boolean {
  const [, address = "", length = "0"] = /^([^/]*)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(length) <= (family === 4 ? 32 : 128);
}

function isBase(text: string): boolean {
  if (!/^\s*https?:\/\/[^\s@?#]+\s*$/i.test(text) || !URL.canParse(text.trim())) return false;
  return new URL(text.trim()).hostname !== "";
}

function measure(read: (text: string) => number | undefined, least: string, most: string) {
  const bounded = v.pipe(v.number(), v.minValue(read(least) ?? 0), v.maxValue(read(most) ?? 0));
  return v.pipe(v.string(), v.transform(read), bounded);
}

function same(text: string): string {
  return text;
}
