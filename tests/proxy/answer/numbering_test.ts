import assert from "node:assert/strict";
import { Numbering } from "../../../lib/proxy/answer/numbering.ts";

/** Numbers one event of this text as the `n`th. */
function numbered(text: string, n = 0) {
  const numbering = new Numbering();
  for (let at = 0; at < n; at++) numbering.take();
  const data = JSON.parse(text);
  return numbering.number({ type: data.type, data, text });
}

const cases: { name: string; text: string; n: number; out: string | undefined }[] = [
  {
    name: "a number that fits is left alone",
    text: '{"type":"x", "sequence_number" : 3}',
    n: 3,
    out: '{"type":"x", "sequence_number" : 3}',
  },
  {
    name: "only the digits are exchanged",
    text: '{"type":"x","sequence_number": 3 ,"delta":"é"}',
    n: 12,
    out: '{"type":"x","sequence_number": 12 ,"delta":"é"}',
  },
  {
    name: "the same words inside a string are not meant",
    text: '{"type":"x","delta":"\\"sequence_number\\":3","sequence_number":3}',
    n: 4,
    out: '{"type":"x","delta":"\\"sequence_number\\":3","sequence_number":4}',
  },
  {
    name: "a nested field of that name makes the text unsafe",
    text: '{"type":"x","a":{"sequence_number":3},"sequence_number":3}',
    n: 4,
    out: undefined,
  },
  {
    name: "an event without a number stays without",
    text: '{"type":"x"}',
    n: 4,
    out: '{"type":"x"}',
  },
];
for (const { name, text, n, out } of cases) {
  Deno.test(`numbering: ${name}`, () => {
    const event = numbered(text, n);
    assert.equal(event.text, out);
    if (out) assert.deepEqual(event.data, JSON.parse(out));
    else assert.equal(event.data.sequence_number, n);
  });
}
