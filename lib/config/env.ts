/**
 * Reads the environment and the command line's flags into findings.
 *
 * A variable is `SIDECAR_` and the key path in upper snake case; an empty one counts as not set. One that is no setting
 * never refuses anything: other programs, and clusters with a service called `sidecar`, have such names too.
 *
 * @module
 */

import { type Finding, UPSTREAM_NAME, upstreamInEnv } from "./finding.ts";
import type { Env } from "./paths.ts";
import { type Setting, type SettingKey, settings, SHORTHANDS } from "./schema.ts";
import { upstreamSettings } from "./upstream_schema.ts";
import { userSettings } from "./user_schema.ts";
import { suggest } from "./suggest.ts";

/** Settings given on the command line, as text. */
export interface FlagOverrides {
  readonly host?: string | undefined;
  readonly port?: string | undefined;
  readonly logLevel?: string | undefined;
  readonly logFormat?: string | undefined;
  readonly logDir?: string | undefined;
}

const prefix = "SIDECAR_";
const upstreamPrefix = `${prefix}UPSTREAMS_`;
const userPrefix = `${prefix}USERS_`;

/** The variables of the install scripts (docs/install.md); people keep them exported. */
const INSTALL_VARIABLES = ["SIDECAR_VERSION", "SIDECAR_INSTALL_DIR", "SIDECAR_BASE_URL"];

/** The most foreign variables that one sentence names. */
const NAMED = 5;

const flags: Record<keyof FlagOverrides, { flag: string; key: SettingKey }> = {
  host: { flag: "--host", key: "listen.host" },
  port: { flag: "--port", key: "listen.port" },
  logLevel: { flag: "--log-level", key: "log.level" },
  logFormat: { flag: "--log-format", key: "log.format" },
  logDir: { flag: "--log-dir", key: "log.dir" },
};

const byVariable = new Map([
  ...Object.keys(settings).map((key) => [prefix + inEnv(key), key] as const),
  ...Object.entries(SHORTHANDS).map(([name, { key }]) => [prefix + inEnv(name), key] as const),
]);
const upstreamEndings = new Map(Object.keys(upstreamSettings).map((key) => [inEnv(key), key]));
const userEndings = new Map(Object.keys(userSettings).map((key) => [inEnv(key), key]));

/** The sections with names of the user's choice, as variables spell them. */
const SECTIONS = [
  { is: "upstream", start: upstreamPrefix, endings: upstreamEndings, table: upstreamSettings },
  { is: "user", start: userPrefix, endings: userEndings, table: userSettings },
] as const;

/**
 * Reads the variables that begin with `SIDECAR_`, in the order of their names.
 *
 * @param known upstreams and users that exist already, so that `MY_GATEWAY` finds `my-gateway`
 * @param reserved variables that `api_key: env:NAME` refers to: the user's own, never settings
 */
export function readEnv(
  env: Env,
  known: Readonly<Record<"upstream" | "user", readonly string[]>>,
  reserved: ReadonlySet<string>,
): Finding[] {
  const out: Finding[] = [];
  const spelt = (all: readonly string[]) => new Map(all.map((name) => [upstreamInEnv(name), name]));
  const allNames = { upstream: spelt(known.upstream), user: spelt(known.user) };
  const foreign: string[] = [];
  for (const label of Object.keys(env).filter((name) => name.startsWith(prefix)).sort()) {
    const text = env[label];
    const key = byVariable.get(label);
    if (!text || reserved.has(label) || INSTALL_VARIABLES.includes(label)) continue;
    if (key) out.push({ is: "value", key, raw: fromText(settings, key, text), label });
    else {
      const found = splitNamed(label);
      const names = allNames[found?.is ?? "upstream"];
      const name = found && (names.get(found.name) ?? found.name.toLowerCase());
      if (!found || !name || !UPSTREAM_NAME.test(name)) {
        foreign.push(label);
        continue;
      }
      if (!names.has(found.name)) {
        names.set(found.name, name);
        out.push({ is: found.is, name, label });
      }
      const raw = fromText(found.table, found.key, text);
      out.push({ is: "value", [found.is]: name, key: found.key, raw, label });
    }
  }
  return [...out, ...remarks(foreign)];
}

/** Whether a variable sets something here, whatever its value. */
export function isSettingVariable(label: string): boolean {
  return byVariable.has(label) || splitNamed(label) !== undefined;
}

/** A sentence for each variable that is probably misspelt, and one for all others. */
function remarks(foreign: readonly string[]): Finding[] {
  const advice = foreign.map((label) => [label, advise(label)] as const);
  const near = advice.filter(([, text]) => text !== "")
    .map(([label, text]) => `${label} is not a setting and has no effect${text}`);
  const far = advice.flatMap(([label, text]) => text === "" ? [label] : []);
  const more = far.length > NAMED ? ` and ${far.length - NAMED} more` : "";
  const verb = far.length === 1 ? "is not a setting and has" : "are not settings and have";
  const others = far.length === 0
    ? []
    : [`${far.slice(0, NAMED).join(", ")}${more} ${verb} no effect`];
  return [...near, ...others].map((text) => ({ is: "remark", text }));
}

/** The names of the variables that hold keys, as the environment itself names them. */
export function reservedByEnv(env: Env): string[] {
  return Object.entries(env).flatMap(([label, text]) => {
    const isKey = (label.startsWith(upstreamPrefix) && label.endsWith("_API_KEY")) ||
      (label.startsWith(userPrefix) && label.endsWith("_TOKEN"));
    return isKey && text?.startsWith("env:") ? [text.slice("env:".length)] : [];
  });
}

/** Reads the flags that were given. */
export function readFlags(given: FlagOverrides): Finding[] {
  return Object.entries(flags).flatMap(([name, { flag, key }]) => {
    const text = given[name as keyof FlagOverrides];
    if (text === undefined) return [];
    return [{ is: "value", key, raw: fromText(settings, key, text), label: flag } as const];
  });
}

/** The section, the name and the key that a variable sets; `undefined` where it sets none of a name's. */
function splitNamed(label: string) {
  for (const { is, start, endings, table } of SECTIONS) {
    const rest = label.startsWith(start) ? label.slice(start.length) : "";
    for (const [ending, key] of endings) {
      if (!rest.endsWith(`_${ending}`)) continue;
      return { is, name: rest.slice(0, -ending.length - 1), key, table };
    }
  }
  return undefined;
}

function advise(label: string): string {
  for (const { start, endings } of SECTIONS) {
    if (!label.startsWith(start)) continue;
    const parts = label.slice(start.length).split("_");
    // The longest name first: all that follows it must come near a key.
    for (let named = parts.length - 1; named > 0; named--) {
      const key = suggest(parts.slice(named).join("_"), endings.keys());
      const name = parts.slice(0, named).join("_");
      if (key && `${start}${name}_${key}` !== label) {
        return `. Did you mean ${start}${name}_${key}?`;
      }
    }
  }
  // Compared without the prefix: all share it, so any short name would look near.
  const names = [...byVariable.keys()].map((name) => name.slice(prefix.length));
  const found = suggest(label.slice(prefix.length), names);
  return found ? `. Did you mean ${prefix}${found}?` : "";
}

function fromText(table: Record<string, Setting>, key: string, text: string): unknown {
  return table[key]?.kind.fromText(text);
}

function inEnv(key: string): string {
  return key.toUpperCase().replaceAll(".", "_");
}
