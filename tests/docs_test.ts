import { cli } from "./helpers/program/cli.ts";
import assert from "node:assert/strict";
import { parse } from "yaml";
import { settings } from "../lib/config/schema.ts";
import { upstreamSettings } from "../lib/config/upstream_schema.ts";
import { commandLines, deadLinks, prose, unfenced } from "./helpers/rules/docs.ts";
import { docs, guides, pages, read, READMES, text } from "./helpers/rules/pages.ts";
import { CONFIGURATION_PAGE, configurationPage } from "./tools/configuration_page.ts";

/** Runs a command line whose commands do nothing; yields what went wrong with it. */
async function complaint(line: string): Promise<string | undefined> {
  const argv = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare = ""]) =>
    quoted ?? bare
  );
  const { code, err } = await cli(argv);
  return code === 0 ? undefined : `${line}: ${err.split("\n")[0]}`;
}

Deno.test("docs: a README has at most 200 lines", () => {
  for (const page of READMES) {
    const lines = text(page).trimEnd().split("\n").length;
    assert.ok(lines <= 200, `${page} has ${lines}`);
  }
});

Deno.test("docs: the two commands that show and test everything stand near the top of a README", () => {
  for (const page of READMES) {
    const head = text(page).split("\n").slice(0, 35).join("\n");
    for (const task of ["demo", "test"]) {
      assert.ok(head.includes(`npx -y deno@2.9.6 task ${task}`), `${page}: ${task}`);
    }
  }
});

Deno.test("docs: both READMEs print the same commands, settings and links to pages", () => {
  const [english, chinese] = READMES.map((page) => {
    const links = [...text(page).matchAll(/\]\((docs\/[^)]+|lib\/[^)]+)\)/g)].map(([, link]) =>
      link
    );
    return { commands: new Set(commandLines(text(page))), links: new Set(links) };
  });
  assert.ok(english && chinese);
  assert.deepEqual(english.links.difference(chinese.links), new Set());
  assert.deepEqual(english.commands.difference(chinese.commands), new Set());
});

Deno.test("docs: links lead to files and headings that exist", () => {
  for (const page of pages) assert.deepEqual(deadLinks(page, text(page), read), [], page);
  const files: Record<string, string> = { LICENSE: "", "lib/y.md": "## B c\n```\n# no\n```\n" };
  const page =
    "# A: `b`\n[a](x.md) [b](../LICENSE) [c](https://x) [d](#a-b) [e](#a) [f](y.md#b-c)" +
    '[g](y.md#no)<img src="z.svg">';
  assert.deepEqual(deadLinks("lib/README.md", page, (path) => files[path]), [
    "x.md",
    "#a",
    "y.md#no",
    "z.svg",
  ]);
});

