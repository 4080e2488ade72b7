import assert from "node:assert/strict";
import { badCitations, commentsOf } from "./helpers/rules/docs.ts";
import { docs, read, sources, text } from "./helpers/rules/pages.ts";
import { readSource } from "./helpers/rules/source.ts";

Deno.test("citations: every citation in the code leads to a page, a section and a row of this repository", () => {
  const bad = sources.flatMap((path) =>
    commentsOf(path, text(path)).flatMap((comment) =>
      badCitations(comment, read).map((what) => `${path}: ${what}`)
    )
  );
  assert.deepEqual(bad, []);
});

Deno.test("citations: nor does a text in the code cite what is not there", () => {
  const bad = sources.filter((path) => path.endsWith(".ts") && path !== "tests/citations_test.ts")
    .flatMap(
      (path) =>
        [...readSource(text(path)).spoken.matchAll(/[\w./-]+\.md`? §[\d.]*\d/g)].flatMap((
          [cited],
        ) => badCitations(cited, read).map((what) => `${path}: ${what}`)),
    );
  assert.deepEqual(bad, []);
});

Deno.test("citations: every section that a page of docs/ cites is there", () => {
  for (const page of docs) {
    const bad = text(page).split("\n").flatMap((line) =>
      // a link is checked as a link; a bare name is a word
      badCitations(line.replace(/\[[^\]]*\]\([^)]*\)|`\w+\.md`/g, ""), read, page)
    );
    assert.deepEqual(bad, [], page);
  }
});

const files: Record<string, string> = {
  "docs/a.md":
    "# A\n## 1. One\n1. x\n2. y\n\n| # | x |\n| 4 | y |\n### 1.2 Two\n| 5 | y |\n## Some words\n",
};
const citations = [
  { name: "a page", text: "As docs/a.md says.", bad: [] },
  { name: "sections of one page", text: "(docs/a.md §1, §1.2)", bad: [] },
  { name: "a row", text: "docs/a.md §1, 4: one", bad: [] },
  { name: "a line of a numbered list", text: "docs/a.md §1.1, §1.2", bad: [] },
  { name: "a heading", text: "docs/a.md#some-words", bad: [] },
  { name: "an RFC", text: "RFC 9110 §7.6.1", bad: [] },
  { name: "a page that is elsewhere", text: "design.md §5", bad: ["design.md"] },
  { name: "a page outside", text: "../shared/spec/x.md", bad: ["../shared/spec/x.md"] },
  {
    name: "no such section",
    text: "docs/a.md §1.3 and §2",
    bad: ["docs/a.md §1.3", "docs/a.md §2"],
  },
  { name: "a row of another section", text: "docs/a.md §1, 5", bad: ["docs/a.md §1, 5"] },
  { name: "no such heading", text: "docs/a.md#words", bad: ["docs/a.md#words"] },
  { name: "a section of no page", text: "see §1", bad: ["§1 of no page"] },
];
Deno.test("citations: a file outside of the repository does not count, even where it lies beside it", () => {
  const here = new URL("../", import.meta.url).pathname;
  assert.notEqual(read("README.md"), undefined);
  for (const path of [`../${here.split("/").at(-2)}x`, "../", "/etc/hosts", `docs/../../`]) {
    assert.equal(read(path), undefined, path);
  }
});

for (const { name, text, bad } of citations) {
  Deno.test(`citations: a citation is judged: ${name}`, () => {
    assert.deepEqual(badCitations(text, (path) => files[path]), bad);
  });
}

Deno.test("citations: comments are found where they are, and nothing else is", () => {
  const source = '/**\n * One (a.md\n * §1).\n */\nconst x = "// no"; // two\nf(); /* three */\n';
  assert.deepEqual(commentsOf("x.ts", source), ["One (a.md §1).", "two three"]);
  assert.deepEqual(commentsOf("x.yaml", "a: 1 # one\n# two\nb: 2\n"), ["one two"]);
});
