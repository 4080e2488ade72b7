/**
 * What a command line of Codex says about its settings: `-p` and `-c` in every spelling that Codex 0.169.0 takes
 * (docs/facts/codex.md §1.2). Pure.
 *
 * The same options behind a subcommand win over those before it, so of two the last one counts.
 *
 * @module
 */

import { parse, TomlError } from "smol-toml";
import type { Layer, Toml } from "../layers/layers.ts";
import { isTable } from "../layers/layers.ts";

/** The options of one command line. */
export interface CodexArguments {
  /** `-p`; `undefined` where there is none. */
  readonly profile: string | undefined;
  /** The layer of all `-c`; `undefined` where there is none. */
  readonly flags: Layer | undefined;
  /** Codex's own switch for a model on this machine, as it was written: `--oss`; `undefined` where there is none. */
  readonly local: string | undefined;
  /** `-C`: the folder that Codex works in. */
  readonly folder: string | undefined;
  /** The index behind the last of these options: what stands there wins over every one of them. */
  readonly behind: number;
}

/** Options with a value, by every name. */
const NAMES: Readonly<Record<string, "config" | "profile" | "folder" | "local">> = {
  "-c": "config",
  "--config": "config",
  "-p": "profile",
  "--profile": "profile",
  "-C": "folder",
  "--cd": "folder",
  "--local-provider": "local",
};

/** Reads the arguments behind the program's name, up to `--`. */
export function readArguments(args: readonly string[]): CodexArguments {
  const values: string[] = [];
  let profile: string | undefined;
  let folder: string | undefined;
  let local: string | undefined;
  let behind = 0;
  const end = args.indexOf("--");
  const known = end < 0 ? args.length : end;
  for (let at = 0; at < known; at++) {
    const arg = args[at] ?? "";
    if (arg === "--oss") {
      local = arg;
      continue;
    }
    const option = readOption(arg, args[at + 1]);
    if (!option || (option.next && at + 1 >= known)) continue;
    if (option.next) at++;
    const { name, value } = option;
    if (name === "config") values.push(value);
    else if (name === "profile") profile = value;
    else if (name === "folder") folder = value;
    else local = "--local-provider";
    if (name === "config" || name === "profile") behind = at + 1;
  }
  return {
    profile,
    flags: values.length > 0 ? flagsLayer(values) : undefined,
    local,
    folder,
    behind,
  };
}

/** The layer of `-c` values, each `key=value`. A value that is no TOML is a text, as Codex takes it. */
export function flagsLayer(values: readonly string[]): Layer {
  const root: Record<string, unknown> = {};
  for (const one of values) {
    const [, name, text] = /^([^=]*)=(.*)$/s.exec(one) ?? [];
    // Codex itself refuses a value without `=`
    if (name === undefined || text === undefined) continue;
    // Codex splits at every dot and knows no quotes.
    set(root, name.trim().split("."), tomlValue(text.trim()));
  }
  return { kind: "flags", name: "-c", value: root };
}

function set(root: Record<string, unknown>, key: readonly string[], value: unknown): void {
  let table = root;
  for (const part of key.slice(0, -1)) {
    const there = Object.hasOwn(table, part) ? table[part] : undefined;
    const next: Record<string, unknown> = isTable(there) ? { ...there } : {};
    define(table, part, next);
    table = next;
  }
  define(table, key.at(-1) ?? "", value);
}

/** A plain assignment of `__proto__` would set no key. */
function define(table: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(table, name, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
}

function tomlValue(text: string): unknown {
  try {
    const read: Toml = parse(`x = ${text}`, { integersAsBigInt: true });
    // A text with a line break may hold more than one value.
    if (Object.keys(read).length === 1) return read.x;
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
  }
  return text.replace(/^["']+|["']+$/g, "");
}

/** One option with its value. `next`: the value is the next argument. */
function readOption(arg: string, following: string | undefined) {
  const whole = Object.hasOwn(NAMES, arg) ? NAMES[arg] : undefined;
  if (whole) return { name: whole, value: following ?? "", next: true };
  const [, long = "", value = ""] = /^(--[\w-]+)=(.*)$/s.exec(arg) ?? [];
  if (Object.hasOwn(NAMES, long)) return { name: NAMES[long], value, next: false };
  const [, short = "", joined = ""] = /^(-[a-zA-Z])=?(.+)$/s.exec(arg) ?? [];
  return Object.hasOwn(NAMES, short)
    ? { name: NAMES[short], value: joined, next: false }
    : undefined;
}
