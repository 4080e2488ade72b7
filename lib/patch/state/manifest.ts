/**
 * The manifest: the changes of `init`. `undo` needs it to restore every byte, `serve` to know the hosts that it may relay
 * to.
 *
 * It is written before the first change. An edit is reverted only where its value still stands.
 *
 * @module
 */

import { asFailure, Failure } from "../../base/errors.ts";
import { isObject, type Json, parseJson } from "../../base/json.ts";
import type { System } from "../../config/paths.ts";
import { type Disk, same } from "../disk/disk.ts";
import { diskFailure } from "../disk/errors.ts";
import { removeFile, replaceFile } from "../disk/replace.ts";
import { presentEdits } from "../codex/table_memory.ts";
import { folderOf, joinPath } from "../folders.ts";
import type { Edit, IntegrationName } from "../integration.ts";
import { fromRelay } from "../relay_url.ts";
import { sharedStateFailure } from "./state_folder.ts";
import { readBytes } from "../text_file.ts";

/** The version of the file; it increases when an older sidecar would misread the file. */
const VERSION = 1;

/** The content of the file. */
export interface Manifest {
  readonly version: typeof VERSION;
  /** `pending`: the changes were begun, and may be incomplete. */
  readonly state: "pending" | "done";
  /** The time of the last change by `init`, ISO 8601. */
  readonly at: string;
  /** The port of the relay URLs. */
  readonly port: number;
  readonly edits: readonly Edit[];
}

/** The path of the manifest in the sidecar's own folder. */
export function manifestFile(system: System, stateDir: string): string {
  return joinPath(system, stateDir, "manifest.json");
}

/** The result of reading a manifest. */
export interface Memory {
  /** `undefined` where the file is missing or cannot be used. */
  readonly manifest: Manifest | undefined;
  /** Why an existing file cannot be used: `bad_config` with a hint. */
  readonly trouble?: Failure;
  /** Whether a newer sidecar wrote it. Then nothing may be changed, because the earlier changes are unknown. */
  readonly newer: boolean;
  /** Whether other users can write it. Then it is not read, and nothing may be changed before that is corrected. */
  readonly shared?: boolean;
}

/**
 * Reads the file. An existing file that cannot be used, such as one that root left behind, is reported in `trouble`, not
 * treated as missing.
 */
export async function readMemory(disk: Disk, path: string): Promise<Memory> {
  const shared = await sharedStateFailure(disk, folderOf(path), path);
  if (shared) return { manifest: undefined, newer: false, shared: true, trouble: shared };
  const bytes = await readBytes(disk, path).catch(asFailure);
  if (bytes instanceof Failure) return { manifest: undefined, newer: false, trouble: bytes };
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
 * Reads the file before a change.
 *
 * @returns `undefined` where the file is missing or cannot be parsed: `undo` works without it
 * @throws {Failure} `bad_config`, where a newer sidecar wrote it, or other users can write it
 */
export async function readManifest(disk: Disk, path: string): Promise<Manifest | undefined> {
  const { manifest, newer, shared, trouble } = await readMemory(disk, path);
  if ((newer || shared) && trouble) throw trouble;
  return manifest;
}

/**
 * Copies a file that cannot be parsed to a name beside it, before it is replaced; one that cannot be read gets that name.
 *
 * @returns the path of the copy; `undefined` where there was nothing to copy
 * @throws {Failure} `bad_config` where the system refuses
 */
export async function keepUnreadable(disk: Disk, path: string): Promise<string | undefined> {
  const { trouble } = await readMemory(disk, path);
  const bytes = trouble && await readBytes(disk, path).catch(asFailure);
  if (!bytes) return undefined;
  if (bytes instanceof Failure) return await moveUnreadable(disk, path);
  for (let n = 1;; n++) {
    const copy = `${path}.unreadable${n === 1 ? "" : `-${n}`}`;
    const there = await disk.read(copy);
    if (there && !same(there, bytes)) continue;
    if (!there) await replaceFile(disk, copy, bytes, undefined);
    return copy;
  }
}

async function moveUnreadable(disk: Disk, path: string): Promise<string> {
  const copy = `${path}.unreadable`;
  try {
    await disk.rename(path, copy);
  } catch (error) {
    throw diskFailure(`rename ${path} to ${copy}`, error);
  }
  return copy;
}

function newerFailure(path: string, version: number): Failure {
  const fact = `${path} has version ${version}, and this sidecar knows version ${VERSION}`;
  return new Failure("bad_config", `${fact}: a newer sidecar wrote it`, {
    hint: "Upgrade this sidecar, or use the newer one",
  });
}

/**
 * Writes the file, or removes it where `manifest` is `undefined`.
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

/**
 * The origins of the relay URLs among the edits: `https://api.example.com`, `http://127.0.0.1:11434`.
 *
 * They include the scheme, so that an https upstream cannot be reached over plain http. Every relay URL holds it, so it
 * is known for manifests of any age.
 */
export function recordedOrigins(edits: readonly Edit[]): string[] {
  const urls = presentEdits(edits).flatMap(({ after }) =>
    isObject(after) ? Object.values(after) : [after]
  );
  const origins = urls.flatMap((url) =>
    typeof url === "string" ? fromRelay(url)?.origin ?? [] : []
  );
  return [...new Set(origins)];
}

/** The homes of Codex in which something was changed. */
export function knownHomes(manifest: Manifest | undefined): string[] {
  const files = editsOf(manifest, "codex").map(({ file }) => file);
  return [...new Set(files.filter((file) => file.endsWith(".toml")).map(folderOf))];
}

/** The edits of one integration; empty without a manifest. */
export function editsOf(manifest: Manifest | undefined, place: IntegrationName): Edit[] {
  return (manifest?.edits ?? []).filter((edit) => edit.place === place);
}

function isEdit(value: Json): boolean {
  return isObject(value) && typeof value.file === "string" && typeof value.place === "string" &&
    Array.isArray(value.key) && value.key.every((part) => typeof part === "string");
}
