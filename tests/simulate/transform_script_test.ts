import { Buffer } from "node:buffer";
import { deepEqual, equal, throws } from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import {
  breakAt,
  drip,
  gzip,
  hasMark,
  insertAt,
  mapData,
  mapText,
  splitBytes,
  without,
} from "../../lib/simulate/transform_script.ts";
import {
  data,
  eof,
  mark,
  raw,
  reset,
  type Script,
  streamHead,
  wait,
} from "../../lib/simulate/script.ts";

const script: Script = [...streamHead(), data({ a: 1 }), mark("mid-text"), data({ b: "é" }), eof];

/** The body of a script, joined. */
function bodyOf(bent: Script): Uint8Array {
  const parts = bent.flatMap((step) => step.do === "send" ? [step.body] : []);
  return new Uint8Array(
    Buffer.concat(
      parts.map((part) => typeof part === "string" ? new TextEncoder().encode(part) : part),
    ),
  );
}

const text = (bent: Script) => new TextDecoder().decode(bodyOf(bent));
const verbs = (bent: Script) => bent.map((step) => step.do).join(" ");

const cases = [
  {
    name: "breakAt does something else from the mark on",
    bent: breakAt(script, "mid-text", [reset]),
    verbs: "head mark send reset",
  },
  {
    name: "insertAt does something at the mark and goes on",
    bent: insertAt(script, "mid-text", [wait(5)]),
    verbs: "head mark send wait mark send eof",
  },
  {
    name: "drip pauses before every piece",
    bent: drip(script, 5),
    verbs: "head mark wait send mark wait send eof",
  },
  {
    name: "without drops pieces",
    bent: without(script, (piece) => piece.includes('"a"')),
    verbs: "head mark mark send eof",
  },
];
for (const { name, bent, verbs: expected } of cases) {
  Deno.test(`bend: ${name}`, () => equal(verbs(bent), expected));
}

Deno.test("bend: a mark the script never passes is an error, not a good script", () => {
  throws(() => breakAt(script, "after-call", [eof]), RangeError);
  deepEqual([hasMark(script, "mid-text"), hasMark(script, "after-call")], [true, false]);
});

Deno.test("bend: text and payloads are rewritten where they stand", () => {
  equal(
    text(mapText(script, (piece) => piece.toUpperCase())),
    'DATA: {"A":1}\n\nDATA: {"B":"É"}\n\n',
  );
  equal(
    text(mapData<Record<string, unknown>>(script, (value) => ({ ...value, c: null }))),
    'data: {"a":1,"c":null}\n\ndata: {"b":"é","c":null}\n\n',
  );
});

Deno.test("bend: split bytes are the same bytes, at every size", () => {
  for (let size = 1; size < 20; size++) {
    const split = splitBytes(script, size);
    deepEqual(bodyOf(split), bodyOf(script));
    const longest = split.map((step) => step.do === "send" ? step.body.length : 0);
    equal(Math.max(...longest), Math.min(size, 18));
  }
});

Deno.test("bend: gzip packs the whole body and says so", () => {
  const packed = gzip(script);
  const [head] = packed;
  equal(head?.do === "head" && head.headers["content-encoding"], "gzip");
  equal(gunzipSync(bodyOf(packed)).toString(), text(script));
});

Deno.test("bend: the good script stays as it was", () => {
  const before = JSON.stringify(script);
  insertAt(mapText(gzip(script), (piece) => piece), "mid-text", [raw("x")]);
  equal(JSON.stringify(script), before);
});
