/**
 * One provider as cc-switch keeps it, and its change to the relay. Pure.
 *
 * A provider is left alone where the sidecar cannot stand for it: logins, OpenAI itself, dialects that the sidecar does
 * not convert, texts that cannot be read (docs/facts/switchers.md §2, §8).
 *
 * @module
 */

import type { Fronts } from "../../base/front_proxies.ts";
import { Failure } from "../../base/errors.ts";
import { isObject, type Json } from "../../base/json.ts";
import { findProfile } from "../../provider/profiles.ts";
import { patchEmbeddedToml } from "../codex/embedded_toml.ts";
import { leftMessage, routeFor, type TomlEdit } from "../codex/toml.ts";
import { jsonAt, type JsonDoc, readJson, setJson } from "../text/json_edit.ts";
import { leafAt, readToml } from "../text/toml_doc.ts";

/** A provider: a row of the database, or an entry of the older file. */
export interface SwitchRecord {
  readonly id: string;
  readonly name: string;
  readonly category: string | undefined;
  /** JSON: `{"auth": {…}, "config": "<config.toml>", …}`; absent where it is no text. */
  readonly settings: string | undefined;
  /** JSON: `{"apiFormat": …, …}`; absent where there is none. */
  readonly meta: string | undefined;
}

/** A changed record; keys of edits begin with `settings_config` or `meta`. */
export interface RecordPatch {
  readonly settings: string | undefined;
  readonly meta: string | undefined;
  readonly edits: readonly TomlEdit[];
  /** The config.toml before and after the change. */
  readonly toml: { readonly before: string; readonly after: string };
  /** The upstream's own URL; absent where it is not known. */
  readonly url?: string;
  /** Why it is left alone, one line for the user. */
  readonly left?: string;
}

/** A changed part of a record, and the edits that led there; their keys begin with the part's name. */
export interface RecordPart {
  readonly doc: JsonDoc;
  readonly edits: readonly TomlEdit[];
}

/** What cc-switch calls the Responses API (docs/facts/switchers.md §2.2). */
export const RESPONSES = "openai_responses";
/** What cc-switch calls Chat Completions, which the sidecar converts. */
export const CHAT = "openai_chat";

/** The two names of a URL beside the TOML. cc-switch's proxy prefers it over the TOML's (docs/facts/switchers.md §2.1). */
export const URL_KEYS = ["base_url", "baseURL"] as const;

/** What cc-switch's proxy writes instead of a key while it controls a config.toml. */
const PROXY_MARKER = "PROXY_MANAGED";

/** Points a provider at the relay on `port`, or says why not. @param what its name in messages */
export function patchRecord(
  record: SwitchRecord,
  port: number,
  what: string,
  fronts?: Fronts,
): RecordPatch {
  const unchanged = unchangedRecord(record);
  const settings = parsed(record.settings);
  const meta = parsed(record.meta);
  if (!settings || !isObject(settings.value)) return leave("cannot be read");
  const foreign = foreignReason(record, settings, meta);
  if (foreign) return leave(foreign);
  const config = attempt(() => patchEmbeddedToml(settings, ["config"], port, what, fronts));
  if (config instanceof Failure) return { ...unchanged, left: `${config.message}: left alone` };
  const { provider, left, before } = config;
  if (!provider) return left ? { ...unchanged, left: leftMessage(left, what) } : unchanged;
  const chat = dialectOf(settings, meta, before) === CHAT;
  const unsuited = unsuitedReason(record, meta, provider.url, chat);
  if (unsuited) return leave(unsuited, provider.url);
  const urls = patchUrls(config.doc, port, fronts);
  const dialect = chat && meta ? patchDialect(meta) : undefined;
  return { ...joinParts(record, config, urls, dialect), url: provider.url };

  function leave(reason: string, url?: string): RecordPatch {
    const left = `${what} ${reason}: left alone`;
    return { ...unchanged, left, ...(url === undefined ? {} : { url }) };
  }
}

/** A patch that changes nothing. */
export function unchangedRecord({ settings, meta }: SwitchRecord): RecordPatch {
  return { settings, meta, edits: [], toml: { before: "", after: "" } };
}

/**
 * One patch of what was changed part by part.
 *
 * @param config the config.toml inside the settings; the keys of its edits begin inside them
 * @param urls the settings as a whole, `config` and the URLs beside it changed
 * @param dialect the meta; absent where it stays as it is
 */
