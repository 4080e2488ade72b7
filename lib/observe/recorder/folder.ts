/**
 * Keeps recordings in a folder of bounded size: whole files only, readable by their owner alone, the oldest go first.
 *
 * It removes nothing but files that are named as a recorder names them.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { join } from "node:path";

/** Bounds of {@link recordingFolder}. */
interface FolderLimits {
  /** Bytes of one file; a longer one is cut after a whole line. @default {16 MiB} */
  readonly file?: number;
  /** Bytes of all recordings together. @default {256 MiB} */
  readonly folder?: number;
}

const NAME = /^\d{4}-\d\d-\d\dT[\d-]+Z-\w*-\w+\.jsonl$/;

/**
 * Makes the folder where it is missing and returns what saves a file there.
 *
 * @throws what the system says when the folder cannot be made or written.
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
    await Deno.writeTextFile(`${path}.part`, whole(lines, file), options);
    await Deno.rename(`${path}.part`, path);
    await prune(dir, folder);
  };
}

/** The lines that fit, and the last one, which says how it ended, in any case. */
function whole(lines: readonly string[], max: number): string {
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

/** Removes a file; another sidecar may have been first. */
async function removed(path: string): Promise<void> {
  try {
    await Deno.remove(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
