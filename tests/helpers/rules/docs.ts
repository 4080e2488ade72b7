/**
 * What pages and comments point to, as pure functions: links, headings, citations, commands, words.
 *
 * @module
 */

import { readSource } from "./source.ts";

/** The text of a file by its path from the top of the tree; `undefined` where there is none. */
export type Read = (path: string) => string | undefined;

/** A heading as GitHub names it in a URL. */
export function slug(heading: string): string {
  return heading.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

/** The page without what stands between fences. */
export function unfenced(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, "");
}

/** The page without code: neither fenced nor in a line. */
export function prose(text: string): string {
  return unfenced(text).replace(/`[^`\n]+`/g, "").replace(/\]\([^)]*\)/g, "]");
}

/** Links of a page that lead nowhere: to files, to headings of its own, to headings of other pages. */
export function deadLinks(page: string, text: string, read: Read): string[] {
  const links = [...text.matchAll(/\]\(([^)\s]+)[^)]*\)|\b(?:src|srcset|href)="([^"]+)"/g)]
    .map(([, link, source]) => link ?? source ?? "");
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [file = "", anchor] = link.split("#");
    const path = file === "" ? page : new URL(file, `file:///${page}`).pathname.slice(1);
    const target = file === "" ? text : read(path);
    return target === undefined || (anchor !== undefined && !hasAnchor(target, anchor));
  });
}

function hasAnchor(text: string, anchor: string): boolean {
  return [...unfenced(text).matchAll(/^#+ (.*)$/gm)].some(([, words = ""]) =>
    slug(words) === anchor
  );
}

/** Stands for a published standard, whose sections are not looked up. */
const STANDARD = "standard";

/** A line that is cited: a page, and in it a section, and in that a numbered row of a table. */
const CITATION =
  /([\w.][\w./-]*\.md)(#[\w-]+)?|\b(?:RFC \d+|MS-[A-Z]+|semver\.org)|§(\d+(?:\.\d+)*)(?:, (\d+)(?![\w.]))?/g;

/**
 * What a text cites and is not there.
 *
 * A page is named from the top of the tree. A `§` belongs to the page, or the standard, that was named before it.
 *
 * @param own the page that a `§` without a page belongs to; in code there is none
 */
export function badCitations(text: string, read: Read, own?: string): string[] {
  let page = own;
  return [...text.matchAll(CITATION)].flatMap(([whole, path, anchor, section, row]) => {
    if (path !== undefined) page = path;
    else if (section === undefined) page = STANDARD;
    if (page === STANDARD) return [];
    const target = page === undefined ? undefined : read(page);
    if (page === undefined) return [`${whole} of no page`];
    if (target === undefined) return path === undefined ? [] : [whole];
    if (anchor !== undefined && !hasAnchor(target, anchor.slice(1))) return [whole];
    if (section === undefined) return [];
    const found = sectionOf(target, section);
    if (found === undefined) return [`${page} §${section}`];
    return row === undefined || found.includes(`\n| ${row} |`) ? [] : [`${page} ${whole}`];
  });
}

/**
 * The text below the heading that begins with a number, up to the next heading of any kind. `0.4` may also be the fourth
 * line of a numbered list in section 0.
 */
function sectionOf(text: string, number: string): string | undefined {
  const heading = new RegExp(
    `^#+ ${number.replaceAll(".", "\\.")}\\.? [\\s\\S]*?(?=^#|(?![^]))`,
    "m",
  );
  const found = heading.exec(unfenced(text))?.[0];
  const [, above, item] = /^(.+)\.(\d+)$/.exec(number) ?? [];
  if (found !== undefined || above === undefined) return found;
  const list = sectionOf(text, above);
  return list?.includes(`\n${item}. `) ? list : undefined;
}

/** The comments of a source, those that follow each other as one text. */
export function commentsOf(path: string, text: string): string[] {
  const lines = path.endsWith(".ts")
    ? typescriptComments(text)
    : text.split("\n").map((line) => /(?:^|\s)#(.*)$/.exec(line)?.[1]);
  const blocks: string[] = [];
  let open = false;
  for (const line of lines) {
    const words = line?.replace(/^\s*(?:\/\*\*?|\*\/|\*|\/\/)?\s?|\s*\*\/\s*$/g, "").trim() ?? "";
    if (words === "") open = false;
    else {
      if (open) blocks[blocks.length - 1] += ` ${words}`;
      else blocks.push(words);
      open = true;
    }
  }
  return blocks;
}

function typescriptComments(text: string): string[] {
  const rest = readSource(text).spoken.split("\n");
  return text.split("\n").map((line, at) => {
    const spoken = rest[at] ?? "";
    let comment = "";
    for (let column = 0; column < line.length; column++) {
      comment += spoken[column] === line[column] ? " " : line[column];
    }
    return comment;
  });
}

/** The command lines of `sidecar` that a page prints, without the program's name; `--` gets a command behind it. */
export function commandLines(text: string): string[] {
  const fenced = [...text.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)]
    .filter(([, language]) => language === "sh" || language === "powershell")
    .flatMap(([, , block = ""]) => block.split("\n"))
    .map((line) => line.replace(/(?:^|\s)#.*$/, ""));
  const inline = [...unfenced(text).matchAll(/`([^`\n]+)`/g)].map(([, code = ""]) => code);
  return [...fenced, ...inline].flatMap((line) => {
    const own = /^(?:sidecar|npx -y deno@\S+ run -A main\.ts) (.+)$/.exec(line.trim())?.[1];
    return own === undefined ? [] : [own.replace(/ [|>].*$/, "").replace(/ --$/, " -- codex")];
  });
}
