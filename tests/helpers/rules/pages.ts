/**
 * The pages and sources of this repository, as the tests of the documentation read them.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Read } from "./docs.ts";

const top = new URL("../../../", import.meta.url);

/** Reads a file of this repository, and of no folder beside it; a folder has no text. */
export const read: Read = (path) => {
  try {
    const url = new URL(path, top);
    if (!url.href.startsWith(top.href)) return undefined;
    return Deno.statSync(url).isDirectory ? "" : Deno.readTextFileSync(url);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
};
/** The text of a file that must be there. */
export const text = (path: string) => read(path) ?? assert.fail(`${path} is not there`);

/** Files below a folder, by their paths from the top. */
function below(folder: string): string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, top))].flatMap(({ name, isDirectory }) =>
    isDirectory ? below(`${folder}/${name}`) : [`${folder}/${name}`]
  ).sort();
}

/** The front page, in each language. */
export const READMES = ["README.md", "README.zh-CN.md"];
/** The pages of `docs/`. */
export const docs = below("docs").filter((path) => path.endsWith(".md"));
/** Pages that tell people what to do. */
export const guides = [...READMES, ...docs.filter((path) => /^docs\/[^/]+$/.test(path))];
/** Every page that people read. */
export const pages = [...READMES, "CHANGELOG.md", "lib/README.md", ...docs];
/** Every text that is not a page and may cite one. */
export const sources = [
  "main.ts",
  "config.example.yaml",
  ...["lib", "tests", ".ci", ".github"].flatMap(below),
].filter((path) => /\.(?:ts|js|css|yaml|yml|sh|ps1)$|\/run$/.test(path));
