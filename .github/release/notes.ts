/**
 * What a release says of itself: the section of CHANGELOG.md that has its version.
 *
 * @module
 */

/** A section of the changelog: `## 0.1.0 (2026-11-23)` and what stands below it. */
export interface Section {
  readonly version: string;
  /** What stands in brackets behind the version: a date, or `unreleased`. */
  readonly when: string;
  /** Markdown, without the heading. */
  readonly text: string;
}

/** Reads all sections, in the order of the file. */
export function readChangelog(text: string): Section[] {
  const [, ...parts] = `\n${text.replaceAll("\r\n", "\n")}`.split(/\n## (?=\d)/);
  return parts.map((part) => {
    const [heading = "", ...lines] = part.split("\n");
    const [, version = "", when = ""] = /^(\S+)(?: \((.*)\))?$/.exec(heading.trim()) ?? [];
    return { version, when, text: lines.join("\n").trim() };
  });
}

/**
 * The notes of a release: its section, with each paragraph on one line, as GitHub shows every line end of a release's notes.
 *
 * @throws {Error} Where the changelog has no words about that version.
 */
export function releaseNotes(changelog: string, version: string): string {
  const section = readChangelog(changelog).find((section) => section.version === version);
  if (!section?.text) throw new Error(`CHANGELOG.md has no section for ${version}`);
  return `${unwrap(section.text)}\n`;
}

/** What keeps this version from being released under this tag; empty where nothing does. */
export function obstacles(tag: string, version: string, changelog: string): string[] {
  const section = readChangelog(changelog).find((section) => section.version === version);
  return [
    tag === `v${version}` ? "" : `The tag is ${tag}, but deno.json says ${version}`,
    section?.text ? "" : `CHANGELOG.md has no section for ${version}`,
    section?.when === "unreleased" ? `CHANGELOG.md still calls ${version} unreleased` : "",
  ].filter(Boolean);
}

/** Joins the lines of each paragraph and list item; code, tables, quotes and headings stay as they are. */
function unwrap(markdown: string): string {
  const out: string[] = [];
  let fenced = false;
  for (const line of markdown.split("\n")) {
    const before = out.at(-1) ?? "";
    const fence = /^\s*(```|~~~)/.test(line);
    const starts = line.trim() === "" || /^\s*([-*+] |\d+\. |[#|>])/.test(line);
    const continues = before.trim() !== "" && !/^\s*(#|\||>|```|~~~)/.test(before);
    if (!fenced && !fence && !starts && continues) out[out.length - 1] = `${before} ${line.trim()}`;
    else out.push(line);
    if (fence) fenced = !fenced;
  }
  return out.join("\n");
}
