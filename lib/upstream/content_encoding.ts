/**
 * Decodes a body that came compressed although identity was asked for, in bounded steps.
 *
 * A few hundred bytes can stand for gigabytes: no more is unpacked than is read, and no more than a real answer
 * expands to. The header may be wrong in both directions, so the first bytes decide: compressed data never begins like
 * an event, a JSON value or a page.
 *
 * @module
 */

import * as zlib from "node:zlib";
import { yieldTurn } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import { showSize } from "../base/units.ts";
import type { BodyReader } from "./body_reader.ts";

/** Bytes that are examined: compressed data may begin with a few that are letters (`x^` in deflate, `(` in zstd). */
const ENOUGH = 16;
/** The most that one step unpacks, in bytes. */
const STEP = 16 * 1024;
/** An answer may unpack to this many bytes whatever it came in … */
const FREE = 16 * 1024 * 1024;
/** … and beyond that to this many times the bytes that came; streams of small events reach about 50. */
const EXPANSION = 200;
/** After this many unpacked bytes the other exchanges of this process have their turn. */
const TURN = 1024 * 1024;
/** 8 MiB, the largest window that the content coding `zstd` allows (RFC 9659 §3). */
const ZSTD_WINDOW_LOG = 23;

type Unpacker = zlib.Gunzip | zlib.BrotliDecompress;

/** Makes the decoder of each coding. */
const CODINGS: Readonly<Record<string, () => Unpacker>> = {
  gzip: () => zlib.createGunzip({ chunkSize: STEP }),
  "x-gzip": () => zlib.createGunzip({ chunkSize: STEP }),
  deflate: () => zlib.createInflate({ chunkSize: STEP }),
  br: () => zlib.createBrotliDecompress({ chunkSize: STEP }),
  zstd: () =>
    zlib.createZstdDecompress({
      chunkSize: STEP,
      params: { [zlib.constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG },
    }),
};

/**
 * The body in plain bytes; itself where its coding is none of those this program knows.
 *
 * @param coding the header `content-encoding`, `null` where there is none
 * @throws Failure from `read`: `too_large` for a body that unpacks to absurdly more than came
 */
export function decoded(body: BodyReader, coding: string | null): BodyReader {
  const name = coding?.trim().toLowerCase() ?? "";
  const undo = Object.hasOwn(CODINGS, name) ? CODINGS[name] : undefined;
  return undo ? new Decoder(body, undo) : body;
}

class Decoder implements BodyReader {
  readonly #body: BodyReader;
  readonly #undo: () => Unpacker;
  /** The bytes that were examined and not yet passed on. */
  #first: Uint8Array[] | undefined = [];
  #unpacker: Unpacker | undefined;
  /** Compressed chunks that the unpacker has not got yet. */
  #packed: Uint8Array[] = [];
  #writing = false;
  #over = false;
  #broken: unknown;
  #came = 0;
  #unpacked = 0;
  #wake = () => {};

  constructor(body: BodyReader, undo: () => Unpacker) {
    this.#body = body;
    this.#undo = undo;
  }

  async read(): Promise<readonly Uint8Array[] | undefined> {
    if (this.#first) {
      const plain = await this.#open(this.#first);
      if (plain) return plain.length > 0 ? plain : undefined;
    }
    return await (this.#unpacker ? this.#unpack(this.#unpacker) : this.#body.read());
  }

  cancel(reason: unknown): void {
    this.#over = true;
    this.#body.cancel(reason);
    this.#unpacker?.destroy();
    this.#wake();
  }

  /** Reads until the first bytes decide. Returns what was read where it is plain text, else `undefined`. */
  async #open(first: Uint8Array[]): Promise<Uint8Array[] | undefined> {
    let size = 0;
    while (size < ENOUGH) {
      const chunks = await this.#body.read();
      if (!chunks) break;
      first.push(...chunks);
      for (const { length } of chunks) size += length;
    }
    this.#first = undefined;
    if (this.#over || isText(first)) return first;
    this.#packed = first;
    const unpacker = this.#unpacker = this.#undo();
    const wake = () => this.#wake();
    unpacker.on("readable", wake);
    unpacker.on("end", () => {
      this.#over = true;
      wake();
    });
    unpacker.on("error", (error: unknown) => {
      this.#broken = error;
      wake();
    });
    return undefined;
  }

  async #unpack(unpacker: Unpacker): Promise<Uint8Array[] | undefined> {
    while (true) {
      if (this.#broken !== undefined) throw this.#broken;
      const chunk: Uint8Array | null = unpacker.read();
      if (chunk) {
        await this.#count(chunk.length);
        return [chunk];
      }
      if (this.#over) return undefined;
      if (this.#writing) await new Promise<void>((resolve) => this.#wake = resolve);
      else await this.#feed(unpacker);
    }
  }

  /** Gives the unpacker one chunk more; it has taken it only when everything in it was read. */
  async #feed(unpacker: Unpacker): Promise<void> {
    const chunk = this.#packed.shift() ?? await this.#more();
    if (this.#over) return;
    this.#writing = true;
    if (!chunk) return void unpacker.end();
    this.#came += chunk.length;
    unpacker.write(chunk, () => {
      this.#writing = false;
      this.#wake();
    });
  }

  async #more(): Promise<Uint8Array | undefined> {
    const chunks = await this.#body.read();
    this.#packed = chunks ? chunks.slice(1) : [];
    return chunks?.[0];
  }

  async #count(bytes: number): Promise<void> {
    const before = this.#unpacked;
    this.#unpacked += bytes;
    const most = FREE + EXPANSION * this.#came;
    if (this.#unpacked > most) {
      const message = `A compressed body of ${this.#came} bytes unpacks to more than ${
        showSize(most)
      }`;
      throw new Failure("too_large", message);
    }
    if (Math.trunc(before / TURN) === Math.trunc(this.#unpacked / TURN)) return;
    await yieldTurn();
  }
}

/** Whether the first {@link ENOUGH} bytes are all text. */
function isText(first: readonly Uint8Array[]): boolean {
  let seen = 0;
  for (const chunk of first) {
    for (const byte of chunk) {
      if (!isPlain(byte)) return false;
      if (++seen === ENOUGH) return true;
    }
  }
  return true;
}

function isPlain(byte: number): boolean {
  return byte === 9 || byte === 10 || byte === 13 || byte >= 32 && byte < 127;
}
