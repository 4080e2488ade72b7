/**
 * Runs many cases side by side: most of their time is waiting.
 *
 * @module
 */

/** Runs `run` on every case, at most `limit` at a time; throws one error that names every case that failed. */
export async function pooled<T extends { readonly name: string }>(
  cases: readonly T[],
  limit: number,
  run: (each: T) => Promise<void>,
): Promise<void> {
  const failed: string[] = [];
  const waiting = [...cases];
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      try {
        await run(next);
      } catch (error) {
        failed.push(`${next.name}: ${error instanceof Error ? error.stack : String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: limit }, work));
  if (failed.length > 0) {
    throw new Error(`${failed.length} of ${cases.length} cases failed\n${failed.join("\n\n")}`);
  }
}
