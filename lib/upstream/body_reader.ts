/**
 * A response body being read: a read takes everything that has come, and nothing is read before it is asked for.
 *
 * @module
 */

/** A body being read, by one reader at a time. */
export interface BodyReader {
  /**
   * The bytes that came since the last read, in the chunks they came in: at least one chunk, none of them empty, and
   * the caller's to keep. Waits while there are none; `undefined` at the end, and after {@link BodyReader.cancel}.
   *
   * @throws what broke the body, once everything before it has been read
   */
  read(): Promise<readonly Uint8Array[] | undefined>;
  /** Frees the connection, whether or not a read is waiting. */
  cancel(reason: unknown): void;
}

/** A reader over a web stream; it takes the stream's lock. */
export function bodyReader(body: ReadableStream<Uint8Array>): BodyReader {
  const reader = body.getReader();
  const freed = () => {}; // a body that is already broken has nothing left to free
  return {
    async read() {
      while (true) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        if (value.length > 0) return [value];
      }
    },
    cancel: (reason) => void reader.cancel(reason).then(freed, freed),
  };
}

/** The reverse of {@link bodyReader}: a web stream that reads nothing ahead. */
export function streamOf(reader: BodyReader): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const chunks = await reader.read();
      if (!chunks) return controller.close();
      for (const chunk of chunks) controller.enqueue(chunk);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
