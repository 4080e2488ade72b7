import assert from "node:assert/strict";
import { obstacles, readChangelog, releaseNotes } from "../../.github/release/notes.ts";
import { fill } from "../../.github/release/release.ts";

const changelog = `# Changelog

Each entry tells what a user sees.

## 0.2.0 (unreleased)

New.

## 0.1.0 (2026-11-23)

The first version: Codex
through any provider.

- **Silence.** One line
  and its second,
  and its third.
- Another:

  its own paragraph
  on two lines

1. numbered
   on

### A heading
after it

| a | b |
|---|---|
| c | d |

\`\`\`sh
one
two
\`\`\`
after

> quoted
> on

## 0.0.9

`;

Deno.test("notes: the changelog is read into its sections", () => {
  assert.deepEqual(
    readChangelog(changelog).map(({ version, when, text }) => [version, when, text.length > 0]),
    [["0.2.0", "unreleased", true], ["0.1.0", "2026-11-23", true], ["0.0.9", "", false]],
  );
});

Deno.test("notes: a version's section, each paragraph on one line, everything else as it was", () => {
  assert.equal(
    releaseNotes(changelog, "0.1.0"),
    `The first version: Codex through any provider.

- **Silence.** One line and its second, and its third.
- Another:

  its own paragraph on two lines

1. numbered on

### A heading
after it

| a | b |
|---|---|
| c | d |

\`\`\`sh
one
two
\`\`\`
after

> quoted
> on
`,
  );
});

Deno.test("notes: a checkout with line ends of Windows gives the same", () => {
  assert.equal(
    releaseNotes(changelog.replaceAll("\n", "\r\n"), "0.1.0"),
    releaseNotes(changelog, "0.1.0"),
  );
});

for (const version of ["0.3.0", "0.0.9", "0.1", "0.1.0 (2026-11-23)"]) {
  Deno.test(`notes: nothing to say about ${version} is refused`, () => {
    assert.throws(() => releaseNotes(changelog, version), {
      message: `CHANGELOG.md has no section for ${version}`,
    });
  });
}

const tags: [tag: string, version: string, obstacles: string[]][] = [
  ["v0.1.0", "0.1.0", []],
  ["v0.1.1", "0.1.0", ["The tag is v0.1.1, but deno.json says 0.1.0"]],
  ["0.1.0", "0.1.0", ["The tag is 0.1.0, but deno.json says 0.1.0"]],
  ["v0.2.0", "0.2.0", ["CHANGELOG.md still calls 0.2.0 unreleased"]],
  ["v0.3.0", "0.3.0", ["CHANGELOG.md has no section for 0.3.0"]],
  ["v1", "0.0.9", [
    "The tag is v1, but deno.json says 0.0.9",
    "CHANGELOG.md has no section for 0.0.9",
  ]],
];
for (const [tag, version, expected] of tags) {
  Deno.test(`notes: the tag ${tag} of version ${version} ${expected.length ? "is refused" : "may go"}`, () => {
    assert.deepEqual(obstacles(tag, version, changelog), expected);
  });
}

Deno.test("notes: this version has something to say", () => {
  const read = (path: string) => Deno.readTextFileSync(new URL(`../../${path}`, import.meta.url));
  const { version } = JSON.parse(read("deno.json"));
  assert.ok(releaseNotes(read("CHANGELOG.md"), version).length > 200);
});

Deno.test("release: the repository's name goes to the one place for it", () => {
  assert.equal(fill(`a="OWNER/codex-sidecar"\nOWNER/*`, "o-1/r.x"), `a="o-1/r.x"\nOWNER/*`);
  for (
    const [script, name] of [["", "o/r"], [`"OWNER/codex-sidecar"`.repeat(2), "o/r"], [
      `"OWNER/codex-sidecar"`,
      `o/r"; rm -rf /; "`,
    ]] as const
  ) {
    assert.throws(() => fill(script, name));
  }
});

for (const name of ["install.sh", "install.ps1"]) {
  Deno.test(`release: ${name} has one place for the repository's name, and is ASCII with line feeds`, () => {
    const script = Deno.readTextFileSync(
      new URL(`../../.github/release/${name}`, import.meta.url),
    );
    assert.ok(fill(script, "some/one").includes(`"some/one"`));
    // Windows PowerShell reads a script without a byte order mark in the code page of the machine
    assert.equal(/[^\n\x20-\x7e]/.exec(script)?.[0], undefined);
  });
}
