/**
 * Loads the configuration: flags win over the environment, that over the file, that over the defaults. All problems
 * are reported together.
 *
 * Reads no file itself: the text comes from a function that is an argument.
 *
 * @module
 */

import * as v from "valibot";
import { Failure } from "../base/errors.ts";
import { assemble } from "./assemble.ts";
import type { Config } from "./config.ts";
import { type FlagOverrides, readEnv, readFlags, reservedByEnv } from "./env.ts";
import { readYaml } from "./file.ts";
import {
  type Finding,
  type FoundValue,
  type Gathered,
  type GatheredName,
  problem,
  upstreamInEnv,
} from "./finding.ts";
import { configFile, type Env, type System } from "./paths.ts";
import { type Setting, settings } from "./schema.ts";
import { upstreamSettings } from "./upstream_schema.ts";
import { unlistedModels, userSettings } from "./user_schema.ts";
import { didYouMean } from "./suggest.ts";

/** Where settings come from. */
export interface Sources {
  /** The file the user named; without it the usual path is tried, where a file may be missing. */
  readonly file?: string | undefined;
  readonly env: Env;
  readonly flags: FlagOverrides;
  /** The text of a file; `undefined` when there is none. May throw for any other reason. */
  readonly readFile: (path: string) => Promise<string | undefined>;
  /** @default {Deno.build.os} */
  readonly system?: System;
  /** Is given each sentence about what has no effect, such as a misspelt variable; also where loading then fails. */
  readonly warn?: (sentence: string) => void;
}

/**
 * Loads and checks the complete configuration.
 *
 * @throws {Failure} `bad_config`, one line for each problem: where it stands, the value, and what the setting takes.
 */
export async function loadConfig(sources: Sources): Promise<Config> {
  const { file = configFile(sources.system ?? Deno.build.os, sources.env) } = sources;
  const inFile = file === undefined ? [] : await readSource(file, sources);
  const named = (is: "upstream" | "user") =>
    inFile.flatMap((one) => one.is === is ? [one.name] : []);
  const names = { upstream: named("upstream"), user: named("user") };
  const reserved = new Set([...inFile.flatMap(keyVariable), ...reservedByEnv(sources.env)]);
  const findings = [
    ...inFile,
    ...readEnv(sources.env, names, reserved),
    ...readFlags(sources.flags),
  ];
  const problems: string[] = [];
  const globals = gathered();
  const upstreams = new Map<string, GatheredName>();
  const users = new Map<string, GatheredName>();
  const spelt = new Map<string, string>();
  for (const [key, { kind, fallback }] of Object.entries(settings)) {
    globals.values.set(key, v.parse(kind.schema, fallback));
  }
  for (const finding of findings) {
    if (finding.is === "problem") problems.push(finding.text);
    else if (finding.is === "remark") sources.warn?.(finding.text);
    else if (finding.is !== "value") {
      const all = finding.is === "user" ? users : upstreams;
      problems.push(...clash(`${finding.is}s`, finding.name, finding.label, spelt));
      all.set(finding.name, { ...gathered(), label: finding.label });
    } else {
      const { upstream, user } = finding;
      const target = upstream !== undefined
        ? upstreams.get(upstream)
        : user !== undefined
        ? users.get(user)
        : globals;
      if (target) take(finding, target, problems);
    }
  }
  const config = assemble(globals, upstreams, users, problems);
  if (problems.length > 0) throw refusal(problems);
  for (const sentence of unlistedModels(config)) sources.warn?.(sentence);
  return config;
}

async function readSource(file: string, { file: named, readFile }: Sources): Promise<Finding[]> {
  try {
    const text = await readFile(file);
    if (text !== undefined) return readYaml(text, file);
    return named === undefined ? [] : [problem(`${file} does not exist`)];
  } catch (error) {
    return [problem(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)];
  }
}

/** The variables that `api_key: env:NAME`, `state: env:NAME` and a user's `token: env:NAME` name. They are the user's own and never settings, whatever their names. */
function keyVariable(finding: Finding): string[] {
  if (finding.is !== "value") return [];
  const { key, upstream, user } = finding;
  if (key !== (user !== undefined ? "token" : upstream !== undefined ? "api_key" : "state")) {
    return [];
  }
  return [finding.raw].flat().map((each) => String(each).replace(/^env:/, ""));
}

/** Checks one value and keeps it, good or not yet known to be bad. */
function take(found: FoundValue, { values, labels }: Gathered, problems: string[]): void {
  const table: Record<string, Setting> = found.upstream !== undefined
    ? upstreamSettings
    : found.user !== undefined
    ? userSettings
    : settings;
  const setting = table[found.key];
  if (!setting) return;
  labels.set(found.key, found.label);
  const result = v.safeParse(setting.kind.schema, found.raw);
  if (result.success) values.set(found.key, result.output);
  else problems.push(`${found.label} ${refuse(found.raw, setting)}`);
}

function refuse(raw: unknown, { kind }: Setting): string {
  if (kind.secret?.(String(raw))) return `takes ${kind.takes}; what was written is not shown`;
  const near = typeof raw === "string" && kind.choices ? didYouMean(raw, kind.choices) : "";
  return `is ${show(raw)}, but takes ${kind.takes}${near}`;
}

function show(raw: unknown): string {
  if (raw === null || raw === undefined) return "empty";
  if (typeof raw === "object" && !Array.isArray(raw)) return "a section";
  const text = JSON.stringify(raw);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}

/** @param spelt names by their section and how variables spell them; takes this one */
function clash(
  section: string,
  name: string,
  label: string,
  spelt: Map<string, string>,
): string[] {
  const key = `${section} ${upstreamInEnv(name)}`;
  const twin = spelt.get(key);
  if (twin === undefined) spelt.set(key, name);
  return twin !== undefined
    ? [`${label} has the same name as ${section}.${twin}: letter case, - and _ do not count`]
    : [];
}

function gathered(): Gathered {
  return { values: new Map(), labels: new Map() };
}

function refusal(problems: string[]): Failure {
  const many = problems.length === 1 ? "a problem" : `${problems.length} problems`;
  return new Failure("bad_config", `The configuration has ${many}:\n  ${problems.join("\n  ")}`);
}
