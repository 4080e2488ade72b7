import assert from "node:assert/strict";
import { kindOf } from "../../lib/upstream/sniff.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const cases: [string, ReturnType<typeof kindOf>][] = [
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
    assert.equal(kindOf([bytes(text)]), kind);
    assert.equal(kindOf([...bytes(text)].map((byte) => new Uint8Array([byte]))), kind);
  });
}
