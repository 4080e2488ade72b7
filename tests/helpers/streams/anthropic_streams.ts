/**
 * Recorded streams of the Messages API.
 *
 * @module
 */

const FOLDER = new URL("../../streams/", import.meta.url);

/** Each recording: name without ending, and bytes. */
export const MESSAGES: { name: string; bytes: Uint8Array }[] = [...Deno.readDirSync(FOLDER)]
  .filter(({ name }) => name.endsWith(".sse") && name.startsWith("anthropic-"))
  .map(({ name }) => ({ name: name.slice(0, -4), bytes: Deno.readFileSync(new URL(name, FOLDER)) }))
  .sort((a, b) => a.name.localeCompare(b.name));
