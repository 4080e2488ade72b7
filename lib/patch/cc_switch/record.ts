/**
 * One provider as cc-switch keeps it, and what becomes of it when the sidecar stands in between.
 *
 * Left alone is whatever the sidecar cannot carry: logins, OpenAI itself, dialects it does not convert, texts nobody
 * can read. Pure. The facts stand in docs/facts/switchers.md §2 and §8.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { isObject, type Json } from "../../base/json.ts";
import { findProfile } from "../../provider/profiles.ts";
import { patchInside } from "../codex/embedded_toml.ts";
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
  /** The config.toml as it was and as it is. */
  readonly toml: { readonly before: string; readonly after: string };
  /** Where it really leads; absent where that is not known. */
  readonly url?: string;
  /** Why it is left alone, one line for the user. */
  readonly left?: string;
}

/** What cc-switch calls the three dialects (docs/facts/switchers.md §2.2). */
export const RESPONSES = "openai_responses";
/** The one that the sidecar converts. */
export const CHAT = "openai_chat";

/** The two names of a URL beside the TOML; where it stands, cc-switch's proxy prefers it (docs/facts/switchers.md §2.1). */
export const URL_KEYS = ["base_url", "baseURL"] as const;

/** What cc-switch's proxy writes instead of a key while it holds a config.toml. */
const HELD = "PROXY_MANAGED";

/** Leads a provider through the relay on `port`, or says why not. @param what it is called in messages */
export function patchRecord(record: SwitchRecord, port: number, what: string): RecordPatch {
  const { settings, meta } = record;
  const same = { settings, meta, edits: [], toml: { before: "", after: "" } };
  const alone = (why: string, url?: string): RecordPatch => ({
    ...same,
    left: `${what} ${why}: left alone`,
    ...(url === undefined ? {} : { url }),
  });
  const doc = settings === undefined ? undefined : readable(settings);
  if (!doc || !isObject(doc.value)) return alone("cannot be read");
  const about = meta === undefined ? undefined : readable(meta);
  const stranger = strange(record, doc, about);
  if (stranger) return alone(stranger);
  const inside = attempt(() => patchInside(doc, ["config"], port, what));
  if (inside instanceof Failure) return { ...same, left: `${inside.message}: left alone` };
  const { provider, left, before, after } = inside;
  if (!provider) return left ? { ...same, left: leftMessage(left, what) } : same;
  const { url } = provider;
  if (/\/(?:chat\/completions|responses)\/*$/.test(url)) {
    return alone("has a whole address, not a base", url);
  }
  const chat = formatOf(doc, about, before) === CHAT;
  const host = new URL(url).hostname;
  if (chat && !findProfile(host)) {
    return alone(`speaks Chat Completions, which the sidecar does not convert for ${host}`, url);
  }
  if (chat && meta !== undefined && !isObject(about?.value)) {
    return alone("has details that cannot be read", url);
  }
  const edits: TomlEdit[] = inside.edits.map((edit) => within("settings_config", edit));
  let next = inside.doc;
  for (const key of URL_KEYS) {
    const old = jsonAt(next, [key]);
    const way = typeof old === "string" ? routeFor(old, key, port) : undefined;
    if (!way || "is" in way || old === undefined || way.relay === old) continue;
    next = setJson(next, [key], way.relay);
    edits.push({ key: ["settings_config", key], before: old, after: way.relay });
  }
  let details = about;
  if (chat && details) {
    const old = jsonAt(details, ["apiFormat"]);
    details = setJson(details, ["apiFormat"], RESPONSES);
    edits.push({
      key: ["meta", "apiFormat"],
      ...(old === undefined ? {} : { before: old }),
      after: RESPONSES,
    });
  }
  return { settings: next.text, meta: details?.text ?? meta, edits, toml: { before, after }, url };
}

/** An edit of a part, as one of the whole. */
export function within(part: string, edit: TomlEdit): TomlEdit {
  return { ...edit, key: [part, ...edit.key] };
}

/** A text as JSON; `undefined` where it is none. */
export function readable(text: string): JsonDoc | undefined {
  const doc = attempt(() => readJson(text, "A provider"));
  return doc instanceof Failure ? undefined : doc;
}

/** What `run` returns, or the failure it throws over what others wrote. */
export function attempt<T>(run: () => T): T | Failure {
  try {
    return run();
  } catch (error) {
    if (error instanceof Failure && error.code === "bad_config") return error;
    throw error;
  }
}

/** Why a provider is none of the sidecar's business, whatever its URL. */
function strange(
  record: SwitchRecord,
  doc: JsonDoc,
  about: JsonDoc | undefined,
): string | undefined {
  if (record.id === "codex-official" || record.category === "official") return "is OpenAI's own";
  const detail = (name: string): Json | undefined => about && jsonAt(about, [name]);
  const type = detail("providerType");
  if (type === "codex_oauth" || type === "xai_oauth") return "signs in with a login";
  if (isObject(jsonAt(doc, ["auth", "tokens"]))) return "signs in with a ChatGPT login";
  if (detail("isFullUrl") === true) return "has a whole address, not a base";
  const config = jsonAt(doc, ["config"]);
  if (typeof config !== "string") return "has no config.toml";
  if (config.includes(HELD)) return "is held by cc-switch's own proxy";
  return formatOf(doc, about, "") === "anthropic" ? "speaks Anthropic's dialect" : undefined;
}

/** The dialect, asked where cc-switch asks, in its order (docs/facts/switchers.md §2.2). */
function formatOf(doc: JsonDoc, about: JsonDoc | undefined, toml: string): Json | undefined {
  const named = [
    about && jsonAt(about, ["apiFormat"]),
    jsonAt(doc, ["api_format"]),
    jsonAt(doc, ["apiFormat"]),
  ];
  const said = named.find((one) => typeof one === "string" && one !== "");
  if (said !== undefined || toml === "") return said;
  const parsed = readToml(toml, "A provider");
  const id = String(leafAt(parsed, ["model_provider"])?.value);
  return leafAt(parsed, ["model_providers", id, "wire_api"])?.value === "chat" ? CHAT : undefined;
}
