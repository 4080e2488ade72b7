/**
 * What `init` did, kept so that `undo` can give back every byte, and `serve` knows which hosts it may relay to.
 *
 * Written before the first change and never trusted blindly: an edit is taken back only where its value still stands.
 *
 * @module
 */

import { isObject, type Json, parseJson } from "../base/json.ts";
import type { System } from "../config/paths.ts";
import { type Disk, replaceFile } from "./disk.ts";
import { joinPath } from "./folders.ts";
import type { Edit, PlaceName } from "./place.ts";
import { fromRelay } from "./relay_url.ts";

/** The file's content. */
export interface Manifest {
  readonly version: 1;
  /** `pending`: the changes were begun; whether they were finished is not known. */
  readonly state: "pending" | "done";
  /** When `init` last changed something, in ISO 8601. */
  readonly at: string;
  /** The port of the relay URLs. */
  readonly port: number;
  readonly edits: readonly Edit[];
}

/** Where it lies. */
export function manifestFile(system: System, stateDir: string): string {
  return joinPath(system, stateDir, "manifest.json");
}

/** Reads it; `undefined` where there is none or none that can be understood: `undo` works without. */
export async function readManifest(disk: Disk, path: string): Promise<Manifest | undefined> {
  const bytes = await disk.read(path);
  const read = bytes && parseJson(new TextDecoder().decode(bytes));
  if (!isObject(read) || read.version !== 1 || !Array.isArray(read.edits)) return undefined;
  const edits = read.edits.flatMap((one) => isEdit(one) ? [one as unknown as Edit] : []);
  return {
    version: 1,
    state: read.state === "done" ? "done" : "pending",
    at: typeof read.at === "string" ? read.at : "",
    port: typeof read.port === "number" ? read.port : 0,
    edits,
  };
}

/**
 * Writes it, or removes it where nothing is left to remember.
 *
 * @throws {Failure} `bad_config` where the system refuses
 */
export async function writeManifest(
  disk: Disk,
  path: string,
  manifest: Manifest | undefined,
): Promise<void> {
  if (!manifest) return await disk.remove(path);
  const bytes = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`);
  await replaceFile(disk, path, bytes, await disk.read(path));
}

/** Old edits and new ones as one list: a value changed twice goes back to what it was at first. */
export function mergeEdits(old: readonly Edit[], now: readonly Edit[]): Edit[] {
  const all = new Map(old.map((edit) => [idOf(edit), edit]));
  for (const edit of now) {
    const first = all.get(idOf(edit));
    const chained = first && sameValue(first.after, edit.before);
    all.set(idOf(edit), chained && first ? { ...first, ...after(edit) } : edit);
  }
  return [...all.values()];
}

/** The hosts that relay URLs among the edits lead to: `api.example.com`, `127.0.0.1:11434`. */
export function recordedHosts(edits: readonly Edit[]): string[] {
  const urls = edits.flatMap(({ after }) => isObject(after) ? Object.values(after) : [after]);
  const hosts = urls.flatMap((url) => typeof url === "string" ? fromRelay(url)?.host ?? [] : []);
  return [...new Set(hosts)];
}

/** The edits of one place. */
export function editsOf(manifest: Manifest | undefined, place: PlaceName): Edit[] {
  return (manifest?.edits ?? []).filter((edit) => edit.place === place);
}

function after({ after }: Edit): Pick<Edit, "after"> {
  return after === undefined ? {} : { after };
}

function idOf({ place, file, key }: Edit): string {
  return JSON.stringify([place, file, key]);
}

function sameValue(a: Json | undefined, b: Json | undefined): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function isEdit(value: Json): boolean {
  return isObject(value) && typeof value.file === "string" && typeof value.place === "string" &&
    Array.isArray(value.key) && value.key.every((part) => typeof part === "string");
}
