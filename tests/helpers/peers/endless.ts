/**
 * A body that never ends, for readers that must.
 *
 * @module
 */

/** The body, and when its reader has left it. */
export interface Endless {
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly left: Promise<void>;
}

/** The piece again and again. @param pause before each, in milliseconds; no timer outlives the reader */
export function endless(piece: string, pause = 0): Endless {
  const bytes = new TextEncoder().encode(piece);
  const left = Promise.withResolvers<void>();
  let stop = () => {};
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (pause > 0) {
        const next = await new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(true), pause);
          stop = () => {
            clearTimeout(timer);
            resolve(false);
          };
        });
        if (!next) return;
      }
      controller.enqueue(bytes);
    },
    cancel() {
      stop();
      left.resolve();
    },
  });
  return { body, left: left.promise };
}
