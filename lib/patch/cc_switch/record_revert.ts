/**
 * Reverts one provider of cc-switch: the sidecar's values go, and what others wrote since stays. Pure.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { isObject } from "../../base/json.ts";
import {
  attempt,
  CHAT,
  joinParts,
  parsed,
  type RecordPart,
  type RecordPatch,
  RESPONSES,
  type SwitchRecord,
  unchangedRecord,
  URL_KEYS,
} from "./record.ts";
import { revertEmbeddedToml } from "../codex/embedded_toml.ts";
import type { TableMemory } from "../codex/table_memory.ts";
import type { TomlEdit } from "../codex/toml.ts";
import { jsonAt, type JsonDoc, setJson } from "../text/json_edit.ts";
import { fromRelay } from "../relay_url.ts";

/**
 * Reverts those of `edits` whose values still stand, and every relay URL that is left.
 *
 * @param edits what was done to this record, with keys that begin with `settings_config` or `meta`; empty where no
 * manifest remembers
 * @param what its name in messages
 * @param memories tables from which the one in here may have been copied
 */
export function revertRecord(
  record: SwitchRecord,
  edits: readonly TomlEdit[],
  what: string,
  memories: readonly TableMemory[] = [],
): RecordPatch {
  const unchanged = unchangedRecord(record);
  const settings = parsed(record.settings);
  if (!settings || !isObject(settings.value)) {
    return { ...unchanged, left: `${what} cannot be read: left alone` };
  }
  const inner = edits.filter(({ key }) => key[0] === "settings_config")
    .map((edit) => ({ ...edit, key: edit.key.slice(1) }));
  const config = attempt(() => revertEmbeddedToml(settings, ["config"], inner, what, memories));
  if (config instanceof Failure) return { ...unchanged, left: `${config.message}: left alone` };
  const urls = revertUrls(config.doc, inner);
  const meta = parsed(record.meta);
  const dialect = meta && revertDialect(meta, edits, config.edits, config.after);
  return joinParts(record, config, urls, dialect);
}

/** Reverts the URLs beside the TOML. @param made edits whose keys begin inside the settings */
function revertUrls(settings: JsonDoc, made: readonly TomlEdit[]): RecordPart {
  let doc = settings;
  const edits: TomlEdit[] = [];
  for (const key of URL_KEYS) {
    const now = jsonAt(doc, [key]);
    if (typeof now !== "string") continue;
    const own = made.find((edit) => edit.key[0] === key && edit.after === now);
    const original = own?.before ?? fromRelay(now)?.url;
    if (original === undefined) continue;
    doc = setJson(doc, [key], original);
    edits.push({ key: ["settings_config", key], before: now, after: original });
  }
  return { doc, edits };
}

/** Reverts the dialect; `undefined` where it stays. @param toml the config.toml after the revert */
function revertDialect(
  meta: JsonDoc,
  made: readonly TomlEdit[],
  reverted: readonly TomlEdit[],
  toml: string,
): RecordPart | undefined {
  const original = originalDialect(meta, made, reverted, toml);
  if (!original) return undefined;
  const { format } = original;
  const after = format === undefined ? {} : { after: format };
  return {
    doc: setJson(meta, ["apiFormat"], format),
    edits: [{ key: ["meta", "apiFormat"], before: RESPONSES, ...after }],
  };
}

/**
 * The dialect before `init`, where it is to be restored; a `format` of `undefined` means that none was set.
 *
 * With a manifest: ours must still stand, and the URL beside it must be the one that it was changed for. Without one:
 * settings for Chat's reasoning beside a relay URL of ours prove Chat, because cc-switch writes them for that dialect
 * alone (docs/facts/switchers.md §4).
 */
function originalDialect(
  meta: JsonDoc,
  made: readonly TomlEdit[],
  reverted: readonly TomlEdit[],
  toml: string,
): { readonly format: string | undefined } | undefined {
  if (jsonAt(meta, ["apiFormat"]) !== RESPONSES) return undefined;
  const own = made.find(({ key }) => key.join(".") === "meta.apiFormat");
  const isUrl = ({ key }: TomlEdit) => key.at(-1) === "base_url";
  if (!own) {
    const isChat = reverted.some(isUrl) && isObject(jsonAt(meta, ["codexChatReasoning"]));
    return isChat ? { format: CHAT } : undefined;
  }
  const stands = made.some((edit) =>
    isUrl(edit) && typeof edit.before === "string" && toml.includes(edit.before)
  );
  if (!stands || own.after !== RESPONSES) return undefined;
  return { format: typeof own.before === "string" ? own.before : undefined };
}
