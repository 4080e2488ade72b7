import assert from "node:assert/strict";
import { type DenoLock, sbom } from "../../.github/release/sbom.ts";

const deno = {
  name: "codex-sidecar",
  version: "0.1.0",
  license: "MIT",
  imports: { "@s/a": "npm:@s/a@1.0.0", c: "npm:c@3.0.0" },
};
const release = {
  repository: "Some/Codex-Sidecar",
  commit: "4e37627",
  deno: "2.9.6",
  timestamp: "2026-11-23T08:00:00Z",
};
/** What a digest of one byte looks like in the lock file and in the bill. */
const integrity = "sha512-/w==";
const lock: DenoLock = {
  version: "5",
  specifiers: {
    "npm:@s/a@1.0.0": "1.0.0",
    "npm:c@3.0.0": "3.0.0_d@4.0.0",
    "npm:test-only@9": "9.0.0",
  },
  npm: {
    "@s/a@1.0.0": { integrity, dependencies: ["b", "d@4.0.0"] },
    "b@2.0.0": { integrity, dependencies: ["other@npm:d@5.0.0"], optionalDependencies: ["e"] },
    "c@3.0.0_d@4.0.0": { integrity, dependencies: ["d@4.0.0"] },
    "d@4.0.0": { integrity },
    "d@5.0.0": { integrity, dependencies: ["b"] },
    "e@6.0.0": { integrity },
    "test-only@9.0.0": { integrity, dependencies: ["f"] },
    "f@7.0.0": { integrity },
  },
};

// deno-lint-ignore no-explicit-any
const bill = (...args: Parameters<typeof sbom>): any => JSON.parse(JSON.stringify(sbom(...args)));

Deno.test("sbom: names what is imported, what that needs, and the runtime; nothing of the tests", () => {
  const { components, dependencies, ...head } = bill(deno, lock, release);
  assert.deepEqual(head, {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      timestamp: "2026-11-23T08:00:00Z",
      component: {
        type: "application",
        "bom-ref": "pkg:github/some/codex-sidecar@v0.1.0",
        name: "codex-sidecar",
        version: "0.1.0",
        purl: "pkg:github/some/codex-sidecar@v0.1.0",
        licenses: [{ license: { id: "MIT" } }],
        externalReferences: [{
          type: "vcs",
          url: "https://github.com/Some/Codex-Sidecar",
          comment: "4e37627",
        }],
      },
    },
  });
  assert.deepEqual(components.map(({ purl }: { purl: string }) => purl), [
    "pkg:github/denoland/deno@v2.9.6",
    "pkg:npm/%40s/a@1.0.0",
    "pkg:npm/b@2.0.0",
    "pkg:npm/c@3.0.0",
    "pkg:npm/d@4.0.0",
    "pkg:npm/d@5.0.0",
    "pkg:npm/e@6.0.0",
  ]);
  assert.deepEqual(components[1], {
    type: "library",
    "bom-ref": "pkg:npm/%40s/a@1.0.0",
    group: "@s",
    name: "a",
    version: "1.0.0",
    purl: "pkg:npm/%40s/a@1.0.0",
    externalReferences: [{
      type: "distribution",
      url: "https://registry.npmjs.org/@s/a/-/a-1.0.0.tgz",
      hashes: [{ alg: "SHA-512", content: "ff" }],
    }],
  });
  assert.deepEqual(
    dependencies.map(({ ref, dependsOn }: { ref: string; dependsOn: string[] }) =>
      `${ref.replace(/^pkg:\w+\//, "")}: ${dependsOn.map((to) => to.replace(/^pkg:\w+\//, ""))}`
    ),
    [
      "some/codex-sidecar@v0.1.0: denoland/deno@v2.9.6,%40s/a@1.0.0,c@3.0.0",
      "%40s/a@1.0.0: b@2.0.0,d@4.0.0",
      "b@2.0.0: d@5.0.0,e@6.0.0",
      "c@3.0.0: d@4.0.0",
      "d@4.0.0: ",
      "d@5.0.0: b@2.0.0",
      "e@6.0.0: ",
    ],
  );
});

const wrong: [name: string, lock: DenoLock, says: RegExp][] = [
  ["another format", { ...lock, version: "6" }, /format 6, not 5/],
  ["an import it does not hold", { ...lock, specifiers: {} }, /does not hold npm:@s\/a@1\.0\.0/],
  ["a name that two packages have", {
    ...lock,
    npm: { ...lock.npm, "b@2.1.0": { integrity } },
  }, /holds 2 packages for b/],
  ["a package that is not there", {
    ...lock,
    npm: { ...lock.npm, "e@6.0.0": { integrity, dependencies: ["x"] } },
  }, /holds 0 packages for x/],
  [
    "a package without a checksum",
    { ...lock, npm: { ...lock.npm, "e@6.0.0": { integrity: "" } } },
    /no sha512 of e@6\.0\.0/,
  ],
];
for (const [name, lock, says] of wrong) {
  Deno.test(`sbom: a lock file with ${name} is refused`, () => {
    assert.throws(() => sbom(deno, lock, release), says);
  });
}

Deno.test("sbom: of this program: every import, every checksum, no package of the tests", () => {
  const read = (path: string) =>
    JSON.parse(Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url)));
  const deno = read("deno.json");
  const lock: DenoLock = read("deno.lock");
  const purls: string[] = bill(deno, lock, release).components.map(({ purl }: { purl: string }) =>
    purl
  );
  for (const specifier of Object.values<string>(deno.imports)) {
    assert.ok(
      purls.includes(specifier.replace("npm:", "pkg:npm/").replace("/@", "/%40")),
      specifier,
    );
  }
  assert.ok(purls.length < Object.keys(lock.npm).length + 1, "nothing was left out");
  assert.deepEqual(purls.filter((purl) => /fast-check|pure-rand/.test(purl)), []);
  assert.equal(new Set(purls).size, purls.length);
});
