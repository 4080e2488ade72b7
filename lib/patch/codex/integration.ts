/**
 * The integration with Codex: `config.toml` in each home, and the list of models for `--provider`.
 *
 * @module
 */

import { allRowsFiles } from "../all_rows.ts";
import type { Fronts } from "../../base/front_proxies.ts";
import { chosenProfile } from "../../provider/choose.ts";
import { placeOf } from "../../provider/catalog/place.ts";
import type { Profile } from "../../provider/profile.ts";
import { withAllModels } from "./all/models.ts";
import { type ConfigFile, configPaths, movedEdits, readConfig } from "./files.ts";
import { addGateway } from "./gateway.ts";
import { offerFile, retiredIn, rowOffer } from "./model_offer.ts";
import { withOwnFile, withOwnList } from "./own_list.ts";
import { addProvider, withModel } from "./provider.ts";
import { codexState } from "./state.ts";
import { tryOf } from "./loads.ts";
import { type HomeLayers, profilePaths, readHome } from "./layers/layer_files.ts";
import { Draft, take, takeList } from "./draft.ts";
import type { Lead } from "./layers/lead.ts";
import { planHome, type PlannedFile } from "./plan_home.ts";
import { tableMemories } from "./table_memory.ts";
import { leftMessage } from "./toml.ts";
import { revertCodexToml } from "./toml_revert.ts";
import { distinctPaths, folderOf, joinPath } from "../folders.ts";
import { readFronts } from "../fronts.ts";
import type { Edit, GatewayChoice, Integration, PatchContext, Plan } from "../integration.ts";
import { displayUrl } from "../relay_url.ts";
import { readBytes } from "../text_file.ts";

const encoder = new TextEncoder();

/** Codex's settings on this machine. A home without a config.toml is skipped, except the one in use. */
export function codexIntegration(context: PatchContext): Integration {
  return {
    name: "codex",
    plan: () => plan(context),
    planRevert: (edits, all) => planRevert(context, edits, all),
    state: (edits) => codexState(context, edits),
  };
}

async function plan(context: PatchContext): Promise<Plan> {
  const draft = new Draft(context);
  const fronts = await readFronts(context);
  for (const [at, path] of (await configPaths(context)).entries()) {
    await draft.part(path, async () => {
      const first = at === 0;
      const { gateway } = context;
      // A gateway is for the home in use; the others stay as they are
      if (gateway && first) addGatewayTo(draft, await readConfig(context, path), gateway);
      if (gateway) return;
      // A provider is added to the home in use only.
      const profile = first && context.provider ? chosenProfile(context.provider) : undefined;
      if (profile) await addTo(draft, await readConfig(context, path), profile);
      else await patchIn(draft, await readHome(context, path), fronts, first);
    });
  }
  return draft.done();
}

async function patchIn(
  draft: Draft,
  home: HomeLayers,
  fronts: Fronts,
  first: boolean,
): Promise<void> {
  const { file } = home.config;
  if (!file.bytes && !first) return;
  const { port } = draft.context;
  const planned = planHome(home, { port, fronts, login: file.login, taken: file.taken });
  const { plain, found, leads } = planned;
  const gone = "is" in plain ? undefined : retiredIn(file, plain.url);
  if (gone) draft.retired.push(gone);
  const changed = gone && draft.context.replaceRetired
    ? withModel(file, planned.files, gone.successor)
    : planned.files;
  const { all, installedCodex } = draft.context;
  const { files, made } = all && first
    ? await withAllModels(draft, file, changed, plain, all)
    : "is" in plain
    ? { files: changed }
    : (first ? await withListFile(draft, home, changed, plain) : undefined) ??
      { files: withOwnList(file, changed, plain, installedCodex) };
  if ("is" in plain && !(all && first)) {
    const nowhere = plain.is === "no_provider" || plain.is === "built_in";
    draft.found.push(
      !file.bytes && plain.is === "no_provider"
        ? `${file.name} is not there: Codex uses OpenAI`
        : leftMessage(plain, file.name),
    );
    if (!nowhere) draft.lacksProvider = false;
  }
  if (leads) draft.lacksProvider = false;
  draft.found.push(...found);
  for (const local of planned.ports) {
    const who = await draft.context.localProxy?.(local);
    if (who) draft.found.push(`${who} answers on port ${local}, and stays behind the sidecar`);
  }
  for (const one of files) take(draft, one);
  const plainly = files.find((one) => one.file.path === file.path);
  if (plainly && plainly.edits.length > 0) draft.tries.push(tryOf(file, plainly.text, made));
}

/** The list as a file of the sidecar's own, where the Codex here takes no address. */
async function withListFile(
  draft: Draft,
  home: HomeLayers,
  files: readonly PlannedFile[],
  plain: Lead,
): Promise<
  { files: readonly PlannedFile[]; made: { path: string; list: Uint8Array } } | undefined
> {
  const { system, stateDir, installedCodex } = draft.context;
  const fileFor = (name: string) => joinPath(system, stateDir, "models", `${name}.json`);
  const own = withOwnFile(home, files, plain, installedCodex, fileFor);
  if (!own) return undefined;
  const list = encoder.encode(own.list);
  await takeList(draft, own.path, list);
  return { files: own.files, made: { path: own.path, list } };
}

