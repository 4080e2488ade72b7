import assert from "node:assert/strict";
import { compareVersions, parseVersion } from "../../../lib/base/version/semver.ts";
import { fc } from "../../helpers/fast_check.ts";

/** Rising, as in semver.org §11 and with what it does not show. */
const RISING = [
  "0.0.0",
  "0.0.9",
  "0.0.10",
  "0.1.0",
  "1.0.0-0",
  "1.0.0-2",
  "1.0.0-10",
  "1.0.0-10.a",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "2.0.0",
  "2.1.0",
  "2.1.1",
  "10.0.0",
];

function compare(a: string, b: string): number {
  const [one, other] = [parseVersion(a), parseVersion(b)];
  assert.ok(one && other, `${a} ${b}`);
  return Math.sign(compareVersions(one, other));
}

Deno.test("semver: every version of a rising list comes before all behind it", () => {
  for (const [at, one] of RISING.entries()) {
    for (const [other, two] of RISING.entries()) {
      assert.equal(compare(one, two), Math.sign(at - other), `${one} ${two}`);
    }
  }
});

Deno.test("semver: a v in front and build metadata behind change nothing", () => {
  assert.equal(compare("v1.2.3", "1.2.3"), 0);
  assert.equal(compare("1.2.3+5", "1.2.3+a.6"), 0);
  assert.equal(compare("1.2.3-rc.1+5", "1.2.3-rc.1"), 0);
});

for (
  const text of [
    "",
    "1",
    "1.2",
    "1.2.3.4",
    "01.2.3",
    "1.2.03",
    "1.2.x",
    "-1.2.3",
    "1.2.3-",
    "1.2.3-a..b",
    "1.2.3-ä",
    "1.2.3 ",
    "1.2.3\n",
    "vv1.2.3",
    "latest",
    "1.2.99999999999999999999",
    "1.2.3-\u001b[31m",
    `1.2.3-${"a".repeat(300)}`,
  ]
) {
  Deno.test(`semver: ${JSON.stringify(text.slice(0, 30))} is none`, () => {
    assert.equal(parseVersion(text), undefined);
  });
}

Deno.test("semver: the order of any three is one order", () => {
  const part = fc.oneof(fc.nat(12).map(String), fc.constantFrom("a", "b", "rc", "a-1"));
  const version = fc.tuple(
    fc.nat(2),
    fc.nat(2),
    fc.nat(2),
    fc.array(part, { maxLength: 3 }),
  ).map(([a, b, c, pre]) => `${a}.${b}.${c}${pre.length > 0 ? `-${pre.join(".")}` : ""}`);
  fc.assert(fc.property(version, version, version, (a, b, c) => {
    assert.equal(compare(a, b), -compare(b, a) || 0);
    if (compare(a, b) <= 0 && compare(b, c) <= 0) assert.ok(compare(a, c) <= 0);
  }));
});
