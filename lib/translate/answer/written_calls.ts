/**
 * Tool calls that a model wrote out as text, in the tags of its training, instead of making them.
 *
 * They count as calls only if the blocks are complete, are at the end of the answer, name declared tools and are outside of
 * code, and if the model made no call. In every other case they are text (docs/facts/providers.md §1.5, §9, 23).
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { Scan } from "./scan.ts";
import { FORMS, type Tools, type WrittenCall, type WrittenCallForm } from "./written_call_forms.ts";

/** What was held back when the text ended. */
interface HeldText {
  readonly text: string;
  readonly calls: readonly WrittenCall[];
}

/** The text that one step shows, and whether another step may follow without more input. */
interface Step {
  readonly show: string;
  readonly more: boolean;
}

/** Most characters of a block that are checked while it is unfinished: the longest name, and blanks around it. */
const HEAD = 512;
/** How many times its length a text may be read again before no more calls are searched in it. */
const REREADS = 4;
/** Length up to which a text may be read again without that limit. */
const SHORT = 4096;

const OPENERS = Object.keys(FORMS);
/** Closing tags that some models write twice. */
const STRAY = ["</tool_call>", "</function>"];

/** Holds back text that may be calls until it is known whether it is. */
export class WrittenCalls {
  /** `between`: behind a complete block; only blanks and further blocks may follow. */
  #phase: "text" | "block" | "between" | "off" = "text";
  readonly #scan = new Scan();
  #mark = "";
  #body = new GrowingText();
  /** The beginning of the body, apart: to read a growing text costs its complete length. */
  #head = "";
  /** Everything held back, the first mark included. */
  #raw = new GrowingText();
  #first = "";
  #calls: WrittenCall[] = [];
  /** Characters read. */
  #read = 0;
  /** Characters that were read again because a block was no call. */
  #reread = 0;

  /** @param limit most characters held back; longer blocks become text */
  constructor(readonly tools: Tools, readonly limit: number) {
    if (tools.size === 0) this.#phase = "off";
  }

  /** Takes text; returns the text that may be shown. */
  push(text: string): string {
    if (this.#phase === "off") return text;
    if (this.#phase === "text" && this.#scan.plain(text)) return text;
    this.#scan.feed(text);
    this.#read += text.length;
    let shown = "";
    for (;;) {
      const step = this.#step();
      shown += step.show;
      if (!step.more) return shown;
    }
  }

  /** Another item begins: what was held back is text, and is returned. */
  interrupt(): string {
    if ((this.#phase === "text" || this.#phase === "off") && this.#scan.empty) return "";
    const { text } = this.end(false);
    this.#raw = new GrowingText();
    this.#calls = [];
    if (this.#phase !== "off") this.#phase = "text";
    return text;
  }

  /** The model makes a call: like {@link interrupt}, and no text is held back from now on. */
  stop(): string {
    const text = this.interrupt();
    this.#phase = "off";
    return text;
  }

  /** The text has ended. @param take whether complete blocks count as calls */
  end(take: boolean): HeldText {
    const rest = this.#scan.flush();
    return take && this.#phase === "between" && rest.trim() === ""
      ? { text: "", calls: this.#calls }
      : { text: this.#raw.toString() + rest, calls: [] };
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
    this.#body = new GrowingText();
    this.#head = "";
    this.#raw.add(mark);
  }

  #block(): Step {
    const form = FORMS[this.#mark] as WrittenCallForm;
    const { text, mark } = this.#scan.take([form.close], false);
    this.#body.add(text);
    this.#raw.add(text);
    this.#raw.add(mark ?? "");
    const long = this.#raw.length > this.limit;
    if (mark === undefined) {
      this.#head += text.slice(0, HEAD - this.#head.length);
      const hopeless = !form.plausible(this.#head, this.tools) || long;
      return hopeless ? this.#release() : { show: "", more: false };
    }
    const calls = long ? undefined : form.read(this.#body.toString(), this.tools);
    if (!calls) return this.#release();
    for (const call of calls) this.#calls.push(call);
    this.#phase = "between";
    return { show: "", more: true };
  }

  #between(): Step {
    const { text, mark } = this.#scan.take([...OPENERS, ...STRAY], false);
    this.#raw.add(text);
    if (text.trim() !== "" || this.#raw.length > this.limit) {
      this.#raw.add(mark ?? "");
      return this.#release();
    }
    if (mark === undefined) return { show: "", more: false };
    if (STRAY.includes(mark)) this.#raw.add(mark);
    else this.#open(mark);
    return { show: "", more: true };
  }

  /**
   * It was text: shows the first mark and reads the rest again, which may hold others. Bounded: a model that writes opening
   * marks without end would have all of its text read again for each of them, while other streams wait.
   */
  #release(): Step {
    const rest = this.#raw.toString().slice(this.#first.length);
    this.#scan.unread(rest);
    this.#raw = new GrowingText();
    this.#calls = [];
    this.#reread += rest.length;
    const hopeless = this.#reread > REREADS * Math.max(this.#read, SHORT);
    this.#phase = hopeless ? "off" : "text";
    if (hopeless) return { show: this.#first + this.#scan.flush(), more: false };
    return { show: this.#first, more: true };
  }
}
