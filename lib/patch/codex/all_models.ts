/**
 * The part of `init --all` in Codex's settings: its provider in use lists the models of all rows, and a note tells the sidecar
 * where the rows are.
 *
 * The provider itself stays what it is, so that its conversations, a switch in cc-switch and `undo` go on as they did.
 *
 * @module
 */

import { type AllRows, allRowsFile, allRowsText } from "../all_rows.ts";
import { joinPath } from "../folders.ts";
import { holds, readToml } from "../text/toml_doc.ts";
import { setTop } from "../text/toml_set.ts";
import { readBytes } from "../text_file.ts";
import type { Draft } from "./draft.ts";
import type { ConfigFile } from "./files.ts";
import type { Lead } from "./lead.ts";
import { asksForList, offerFile } from "./model_offer.ts";
import type { PlannedFile } from "./plan_home.ts";
import { withList } from "./provider.ts";
import { type Left, leftMessage } from "./toml.ts";

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
  const catalogFile = joinPath(system, stateDir, "models", "all.json");
  const top = () => {
    const { doc: next, edits } = setTop(doc, [["model_catalog_json", catalogFile]], file.path);
    return { text: next.text, edits };
  };
  const next = asks ? withList(planned.text, table, file.path) : top();
  const list = offerFile(all);
  if (!asks) await own(draft, catalogFile, list);
  await own(draft, allRowsFile(system, stateDir), allRowsText({ ...all, port }));
  const many = `${all.models.length} ${all.models.length === 1 ? "model" : "models"}`;
  draft.found.push(`${file.name}: ${plain.id} offers the ${many} of all providers in cc-switch`);
  const made = asks ? {} : { made: { path: catalogFile, list: new TextEncoder().encode(list) } };
  if (!next || next.edits.length === 0) return { files, ...made };
  const changed = { ...planned, text: next.text, edits: [...planned.edits, ...next.edits] };
  const others = files.filter((one) => one.file.path !== file.path);
  return { files: [...others, changed], ...made };
}

/** A file of the sidecar's own, which `undo` removes. */
async function own(draft: Draft, path: string, text: string): Promise<void> {
  const there = await readBytes(draft.context.disk, path);
  if (there && new TextDecoder().decode(there) === text) return;
  draft.change(path, there, new TextEncoder().encode(text));
  draft.edits.push({ place: "codex", file: path, key: [], after: "created" });
}
