/**
 * Decodes a body that came compressed although identity was asked for.
 *
 * Deno 2.7 decodes such a body itself and 2.9 does not, both leaving room for doubt in the headers; so the
 * first bytes decide: compressed data never begins like an event, a JSON value or a page. They are looked at when
 * the body is read, not before: a head whose body never comes must leave something that can be cancelled.
 *
 * @module
 */

import { createZstdDecompress } from "node:zlib";

type Bytes = Uint8Array<ArrayBuffer>;
type Pair = TransformStream<Bytes, Bytes>;

/** How many bytes tell: compressed data may begin with a few that are letters (`x^` in deflate, `(` in zstd). */
const ENOUGH = 16;

/** How each coding is undone. TypeScript's list of formats is older than the runtime's. */
const CODINGS: Readonly<Record<string, () => Pair>> = {
  gzip: () => new DecompressionStream("gzip"),
  "x-gzip": () => new DecompressionStream("gzip"),
  deflate: () => new DecompressionStream("deflate"),
  br: () => new DecompressionStream("brotli" as CompressionFormat),
  zstd,
};

/** The response's body in plain bytes. */
export function decoded(response: Response): ReadableStream<Uint8Array> {
  const body = response.body ?? new Blob([]).stream();
  const coding = response.headers.get("content-encoding")?.trim().toLowerCase() ?? "";
  const undo = Object.hasOwn(CODINGS, coding) ? CODINGS[coding] : undefined;
  if (!undo) return body;
  const raw = body.getReader() as ReadableStreamDefaultReader<Bytes>;
  let plain: ReadableStreamDefaultReader<Bytes> | undefined;
  return new ReadableStream<Bytes>({
    async pull(controller) {
      plain ??= await opened(raw, undo);
      const { value } = await plain.read();
      if (value === undefined) controller.close();
      else controller.enqueue(value);
    },
    async cancel(reason) {
      // Both: a decoder that waits for its source passes a cancellation on only when the source moves.
      await Promise.allSettled([raw.cancel(reason), plain?.cancel(reason)]);
    },
  }, { highWaterMark: 0 });
}

/** The body from its first byte on, decoded unless it is plain already. */
async function opened(
  raw: ReadableStreamDefaultReader<Bytes>,
  undo: () => Pair,
): Promise<ReadableStreamDefaultReader<Bytes>> {
  const first: Bytes[] = [];
  const seen: number[] = [];
  while (seen.length < ENOUGH) {
    const { value } = await raw.read();
    if (value === undefined) break;
    first.push(value);
    seen.push(...value.subarray(0, ENOUGH));
  }
  const whole = restored(first, raw);
  return (seen.every(isPlain) ? whole : whole.pipeThrough(undo())).getReader();
}

/** By hand: Deno 2.7's `Duplex.toWeb` waits for ever behind an error. */
function zstd(): Pair {
  const inflate = createZstdDecompress();
  const broken = new Promise<never>((_, reject) => inflate.once("error", reject));
  broken.catch(() => {}); // nobody may be waiting when it breaks
  return new TransformStream<Bytes, Bytes>({
    start(controller) {
      inflate.on("data", (chunk: Uint8Array) => controller.enqueue(new Uint8Array(chunk)));
    },
    transform: (chunk) =>
      Promise.race([broken, new Promise<void>((done) => inflate.write(chunk, () => done()))]),
    flush: () =>
      Promise.race([broken, new Promise<void>((done) => inflate.once("end", done).end())]),
    cancel: () => void inflate.destroy(),
  });
}

function isPlain(byte: number): boolean {
  return byte === 9 || byte === 10 || byte === 13 || byte >= 32 && byte < 127;
}

/** The stream again, with the chunks that were looked at in front. */
function restored(
  first: Bytes[],
  raw: ReadableStreamDefaultReader<Bytes>,
): ReadableStream<Bytes> {
  return new ReadableStream<Bytes>({
    async pull(controller) {
      const chunk = first.shift() ?? (await raw.read()).value;
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
    cancel: (reason) => raw.cancel(reason),
  }, { highWaterMark: 0 });
}
