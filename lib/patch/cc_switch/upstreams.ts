/**
 * The providers that cc-switch keeps, as upstreams whose models one provider of Codex can offer together. Pure.
 *
 * Its rule: a row that `init` would leave alone is none, and neither is one without a key.
 *
 * @module
 */

import type { Fronts } from "../../base/front_proxies.ts";
import { keyFault, trimmedKey } from "../../base/secrets/key_text.ts";
import { isLocalToken } from "../../base/secrets/local_token.ts";
import { isObject, type Json } from "../../base/json.ts";
import { leafAt, readToml } from "../text/toml_doc.ts";
import { jsonAt, type JsonDoc } from "../text/json_edit.ts";
import { attempt, parsed, patchRecord, type SwitchRecord } from "./record.ts";
import type { SwitchSnapshot } from "./snapshot.ts";

/** One row as an upstream. */
export interface RowUpstream {
  readonly id: string;
  /** From the row's name, of letters, digits, `.` and `-`; no two rows have the same. */
  readonly name: string;
  /** The row's name as its user wrote it. */
  readonly title: string;
  readonly baseUrl: string;
  readonly key: string;
  /** The models that the row itself names, the one in use first. */
  readonly models: readonly string[];
}

/** The rows of a snapshot, and why others are left out. */
export interface RowUpstreams {
  readonly rows: RowUpstream[];
  /** One line for the user each. */
  readonly left: readonly string[];
}

/** Most rows, and most models that one row names. */
const MAX_ROWS = 100;
const MAX_MODELS = 200;
const MAX_NAME = 40;

/**
 * Reads them.
 *
 * @param port of the sidecar: a row that leads to it leads nowhere else
 */
export function rowUpstreams(
  { records }: SwitchSnapshot,
  port: number,
  env: (name: string) => string | undefined,
  fronts?: Fronts,
): RowUpstreams {
  const rows: RowUpstream[] = [];
  const left: string[] = [];
  const taken = new Set<string>();
  for (const record of records) {
    const what = `provider ${JSON.stringify(record.name)}`;
    const { url, left: reason } = patchRecord(record, port, what, fronts);
    if (reason !== undefined || url === undefined) {
      left.push(reason ?? `${what} has no base_url: left alone`);
      continue;
    }
    const { key, models } = ownOf(record, env);
    const fault = key === undefined ? "has no key" : keyFault(key);
    // The sidecar's own table, which cc-switch copied from the live file
    if (key !== undefined && isLocalToken(key)) continue;
    if (key === undefined || fault !== undefined) {
      left.push(`${what} ${key === undefined ? fault : `has a key that ${fault}`}: left out`);
    } else if (rows.length >= MAX_ROWS) left.push(`${what} is one too many: left out`);
    else {
      const name = freeName(record.name, taken);
      rows.push({
        id: record.id,
        name,
        title: record.name,
        baseUrl: url,
        key: trimmedKey(key),
        models,
      });
    }
  }
  return { rows, left };
}

/** The key and the models of a row; the order of keys is Codex's (docs/facts/switchers.md §2.1). */
function ownOf(
  { settings: text }: SwitchRecord,
  env: (name: string) => string | undefined,
): { key: string | undefined; models: string[] } {
  const settings = parsed(text);
  if (!settings) return { key: undefined, models: [] };
  const config = jsonAt(settings, ["config"]);
  const doc = attempt(() => readToml(typeof config === "string" ? config : "", "A provider"));
  if (doc instanceof Error) return { key: undefined, models: [] };
  const table = ["model_providers", String(leafAt(doc, ["model_provider"])?.value)];
  const at = (name: string) => filled(leafAt(doc, [...table, name])?.value);
  const variable = at("env_key");
  const key = (variable === undefined ? undefined : env(variable)) ??
    at("experimental_bearer_token") ??
    filled(jsonAt(settings, ["auth", "OPENAI_API_KEY"]));
  const models = [filled(leafAt(doc, ["model"])?.value), ...catalogOf(settings)];
  return {
    key,
    models: [...new Set(models.filter((id) => id !== undefined))].slice(0, MAX_MODELS),
  };
}

function catalogOf(settings: JsonDoc): (string | undefined)[] {
  const models = jsonAt(settings, ["modelCatalog", "models"]);
  return Array.isArray(models)
    ? models.map((model) => isObject(model) ? filled(model.model) : undefined)
    : [];
}

function filled(value: Json | undefined): string | undefined {
  return typeof value === "string" && value.trim() !== "" ? value.trim() : undefined;
}

/** `Acme AI (China)` becomes `acme-ai-china`; a second one gets a number. */
function freeName(title: string, taken: Set<string>): string {
  const plain = title.toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, "-").slice(0, MAX_NAME)
    .replace(/^-|-$/g, "") || "provider";
  let name = plain;
  for (let at = 2; taken.has(name); at++) name = `${plain}-${at}`;
  taken.add(name);
  return name;
}
