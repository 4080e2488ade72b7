import assert from "node:assert/strict";
import { type BodyKind, Sniffer } from "../../lib/upstream/sniff.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
/** What a body is, and the text from its first word on. */
function sniffed(chunks: Uint8Array[]): { kind: BodyKind | undefined; rest: string } {
  const sniffer = new Sniffer();
  for (const [at, chunk] of chunks.entries()) {
    const found = sniffer.push(chunk);
    if (!found) continue;
    const left = [found.rest, ...chunks.slice(at + 1)].flatMap((piece) => [...piece]);
    return { kind: found.kind, rest: new TextDecoder().decode(new Uint8Array(left)) };
  }
  return { kind: undefined, rest: "" };
}

const cases: [string, BodyKind | undefined][] = [
  ["data: x", "stream"],
  [": ping", "stream"],
  ["event: x", "stream"],
  ["\uFEFFdata: x", "stream"],
  ['{"error":1}', "json"],
  [' \r\n{"error":1}', "json"],
  ["\uFEFF[1]", "json"],
  ["<!doctype html>", "html"],
  ["\n\n<html>", "html"],
  ["\r\n \t", undefined],
  ["", undefined],
];
for (const [text, kind] of cases) {
  Deno.test(`sniff: ${JSON.stringify(text)} is ${kind ?? "not known yet"}`, () => {
    const rest = text.replace(/^[\uFEFF\s]+/, "");
    assert.deepEqual(sniffed([bytes(text)]), { kind, rest });
    const single = [...bytes(text)].map((byte) => new Uint8Array([byte]));
    assert.deepEqual(sniffed(single), { kind, rest });
  });
}

Deno.test("sniff: blanks are counted and a byte order mark in the middle is no blank", () => {
  const sniffer = new Sniffer();
  assert.equal(sniffer.push(new Uint8Array(1_000_000).fill(0x20)), undefined);
  assert.equal(sniffer.blanks, 1_000_000);
  assert.equal(sniffer.push(Uint8Array.of(0xef, 0xbb, 0xbf))?.kind, "stream");
});
