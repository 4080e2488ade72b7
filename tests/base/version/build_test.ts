import assert from "node:assert/strict";
import { type Build, readBuild, showBuild, STAMP } from "../../../lib/base/version/build.ts";

const cases: [name: string, from: object, build: Build, shown: string][] = [
  ["a checkout", {}, { version: "1.2.3", commit: null, repository: null }, "1.2.3"],
  [
    "a release",
    { [STAMP]: { commit: "4e37627", repository: "a/b" } },
    { version: "1.2.3", commit: "4e37627", repository: "a/b" },
    "1.2.3 (4e37627)",
  ],
  [
    "a binary of a tree with changes, made by hand",
    { [STAMP]: { commit: "4e37627-dirty" } },
    { version: "1.2.3", commit: "4e37627-dirty", repository: null },
    "1.2.3 (4e37627-dirty)",
  ],
];
for (const [name, from, build, shown] of cases) {
  Deno.test(`build: ${name} knows and shows what it is`, () => {
    assert.deepEqual(readBuild("1.2.3", from), build);
    assert.equal(showBuild(build), shown);
  });
}

Deno.test("build: the tests themselves run without a stamp", () => {
  assert.deepEqual(readBuild("0.0.0"), { version: "0.0.0", commit: null, repository: null });
});