export function joinParts(
  record: SwitchRecord,
  config: { edits: readonly TomlEdit[]; before: string; after: string },
  urls: RecordPart,
  dialect: RecordPart | undefined,
): RecordPatch {
  const inner = config.edits.map((edit) => ({ ...edit, key: ["settings_config", ...edit.key] }));
  return {
    settings: urls.doc.text,
    meta: dialect?.doc.text ?? record.meta,
    edits: [...inner, ...urls.edits, ...dialect?.edits ?? []],
    toml: { before: config.before, after: config.after },
  };
}

/** A text as JSON; `undefined` where there is none, or none that can be parsed. */
export function parsed(text: string | undefined): JsonDoc | undefined {
  const doc = attempt(() => text === undefined ? undefined : readJson(text, "A provider"));
  return doc instanceof Failure ? undefined : doc;
}

/** What `run` returns, or the `bad_config` that it throws; every other error is thrown on. */
export function attempt<T>(run: () => T): T | Failure {
  try {
    return run();
  } catch (error) {
    if (error instanceof Failure && error.code === "bad_config") return error;
    throw error;
  }
}

/** Why a provider is left alone whatever its URL; `undefined` where it is not. */
function foreignReason(
  { id, category }: SwitchRecord,
  settings: JsonDoc,
  meta: JsonDoc | undefined,
): string | undefined {
  const detail = (name: string): Json | undefined => meta && jsonAt(meta, [name]);
  const config = jsonAt(settings, ["config"]);
  const text = typeof config === "string" ? config : undefined;
  const login = ["codex_oauth", "xai_oauth"].some((type) => detail("providerType") === type);
  const rules: readonly (readonly [applies: boolean, reason: string])[] = [
    [id === "codex-official" || category === "official", "is OpenAI's own"],
    [login, "signs in with a login"],
    [isObject(jsonAt(settings, ["auth", "tokens"])), "signs in with a ChatGPT login"],
    [detail("isFullUrl") === true, FULL_URL],
    [text === undefined, "has no config.toml"],
    [text?.includes(PROXY_MARKER) === true, "is held by cc-switch's own proxy"],
    [dialectOf(settings, meta, "") === "anthropic", "speaks Anthropic's dialect"],
  ];
  return rules.find(([applies]) => applies)?.[1];
}

const FULL_URL = "has a whole address, not a base";

/** Why a provider with this URL and dialect is left alone; `undefined` where it is not. */
function unsuitedReason(
  { meta: source }: SwitchRecord,
  meta: JsonDoc | undefined,
  url: string,
  chat: boolean,
): string | undefined {
  const host = new URL(url).hostname;
  const rules: readonly (readonly [applies: boolean, reason: string])[] = [
    [/\/(?:chat\/completions|responses)\/*$/.test(url), FULL_URL],
    [
      chat && !findProfile(host),
      `speaks Chat Completions, which the sidecar does not convert for ${host}`,
    ],
    [chat && source !== undefined && !isObject(meta?.value), "has details that cannot be read"],
  ];
  return rules.find(([applies]) => applies)?.[1];
}

/** Points the URLs beside the TOML at the relay, where a relay can stand for them. */
function patchUrls(settings: JsonDoc, port: number, fronts: Fronts | undefined): RecordPart {
  let doc = settings;
  const edits: TomlEdit[] = [];
  for (const key of URL_KEYS) {
    const before = jsonAt(doc, [key]);
    const route = typeof before === "string" ? routeFor(before, key, port, fronts) : undefined;
    if (!route || "is" in route || before === undefined || route.relay === before) continue;
    doc = setJson(doc, [key], route.relay);
    edits.push({ key: ["settings_config", key], before, after: route.relay });
  }
  return { doc, edits };
}

/** Makes cc-switch send the Responses API to the sidecar, which converts it. */
function patchDialect(meta: JsonDoc): RecordPart {
  const before = jsonAt(meta, ["apiFormat"]);
  const edit = { key: ["meta", "apiFormat"], ...(before === undefined ? {} : { before }) };
  return {
    doc: setJson(meta, ["apiFormat"], RESPONSES),
    edits: [{ ...edit, after: RESPONSES }],
  };
}

/** The dialect, read where cc-switch reads it, in its order (docs/facts/switchers.md §2.2). */
function dialectOf(settings: JsonDoc, meta: JsonDoc | undefined, toml: string): Json | undefined {
  const candidates = [
    meta && jsonAt(meta, ["apiFormat"]),
    jsonAt(settings, ["api_format"]),
    jsonAt(settings, ["apiFormat"]),
  ];
  const named = candidates.find((one) => typeof one === "string" && one !== "");
  if (named !== undefined || toml === "") return named;
  const doc = readToml(toml, "A provider");
  const id = String(leafAt(doc, ["model_provider"])?.value);
  return leafAt(doc, ["model_providers", id, "wire_api"])?.value === "chat" ? CHAT : undefined;
}
