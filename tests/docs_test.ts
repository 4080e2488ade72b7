import assert from "node:assert/strict";
import { parse } from "yaml";

const top = new URL("../", import.meta.url);
const read = (path: string) => Deno.readTextFileSync(new URL(path, top));
const readme = read("README.md");

/** Every page that people read. */
const pages = ["README.md", "README.zh-CN.md", "CHANGELOG.md", "lib/README.md"].concat(
  [...Deno.readDirSync(new URL("lib/decisions/", top))].map(({ name }) => `lib/decisions/${name}`),
);

interface Row {
  readonly key: string;
  readonly value: string;
}

/** The rows of README's table of settings: key and default as written. */
function documented(text: string): Row[] {
  const table = /\| key \| default \|.*\n\|[-|]+\n((?:\|.*\n)+)/.exec(text)?.[1] ?? "";
  return table.trim().split("\n").map((line) => {
    const [key = "", value = ""] = line.split("|").slice(1).map((cell) =>
      cell.trim().replaceAll("`", "")
    );
    return { key, value };
  });
}

/** The settings of config.example.yaml with the defaults it shows; the upstream in its comments is `<name>`. */
function exampled(text: string): Row[] {
  const settings = parse(text.replace(/^#(?= {2})/gm, ""));
  const rows: Row[] = [];
  for (const [section, value] of Object.entries<unknown>(settings)) {
    if (section === "upstreams") {
      const [upstream = {}] = Object.values(value as Record<string, Record<string, unknown>>);
      for (const key of Object.keys(upstream)) {
        rows.push({ key: `upstreams.<name>.${key}`, value: "" });
      }
    } else if (value !== null && typeof value === "object") {
      for (const [key, inner] of Object.entries(value)) {
        rows.push({
          key: `${section}.${key}`,
          value: typeof inner === "string" ? inner : JSON.stringify(inner),
        });
      }
    } else rows.push({ key: section, value: String(value) });
  }
  return rows;
}

/** What README says otherwise than the example, and what only one of them knows. */
function differences(docs: Row[], example: Row[]): string[] {
  const said = new Map(docs.map(({ key, value }) => [key, value]));
  const wrong = example.flatMap(({ key, value }) => {
    if (!said.has(key)) return [`${key} is missing in README.md`];
    if (key.startsWith("upstreams.") || said.get(key) === value) return [];
    return [`${key} is ${value}, but README.md says ${said.get(key)}`];
  });
  const known = new Set(example.map(({ key }) => key));
  const extra = docs.filter(({ key }) => !known.has(key)).map(({ key }) =>
    `${key} is only in README.md`
  );
  return [...wrong, ...extra];
}

/** Links of a page that lead nowhere: to files, and to headings of its own. */
function deadLinks(page: string, text: string, exists: (path: string) => boolean): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)[^)]*\)/g)].map(([, link = ""]) => link);
  const headings = new Set([...text.matchAll(/^#+ (.*)$/gm)].map(([, words = ""]) => slug(words)));
  return links.filter((link) => !/^[a-z]+:/.test(link)).filter((link) =>
    link.startsWith("#")
      ? !headings.has(link.slice(1))
      : !exists(new URL(link, `file:///${page}`).pathname.slice(1))
  );
}

/** A heading as GitHub names it in a URL. */
function slug(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

function exists(path: string): boolean {
  try {
    return Boolean(Deno.statSync(new URL(path, top)));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

Deno.test("docs: README's settings are those of config.example.yaml, with the same defaults", () => {
  const example = exampled(read("config.example.yaml"));
  assert.ok(example.length > 20, "the example was read");
  assert.deepEqual(differences(documented(readme), example), []);
});

Deno.test("docs: a setting that differs or is missing on either side is found", () => {
  const table =
    "| key | default | meaning |\n|---|---|---|\n| `a.b` | `1` | x |\n| `gone` | `2` | x |\n";
  const example = "a: { b: 2 }\nnew: 5s\nupstreams:\n#  x:\n#    base_url: y\n";
  assert.deepEqual(differences(documented(table), exampled(example)), [
    "a.b is 2, but README.md says 1",
    "new is missing in README.md",
    "upstreams.<name>.base_url is missing in README.md",
    "gone is only in README.md",
  ]);
});

Deno.test("docs: every task that a page tells people to run exists", () => {
  const { tasks } = JSON.parse(read("deno.json"));
  for (const page of pages) {
    for (const [, task = ""] of read(page).matchAll(/deno(?:@[\d.]+)? task (\w+)/g)) {
      assert.ok(task in tasks, `${page} names the task ${task}`);
    }
  }
});

Deno.test("docs: the two commands that show and test everything stand near the top of README", () => {
  const head = readme.split("\n").slice(0, 25).join("\n");
  for (const task of ["demo", "test"]) {
    assert.ok(head.includes(`npx -y deno@2.9.6 task ${task}`), task);
  }
});

Deno.test("docs: relative links lead to something", () => {
  for (const page of pages) assert.deepEqual(deadLinks(page, read(page), exists), [], page);
  const text = "# A: `b`\n[a](x.md) [b](../LICENSE) [c](https://x) [d](#a-b) [e](#a)";
  assert.deepEqual(deadLinks("lib/README.md", text, exists), ["x.md", "#a"]);
});

Deno.test("docs: one version of Deno everywhere", () => {
  const versions = [
    ...pages,
    ".ci/run",
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
  ].flatMap((page) =>
    [...read(page).matchAll(/deno@(\d+\.\d+\.\d+)(?!\d| task compile)/g)].map(([, version]) =>
      version
    )
  );
  assert.deepEqual([...new Set(versions)], ["2.9.6"]);
});
