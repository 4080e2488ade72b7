/**
 * Separates reasoning between `<think>` tags from the text of the answer.
 *
 * Never loses text. A tag that turns out to be only text is corrected by `reasoning_was_text`. Text that turns out to be
 * reasoning, because only the closing tag came, is corrected by `text_was_reasoning` (docs/facts/providers.md §9, 22).
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { Marks } from "../written/marks.ts";
import { Scan } from "../written/scan.ts";

/** A piece of content, or a correction of earlier pieces. */
export type ContentPiece =
  | { readonly kind: "text" | "reasoning"; readonly text: string }
  /** All text so far was reasoning. */
  | { readonly kind: "text_was_reasoning" }
  /** The last reasoning was text: `text` is all of it, tag included. */
  | { readonly kind: "reasoning_was_text"; readonly text: string };

/** About the most blanks that are kept before the first word; further ones are dropped. */
const MOST_BLANKS = 64 * 1024;

const OPEN = ["<think>", "<thinking>"];
const CLOSE = ["</think>", "</thinking>"];
const CLOSING = new Marks(CLOSE);
const BOTH = new Marks([...OPEN, ...CLOSE]);

/** Splits the content of one answer. */
export class ThinkTags {
  /** `start`: only blanks so far; `after`: only blanks since a closing tag. */
  #phase: "start" | "text" | "think" | "after" = "start";
  readonly #scan = new Scan();
  #blanks = new GrowingText();
  #tag = "";
  /** The reasoning since the tag, kept where it may turn out to be text. */
  #thought = new GrowingText();
  /** Whether that reasoning holds more than blanks. */
  #hasThought = false;
  #hasText = false;
  /** Whether text came before the open tag, so that the tag may be only text. */
  #insideText = false;

  /** @param reasoned whether reasoning already came in a field of its own; a lone closing tag then means nothing */
  push(text: string, reasoned: boolean): ContentPiece[] {
    if (this.#phase === "text" && this.#scan.plain(text, BOTH)) return [{ kind: "text", text }];
    this.#scan.feed(text);
    const out: ContentPiece[] = [];
    for (;;) {
      const thinking = this.#phase === "think";
      const { text, mark } = this.#scan.take(thinking ? CLOSING : BOTH, !thinking);
      this.#add(text, out);
      if (mark === undefined) return out;
      if (OPEN.includes(mark)) this.#open(mark);
      else this.#close(reasoned, out);
    }
  }

  /** Returns the beginning of a possible tag that was held back: another item follows. */
  settle(): ContentPiece[] {
    const out: ContentPiece[] = [];
    this.#add(this.#scan.flush(), out);
    return out;
  }

  /** The content has ended. @param calls whether the answer goes on to call tools */
  end(calls: boolean): ContentPiece[] {
    const out = this.settle();
    if (this.#phase === "think" && this.#insideText && !calls && this.#hasThought) {
      out.push({ kind: "reasoning_was_text", text: this.#tag + this.#thought.toString() });
    }
    if (this.#phase === "start" && this.#blanks.length > 0) {
      out.push({ kind: "text", text: this.#blanks.toString() });
    }
    return out;
  }

  #open(tag: string): void {
    this.#insideText = this.#phase === "text";
    this.#phase = "think";
    this.#tag = tag;
    this.#thought = new GrowingText();
    this.#hasThought = false;
    this.#blanks = new GrowingText();
  }

  #close(reasoned: boolean, out: ContentPiece[]): void {
    if (this.#phase !== "think") {
      const stray = reasoned || this.#tag !== "";
      if (stray && this.#phase === "text") return;
      if (!stray && this.#hasText) out.push({ kind: "text_was_reasoning" });
      this.#hasText = false;
      this.#tag = OPEN[0] as string;
    }
    this.#phase = "after";
    this.#blanks = new GrowingText();
  }

  #add(text: string, out: ContentPiece[]): void {
    if (text === "") return;
    if (this.#phase === "think") {
      const thought = this.#hasThought ? text : text.trimStart();
      if (this.#insideText) this.#thought.add(text);
      if (thought === "") return;
      this.#hasThought = true;
      out.push({ kind: "reasoning", text: thought });
      return;
    }
    if (this.#phase !== "text") {
      const begun = text.trimStart();
      // Blanks behind a tag are dropped; those at the beginning wait until it is known what follows them.
      const keep = this.#phase === "start" && this.#blanks.length < MOST_BLANKS;
      if (begun === "") {
        if (keep) this.#blanks.add(text);
        return;
      }
      text = this.#phase === "after" ? begun : this.#blanks.toString() + text;
      this.#blanks = new GrowingText();
      this.#phase = "text";
    }
    this.#hasText = true;
    out.push({ kind: "text", text });
  }
}
