/**
 * A body that is made as text, piece by piece, by whoever is asked for the next piece.
 *
 * It is a web stream like every other body. The server takes the text itself where nobody has read the stream: that spares
 * each event of a busy answer a promise of the stream and two copies.
 *
 * @module
 */

/** Makes the text of a body. */
export interface TextSource {
  /** The next piece; may be empty where the body is {@link over}. Waits while there is none. */
  next(): Promise<string>;
  /** Whether nothing follows. */
  readonly over: boolean;
  /** The reader left; a waiting {@link next} resolves. */
  cancel(): void;
}

const sources = new WeakMap<ReadableStream<Uint8Array>, TextSource>();

/** The body as a web stream, which asks for nothing before it is read. */
export function textBody(source: TextSource): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const text = await source.next();
      if (text !== "") controller.enqueue(encoder.encode(text));
      if (source.over) controller.close();
    },
    cancel: () => source.cancel(),
  }, { highWaterMark: 0 });
  sources.set(body, source);
  return body;
}

/** What a body is made by, for a reader who takes all of it in the stream's place; `undefined` where it is another stream. */
export function textSourceOf(body: ReadableStream<Uint8Array>): TextSource | undefined {
  return body.locked ? undefined : sources.get(body);
}
