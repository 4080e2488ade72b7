/**
 * Tool calls that a model wrote out as text, in the tags of its training, instead of making them.
 *
 * They count as calls only if the blocks are complete, are at the end of the text, name declared tools and are outside of
 * code. In every other case they are text, byte for byte (docs/facts/providers.md §1.5, §9, 23).
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { BY_MARK, NOISE, OPENERS, TURN_ENDS, type WrittenForm } from "./forms.ts";
import { Marks } from "./marks.ts";
import { Scan } from "./scan.ts";
import type { WrittenCall, WrittenTools } from "./tools.ts";

/** What was held back when the text ended. */
export interface HeldText {
  /** What is text of it. */
  readonly text: string;
  readonly calls: readonly WrittenCall[];
  /** The calls as they were written. */
  readonly raw: string;
}

/** The text that one step shows, and whether another step may follow without more input. */
interface Step {
  readonly show: string;
  readonly more: boolean;
}

/** The longest run of written-out calls that is held back, in characters; a call holds at most a file. */
export const MOST_HELD = 1024 * 1024;
/** Most characters of a block that are checked while it is unfinished: the longest name, and blanks around it. */
const HEAD = 512;
/** How many times its length a text may be read again before no more calls are searched in it. */
const REREADS = 4;
/** Length up to which a text may be read again without that limit. */
const SHORT = 4096;
/** How many closing marks may belong to a block's values: the arguments may hold the very syntax. */
const MOST_CLOSED = 4;

const ENDS = new Marks(TURN_ENDS);
const BEHIND = new Marks([...OPENERS.all, ...NOISE, ...TURN_ENDS]);
const CLOSERS = new Map<WrittenForm, Marks>();
for (const form of BY_MARK.values()) {
  if (form.close.length > 0) CLOSERS.set(form, new Marks(form.close));
}

/** Holds back text that may be calls until it is known whether it is. */
export class WrittenCalls {
  /** `between`: behind a complete block; only blanks and further blocks may follow. */
  #phase: "text" | "block" | "between" | "off" = "text";
  readonly #scan = new Scan();
  #form: WrittenForm | undefined;
  #body = new GrowingText();
  /** The beginning of the body, apart: to read a growing text costs its complete length. */
  #head = "";
  /** Closing marks in the block that were none. */
  #closed = 0;
  /** Everything held back, the first mark included. */
  #raw = new GrowingText();
  #first = "";
  #calls: WrittenCall[] = [];
  /** Characters read. */
  #read = 0;
  /** Characters that were read again because a block was no call. */
  #reread = 0;

  /** @param limit most characters held back; longer blocks become text */
  constructor(readonly tools: WrittenTools, readonly limit: number) {
    if (tools.size === 0) this.#phase = "off";
  }

  /** Takes text; returns the text that may be shown. */
  push(text: string): string {
    if (this.#phase === "off") return text;
    if (this.#phase === "text" && this.#scan.plain(text, OPENERS)) return text;
    this.#scan.feed(text);
    this.#read += text.length;
    return this.#run();
  }

  /** Whether text is held back. */
  get holds(): boolean {
    return this.#phase === "block" || this.#phase === "between" || !this.#scan.empty;
  }

  /** Another item begins: what was held back is text, and is returned. */
  interrupt(): string {
    return this.end(false).text;
  }

  /**
   * The text has ended; what follows is another one.
   *
   * @param take whether complete blocks count as calls
   */
  end(take: boolean): HeldText {
    let shown = "";
    for (;;) {
      if (!take || this.#phase === "text" || this.#phase === "off") break;
      if (this.#completes()) {
        const calls = this.#calls;
        const raw = this.#raw.toString() + this.#scan.rest;
        this.#reset();
        return { text: shown, calls, raw };
      }
      shown += this.#release().show + this.#run();
    }
    const text = shown + this.#raw.toString() + this.#scan.flush();
    this.#reset();
    return { text, calls: [], raw: "" };
  }

  #reset(): void {
    this.#scan.flush();
    this.#raw = new GrowingText();
    this.#calls = [];
    if (this.#phase !== "off") this.#phase = "text";
  }

  /** Whether what is held back is nothing but calls, where no more text comes. */
  #completes(): boolean {
    const rest = this.#scan.rest;
    if (this.#phase === "between") return rest.trim() === "";
    if (!this.#form?.untilEnd) return false;
    const body = ENDS.cutEnd(this.#body.toString() + rest);
    const { readUnclosed = this.#form.read } = this.#form;
    const calls = readUnclosed(body, this.tools);
    if (!calls) return false;
    for (const call of calls) this.#calls.push(call);
    return true;
  }

  #run(): string {
    const shown: string[] = [];
    for (;;) {
      const step = this.#step();
      shown.push(step.show);
      if (!step.more) return shown.length === 1 ? step.show : shown.join("");
    }
  }

  #step(): Step {
    if (this.#phase === "off") return { show: this.#scan.flush(), more: false };
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
    this.#form = BY_MARK.get(mark);
    this.#head = this.#form?.withMark ? mark : "";
    this.#body = new GrowingText(this.#head);
    this.#closed = 0;
    this.#raw.add(mark);
  }

  #block(): Step {
    const form = this.#form as WrittenForm;
    const closers = CLOSERS.get(form);
    const { text, mark } = closers ? this.#scan.take(closers, false) : { text: this.#scan.drain() };
    this.#body.add(text);
    this.#raw.add(text);
    this.#raw.add(mark ?? "");
    const more = this.#head.length < HEAD;
    if (more) this.#head += text.slice(0, HEAD - this.#head.length);
    const long = this.#raw.length > this.limit;
    if (long || (more && !form.plausible(this.#head, this.tools))) return this.#release();
    if (mark === undefined) return { show: "", more: false };
    const calls = form.read(this.#body.toString(), this.tools);
    if (calls) {
      for (const call of calls) this.#calls.push(call);
      this.#phase = "between";
    } else {
      if (++this.#closed > MOST_CLOSED) return this.#release();
      this.#body.add(mark);
    }
    return { show: "", more: true };
  }

  #between(): Step {
    const { text, mark } = this.#scan.take(BEHIND, false);
    this.#raw.add(text);
    if (text.trim() !== "" || this.#raw.length > this.limit) {
      this.#raw.add(mark ?? "");
      return this.#release();
    }
    if (mark === undefined) return { show: "", more: false };
    if (BY_MARK.has(mark)) this.#open(mark);
    else this.#raw.add(mark);
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
    return { show: this.#first, more: true };
  }
}
