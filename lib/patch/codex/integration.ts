/**
 * The integration with Codex: `config.toml` in each home, and the list of models for `--provider`.
 *
 * @module
 */

import { asFailure } from "../../base/errors.ts";
import { chosenProfile } from "../../provider/choose.ts";
import { catalogEntries, catalogJson } from "../../provider/catalog/entry.ts";
import { modelFacts } from "../../provider/catalog/facts.ts";
import type { Profile } from "../../provider/profile.ts";
import { adoptedEdits } from "./adopt.ts";
import { type ConfigFile, configPaths, readConfig } from "./files.ts";
import { addProvider } from "./provider.ts";
import { codexState } from "./state.ts";
import { type Left, leftMessage, patchCodexToml, type TomlPatch } from "./toml.ts";
import { revertCodexToml } from "./toml_revert.ts";
import { applyFiles, backUpFiles, type FileChange } from "../file_changes.ts";
import { distinctPaths, joinPath } from "../folders.ts";
import type {
  Edit,
  Integration,
  PatchContext,
  Plan,
  PlanProblem,
  Preview,
} from "../integration.ts";
import { displayUrl } from "../relay_url.ts";
import { readBytes } from "../text_file.ts";
import { leafAt, readToml } from "../text/toml_doc.ts";

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

/** Collects the parts of a plan. */
class Draft {
  readonly found: string[] = [];
  readonly edits: Edit[] = [];
  readonly previews: Preview[] = [];
  readonly problems: PlanProblem[] = [];
  readonly changes: FileChange[] = [];
  lacksProvider = true;

  constructor(readonly context: PatchContext) {}

  /** Plans one file; a failure becomes a problem of that file. */
  async part(file: string, run: () => Promise<void>): Promise<void> {
    try {
      await run();
    } catch (error) {
      const { code, message, facts: { hint } } = asFailure(error);
      if (code === "bad_usage" || code === "internal") throw error;
      this.problems.push({ file, why: message, ...(hint === undefined ? {} : { hint }) });
    }
  }

  change(path: string, before: FileChange["before"], after: FileChange["after"]): void {
    this.changes.push({ path, before, after });
  }

  done(): Plan {
    const { context: { disk }, found, edits, previews, problems, changes, lacksProvider } = this;
    return {
      place: "codex",
      found,
      edits,
      previews,
      problems,
      lacksProvider,
      backup: (dir) => backUpFiles(disk, dir, "codex", changes),
      apply: () => applyFiles(disk, changes),
    };
  }
}

async function plan(context: PatchContext): Promise<Plan> {
  const draft = new Draft(context);
  for (const [at, path] of (await configPaths(context)).entries()) {
    await draft.part(path, async () => {
      const file = await readConfig(context, path);
      const first = at === 0;
      if (!file.bytes && !first) return;
      // A provider is added to the home in use only.
      const profile = first && context.provider ? chosenProfile(context.provider) : undefined;
      if (profile) await addTo(draft, file, profile);
      else patchIn(draft, file);
    });
  }
  return draft.done();
}

function patchIn(draft: Draft, file: ConfigFile): void {
  const { path, name, text } = file;
  const patch = patchCodexToml(text, draft.context.port, path);
  const left = patch.left ?? loginOf(file, patch);
  if (left) {
    const finding = file.bytes
      ? leftMessage(left, name)
      : `${name} is not there: Codex uses OpenAI`;
    draft.found.push(finding);
    if (left.is !== "no_provider" && left.is !== "built_in") draft.lacksProvider = false;
    return;
  }
  take(draft, file, patch);
}

async function addTo(draft: Draft, file: ConfigFile, profile: Profile): Promise<void> {
  const { system, stateDir, port, baseUrl, disk } = draft.context;
  const catalogFile = joinPath(system, stateDir, "models", `${profile.name}.json`);
  const patch = addProvider(file.text, { profile, baseUrl, catalogFile, port }, file.path);
  const models = profile.catalog?.models.map(({ id }) => modelFacts(profile, id)) ?? [];
  const list = encoder.encode(catalogJson(catalogEntries(models, {})));
  const there = await readBytes(disk, catalogFile);
  if (!there || new TextDecoder().decode(there) !== new TextDecoder().decode(list)) {
    draft.change(catalogFile, there, list);
    draft.edits.push({ place: "codex", file: catalogFile, key: [], after: "created" });
  }
  if (!file.bytes) draft.edits.push({ place: "codex", file: file.path, key: [], after: "created" });
  take(draft, file, patch);
  const key = profile.catalog?.keyEnv;
  if (key && !draft.context.env[key]) {
    draft.found.push(`${key} is not set here; Codex reads ${profile.title}'s key from it`);
  }
}

function take(draft: Draft, { path, name, text, bytes }: ConfigFile, patch: TomlPatch): void {
  draft.lacksProvider = false;
  const { id, url } = patch.provider ?? { id: "", url: "" };
  const already = patch.edits.length === 0 ? ", through the sidecar already" : "";
  draft.found.push(`${name}: ${id} goes to ${displayUrl(url)}${already}`);
  if (patch.edits.length === 0) return;
  draft.edits.push(
    ...patch.edits.map((edit) => ({ ...edit, place: "codex" as const, file: path })),
  );
  draft.previews.push({ title: name, before: text, after: patch.text });
  draft.change(path, bytes, encoder.encode(patch.text));
}

/** A ChatGPT login may go to OpenAI only, so a provider that would send it elsewhere is left alone. */
function loginOf({ path, text, login }: ConfigFile, { provider }: TomlPatch): Left | undefined {
  if (!login || !provider) return undefined;
  const doc = readToml(text, path);
  const own = (name: string) => leafAt(doc, ["model_providers", provider.id, name])?.value;
  const key = own("env_key") ?? own("experimental_bearer_token");
  return own("requires_openai_auth") === true && !key
    ? { is: "login", id: provider.id }
    : undefined;
}

async function planRevert(
  context: PatchContext,
  edits: readonly Edit[],
  all: readonly Edit[] = edits,
): Promise<Plan> {
  const draft = new Draft(context);
  const lists = edits.filter(({ file, key }) => key.length === 0 && file.endsWith(".json"));
  const files = edits.map(({ file }) => file).filter((file) => file.endsWith(".toml"));
  const named: string[] = [];
  // Paths of the manifest come first, because its edits name a file by that path.
  for (const path of await distinctPaths(context.disk, [...files, ...await configPaths(context)])) {
    await draft.part(path, async () => {
      const file = await readConfig(context, path);
      const own = edits.filter((edit) => edit.file === path);
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
  const back = revertCodexToml(text, [...adoptedEdits(readToml(text, path), all), ...own], path);
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
