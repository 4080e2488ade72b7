/**
 * Reads a settings file, the same for every command.
 *
 * @module
 */

/** The text of a file, `undefined` where there is none. */
export async function readSettingsFile(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
