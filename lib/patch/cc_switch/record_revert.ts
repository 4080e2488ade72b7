/**
 * The way back of one provider of cc-switch: values of ours go, what others wrote since stays.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { isObject } from "../../base/json.ts";
import {
  attempt,
  CHAT,
  readable,
  type RecordPatch,
  RESPONSES,
  type SwitchRecord,
  URL_KEYS,
  within,
} from "./record.ts";
import { revertEmbeddedToml } from "../codex/embedded_toml.ts";
import type { TomlEdit } from "../codex/toml.ts";
import { jsonAt, type JsonDoc, setJson } from "../text/json_edit.ts";
import { fromRelay } from "../relay_url.ts";

/**
 * Takes back what `edits` say, as far as it still stands, and every relay URL that is left.
 *
 * @param edits what was done to this record, with keys that begin with `settings_config` or `meta`; empty where nobody
 * remembers
 * @param what it is called in messages
 */
export function revertRecord(
  record: SwitchRecord,
  edits: readonly TomlEdit[],
  what: string,
): RecordPatch {
  const { settings, meta } = record;
  const same = { settings, meta, edits: [], toml: { before: "", after: "" } };
  const doc = settings === undefined ? undefined : readable(settings);
  if (!doc || !isObject(doc.value)) return { ...same, left: `${what} cannot be read: left alone` };
  const inner = edits.filter(({ key }) => key[0] === "settings_config")
    .map((edit) => ({ ...edit, key: edit.key.slice(1) }));
  const inside = attempt(() => revertEmbeddedToml(doc, ["config"], inner, what));
  if (inside instanceof Failure) return { ...same, left: `${inside.message}: left alone` };
  const { before, after } = inside;
  const done: TomlEdit[] = inside.edits.map((edit) => within("settings_config", edit));
  let next = inside.doc;
  for (const key of URL_KEYS) {
    const now = jsonAt(next, [key]);
    if (typeof now !== "string") continue;
    const made = inner.find((edit) => edit.key[0] === key && edit.after === now);
    const old = made?.before ?? fromRelay(now)?.url;
    if (old === undefined) continue;
    next = setJson(next, [key], old);
    done.push({ key: ["settings_config", key], before: now, after: old });
  }
  const about = meta === undefined ? undefined : readable(meta);
  const format = about && formatBack(about, edits, inside.edits, after);
  if (!about || !format) {
    return { settings: next.text, meta, edits: done, toml: { before, after } };
  }
  const details = setJson(about, ["apiFormat"], format.was);
  const was = format.was === undefined ? {} : { after: format.was };
  done.push({ key: ["meta", "apiFormat"], before: RESPONSES, ...was });
  return { settings: next.text, meta: details.text, edits: done, toml: { before, after } };
}

/**
 * The dialect that goes back, where it does: ours must stand still, and the URL beside it must be the one it was
 * changed for. Without memory, the settings of Chat's reasoning beside a relay URL of ours say what it was: cc-switch
 * writes them for that dialect alone (docs/facts/switchers.md §4).
 */
function formatBack(
  about: JsonDoc,
  edits: readonly TomlEdit[],
  back: readonly TomlEdit[],
  toml: string,
): { was: string | undefined } | undefined {
  if (jsonAt(about, ["apiFormat"]) !== RESPONSES) return undefined;
  const made = edits.find(({ key }) => key.join(".") === "meta.apiFormat");
  const urls = edits.filter(({ key }) => key.at(-1) === "base_url");
  if (made) {
    const stands = urls.some(({ before }) => typeof before === "string" && toml.includes(before));
    return stands && made.after === RESPONSES ? { was: textOr(made.before) } : undefined;
  }
  const led = back.some(({ key }) => key.at(-1) === "base_url");
  return led && isObject(jsonAt(about, ["codexChatReasoning"])) ? { was: CHAT } : undefined;
}

function textOr(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
