/**
 * The state of Codex's settings: patched, drifted or untouched.
 *
 * @module
 */

import { asFailure } from "../../base/errors.ts";
import { type ConfigFile, configPaths, readConfig } from "./files.ts";
import { activeUrl, leftMessage } from "./toml.ts";
import type { Edit, IntegrationState, PatchContext } from "../integration.ts";
import { displayUrl, fromRelay } from "../relay_url.ts";
import { readToml } from "../text/toml_doc.ts";

type FileState = Pick<IntegrationState, "state" | "facts">;

/** States, most important first: the state of all files is the first one that any file has. */
const WORST = ["drifted", "patched", "untouched", "absent"] as const;

/** The state of all config.toml files, compared with the manifest's edits. */
export async function codexState(
  context: PatchContext,
  edits: readonly Edit[],
): Promise<IntegrationState> {
  const found: FileState[] = [];
  for (const path of await configPaths(context)) found.push(await fileState(context, path, edits));
  const state = WORST.find((one) => found.some((verdict) => verdict.state === one)) ?? "absent";
  return { place: "codex", state, facts: found.flatMap(({ facts }) => facts) };
}

async function fileState(
  context: PatchContext,
  path: string,
  edits: readonly Edit[],
): Promise<FileState> {
  const ours = edits.some(({ file, key }) => file === path && key[0] === "model_providers");
  try {
    const file = await readConfig(context, path);
    if (!file.bytes) {
      const facts = [`${file.name} is not there`];
      return ours
        ? { state: "drifted", facts: [`${facts}; init had patched it`] }
        : { state: "absent", facts };
    }
    return await textState(context, file, ours);
  } catch (error) {
    return { state: ours ? "drifted" : "untouched", facts: [asFailure(error).message] };
  }
}

async function textState(
  { port, disk }: PatchContext,
  { path, name, text }: ConfigFile,
  ours: boolean,
): Promise<FileState> {
  const active = activeUrl(readToml(text, path), port);
  if ("is" in active) {
    const reason = leftMessage(active, name).replace(": left alone", "");
    return ours
      ? { state: "drifted", facts: [`${reason}${await since()}`] }
      : { state: "untouched", facts: [reason] };
  }
  const { id, leaf, url } = active;
  const relay = fromRelay(String(leaf.value));
  if (!relay) {
    const reason = `${name}: ${id} goes straight to ${displayUrl(url)}`;
    return ours
      ? { state: "drifted", facts: [`${reason}${await since()}`] }
      : { state: "untouched", facts: [reason] };
  }
  const through = `${name}: ${id} goes through the sidecar to ${displayUrl(url)}`;
  if (relay.port === port) return { state: "patched", facts: [through] };
  return { state: "drifted", facts: [`${through}, on port ${relay.port} instead of ${port}`] };

  async function since(): Promise<string> {
    const changed = (await disk.stat(path))?.changed;
    const when = changed === undefined ? "" : `, at ${new Date(changed).toISOString()}`;
    return `; another program wrote the file${when}`;
  }
}
