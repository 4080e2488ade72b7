/**
 * A file for appending, of bounded size: a full file becomes `NAME.1`, the one before it `NAME.2`, and so on.
 *
 * It expects one write at a time, as `lineWriter` makes them. A rotation that fails (a viewer on Windows holds the file
 * open) loses no line: the file grows beyond its size.
 *
 * @module
 */

import type { ByteSink } from "./writer.ts";

/** Options of {@link rotatingFile}. */
interface RotateOptions {
  /** Bytes at which a file is full; a batch of lines is never split. @default {10 MiB} */
  readonly maxSize?: number;
  /** Old files kept. @default {5} */
  readonly keep?: number;
}

/**
 * Opens the file for appending, readable by its owner alone.
 *
 * @throws {Error} of the system, when the file cannot be opened
 */
export async function rotatingFile(
  path: string,
  { maxSize = 10 * 1024 ** 2, keep = 5 }: RotateOptions = {},
): Promise<ByteSink & { close(): void }> {
  let file = await open(path);
  let { size } = await file.stat();

  async function rotate(): Promise<void> {
    file.close(); // Windows renames no open file
    try {
      for (let n = keep; n > 1; n--) await moved(`${path}.${n - 1}`, `${path}.${n}`);
      if (keep > 0) await moved(path, `${path}.1`);
      else await Deno.remove(path);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
    }
    file = await open(path);
    // A file that could not be moved is still full: the next try comes after another `maxSize` bytes.
    size = 0;
  }

  return {
    async write(bytes) {
      if (size > 0 && size + bytes.length > maxSize) await rotate();
      size += bytes.length;
      for (let from = 0; from < bytes.length;) from += await file.write(bytes.subarray(from));
      return bytes.length;
    },
    close: () => file.close(),
  };
}

function open(path: string): Promise<Deno.FsFile> {
  return Deno.open(path, { append: true, create: true, mode: 0o600 });
}

async function moved(from: string, to: string): Promise<void> {
  try {
    await Deno.rename(from, to);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
