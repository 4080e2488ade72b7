/**
 * The part of `init --all` in Codex's settings: its provider in use lists the models of all rows, and a note tells the sidecar
 * where the rows are.
 *
 * The provider itself stays what it is, so that its conversations, a switch in cc-switch and `undo` go on as they did.
 *
 * @module
 */

import { allModelsFile, type AllRows, allRowsFile, allRowsText } from "../../all_rows.ts";
import { holds, readToml } from "../../text/toml_doc.ts";
import { setTop } from "../../text/toml_set.ts";
import { readBytes } from "../../text_file.ts";
import type { Draft } from "../draft.ts";
import type { ConfigFile } from "../files.ts";
import type { Lead } from "../layers/lead.ts";
import { asksForList, offerFile } from "../model_offer.ts";
import type { PlannedFile } from "../plan_home.ts";
import { toRelay } from "../../relay_url.ts";
import { addOwnTable, OWN_ID } from "./own_table.ts";
import { withList } from "../own_list.ts";
import { type Left, leftMessage } from "../toml.ts";

/** The planned files, and the list of models that they name. */
interface AllPlanned {
  readonly files: readonly PlannedFile[];
  readonly made?: { readonly path: string; readonly list: Uint8Array };
}

/**
 * Plans it for the home in use.
 *
 * @param plain where the plain start leads; a start that does not lead through the sidecar is a problem of the plan
 */
export async function withAllModels(
  draft: Draft,
  file: ConfigFile,
  files: readonly PlannedFile[],
  plain: Lead | Left,
  all: AllRows,
): Promise<AllPlanned> {
  if ("is" in plain && WITHOUT.has(plain.is)) return await withOwnTable(draft, file, files, all);
  if ("is" in plain) {
    draft.problems.push({
      file: file.path,
      why: `${
        leftMessage(plain, file.name).replace(": left alone", "")
      }, and --all needs a provider of Codex that goes through the sidecar`,
      hint: plain.is === "front_proxy"
        ? "Switch that proxy off: it sends every model to one provider"
        : "Choose one of its providers in cc-switch, and run sidecar init --all again",
    });
    return { files };
  }
  const { system, stateDir, port, installedCodex } = draft.context;
  const planned = files.find((one) => one.file.path === file.path) ??
    { file, text: file.text, edits: [] };
  const doc = readToml(planned.text, file.path);
  const table = plain.key.slice(0, -1);
  const inTable = table.length > 0 && plain.placed.layer.path === file.path;
  // A file wins over an address, and an older Codex asks no address
  const asks = inTable && asksForList({ codex: installedCodex }) &&
    !holds(doc, ["model_catalog_json"]);
  const catalogFile = allModelsFile(system, stateDir);
  const next = asks
    ? withList(planned.text, table, file.path)
    : listFile(planned.text, catalogFile, file.path);
  const list = offerFile(all);
  if (!asks) await own(draft, catalogFile, list);
  await own(draft, allRowsFile(system, stateDir), allRowsText({ ...all, port }));
  draft.found.push(`${file.name}: ${plain.id} offers ${many(all)} of all providers in cc-switch`);
  const made = asks ? {} : { made: { path: catalogFile, list: new TextEncoder().encode(list) } };
  if (!next || next.edits.length === 0) return { files, ...made };
  const changed = { ...planned, text: next.text, edits: [...planned.edits, ...next.edits] };
  const others = files.filter((one) => one.file.path !== file.path);
  return { files: [...others, changed], ...made };
}

/** What a Codex that goes to OpenAI, or nowhere, is found to be. */
const WITHOUT: ReadonlySet<Left["is"]> = new Set(["no_provider", "built_in", "openai", "login"]);

/** Gives Codex a provider of its own, which shows the sidecar a local token in place of a key. */
async function withOwnTable(
  draft: Draft,
  file: ConfigFile,
  files: readonly PlannedFile[],
  all: AllRows,
): Promise<AllPlanned> {
  const { system, stateDir, port, installedCodex } = draft.context;
  const { text, edits } = files.find((one) => one.file.path === file.path) ??
    { text: file.text, edits: [] };
  const relay = toRelay(all.baseUrl, port);
  const [model] = all.models;
  if (relay === undefined || model === undefined) return { files };
  const asks = asksForList({ codex: installedCodex }) &&
    !holds(readToml(text, file.path), ["model_catalog_json"]);
  const added = addOwnTable(
    text,
    { relay, localToken: all.localToken, model: model.id, asks },
    file.path,
  );
  const catalogFile = allModelsFile(system, stateDir);
  const list = offerFile(all);
  const top = asks ? { text: added.text, edits: [] } : listFile(added.text, catalogFile, file.path);
  if (!asks) await own(draft, catalogFile, list);
  await own(draft, allRowsFile(system, stateDir), allRowsText({ ...all, port }));
  draft.lacksProvider = false;
  draft.found.push(`${file.name}: ${OWN_ID} offers ${many(all)} of all providers in cc-switch`);
  const others = files.filter((one) => one.file.path !== file.path);
  return {
    files: [...others, { file, text: top.text, edits: [...edits, ...added.edits, ...top.edits] }],
    ...asks ? {} : { made: { path: catalogFile, list: new TextEncoder().encode(list) } },
  };
}

function listFile(text: string, catalogFile: string, file: string) {
  const { doc, edits } = setTop(
    readToml(text, file),
    [["model_catalog_json", catalogFile]],
    file,
  );
  return { text: doc.text, edits };
}

function many({ models: { length } }: AllRows): string {
  return `the ${length} ${length === 1 ? "model" : "models"}`;
}

/** A file of the sidecar's own, which `undo` removes. */
async function own(draft: Draft, path: string, text: string): Promise<void> {
  const there = await readBytes(draft.context.disk, path);
  if (there && new TextDecoder().decode(there) === text) return;
  draft.change(path, there, new TextEncoder().encode(text));
  draft.edits.push({ place: "codex", file: path, key: [], after: "created" });
}
