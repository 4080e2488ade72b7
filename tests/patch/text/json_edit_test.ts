import assert from "node:assert/strict";
import type { Json } from "../../../lib/base/json.ts";
import {
  jsonAt,
  readJson,
  setJson,
  setJsonSource,
  sourceAt,
} from "../../../lib/patch/text/json_edit.ts";
import { fc } from "../../helpers/fast_check.ts";

const cases: {
  name: string;
  text: string;
  path: string[];
  value: Json | undefined;
  gives: string;
}[] = [
  {
    name: "a string among spaces, escapes and numbers beyond JavaScript's",
    text: `{ "n" : 12345678901234567890 , "\\u0061" : "old" ,\r\n\t"s":"\\/" }`,
    path: ["a"],
    value: "new",
    gives: `{ "n" : 12345678901234567890 , "\\u0061" : "new" ,\r\n\t"s":"\\/" }`,
  },
  {
    name: "what a string keeps is not written anew",
    text: `["\\u4e2d\\/base=x\\/\\u6587"]`,
    path: ["0"],
    value: "中/base=yy/文",
    gives: `["\\u4e2d\\/base=yy\\/\\u6587"]`,
  },
  {
    name: "halves of a pair stay together",
    text: `["a\\ud83d\\ude00b"]`,
    path: ["0"],
    value: "a\u{1F603}b",
    gives: `["a\u{1F603}b"]`,
  },
  {
    name: "the last of two members with one name",
    text: `{"a":"1","a":"2"}`,
    path: ["a"],
    value: "3",
    gives: `{"a":"1","a":"3"}`,
  },
  { name: "an added member", text: `{"a":1}`, path: ["b"], value: "x", gives: `{"a":1,"b":"x"}` },
  { name: "the first member", text: `\ufeff{ }`, path: ["b"], value: 1, gives: `\ufeff{"b":1 }` },
  {
    name: "a member that goes",
    text: `{"a":1, "b":2,"c":3}`,
    path: ["b"],
    value: undefined,
    gives: `{"a":1,"c":3}`,
  },
  {
    name: "the first one goes",
    text: `{"a":1, "b":2}`,
    path: ["a"],
    value: undefined,
    gives: `{"b":2}`,
  },
  { name: "the only one goes", text: `{"a":1}`, path: ["a"], value: undefined, gives: `{}` },
  {
    name: "nothing to take away",
    text: `{"a":1}`,
    path: ["z"],
    value: undefined,
    gives: `{"a":1}`,
  },
  { name: "nothing to hold it", text: `{"a":1}`, path: ["z", "y"], value: 1, gives: `{"a":1}` },
  { name: "no member of an array is added", text: `[1]`, path: ["1"], value: 1, gives: `[1]` },
  {
    name: "a path through arrays",
    text: `{"a":[{},{"b":[[],"x"]}]}`,
    path: ["a", "1", "b", "1"],
    value: "y",
    gives: `{"a":[{},{"b":[[],"y"]}]}`,
  },
];

for (const { name, text, path, value, gives } of cases) {
  Deno.test(`json edit: ${name}`, () => {
    const doc = setJson(readJson(text, "f"), path, value);
    assert.equal(doc.text, gives);
    assert.deepEqual(doc.value, JSON.parse(gives.replace("\ufeff", "")));
  });
}

Deno.test("json edit: an object's own bytes are read and put back", () => {
  const doc = readJson(`{"a": {"b" : 1.0 } , "c":"\\/"}`, "f");
  assert.equal(sourceAt(doc, ["a"]), `{"b" : 1.0 }`);
  assert.equal(sourceAt(doc, ["x"]), undefined);
  assert.equal(jsonAt(doc, ["a", "toString"]), undefined);
  assert.equal(setJsonSource(doc, ["a"], "[ ]").text, `{"a": [ ] , "c":"\\/"}`);
});

Deno.test("json edit: JSON nested too deep for the parser is refused, not a stack overflow", () => {
  const doc = readJson(`{"a":${"[".repeat(50_000)}${"]".repeat(50_000)}}`, "f");
  assert.throws(() => setJson(doc, ["a"], 1), { code: "bad_config", message: /nested too deep/ });
});

Deno.test("json edit: invalid JSON is reported with its position, and not quoted", () => {
  assert.throws(() => readJson(`{\n "key": "sk-secret" oops}`, "settings.json"), {
    code: "bad_config",
    message: "settings.json:2:21: this is not valid JSON",
  });
  assert.throws(() => readJson("", "f"), { code: "bad_config" });
});

Deno.test("json edit: of any text, only the bytes of the value move, and they come back", () => {
  const blank = fc.constantFrom("", " ", "\n", "\r\n\t", "  \n  ");
  const layout = fc.tuple(blank, blank, blank, fc.constantFrom("", "\ufeff"));
  fc.assert(fc.property(
    fc.array(fc.tuple(fc.string({ unit: "binary" }), fc.jsonValue()), { maxLength: 4 }),
    fc.nat(4),
    fc.string({ unit: "grapheme" }),
    fc.string({ unit: "grapheme" }),
    layout,
    (others, at, old, now, [before, between, behind, mark]) => {
      const members: [string, unknown][] = others.map(([key, value]) => [`k${key}`, value]);
      const spot = Math.min(at, members.length);
      const write = (value: string) => {
        const all = members.toSpliced(spot, 0, ["target", value]);
        const parts = all.map(([key, one]) =>
          `${before}${JSON.stringify(key)}${between}:${behind}${JSON.stringify(one, null, "\t")}`
        );
        return `${mark}{${parts.join(`${behind},`)}${before}}${behind}`;
      };
      const there = setJson(readJson(write(old), "f"), ["target"], now);
      assert.equal(there.text, write(now));
      assert.equal(setJson(there, ["target"], old).text, write(old));
    },
  ));
});
