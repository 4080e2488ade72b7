/**
 * Stores recordings in a folder of bounded size: complete files, readable by their owner alone. The oldest are removed
 * first.
 *
 * Only files with the name of a recording are ever removed.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { join } from "node:path";

/** Bounds of {@link recordingFolder}. */
interface FolderLimits {
  /** The most bytes of one file; a longer one is cut between two lines. @default {16 MiB} */
  readonly file?: number;
  /** The most bytes of all recordings together. @default {256 MiB} */
  readonly folder?: number;
}

const NAME = /^\d{4}-\d\d-\d\dT[\d-]+Z-\w*-\w+\.jsonl$/;

/**
 * Creates the folder where it is missing, and returns a function that saves a file in it.
 *
 * @throws {Error} of the system, when the folder cannot be created or written
 */
export async function recordingFolder(
  dir: string,
  { file = 16 * 1024 ** 2, folder = 256 * 1024 ** 2 }: FolderLimits = {},
): Promise<(name: string, lines: readonly string[]) => Promise<void>> {
  await Deno.mkdir(dir, { recursive: true, mode: 0o700 });
  const probe = await Deno.makeTempFile({ dir, prefix: ".probe-" });
  await Deno.remove(probe);
  return async (name, lines) => {
    const path = join(dir, name);
    const options = { mode: 0o600, createNew: true };
    await Deno.writeTextFile(`${path}.part`, fitted(lines, file), options);
    await Deno.rename(`${path}.part`, path);
    await prune(dir, folder);
  };
}

/** The lines that fit, and in any case the last one, which holds the outcome. */
function fitted(lines: readonly string[], max: number): string {
  const last = lines.at(-1) ?? "";
  let size = Buffer.byteLength(last);
  const fits = (line: string) => (size += Buffer.byteLength(line) + 1) <= max;
  const kept = lines.slice(0, -1).filter(fits);
  const cut = kept.length < lines.length - 1 ? ['{"kind":"dropped","at":0}'] : [];
  return [...kept, ...cut, last, ""].join("\n");
}

async function prune(dir: string, max: number): Promise<void> {
  const files: { path: string; size: number }[] = [];
  for await (const { name, isFile } of Deno.readDir(dir)) {
    if (!isFile || !NAME.test(name)) continue;
    const path = join(dir, name);
    files.push({ path, size: (await Deno.stat(path)).size });
  }
  let size = files.reduce((sum, file) => sum + file.size, 0);
  for (const file of files.sort((a, b) => a.path < b.path ? -1 : 1)) {
    if (size <= max) return;
    await removed(file.path);
    size -= file.size;
  }
}

/** Removes a file; another sidecar may have removed it already. */
async function removed(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
