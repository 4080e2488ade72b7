/**
 * Reads a response body, chunk by chunk, with as little memory as an idle stream deserves.
 *
 * A plain read allocates 64 KiB and holds it while the provider thinks; a stream that waits here holds 4 KiB,
 * and grows only while whole buffers come in.
 *
 * @module
 */

/** A body being read. Each chunk is valid until the next {@link BodyReader.read}. */
export interface BodyReader {
  /** The next bytes, at least one; `undefined` at the end, and after {@link BodyReader.cancel}. */
  read(): Promise<Uint8Array | undefined>;
  /** Frees the connection, whether or not a read is waiting. */
  cancel(reason: unknown): void;
}

const SMALL = 4 * 1024;
const LARGE = 64 * 1024;

/** Starts reading. */
export function bodyReader(body: ReadableStream<Uint8Array>): BodyReader {
  return byobReader(body) ?? plainReader(body);
}

/** `undefined` for bodies that cannot fill a given buffer, such as decompressed ones. */
function byobReader(body: ReadableStream<Uint8Array>): BodyReader | undefined {
  let reader: ReadableStreamBYOBReader;
  try {
    reader = body.getReader({ mode: "byob" });
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
  let buffer = new ArrayBuffer(SMALL);
  return {
    async read() {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (done) return undefined;
      buffer = value.buffer;
      if (value.length === buffer.byteLength) buffer = new ArrayBuffer(LARGE);
      else if (buffer.byteLength > SMALL && value.length < SMALL) buffer = new ArrayBuffer(SMALL);
      return value;
    },
    cancel: (reason) => free(reader, reason),
  };
}

function plainReader(body: ReadableStream<Uint8Array>): BodyReader {
  const reader = body.getReader();
  return {
    async read() {
      while (true) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        if (value.length > 0) return value;
      }
    },
    cancel: (reason) => free(reader, reason),
  };
}

function free(reader: { cancel(reason: unknown): Promise<void> }, reason: unknown): void {
  const freed = () => {}; // a body that is already broken has nothing left to free
  reader.cancel(reason).then(freed, freed);
}
