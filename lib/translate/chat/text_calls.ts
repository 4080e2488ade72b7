/**
 * Tool calls that a model wrote out as text, in the tags of its training, instead of making them.
 *
 * Guarded: taken only if the blocks are complete, end the answer, name declared tools, stand outside of code, and no real
 * call was made; in every other case they are text like any other (providers.md §1.5, §9, 23).
 *
 * @module
 */

import { Scan } from "./scan.ts";
import { type Form, FORMS, type TextCall, type Tools } from "./text_call_forms.ts";

/** What was held back when the text ended. */
export interface HeldText {
  readonly text: string;
  readonly calls: readonly TextCall[];
}

/** What one step shows, and whether another may follow without more input. */
interface Step {
  readonly show: string;
  readonly more: boolean;
}

const OPENERS = Object.keys(FORMS);
/** Closing tags that some models write once too often. */
const STRAY = ["</tool_call>", "</function>"];

/** Holds back what may be calls until it is known what it is. */
export class TextCalls {
  /** `between`: behind a complete block, where only blanks and further blocks may follow. */
  #phase: "text" | "block" | "between" | "off" = "text";
  readonly #scan = new Scan();
  #mark = "";
  #body = "";
  /** Everything held back, the first mark included. */
  #raw = "";
  #first = "";
  #calls: TextCall[] = [];

  /** @param limit most characters held back; longer blocks become text */
  constructor(readonly tools: Tools, readonly limit: number) {
    if (tools.size === 0) this.#phase = "off";
  }

  /** Takes text and returns what of it may be shown. */
  push(text: string): string {
    if (this.#phase === "off") return text;
    if (this.#phase === "text" && this.#scan.plain(text)) return text;
    this.#scan.feed(text);
    let shown = "";
    for (;;) {
      const step = this.#step();
      shown += step.show;
      if (!step.more) return shown;
    }
  }

  /** Something else begins: what was held back is text, and is returned. */
  interrupt(): string {
    const { text } = this.end(false);
    this.#raw = "";
    this.#calls = [];
    if (this.#phase !== "off") this.#phase = "text";
    return text;
  }

  /** A real call begins: like {@link interrupt}, and nothing is held back any more. */
  stop(): string {
    const text = this.interrupt();
    this.#phase = "off";
    return text;
  }

  /** The text is over. @param take whether complete blocks count as calls */
  end(take: boolean): HeldText {
    const rest = this.#scan.flush();
    return take && this.#phase === "between" && rest.trim() === ""
      ? { text: "", calls: this.#calls }
      : { text: this.#raw + rest, calls: [] };
  }

  #step(): Step {
    if (this.#phase === "block") return this.#block();
    if (this.#phase === "between") return this.#between();
    const { text, mark } = this.#scan.take(OPENERS, true);
    if (mark === undefined) return { show: text, more: false };
    this.#first = mark;
    this.#open(mark);
    return { show: text, more: true };
  }

  #open(mark: string): void {
    this.#phase = "block";
    this.#mark = mark;
    this.#body = "";
    this.#raw += mark;
  }

  #block(): Step {
    const form = FORMS[this.#mark] as Form;
    const { text, mark } = this.#scan.take([form.close], false);
    this.#body += text;
    this.#raw += text + (mark ?? "");
    if (mark === undefined) {
      const hopeless = !form.plausible(this.#body, this.tools) || this.#raw.length > this.limit;
      return hopeless ? this.#release() : { show: "", more: false };
    }
    const calls = form.read(this.#body, this.tools);
    if (!calls) return this.#release();
    this.#calls.push(...calls);
    this.#phase = "between";
    return { show: "", more: true };
  }

  #between(): Step {
    const { text, mark } = this.#scan.take([...OPENERS, ...STRAY], false);
    this.#raw += text;
    if (text.trim() !== "") {
      this.#raw += mark ?? "";
      return this.#release();
    }
    if (mark === undefined) return { show: "", more: false };
    if (STRAY.includes(mark)) this.#raw += mark;
    else this.#open(mark);
    return { show: "", more: true };
  }

  /** It was text: shows the first mark and looks at the rest again, which may hold others. */
  #release(): Step {
    this.#scan.unread(this.#raw.slice(this.#first.length));
    this.#phase = "text";
    this.#raw = "";
    this.#calls = [];
    return { show: this.#first, more: true };
  }
}