Deno.test("docs: every page is reached from docs/README.md", () => {
  const index = text("docs/README.md") + text("docs/facts/README.md").replaceAll("](", "](facts/");
  const linked = new Set([...index.matchAll(/\]\(([^)#]+)/g)].map(([, link]) => `docs/${link}`));
  const left = docs.filter((page) => !linked.has(page) && !page.startsWith("docs/decisions/"));
  assert.deepEqual(left, ["docs/README.md"]);
});

Deno.test("docs: every task that a page tells people to run exists", () => {
  const { tasks } = JSON.parse(text("deno.json"));
  for (const page of pages) {
    for (const [, task = ""] of text(page).matchAll(/deno(?:@[\d.]+)? task (\w+)/g)) {
      assert.ok(task in tasks, `${page} names the task ${task}`);
    }
  }
});

Deno.test("docs: every command line of the program that a guide prints is understood", async () => {
  let read = 0;
  for (const page of guides) {
    for (const line of commandLines(text(page))) {
      assert.equal(await complaint(line), undefined, page);
      read++;
    }
  }
  assert.ok(read > 80, `only ${read} command lines were found`);
  assert.deepEqual(commandLines("`sidecar undo`\n```sh\nsidecar init # x\n$ ls\n```\n"), [
    "init",
    "undo",
  ]);
  assert.match(await complaint("init --dry-rum") ?? "", /dry-rum/);
  assert.match(await complaint("replay") ?? "", /missing required argument/);
  assert.match(await complaint("inti") ?? "", /inti/);
});

Deno.test("docs: settings and source files that a guide names exist", () => {
  const keys = new Set([...Object.keys(settings), ...Object.keys(upstreamSettings)]);
  const known = (key: string) =>
    keys.has(key) || [...keys].some((one) => one.startsWith(`${key}.`));
  for (const page of guides) {
    // what a guide to additions calls new is not there yet
    const lines = text(page).split("\n").filter((line) => !/\| new \||acme|anthropic/i.test(line))
      .join("\n");
    for (const [, code = ""] of unfenced(lines).matchAll(/`([^`\n]+)`/g)) {
      if (/^(?:listen|heartbeat|timeouts|retry|limits|relay|log)\.(?!ts$)\w+$/.test(code)) {
        assert.ok(known(code), `${page} names the setting ${code}`);
      }
      if (/^(?:lib|tests|docs|\.ci)\/[\w./-]*$/.test(code)) {
        assert.notEqual(read(code), undefined, `${page} names ${code}`);
      }
    }
  }
});

Deno.test("docs: the page of the settings is what the schema says", () => {
  assert.equal(text(CONFIGURATION_PAGE), configurationPage(), "run: deno task docs");
  const page = configurationPage();
  for (const key of Object.keys(settings)) assert.ok(page.includes(`| \`${key}\` |`), key);
  for (const key of Object.keys(upstreamSettings)) {
    assert.ok(page.includes(`| \`upstreams.<name>.${key}\` |`), key);
  }
});

Deno.test("docs: the settings that a page shows in YAML are understood", () => {
  const sections = new Set([...Object.keys(settings).map((key) => key.split(".")[0]), "users"]);
  for (const page of guides) {
    for (const [, block = ""] of text(page).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)) {
      const { upstreams = {}, ...rest } = parse(block);
      assert.deepEqual(Object.keys(rest).filter((key) => !sections.has(key)), [], page);
      for (const upstream of Object.values<Record<string, unknown>>(upstreams)) {
        const unknown = Object.keys(upstream).filter((key) =>
          !Object.keys(upstreamSettings).some((one) => one.split(".")[0] === key)
        );
        assert.deepEqual(unknown, [], page);
      }
    }
  }
});

/** Words of our own for what has a common name; only those that nobody needs in their usual sense. */
const PRIVATE =
  /\b(?:beats?|beating|mend(?:s|ed|ing)?|veil(?:s|ed)?|linger(?:s|ed)?|patience|clocks|surroundings|lowered|takes? (?:it |them )?back|led past)\b/i;

Deno.test("docs: the guides use the common words", () => {
  for (const page of guides) {
    const found = prose(text(page)).split("\n").filter((line) => PRIVATE.test(line));
    assert.deepEqual(found, [], page);
  }
  for (const words of ["a beat", "it mends", "led past it", "Takes it back"]) {
    assert.match(words, PRIVATE);
  }
  assert.doesNotMatch("heartbeat amend recommend `beats`".replace(/`.*`/, ""), PRIVATE);
});

Deno.test("docs: what Codex prints is explained", () => {
  const page = text("docs/troubleshooting.md");
  for (
    const words of [
      "stream disconnected before completion",
      "stream closed before response.completed",
      "idle timeout waiting for SSE",
      "Reconnecting... 5/5",
      "waiting for network",
      "Missing environment variable",
      "unexpected status",
      "404 Not Found",
      "exceeded retry limit",
      "Incomplete response returned",
      "high demand",
      "Selected model is at capacity",
      "ran out of room",
      "Quota exceeded",
      'wire_api = "chat"',
      "Model metadata",
    ]
  ) assert.ok(page.includes(words), words);
});

Deno.test("docs: one version of Deno everywhere", () => {
  const versions = [
    ...pages,
    ".ci/run",
    ".github/workflows/ci.yml",
    ".github/workflows/release.yml",
  ].flatMap((page) =>
    [...text(page).matchAll(/deno@(\d+\.\d+\.\d+)(?!\d| task compile)/g)].map(([, version]) =>
      version
    )
  );
  assert.deepEqual([...new Set(versions)], ["2.9.6"]);
});
