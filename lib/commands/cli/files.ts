/**
 * The one way in which commands read a settings file.
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
