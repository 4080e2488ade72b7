/**
 * What `init` did, kept so that `undo` can give back every byte, and `serve` knows which hosts it may relay to.
 *
 * Written before the first change and never trusted blindly: an edit is taken back only where its value still stands.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { isObject, type Json, parseJson } from "../base/json.ts";
import type { System } from "../config/paths.ts";
import { type Disk, removeFile, replaceFile, same } from "./disk.ts";
import { folderOf, joinPath } from "./folders.ts";
import type { Edit, IntegrationName } from "./integration.ts";
import { fromRelay } from "./relay_url.ts";
import { sharedStateFailure } from "./state_folder.ts";
import { readBytes } from "./text_file.ts";

/** The version of the file, raised when an older sidecar would misread it. */
const VERSION = 1;

/** The file's content. */
export interface Manifest {
  readonly version: typeof VERSION;
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

/** What a manifest file comes to. */
export interface Memory {
  /** `undefined` where there is none, or none that can be used. */
  readonly manifest: Manifest | undefined;
  /** Why a file that is there cannot be used: `bad_config`, with a hint. */
  readonly trouble?: Failure;
  /** Whether a newer sidecar wrote it: then nothing may be changed, for nobody here knows what was. */
  readonly newer: boolean;
  /** Whether others can write it: then it is not read, and nothing may be changed before that is mended. */
  readonly shared?: boolean;
}

/** Reads the file. A file that is there and cannot be used is told of, and never taken for none. */
export async function readMemory(disk: Disk, path: string): Promise<Memory> {
  const shared = await sharedStateFailure(disk, folderOf(path), path);
  if (shared) return { manifest: undefined, newer: false, shared: true, trouble: shared };
  const bytes = await readBytes(disk, path);
  if (!bytes) return { manifest: undefined, newer: false };
  const read = parseJson(new TextDecoder().decode(bytes));
  const version = isObject(read) ? read.version : undefined;
  if (typeof version === "number" && version > VERSION) {
    return { manifest: undefined, newer: true, trouble: newerFailure(path, version) };
  }
  if (!isObject(read) || version !== VERSION || !Array.isArray(read.edits)) {
    const trouble = new Failure("bad_config", `${path} cannot be read as a list of changes`, {
      hint:
        "sidecar undo goes by the URLs alone; sidecar init begins a new one and keeps a copy; or remove it",
    });
    return { manifest: undefined, newer: false, trouble };
  }
  const edits = read.edits.flatMap((one) => isEdit(one) ? [one as unknown as Edit] : []);
  const manifest: Manifest = {
    version: VERSION,
    state: read.state === "done" ? "done" : "pending",
    at: typeof read.at === "string" ? read.at : "",
    port: typeof read.port === "number" ? read.port : 0,
    edits,
  };
  return { manifest, newer: false };
}

/**
 * Reads it for those who go on to change something.
 *
 * @returns `undefined` where there is none, or none that can be read: `undo` works without
 * @throws {Failure} `bad_config`, where a newer sidecar wrote it, or others can write it
 */
export async function readManifest(disk: Disk, path: string): Promise<Manifest | undefined> {
  const { manifest, newer, shared, trouble } = await readMemory(disk, path);
  if ((newer || shared) && trouble) throw trouble;
  return manifest;
}

/**
 * Copies a file that cannot be read to a name beside it, before a new one takes its place.
 *
 * @returns the copy's path; `undefined` where there was nothing to keep
 * @throws {Failure} `bad_config` where the system refuses
 */
export async function keepUnreadable(disk: Disk, path: string): Promise<string | undefined> {
  const { trouble } = await readMemory(disk, path);
  const bytes = trouble && await disk.read(path);
  if (!bytes) return undefined;
  for (let n = 1;; n++) {
    const copy = `${path}.unreadable${n === 1 ? "" : `-${n}`}`;
    const there = await disk.read(copy);
    if (there && !same(there, bytes)) continue;
    if (!there) await replaceFile(disk, copy, bytes, undefined);
    return copy;
  }
}

function newerFailure(path: string, version: number): Failure {
  const fact = `${path} has version ${version}, and this sidecar knows version ${VERSION}`;
  return new Failure("bad_config", `${fact}: a newer sidecar wrote it`, {
    hint: "Upgrade this sidecar, or use the newer one",
  });
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
  if (!manifest) return await removeFile(disk, path);
  const bytes = new TextEncoder().encode(`${JSON.stringify(manifest, undefined, 2)}\n`);
  await replaceFile(disk, path, bytes, await readBytes(disk, path));
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

/**
 * Where relay URLs among the edits lead: `https://api.example.com`, `http://127.0.0.1:11434`.
 *
 * With the scheme, or what was reached over https could be asked for over plain http. It stands in every relay URL, so
 * manifests of any age say it.
 */
export function recordedOrigins(edits: readonly Edit[]): string[] {
  const urls = edits.flatMap(({ after }) => isObject(after) ? Object.values(after) : [after]);
  const origins = urls.flatMap((url) =>
    typeof url === "string" ? fromRelay(url)?.origin ?? [] : []
  );
  return [...new Set(origins)];
}

/** The edits of one place. */
export function editsOf(manifest: Manifest | undefined, place: IntegrationName): Edit[] {
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
