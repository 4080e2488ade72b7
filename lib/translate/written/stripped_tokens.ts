/**
 * Gives a text in harmony its special tokens back, where a server took them away and left what stood between them:
 * `analysisWe look.assistantcommentary to=functions.ls json{}` (docs/facts/written-calls.md §3).
 *
 * What is left are words, so only a text that begins with them is read so. One that begins like reasoning and never changes its
 * channel was no harmony: at its end it comes once more, as the text it is.
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import { Marks } from "./marks.ts";

const START = "<|start|>assistant";
const MESSAGE = "<|message|>";
const TOOL = "<|channel|>commentary to=functions.";
const FINAL = `<|channel|>final${MESSAGE}`;
const ANALYSIS = `<|channel|>analysis${MESSAGE}`;

/** What is left of the head of a message -> the head. */
const HEADS = new Map([
  ["assistantfinal", FINAL],
  ["assistantanalysis", ANALYSIS],
  ["assistantcommentary to=functions.", TOOL],
  ["assistant to=functions.", TOOL],
]);
const MARKS = new Marks([...HEADS.keys()]);
/** The heads with which a text may begin, where the role stood in the prompt. */
const BEGINNINGS = new Map([...HEADS, ["commentary to=functions.", TOOL]]);
/** Reasoning is written as sentences; a word that only begins like its channel seldom goes on with a capital letter. */
const THOUGHT = /^analysis[A-Z]/;

/** The longest head behind a tool's mark: its name, the channel and the kind of content. */
const MAX_HEAD = 300;
/** A name, and what may be left between it and the content. */
const NAMED = /^([\w.:\/-]{1,256}?)(?:commentary)?\s*(?:json|code)?\s*$/;

/** Reads the text of one message. */
export class StrippedTokens {
  /** `begin`: it is not known yet what the text is; `head`: behind the mark of a tool; `over`: it is a text like any other. */
  #phase: "begin" | "message" | "head" | "over" = "begin";
  #rest = "";
  /** The text as it came, while it may turn out to be one. */
  #whole: GrowingText | undefined;

  /** Whether the text is none of harmony, or comes with its tokens: it needs no more reading. */
  get over(): boolean {
    return this.#phase === "over";
  }

  /** Whether tokens were given back. */
  get found(): boolean {
    return this.#phase === "message" || this.#phase === "head";
  }

  /** Whether text is held back. */
  get holds(): boolean {
    return this.#rest !== "" || this.#whole !== undefined;
  }

  /** Takes a piece; returns the text with its tokens as far as it is certain. */
  push(text: string): string {
    this.#whole?.add(text);
    this.#rest += text;
    let out = "";
    for (let read = this.#read(); read !== ""; read = this.#read()) out += read;
    return out;
  }

  /** The text has ended: returns what was held back. */
  end(): string {
    const rest = this.#rest;
    this.#rest = "";
    this.#phase = "over";
    if (!this.#whole) return rest;
    const whole = this.#whole.toString();
    this.#whole = undefined;
    return `${rest}<|end|>${START}${FINAL}${whole}`;
  }

  /** Takes the next certain text off the rest; empty where there is none. */
  #read(): string {
    switch (this.#phase) {
      case "begin":
        return this.#begin();
      case "message":
        return this.#message();
      case "head":
        return this.#head();
      case "over":
        return this.#take(this.#rest.length);
    }
  }

  #begin(): string {
    const text = this.#rest.trimStart();
    if (text.length < this.#rest.length) return this.#take(this.#rest.length - text.length);
    if (text === "") return "";
    if (THOUGHT.test(text)) {
      this.#whole = new GrowingText(text);
      this.#take("analysis".length);
      this.#phase = "message";
      return ANALYSIS;
    }
    for (const [mark, head] of BEGINNINGS) {
      if (text.startsWith(mark)) {
        this.#take(mark.length);
        return this.#opened(head);
      }
    }
    if (["analysis", ...BEGINNINGS.keys()].some((mark) => mark.startsWith(text))) return "";
    this.#phase = "over";
    return this.#read();
  }

  #message(): string {
    const found = MARKS.find(this.#rest, 0);
    if (found?.at === 0) {
      this.#whole = undefined;
      this.#take(found.mark.length);
      return `<|end|>${this.#opened(HEADS.get(found.mark) as string)}`;
    }
    if (found) return this.#take(found.at);
    const partial = MARKS.partial(this.#rest, 0);
    return this.#take(partial < 0 ? this.#rest.length : partial);
  }

  /** The name of a tool, until its content begins. */
  #head(): string {
    const brace = this.#rest.indexOf("{");
    if (brace < 0 && this.#rest.length <= MAX_HEAD) return "";
    this.#phase = "message";
    const [, name] = NAMED.exec(this.#rest.slice(0, Math.max(brace, 0))) ?? [];
    if (name === undefined) return this.#message();
    this.#take(brace);
    return `${name}${MESSAGE}`;
  }

  #opened(head: string): string {
    this.#phase = head === TOOL ? "head" : "message";
    return START + head;
  }

  #take(length: number): string {
    const text = this.#rest.slice(0, length);
    this.#rest = this.#rest.slice(length);
    return text;
  }
}
