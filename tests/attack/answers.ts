/**
 * Hostile HTTP: heads, codings and bodies that are no event stream.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import {
  constants,
  createDeflateRaw,
  createGzip,
  type DeflateRaw,
  type Gzip,
  zstdCompressSync,
} from "node:zlib";
import { again, type Attack, head, MIB, pour } from "./attack.ts";

/** A row that writes texts from the first byte on. */
function raw(name: string, texts: (scale: number) => Iterable<string>): Attack {
  return { name, wire: "responses", play: (out, { scale }) => pour(out, texts(scale)) };
}

function* after(first: string, texts: Iterable<string>): Generator<string> {
  yield first;
  yield* texts;
}

const heads: Attack[] = [
  raw(
    "a head of 10 MB in many lines",
    (scale) => after("HTTP/1.1 200 OK\r\n", numbered(200_000 * scale)),
  ),
  raw(
    "a head of 10 MB in one line",
    (scale) => after("HTTP/1.1 200 OK\r\nx-a: ", again("a", 10e6 * scale)),
  ),
  raw("a status line of 10 MB", (scale) => after("HTTP/1.1 200 ", again("a", 10e6 * scale))),
  raw(
    "16 MiB of 103s",
    (scale) =>
      again("HTTP/1.1 103 Early Hints\r\nlink: </a>; rel=preload\r\n\r\n", 16 * MIB * scale),
  ),
  raw("a Retry-After of 30,000 years", () => [
    head(429, "application/json", { "retry-after": "999999999999" }),
    '{"error":{"message":"Slow down"}}',
  ]),
  raw("a Retry-After that is 60 KB long", () => [
    head(503, "text/plain", { "retry-after": "9".repeat(60_000) }),
    "no",
  ]),
];

function* numbered(lines: number): Generator<string> {
  for (let at = 0; at < lines; at++) yield `x-${at}: ${"a".repeat(40)}\r\n`;
}

/** The texts that make a pattern look ahead, or begin again at every place. */
const SPELLS = [
  "sk-",
  "<",
  "<!--",
  "<script>",
  "&#",
  "token=",
  "Bearer ",
  "https://a:",
  "eyJ",
  "\\u00",
  '{"error":',
  "\x1b[",
  " ",
];

function spelled(name: string, texts: (spell: string, scale: number) => Iterable<string>): Attack {
  return {
    name,
    wire: "responses",
    asks: SPELLS.length,
    play: (out, { scale, turn }) => pour(out, texts(SPELLS[turn] ?? "", scale)),
  };
}

const bodies: Attack[] = [
  raw(
    "an error's body without end",
    (scale) => after(head(500, "text/plain"), again("all is lost ", 64 * MIB * scale)),
  ),
  raw(
    "a JSON answer without end",
    (scale) =>
      after(`${head(200, "application/json")}{"output":[`, again('{"a":1},', 64 * MIB * scale)),
  ),
  raw(
    "a JSON answer of 32 MiB of blanks",
    (scale) => after(head(200, "application/json"), again(" ", 32 * MIB * scale)),
  ),
  raw(
    "a JSON answer nested without end",
    (scale) => after(head(200, "application/json"), again("[", 16 * MIB * scale)),
  ),
  spelled(
    "error pages of 512 KiB of one word that a pattern may stumble over",
    (spell, scale) => after(head(400, "text/html"), again(spell, MIB / 2 * scale)),
  ),
  spelled("errors' messages of 256 KiB of such a word", (spell, scale) => [
    head(400, "application/json"),
    JSON.stringify({ error: { message: spell.repeat(MIB / 4 * scale / spell.length) } }),
  ]),
];

/** A body in HTTP chunks of one byte: whoever keeps pieces and looks at them again pays by the square. */
function dripped(name: string, type: string, first: string, byte: string, kib: number): Attack {
  const chunked = `HTTP/1.1 200 OK\r\ncontent-type: ${type}\r\ntransfer-encoding: chunked\r\n\r\n`;
  const begin = first === "" ? "" : `${first.length.toString(16)}\r\n${first}\r\n`;
  return raw(
    `${name}, ${kib} KiB in chunks of one byte`,
    (scale) => after(chunked + begin, again(`1\r\n${byte}\r\n`, 6 * 1024 * kib * scale)),
  );
}

const drips: Attack[] = [
  dripped("blanks", "text/event-stream", "", " ", 128),
  dripped("one event", "text/event-stream", "data: ", "a", 128),
  dripped("one JSON answer", "application/json", '{"output":"', "a", 128),
];

const BOMB = 400;

/** 400 MiB of `a` in some coding that nobody asked for. */
function bomb(coding: string, make: () => Promise<Buffer>): Attack {
  return {
    name: `${BOMB} MiB of one letter as ${coding}`,
    wire: "responses",
    async play(out) {
      const packed = await make();
      await out.write(head(200, "text/event-stream", { "content-encoding": coding }));
      await out.write(packed);
    },
  };
}

const LETTERS = 4 * MIB;

/** A piece that ends in a full flush stands alone, so that many of them are one stream: no need to pack 400 MiB. */
async function flushed(packer: DeflateRaw | Gzip): Promise<Buffer> {
  const parts: Buffer[] = [];
  packer.on("data", (part: Buffer) => parts.push(part));
  packer.write(Buffer.alloc(LETTERS, "a"));
  await new Promise<void>((done) => packer.flush(constants.Z_FULL_FLUSH, () => done()));
  packer.destroy();
  return Buffer.concat(parts);
}

function times(piece: Buffer): Buffer {
  return Buffer.concat(Array(BOMB * MIB / LETTERS).fill(piece));
}

/** Made once, for packing them takes ten seconds: quality 11, window 2^24. */
const BROTLI =
  "z///f/glwuKxQCD3/p/////wSwDEYQGA7v0/////4ZcAiMMiAN37f/7//8MvARCHBQC69//8//+HXwIgDgsAdO//+f//D78E" +
  "QBwWAOje//P//x9+CYA4LADQvf/n//8//BIAcVgAoHv/z///f/glAOKwAED3/p/////wSwDEYQGA7v0/////4ZcAiMMCAN37f/7/" +
  "/8MvARCHBQC69//8//+HXwIgDgsAdO//+f//D78EQBwWAOje//P//x9+CYA4LADQvf/n//8//BIAcVgAoHv/z///f/glAOKwAED3" +
  "/p/////wSwDEYQGA7v0/////4ZcAiMMCAN37f/7//8MvARCHBQC69//8//+HXwIgDgsAdO//+f//D78EQBwWAOje//P//x9+CYA4" +
  "LADQvf/n//8//BIAcVgAoHv/n/////glAOKwAED3/h8=";

const bombs: Attack[] = [
  bomb("gzip", async () => {
    const whole = await flushed(createGzip());
    return Buffer.concat([whole.subarray(0, 10), times(whole.subarray(10))]);
  }),
  bomb(
    "deflate",
    async () =>
      Buffer.concat([Buffer.from([0x78, 0x9c]), times(await flushed(createDeflateRaw()))]),
  ),
  bomb("zstd", () => Promise.resolve(times(zstdCompressSync(Buffer.alloc(LETTERS, "a"))))),
  bomb("br", () => Promise.resolve(Buffer.from(BROTLI, "base64"))),
];

/** The rows of this file. */
export const ANSWERS: readonly Attack[] = [...heads, ...bodies, ...drips, ...bombs];
