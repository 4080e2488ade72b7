/**
 * Runs many waiting cases as steps of one test, some at a time.
 *
 * @module
 */

/** A case: its name, a plain sentence, and what it does. */
export interface PoolCase {
  readonly name: string;
  run(): Promise<void>;
}

/** Runs all cases as steps, `width` at a time; a failing one does not stop the others. */
export async function pool(
  t: Deno.TestContext,
  cases: readonly PoolCase[],
  width: number,
): Promise<void> {
  const queue = [...cases];
  const worker = async () => {
    for (let one = queue.shift(); one; one = queue.shift()) {
      const { name, run } = one;
      // Deno cannot tell apart what two steps at once have open; the test around them is watched as a whole
      const watched = { sanitizeOps: false, sanitizeResources: false, sanitizeExit: false };
      await t.step({ name, fn: run, ...watched });
    }
  };
  await Promise.all(Array.from({ length: width }, worker));
}