function addGatewayTo(draft: Draft, file: ConfigFile, gateway: GatewayChoice): void {
  const { installedCodex: codex, env } = draft.context;
  const { text, edits } = addGateway(file.text, { ...gateway, codex }, file.path);
  const already = edits.length === 0 ? " already" : "";
  draft.lacksProvider = false;
  draft.found.push(`${file.name} goes to the gateway at ${displayUrl(gateway.url)}${already}`);
  take(draft, { file, text, edits });
  if (edits.length > 0) draft.tries.push(tryOf(file, text));
  const { tokenVariable } = gateway;
  if (env[tokenVariable]) return;
  draft.found.push(`${tokenVariable} is not set here; Codex reads your token from it`);
}

async function addTo(draft: Draft, file: ConfigFile, profile: Profile): Promise<void> {
  const { system, stateDir, port, baseUrl, keyVariable } = draft.context;
  const catalogFile = joinPath(system, stateDir, "models", `${profile.name}.json`);
  const url = baseUrl ?? profile.catalog?.baseUrl ?? "";
  const offer = draft.context.offer ?? rowOffer(profile, url);
  const { catalog, ...patch } = addProvider(
    file.text,
    { profile, baseUrl: url, catalogFile, port, offer, keyVariable },
    file.path,
  );
  const list = encoder.encode(offerFile(offer));
  if (catalog === "own") {
    draft.found.push(`${file.name} names a catalog of models of its own, which stays`);
  }
  if (catalog === "file") await takeList(draft, catalogFile, list);
  const { provider, text, edits } = patch;
  const already = edits.length === 0 ? ", through the sidecar already" : "";
  draft.lacksProvider = false;
  draft.found.push(
    `${file.name}: ${provider?.id ?? ""} goes to ${displayUrl(provider?.url ?? "")}${already}`,
  );
  take(draft, { file, text, edits });
  const made = catalog === "file" ? { path: catalogFile, list } : undefined;
  if (edits.length > 0) draft.tries.push(tryOf(file, text, made));
  const key = keyVariable ?? placeOf(profile, url).keyEnv;
  if (key && !draft.context.env[key]) {
    draft.found.push(`${key} is not set here; Codex reads ${profile.title}'s key from it`);
  }
}

async function planRevert(
  context: PatchContext,
  edits: readonly Edit[],
  all: readonly Edit[] = edits,
): Promise<Plan> {
  const draft = new Draft(context);
  const listed = edits.filter(({ file, key }) => key.length === 0 && file.endsWith(".json"));
  // Without its memory too: keys are injected for as long as the note is there
  const lists = [
    ...listed,
    ...allRowsFiles(context.system, context.stateDir)
      .filter((file) => !listed.some((edit) => edit.file === file))
      .map((file): Edit => ({ place: "codex", file, key: [], after: "created" })),
  ];
  const files = edits.map(({ file }) => file).filter((file) => file.endsWith(".toml"));
  const named: string[] = [];
  // Paths of the manifest come first, because its edits name a file by that path.
  const paths = [...files, ...await configPaths(context), ...await profileFiles(context, files)];
  for (const path of await distinctPaths(context.disk, paths)) {
    await draft.part(path, async () => {
      const file = await readConfig(context, path);
      const here = edits.filter((edit) => edit.file === path);
      const own = here.length > 0 || !file.bytes
        ? here
        : await movedEdits(context.disk, edits, path);
      named.push(revertFile(draft, file, own, all));
    });
  }
  for (const edit of lists) {
    // Codex does not start where its settings name a list that is missing.
    const used = named.some((text) => text.includes(JSON.stringify(edit.file).slice(1, -1)));
    const bytes = used || draft.problems.length > 0
      ? undefined
      : await readBytes(context.disk, edit.file);
    if (!bytes) continue;
    draft.change(edit.file, bytes, undefined);
    draft.edits.push(edit);
  }
  return draft.done();
}

/** The profiles of every home, which hold URLs of their own. */
async function profileFiles(context: PatchContext, files: readonly string[]): Promise<string[]> {
  const homes = new Set([...await configPaths(context), ...files].map(folderOf));
  const found = await Promise.all([...homes].map((home) => profilePaths(context, home)));
  return found.flat().map(([, path]) => path);
}

/** @returns the text as it will be */
function revertFile(
  draft: Draft,
  file: ConfigFile,
  edits: readonly Edit[],
  all: readonly Edit[],
): string {
  const { path, name, text, bytes } = file;
  if (!bytes) return "";
  const own = edits.filter(({ key }) => key.length > 0);
  const back = revertCodexToml(text, own, path, tableMemories(all));
  if (back.text === text) {
    draft.found.push(`${name}: nothing of the sidecar's`);
    return text;
  }
  const made = edits.some(({ key }) => key.length === 0);
  const gone = made && /^\ufeff?\s*$/.test(back.text);
  draft.found.push(`${name}: ${gone ? "made by init, goes" : "goes back"}`);
  draft.edits.push(...back.edits.map((edit) => ({ ...edit, place: "codex" as const, file: path })));
  draft.previews.push({ title: name, before: text, after: back.text });
  draft.change(path, bytes, gone ? undefined : encoder.encode(back.text));
  return back.text;
}
