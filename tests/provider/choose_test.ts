import assert from "node:assert/strict";
import { Failure } from "../../lib/base/errors.ts";
import { CHOOSABLE, chosenProfile } from "../../lib/provider/choose.ts";

Deno.test("choose: every name that is offered is a profile with a catalog", () => {
  assert.ok(CHOOSABLE.length > 5);
  for (const name of CHOOSABLE) {
    const profile = chosenProfile(name);
    assert.equal(profile.name, name);
    assert.ok(profile.catalog);
  }
});

const wrong: [name: string, end: string][] = [
  ["deepsek", "not deepsek. Did you mean deepseek?"],
  ["MiniMax", "not MiniMax. Did you mean minimax?"],
  ["generic", "not generic"],
  ["", "not nothing"],
];
for (const [name, end] of wrong) {
  Deno.test(`choose: ${JSON.stringify(name)} is refused with the names there are`, () => {
    assert.throws(() => chosenProfile(name), (error) => {
      assert.ok(error instanceof Failure);
      assert.equal(error.code, "bad_usage");
      assert.equal(error.fullMessage, `--provider takes ${CHOOSABLE.join(", ")}, ${end}`);
      return true;
    });
  });
}
