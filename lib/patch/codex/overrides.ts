/**
 * `-c` arguments that point Codex at a sidecar, without a change of any file.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import type { Profile } from "../../provider/profile.ts";
import { activeUrl, leftMessage, TIMEOUT_KEYS } from "./toml.ts";
import { fromRelay, toRelay } from "../relay_url.ts";
import { leafAt, readToml } from "../text/toml_doc.ts";
import { literal } from "../text/toml_edit.ts";

/** Arguments for Codex and what the sidecar must allow for them. */
export interface Overrides {
  /** `["-c", "model_providers.x.base_url=\"…\"", …]` */
  readonly args: readonly string[];
  /** The origin that the relay must reach: `https://api.example.com`. */
  readonly origin: string;
}

/** Choices of one run. */
interface Chosen {
  /** The id of a provider to use in place of the one in use. */
  readonly id?: string | undefined;
  /** The same by profile, for a provider without a table. */
  readonly profile?: Profile | undefined;
  /** Headers of every request, each with the environment variable that holds its value. */
  readonly envHeaders?: Readonly<Record<string, string>>;
}

/**
 * The overrides that point the provider in use at a sidecar on `port`.
 *
 * @param text Codex's config.toml, empty where there is none
 * @param file its name in messages
 * @throws {Failure} `bad_config` where the sidecar cannot stand for the provider in use
 */
export function overrides(
  text: string,
  port: number,
  file: string,
  chosen: Chosen = {},
): Overrides {
  const { id, profile, envHeaders = {} } = chosen;
  if (profile) return profileOverrides(profile, port, envHeaders);
  const doc = readToml(id === undefined ? text : withProvider(text, id, file), file);
  const active = activeUrl(doc, port);
  if ("is" in active) {
    throw new Failure("bad_config", leftMessage(active, file).replace(": left alone", ""), {
      hint: "Choose a provider there, or name one: sidecar run --provider NAME -- codex",
    });
  }
  const table = `model_providers.${part(active.id)}`;
  const timeout = TIMEOUT_KEYS.filter(([name, value]) => {
    const present = leafAt(doc, ["model_providers", active.id, name])?.value;
    return typeof present !== "number" || present < value;
  });
  return {
    args: flags([
      ...[["base_url", active.relay] as const, ...timeout].map(([name, value]) =>
        [`${table}.${name}`, value] as const
      ),
      ...headers(table, envHeaders),
    ]),
    origin: fromRelay(active.relay)?.origin ?? "",
  };
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
      ["web_search", "disabled"],
      [`${table}.name`, title],
      [`${table}.base_url`, relay],
      ...(catalog.keyEnv === undefined ? [] : [[`${table}.env_key`, catalog.keyEnv] as const]),
      [`${table}.wire_api`, "responses"],
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

function flags(entries: readonly (readonly [key: string, value: string | number])[]): string[] {
  return entries.flatMap(([key, value]) => ["-c", `${key}=${literal(value)}`]);
}

/** The text as Codex sees it with `-c model_provider=…`. */
function withProvider(text: string, id: string, file: string): string {
  const leaf = leafAt(readToml(text, file), ["model_provider"]);
  if (!leaf) return `model_provider = ${literal(id)}\n${text.replace(/^\ufeff/, "")}`;
  return text.slice(0, leaf.at[0]) + literal(id) + text.slice(leaf.at[1]);
}

/** Codex splits the key of `-c` at every dot, quotes or not. */
function part(id: string): string {
  if (/^[\w-]+$/.test(id)) return id;
  throw new Failure("bad_config", `Codex takes no -c for a provider called ${JSON.stringify(id)}`, {
    hint: "Use sidecar init instead",
  });
}
