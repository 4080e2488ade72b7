import assert from "node:assert/strict";
import { fc } from "../../helpers/fast_check.ts";
import { GrowingText } from "../../../lib/base/growing_text.ts";
import { isObject, parseJson } from "../../../lib/base/json.ts";
import { CallArguments } from "../../../lib/translate/answer/call_arguments.ts";

const token = fc.constantFrom(
  ...[
    "{",
    "}",
    "[",
    "]",
    '"',
    '\\"',
    "\\",
    "\\\\",
    ":",
    ",",
    " ",
    "\n",
    "null",
    "nu",
    "ll",
    "1",
    "a",
  ],
  ...['{"a":1}', '"a":', '{"a":"', '"}', "{}", "\u00a0"],
);

Deno.test("call arguments: after every fragment they know what parsing all of it would give", () => {
  fc.assert(
    fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
      const args = new CallArguments();
      let all = "";
      for (const each of tokens) {
        args.add(each);
        all += each;
        assert.equal(args.complete, all !== "" && isObject(parseJson(all)), JSON.stringify(all));
        const empty = "null".startsWith(all.trim()) || "{}".startsWith(all.replace(/\s+/g, ""));
        assert.equal(args.hasContent, !empty, JSON.stringify(all));
        assert.equal(args.equals(all), true);
        assert.equal(args.equals(`${all}x`), false);
      }
      assert.equal(args.toString(), all);
    }),
    { numRuns: 2_000 },
  );
});

Deno.test("growing text: is its pieces joined, whenever it is looked at", () => {
  const piece = fc.oneof(fc.string(), fc.constant("x".repeat(5_000)));
  fc.assert(fc.property(fc.array(fc.tuple(piece, fc.boolean()), { maxLength: 80 }), (pieces) => {
    const text = new GrowingText();
    let all = "";
    for (const [each, look] of pieces) {
      text.add(each);
      all += each;
      assert.equal(text.length, all.length);
      if (look) assert.equal(text.toString(), all);
    }
    assert.equal(text.toString(), all);
    text.replace("other");
    assert.equal(`${text}`, "other");
  }));
});
