import assert from "node:assert/strict";
import { BareJson } from "../../lib/wire/bare_json.ts";

const cases: { name: string; text: string; found: string[] }[] = [
  {
    name: "a line by itself",
    text: 'data: {}\n\n{"error":{"message":"x"}}\n',
    found: ['{"error":{"message":"x"}}'],
  },
  { name: "a last line without an end", text: ': hi\n{"a":1}', found: ['{"a":1}'] },
  { name: "the first line", text: '{"a":1}\r\n\r\ndata: x\n', found: ['{"a":1}'] },
  { name: "two lines, CR alone", text: '{"a":1}\r{"b":2}\r', found: ['{"a":1}', '{"b":2}'] },
  { name: "no braces inside a field", text: 'data: {"a":1}\ndata:{"b":2}\n\n', found: [] },
  { name: "no object spread over lines", text: '{\n"a": 1\n}\n', found: [] },
  { name: "no object that was cut", text: '{"a":', found: [] },
  {
    name: "nothing longer than an error",
    text: `{"a":"${"x".repeat(70_000)}"}\n{"b":2}\n`,
    found: ['{"b":2}'],
  },
];
for (const { name, text, found } of cases) {
  Deno.test(`bare_json: finds ${name}, wherever the text is cut`, () => {
    const at = text.length > 1_000 ? [1, 500, 65_000, text.length - 9] : [...text].map((_, n) => n);
    for (const cut of at) {
      const reader = new BareJson();
      const all = [
        ...reader.push(text.slice(0, cut)),
        ...reader.push(text.slice(cut)),
        ...reader.end(),
      ];
      assert.deepEqual(all, found, `cut at ${cut}`);
    }
  });
}
