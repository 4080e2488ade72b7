/**
 * What must happen by itself, and would otherwise never: a wait with an end, so that a failing test says so instead of hanging.
 *
 * @module
 */

/** Far longer than a busy machine takes, and shorter than any deadline that would bring it about in the end. */
const HANG_MS = 20_000;

/** The promise, or a failure where it does not settle. */
export async function soon<T>(promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not within ${HANG_MS} ms`)), HANG_MS);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
