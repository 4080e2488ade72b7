/**
 * Decodes a body that came compressed although identity was asked for.
 *
 * Deno 2.7 decodes such a body itself and 2.9 does not, both leaving room for doubt in the headers; so the
 * first bytes decide: compressed data never begins like an event, a JSON value or a page.
 *
 * @module
 */

import { Readable } from "node:stream";
import { createZstdDecompress } from "node:zlib";

/** The response's body in plain bytes. */
export async function decoded(response: Response): Promise<ReadableStream<Uint8Array>> {
  const body = response.body ?? new Blob([]).stream();
  const coding = response.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  if (coding === "" || coding === "identity") return body;
  const reader = body.getReader();
  const { value: first } = await reader.read();
  const whole = restored(first, reader);
  if (first === undefined || looksPlain(first)) return whole;
  switch (coding) {
    case "gzip":
    case "x-gzip":
      return whole.pipeThrough(new DecompressionStream("gzip"));
    case "deflate":
      return whole.pipeThrough(new DecompressionStream("deflate"));
    case "br":
      // TypeScript's list of formats is older than the runtime's.
      return whole.pipeThrough(new DecompressionStream("brotli" as CompressionFormat));
    case "zstd":
      return Readable.toWeb(
        Readable.fromWeb(whole as Parameters<typeof Readable.fromWeb>[0]).pipe(
          createZstdDecompress(),
        ),
      ) as ReadableStream<Uint8Array>;
    default:
      return whole;
  }
}

function looksPlain(chunk: Uint8Array): boolean {
  return chunk.subarray(0, 16).every((byte) =>
    byte === 9 || byte === 10 || byte === 13 || byte >= 32 && byte < 127
  );
}

/** The stream again, with the chunk that was looked at in front. */
function restored(
  first: Uint8Array | undefined,
  reader: ReadableStreamDefaultReader<Uint8Array>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let waiting = first;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      const chunk = waiting ?? (await reader.read()).value;
      waiting = undefined;
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk as Uint8Array<ArrayBuffer>);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}
