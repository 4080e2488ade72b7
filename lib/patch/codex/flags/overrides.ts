/**
 * `-c` arguments that point Codex at a sidecar, without a change of any file.
 *
 * @module
 */

import { Failure } from "../../../base/errors.ts";
import type { Profile } from "../../../provider/profile.ts";
import { flagsLayer } from "./arguments.ts";
import { effectiveProvider, type Layer, placedAt } from "../layers/layers.ts";
import { type Lead, type LeadFacts, leadOf } from "../layers/lead.ts";
import { leftMessage, TIMEOUT_KEYS } from "../toml.ts";
import { fromRelay, toRelay } from "../../relay_url.ts";
import { literal } from "../../text/toml_edit.ts";

/** Arguments for Codex and what the sidecar must allow for them. */
export interface Overrides {
  /** `["-c", "model_providers.x.base_url=\"…\"", …]` */
  readonly args: readonly string[];
  /** The origin that the relay must reach: `https://api.example.com`. */
  readonly origin: string;
}

/** Choices of one run. */
interface Chosen {
  /** A provider to use in place of the one in use; it needs no settings. */
  readonly profile?: Profile | undefined;
  /** Headers of every request, each with the environment variable that holds its value. */
  readonly envHeaders?: Readonly<Record<string, string>>;
}

/**
 * The overrides that point the provider in use at a sidecar; they must stand behind every `-c` and `-p` of the user's.
 *
 * @param layers of this start, flags among them
 * @param file config.toml's name in messages
 * @throws {Failure} `bad_config` where the sidecar cannot stand for the provider in use
 */
export function overrides(
  layers: readonly Layer[],
  facts: LeadFacts,
  file: string,
  chosen: Chosen = {},
): Overrides {
  const { profile, envHeaders = {} } = chosen;
  const own = profile
    ? profileOverrides(profile, facts.port, envHeaders)
    : leadOverrides(layers, facts, file, envHeaders);
  refuseOverruled(layers, own);
  return own;
}

function leadOverrides(
  layers: readonly Layer[],
  facts: LeadFacts,
  file: string,
  envHeaders: Readonly<Record<string, string>>,
): Overrides {
  const lead = leadOf(layers, facts);
  if ("is" in lead) {
    throw new Failure("bad_config", leftMessage(lead, file).replace(": left alone", ""), {
      hint: "Choose a provider there, or name one: sidecar run --provider NAME -- codex",
    });
  }
  const origin = fromRelay(lead.relay)?.origin ?? "";
  if (lead.key.length === 1) return { args: builtInFlags(lead, envHeaders), origin };
  const table = `model_providers.${part(lead.id)}`;
  const limits = TIMEOUT_KEYS.filter(([name, value]) => {
    const present = Number(placedAt(layers, [...lead.key.slice(0, -1), name])?.value);
    return !(present >= value);
  });
  return {
    args: flags([
      ...[["base_url", lead.relay] as const, ...limits].map(([name, value]) =>
        [`${table}.${name}`, value] as const
      ),
      ...headers(table, envHeaders),
    ]),
    origin,
  };
}

/** Refuses where a layer above the flags would lead Codex elsewhere all the same. */
function refuseOverruled(layers: readonly Layer[], { args, origin }: Overrides): void {
  const own = flagsLayer(args.filter((arg) => arg !== "-c"));
  const top = layers.findIndex(({ kind }) => kind === "managed");
  const at = top < 0 ? layers.length : top;
  const { id, url } = effectiveProvider([...layers.slice(0, at), own, ...layers.slice(at)]);
  if (url && fromRelay(url.value)?.origin === origin && url.layer === own) return;
  const above = [url?.layer, id?.layer].find((one) => one?.kind === "managed");
  const who = above?.name ?? "a layer above the command line";
  throw new Failure("bad_config", `${who} decides which provider Codex asks, whatever its flags`, {
    hint: "Only an administrator can change that file; Codex was not started",
  });
}

/**
 * For the built-in provider with a URL of the user's own: it takes no headers and no limits, so that a provider with the
 * same key stands in for it.
 */
function builtInFlags({ relay }: Lead, envHeaders: Readonly<Record<string, string>>): string[] {
  const id = "openai-through-sidecar";
  const table = `model_providers.${id}`;
  return flags([
    ["model_provider", id],
    [`${table}.name`, "openai_base_url"],
    [`${table}.base_url`, relay],
    [`${table}.wire_api`, "responses"],
    [`${table}.requires_openai_auth`, true],
    ...TIMEOUT_KEYS.map(([key, value]) => [`${table}.${key}`, value] as const),
    ...headers(table, envHeaders),
  ]);
}

function profileOverrides(
  { name, title, catalog }: Profile,
  port: number,
  envHeaders: Readonly<Record<string, string>>,
): Overrides {
  const model = catalog?.models[0];
  const relay = catalog && toRelay(catalog.baseUrl, port);
  if (!catalog || !model || relay === undefined) {
    throw new Failure("bad_usage", `The sidecar knows no models of ${title}`);
  }
  const table = `model_providers.${part(name)}`;
  return {
    args: flags([
      ["model_provider", name],
      ["model", model.id],
      ["model_context_window", model.window],
      [`${table}.name`, title],
      [`${table}.base_url`, relay],
      ...(catalog.keyEnv === undefined ? [] : [[`${table}.env_key`, catalog.keyEnv] as const]),
      [`${table}.wire_api`, "responses"],
      [`${table}.supports_standalone_web_search`, true],
      ...TIMEOUT_KEYS.map(([key, value]) => [`${table}.${key}`, value] as const),
      ...headers(table, envHeaders),
    ]),
    origin: fromRelay(relay)?.origin ?? "",
  };
}

/**
 * One override for each key, so that other keys of the user stay. Codex itself keeps the variable. The commands that it
 * runs get an empty one, because their output goes to the provider: Codex 0.169.0 does not filter names with TOKEN in
 * them (measured).
 */
function headers(table: string, envHeaders: Readonly<Record<string, string>>) {
  return Object.entries(envHeaders).flatMap(([name, variable]) => [
    [`${table}.env_http_headers.${name}`, variable] as const,
    [`shell_environment_policy.set.${variable}`, ""] as const,
  ]);
}

function flags(
  entries: readonly (readonly [key: string, value: string | number | boolean])[],
): string[] {
  return entries.flatMap(([key, value]) => ["-c", `${key}=${literal(value)}`]);
}

/** Codex splits the key of `-c` at every dot, quotes or not. */
function part(id: string): string {
  if (/^[\w-]+$/.test(id)) return id;
  throw new Failure("bad_config", `Codex takes no -c for a provider called ${JSON.stringify(id)}`, {
    hint: "Use sidecar init instead",
  });
}
