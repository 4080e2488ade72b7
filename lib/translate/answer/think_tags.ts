/**
 * Reasoning that stands in the text, between `<think>` tags, told apart from the answer.
 *
 * Never loses text: a tag that turns out to have been only a word is given back (`unthink`), and text that turns out to
 * have been reasoning, because only the closing tag came, is renamed (`rethink`) (docs/facts/providers.md §9, 22).
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { Scan } from "./scan.ts";

/** A piece of content, or a correction of what was said before. */
export type Thought =
  | { readonly kind: "text" | "reasoning"; readonly text: string }
  /** All text so far was reasoning. */
  | { readonly kind: "rethink" }
  /** The last reasoning was text: this is all of it, tag included. */
  | { readonly kind: "unthink"; readonly text: string };

/** About the most blanks kept before the first word; what is beyond them is dropped. */
const MOST_BLANKS = 64 * 1024;

const OPEN = ["<think>", "<thinking>"];
const CLOSE = ["</think>", "</thinking>"];
const BOTH = [...OPEN, ...CLOSE];

/** Splits the content of one answer. */
export class ThinkTags {
  /** `start`: nothing but blanks so far; `after`: the same behind a closing tag. */
  #phase: "start" | "text" | "think" | "after" = "start";
  readonly #scan = new Scan();
  #blanks = new GrowingText();
  #tag = "";
  /** What was thought since the tag, kept where it may turn out to be text. */
  #thought = new GrowingText();
  /** Whether the thought holds anything but blanks. */
  #thinks = false;
  #said = false;
  /** Whether the open tag stands in the middle of text, where it may be only a word. */
  #word = false;

  /** @param reasoned whether reasoning already came in a field of its own; a lone closing tag then means nothing */
  push(text: string, reasoned: boolean): Thought[] {
    if (this.#phase === "text" && this.#scan.plain(text)) return [{ kind: "text", text }];
    this.#scan.feed(text);
    const out: Thought[] = [];
    for (;;) {
      const thinking = this.#phase === "think";
      const { text, mark } = this.#scan.take(thinking ? CLOSE : BOTH, !thinking);
      this.#add(text, out);
      if (mark === undefined) return out;
      if (OPEN.includes(mark)) this.#open(mark);
      else this.#close(reasoned, out);
    }
  }

  /** Gives out the start of what might have become a tag: something else follows. */
  settle(): Thought[] {
    const out: Thought[] = [];
    this.#add(this.#scan.flush(), out);
    return out;
  }

  /** The content is over. @param calls whether the answer goes on to call tools */
  end(calls: boolean): Thought[] {
    const out = this.settle();
    if (this.#phase === "think" && this.#word && !calls && this.#thinks) {
      out.push({ kind: "unthink", text: this.#tag + this.#thought.toString() });
    }
    if (this.#phase === "start" && this.#blanks.length > 0) {
      out.push({ kind: "text", text: this.#blanks.toString() });
    }
    return out;
  }

  #open(tag: string): void {
    this.#word = this.#phase === "text";
    this.#phase = "think";
    this.#tag = tag;
    this.#thought = new GrowingText();
    this.#thinks = false;
    this.#blanks = new GrowingText();
  }

  #close(reasoned: boolean, out: Thought[]): void {
    if (this.#phase !== "think") {
      const stray = reasoned || this.#tag !== "";
      if (stray && this.#phase === "text") return;
      if (!stray && this.#said) out.push({ kind: "rethink" });
      this.#said = false;
      this.#tag = OPEN[0] as string;
    }
    this.#phase = "after";
    this.#blanks = new GrowingText();
  }

  #add(text: string, out: Thought[]): void {
    if (text === "") return;
    if (this.#phase === "think") {
      const thought = this.#thinks ? text : text.trimStart();
      if (this.#word) this.#thought.add(text);
      if (thought === "") return;
      this.#thinks = true;
      out.push({ kind: "reasoning", text: thought });
      return;
    }
    if (this.#phase !== "text") {
      const begun = text.trimStart();
      // Blanks behind a tag are dropped, those at the very beginning wait for what they stand before.
      const keep = this.#phase === "start" && this.#blanks.length < MOST_BLANKS;
      if (begun === "") {
        if (keep) this.#blanks.add(text);
        return;
      }
      text = this.#phase === "after" ? begun : this.#blanks.toString() + text;
      this.#blanks = new GrowingText();
      this.#phase = "text";
    }
    this.#said = true;
    out.push({ kind: "text", text });
  }
}
