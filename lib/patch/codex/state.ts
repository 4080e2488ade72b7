/**
 * The state of Codex's settings: patched, drifted or untouched.
 *
 * @module
 */

import { asFailure } from "../../base/errors.ts";
import type { Fronts } from "../../base/front_proxies.ts";
import { configPaths } from "./files.ts";
import { readHome } from "./layers/layer_files.ts";
import { distinctStarts, type Start } from "./plan_home.ts";
import { leftMessage } from "./toml.ts";
import { folderOf } from "../folders.ts";
import { readFronts } from "../fronts.ts";
import type { Edit, IntegrationState, PatchContext } from "../integration.ts";
import { displayUrl, fromRelay } from "../relay_url.ts";

type FileState = Pick<IntegrationState, "state" | "facts" | "gateway">;

/** States, most important first: the state of all files is the first one that any file has. */
const WORST = ["drifted", "patched", "untouched", "absent"] as const;

/** The state of every home, compared with the manifest's edits. */
export async function codexState(
  context: PatchContext,
  edits: readonly Edit[],
): Promise<IntegrationState> {
  const fronts = await readFronts(context);
  const recorded = edits.map(({ file }) => file).filter((file) => file.endsWith(".toml"));
  const known = [...context.knownHomes ?? [], ...recorded.map(folderOf)];
  const found: FileState[] = [];
  for (const path of await configPaths(context, known)) {
    found.push(await homeState(context, path, edits, fronts));
  }
  const state = WORST.find((one) => found.some((verdict) => verdict.state === one)) ?? "absent";
  const facts = [...new Set(found.flatMap(({ facts }) => facts))];
  // Where anything else is patched, a sidecar of this machine is needed all the same
  const gateway = found.every((verdict) => verdict.state !== "patched" || verdict.gateway);
  return { place: "codex", state, facts, ...state === "patched" && gateway && { gateway } };
}

async function homeState(
  context: PatchContext,
  path: string,
  edits: readonly Edit[],
  fronts: Fronts,
): Promise<FileState> {
  const own = edits.filter(({ file, key }) => folderOf(file) === folderOf(path) && key.length > 0);
  const ours = own.length > 0;
  try {
    const home = await readHome(context, path);
    const { login, taken, bytes, name } = home.config.file;
    const starts = distinctStarts(home, { port: context.port, fronts, login, taken });
    const plain = starts[0]?.lead;
    if (!bytes && plain && "is" in plain && plain.is === "no_provider" && starts.length === 1) {
      const facts = [`${name} is not there`, ...home.trouble];
      return ours
        ? { state: "drifted", facts: [`${name} is not there; init had patched it`] }
        : { state: "absent", facts };
    }
    const states: FileState[] = [];
    for (const start of starts) states.push(await startState(context, start, own, path));
    const state = WORST.find((one) => states.some((verdict) => verdict.state === one));
    const facts = [...states.flatMap(({ facts }) => facts), ...home.trouble];
    const gateway = states.every((verdict) => verdict.state !== "patched" || verdict.gateway);
    return { state: state ?? "untouched", facts, ...state === "patched" && gateway && { gateway } };
  } catch (error) {
    return { state: ours ? "drifted" : "untouched", facts: [asFailure(error).message] };
  }
}

async function startState(
  { port, disk }: PatchContext,
  { selection: { name, profile }, lead }: Start,
  edits: readonly Edit[],
  path: string,
): Promise<FileState> {
  const ours = edits.length > 0;
  if ("is" in lead) {
    const reason = leftMessage(lead, name).replace(": left alone", "");
    if (lead.is === "gateway") return { state: "patched", facts: [reason], gateway: true };
    // A start that was never the sidecar's is none of its business
    const changed = profile === undefined && edits.some(({ file }) => file === path);
    return changed || (ours && lead.is === "managed")
      ? { state: "drifted", facts: [`${reason}${await since()}`] }
      : { state: "untouched", facts: [reason] };
  }
  const { id, url, placed: { value, layer } } = lead;
  const relay = fromRelay(value);
  if (!relay) {
    const says = layer.kind === "system" ? `, as ${layer.name} says` : "";
    const reason = `${name}: ${id} goes straight to ${displayUrl(url)}${says}`;
    return ours
      ? { state: "drifted", facts: [`${reason}${await since()}`] }
      : { state: "untouched", facts: [reason] };
  }
  const through = `${name}: ${id} goes through the sidecar to ${displayUrl(url)}`;
  if (relay.port === port) return { state: "patched", facts: [through] };
  return { state: "drifted", facts: [`${through}, on port ${relay.port} instead of ${port}`] };

  async function since(): Promise<string> {
    const file = "is" in lead ? path : lead.placed.layer.path ?? path;
    const changed = (await disk.stat(file))?.changed;
    const when = changed === undefined ? "" : `, at ${new Date(changed).toISOString()}`;
    return `; another program wrote the file${when}`;
  }
}
