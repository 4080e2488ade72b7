import assert from "node:assert/strict";
import { type Bundled, notices, readBundled } from "../../.github/release/notices.ts";
import { bundled } from "../../.github/release/sbom.ts";

const read = (path: string) => Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));

Deno.test("notices: every package by its name, its text as it stands, or what its package.json says", () => {
  const packages: Bundled[] = [
    { name: "b", version: "2.0.0", license: "ISC", text: "Words\r\nof b\n" },
    { name: "@a/a", version: "1.0.0", license: "MIT" },
  ];
  const parts = notices(packages, "2.9.6").split(/\n-{80}\n\n/).slice(1);
  assert.deepEqual(parts.slice(0, 2), [
    "@a/a 1.0.0 (MIT)\n\nNo licence file comes with it; its package.json says MIT.\n",
    "b 2.0.0 (ISC)\n\nWords\nof b\n",
  ]);
  assert.match(parts[2] ?? "", /^Deno 2\.9\.6 \(MIT\)\n/);
});

const files: [name: string, text: string | undefined][] = [
  ["LICENSE", "the text"],
  ["LICENCE.md", "the text"],
  ["license.txt", "the text"],
  ["COPYING", "the text"],
  ["licenses.js", undefined],
];
for (const [file, text] of files) {
  Deno.test(`notices: ${file} is ${text ? "a licence" : "none"}`, () => {
    const folder = Deno.makeTempDirSync({ prefix: "notices-" });
    const of = { name: "x", version: "1.0.0", license: "MIT" };
    Deno.writeTextFileSync(`${folder}/package.json`, JSON.stringify(of));
    Deno.writeTextFileSync(`${folder}/${file}`, "the text");
    assert.deepEqual(readBundled(folder), { ...of, ...(text ? { text } : {}) });
    Deno.writeTextFileSync(`${folder}/package.json`, "{}");
    assert.throws(() => readBundled(folder), /names no licence/);
    Deno.removeSync(folder, { recursive: true });
  });
}

Deno.test("notices: what is bundled is what deno.json imports and what that needs, and no test's package", () => {
  const names = bundled(JSON.parse(read("deno.json")), JSON.parse(read("deno.lock"))).map((one) =>
    one.name
  );
  for (const name of ["hono", "@clack/core", "which"]) assert.ok(names.includes(name), name);
  assert.ok(!names.includes("fast-check"));
});
