/**
 * Reads a key from a file, as `api_key: file:PATH` names it.
 *
 * Its rule: a file that others may read holds no secret, and its key is not used.
 *
 * @module
 */

/** What a file gave: its text, or the end of the sentence "the file PATH …". */
export type KeyFile = { readonly key: string } | { readonly fault: string };

/** Longest file that is read, in bytes; a key has some hundred. */
const MAX_BYTES = 4096;
const OTHERS = 0o077;

/** Reads it anew each time, so that a key can be replaced while the sidecar runs. */
export function readKeyFile(path: string): KeyFile {
  try {
    const { isFile, size, mode } = Deno.statSync(path);
    if (!isFile) return { fault: "is no file" };
    if (size > MAX_BYTES) return { fault: "is too long for a key" };
    // Windows has no such mode; the profile folder's own access list keeps others out.
    if (mode !== null && Deno.build.os !== "windows" && (mode & OTHERS) !== 0) {
      return { fault: "can be read by others; make it your own with chmod 600" };
    }
    return { key: Deno.readTextFileSync(path).trim() };
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return { fault: "does not exist" };
    return { fault: "cannot be read" };
  }
}
