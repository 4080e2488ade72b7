/**
 * The list of models for a provider's table that the user wrote: by its address in that table, where that Codex asks for it, else by
 * a file. Pure: texts in, texts out.
 *
 * Its rule: an address is one provider's, a file is everybody's in that home, because Codex takes it in place of its own list.
 * So a file is written only where one provider is all that the home can be started with.
 *
 * @module
 */

import { isOpenAIModel } from "../../provider/openai_models.ts";
import { modelFacts } from "../../provider/catalog/facts.ts";
import { profileFor } from "../../provider/profiles.ts";
import { fromRelay } from "../relay_url.ts";
import { holds, leafAt, readToml } from "../text/toml_doc.ts";
import { addBehind, setValue, splice } from "../text/toml_edit.ts";
import { setTop } from "../text/toml_set.ts";
import type { ConfigFile } from "./files.ts";
import type { HomeLayers } from "./layers/layer_files.ts";
import type { Lead } from "./layers/lead.ts";
import { asksForList, offerFile, rowOffer } from "./model_offer.ts";
import type { PlannedFile } from "./plan_home.ts";

/** Adds the address of the list behind the URL of an existing table, where none is there. */
export function withList(text: string, table: readonly string[], file: string) {
  const doc = readToml(text, file);
  const base = leafAt(doc, [...table, "base_url"]);
  const key = [...table, "model_catalog_url"];
  if (!base || typeof base.value !== "string") return undefined;
  const after = `${base.value}/models`;
  const there = leafAt(doc, key);
  if (there?.value === after) return undefined;
  if (there) {
    // of another port
    const source = doc.text.slice(...there.at);
    const { text } = splice(doc, [setValue(doc, there, after)], file);
    return { text, edits: [{ key, before: there.value ?? null, after, source }] };
  }
  const next = splice(doc, [addBehind(doc, base, [["model_catalog_url", after]])], file);
  return { text: next.text, edits: [{ key, after }] };
}

/**
 * The planned files with the address of the list in the table of the user's own that is in use: where that Codex asks for it,
 * the provider's models are known here, and there is no catalog yet.
 */
export function withOwnList(
  file: ConfigFile,
  files: readonly PlannedFile[],
  { key, url, placed: { layer } }: Lead,
  codex: string | undefined,
): readonly PlannedFile[] {
  const at = URL.parse(url);
  const table = key.slice(0, -1);
  if (!at || table.length !== 2 || layer.path !== file.path) return files;
  if (!asksForList({ codex }) || !profileFor(at).catalog) return files;
  const planned = plannedOf(file, files);
  const doc = readToml(planned.text, file.path);
  const model = leafAt(doc, ["model"])?.value;
  const set = leafAt(doc, [...table, "model_catalog_url"])?.value;
  // What Codex knows of OpenAI's models is better than an entry of ours
  if (holds(doc, ["model_catalog_json"]) || (typeof model === "string" && isOpenAIModel(model))) {
    return files;
  }
  if (set !== undefined && (typeof set !== "string" || !fromRelay(set))) return files;
  const next = withList(planned.text, table, file.path);
  if (!next) return files;
  return withEdits(planned, next, files);
}

/** A file of the list, and the planned files with its path. */
interface OwnFile {
  readonly files: readonly PlannedFile[];
  readonly path: string;
  readonly list: string;
}

/**
 * The same by a file, for a Codex that asks no address. It holds what is known here of the provider's models, and the one in
 * use.
 *
 * @param fileFor the path of a provider's list
 * @returns `undefined` where there is none to write
 */
export function withOwnFile(
  { config: { file }, selections }: HomeLayers,
  files: readonly PlannedFile[],
  { key, url, placed: { layer } }: Lead,
  codex: string | undefined,
  fileFor: (profile: string) => string,
): OwnFile | undefined {
  const at = URL.parse(url);
  const table = key.slice(0, -1);
  if (!at || table.length !== 2 || layer.path !== file.path) return undefined;
  const profile = profileFor(at);
  // Without a version nobody knows whether it reads such a file
  if (codex === undefined || asksForList({ codex }) || !profile.catalog) return undefined;
  // Another provider, or OpenAI by its login, would lose what Codex knows of its models
  if (file.login || selections.length > 1) return undefined;
  const planned = plannedOf(file, files);
  const doc = readToml(planned.text, file.path);
  const providers = doc.tables.filter(({ key }) => key.length === 2 && key[0] === table[0]);
  const model = leafAt(doc, ["model"])?.value;
  if (providers.length > 1 || typeof model !== "string" || isOpenAIModel(model)) return undefined;
  const path = fileFor(profile.name);
  const set = leafAt(doc, ["model_catalog_json"])?.value;
  if (set !== path && holds(doc, ["model_catalog_json"])) return undefined;
  if (holds(doc, [...table, "model_catalog_url"])) return undefined;
  const { models } = rowOffer(profile, url);
  const known = models.some(({ id }) => id === model);
  const list = offerFile({ models: known ? models : [modelFacts(profile, model), ...models] });
  const next = setTop(doc, [["model_catalog_json", path]], file.path);
  if (next.edits.length === 0) return { files, path, list };
  const changed = { text: next.doc.text, edits: next.edits };
  return { files: withEdits(planned, changed, files), path, list };
}

/** The file as it is planned so far. */
function plannedOf(file: ConfigFile, files: readonly PlannedFile[]): PlannedFile {
  return files.find((one) => one.file.path === file.path) ?? { file, text: file.text, edits: [] };
}

/** The planned files, one of them with further edits. */
function withEdits(
  planned: PlannedFile,
  { text, edits }: Pick<PlannedFile, "text" | "edits">,
  files: readonly PlannedFile[],
): PlannedFile[] {
  const changed = { ...planned, text, edits: [...planned.edits, ...edits] };
  return [...files.filter(({ file }) => file.path !== planned.file.path), changed];
}
