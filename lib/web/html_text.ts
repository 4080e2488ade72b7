/**
 * The readable text of a page, in lines, with its links numbered.
 *
 * Its rule: one pass over the tokens, no tree. What a tree costs is in the hands of the page: 64 KiB of nested elements keep
 * `@mozilla/readability` with `linkedom` busy for a minute (docs/facts/search.md §4), and this process carries other
 * people's streams.
 *
 * @module
 */

import type { Parser } from "htmlparser2";
import { GrowingText } from "../base/growing_text.ts";

/** A page as text. */
export interface PageText {
  /** Empty where the page has none. */
  readonly title: string;
  readonly lines: readonly string[];
  /** The addresses of its links, as they stand in the page; link `n` of the lines is at `n`. */
  readonly links: readonly string[];
}

/** Makes the tokenizer, which is loaded when the first page is read. */
export type MakeParser = typeof import("htmlparser2").Parser;

/** Most links of a page that are numbered. */
const MOST_LINKS = 500;
/** Most characters of text that are kept of a page. */
const MOST_TEXT = 1_000_000;
/** Most elements inside one another; the tokenizer's cost grows with them, and real pages have fewer than a hundred. */
const MAX_DEPTH = 1_000;
/** Text of a `main` or `article` from which on the rest of the page counts as its frame. */
const ENOUGH = 200;

/** Elements whose text nobody reads, or that stand around what a page says. */
const SKIPPED = new Set(
  ("script style noscript template svg math canvas iframe object embed audio video select option datalist button " +
    "nav aside footer dialog head").split(" "),
);
const BLOCKS = new Set(
  ("address article blockquote body center dd details div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 header hr " +
    "html li main ol p pre section summary table tbody tfoot thead tr ul br").split(" "),
);
/** Elements without content, which never close. */
const VOID = new Set("area base br col embed hr img input link meta source track wbr".split(" "));

/** Reads one page; write it piece by piece. */
export class HtmlText {
  readonly #parser: Parser;
  readonly #title = new GrowingText();
  readonly #links: string[] = [];
  readonly #all = new Lines();
  readonly #main = new Lines();
  /** The element that is skipped, and how many of its name are open inside it. */
  #skipped: { readonly name: string; depth: number } | undefined;
  #depth = 0;
  #mains = 0;
  #inTitle = false;
  #pre = 0;
  #link: number | undefined;

  constructor(Make: MakeParser) {
    this.#parser = new Make({
      onopentag: (name, attributes) => this.#open(name, attributes),
      onclosetag: (name) => this.#close(name),
      ontext: (text) => this.#text(text),
    }, { decodeEntities: true, lowerCaseTags: true });
  }

  /** Takes the next piece of the page, some ten thousand characters. Behind elements without end nothing more is read. */
  write(html: string): void {
    if (this.#depth <= MAX_DEPTH) this.#parser.write(html);
  }

  /** The page is over. */
  end(): PageText {
    const deep = this.#depth > MAX_DEPTH;
    this.#parser.end();
    if (deep) this.#add("[The rest is nested too deeply to be read]");
    const lines = this.#main.size >= ENOUGH ? this.#main : this.#all;
    return {
      title: this.#title.toString().replace(/\s+/g, " ").trim(),
      lines: lines.end(),
      links: this.#links,
    };
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#depth++;
    if (name === "title" && this.#title.toString() === "") this.#inTitle = true;
    if (this.#skipped) {
      if (name === this.#skipped.name) this.#skipped.depth++;
      return;
    }
    const hidden = "hidden" in attributes || attributes["aria-hidden"] === "true";
    if ((SKIPPED.has(name) || hidden) && !VOID.has(name)) {
      this.#skipped = { name, depth: 1 };
      return;
    }
    if (name === "main" || name === "article") this.#mains++;
    if (name === "pre") this.#pre++;
    if (BLOCKS.has(name)) this.#break();
    if (/^h[1-6]$/.test(name)) this.#add(`${"#".repeat(Number(name[1]))} `);
    else if (name === "li") this.#add("- ");
    else if (name === "td" || name === "th") this.#add(" | ");
    else if (name === "img" && attributes.alt) this.#add(` [image: ${attributes.alt}] `);
    else if (name === "a" && this.#links.length < MOST_LINKS) {
      const href = attributes.href?.trim() ?? "";
      if (href !== "" && !/^(?:#|javascript:|mailto:|tel:|data:)/i.test(href)) {
        this.#link = this.#links.push(href) - 1;
      }
    }
  }

  #close(name: string): void {
    this.#depth--;
    if (name === "title") this.#inTitle = false;
    if (this.#skipped) {
      if (name === this.#skipped.name && --this.#skipped.depth === 0) this.#skipped = undefined;
      return;
    }
    if (name === "a" && this.#link !== undefined) {
      this.#add(` [link ${this.#link}]`);
      this.#link = undefined;
    }
    if (name === "pre" && this.#pre > 0) this.#pre--;
    if (BLOCKS.has(name)) this.#break();
    if ((name === "main" || name === "article") && this.#mains > 0) this.#mains--;
  }

  #text(text: string): void {
    if (this.#inTitle) {
      if (this.#title.toString().length < 1_000) this.#title.add(text);
      return;
    }
    if (!this.#skipped) this.#add(text, this.#pre > 0);
  }

  #add(text: string, kept = false): void {
    this.#all.add(text, kept);
    if (this.#mains > 0) this.#main.add(text, kept);
  }

  #break(): void {
    this.#all.break();
    if (this.#mains > 0) this.#main.break();
  }
}

/** Lines of text that grow by pieces. */
class Lines {
  readonly #lines: string[] = [];
  #pieces: string[] = [];
  /** Whether the spaces of this line stay. */
  #kept = false;
  /** Characters so far. */
  size = 0;

  add(text: string, kept: boolean): void {
    if (this.size >= MOST_TEXT) return;
    this.size += text.length;
    this.#kept = kept;
    if (!kept) return void this.#pieces.push(text);
    const [first = "", ...more] = text.split("\n");
    this.#pieces.push(first);
    for (const line of more) {
      this.break();
      this.#pieces.push(line);
    }
  }

  /** Ends the line. */
  break(): void {
    if (this.#pieces.length === 0) return;
    const joined = this.#pieces.join("");
    const line = this.#kept ? joined.trimEnd() : joined.replace(/\s+/g, " ").trim();
    this.#pieces = [];
    if (line !== "" && !/^[-#|\s]+$/.test(line)) this.#lines.push(line);
  }

  end(): readonly string[] {
    this.break();
    return this.#lines;
  }
}
