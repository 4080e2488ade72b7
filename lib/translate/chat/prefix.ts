/**
 * An answer that continues another one: its beginning is sent to the provider as the last message, and the provider sends the
 * rest.
 *
 * The decoder puts both together, so that the reader of the answer gets the beginning and the rest.
 *
 * @module
 */

import type { PrefixRule } from "../../provider/chat_rules.ts";
import type { ChatMessage } from "../../wire/chat.ts";

/** Shortest beginning that is recognized when it comes again: the answer then starts from the beginning. */
const LEAST_ECHO = 16;

/** Marks the last message, if it is the assistant's, as one that the provider is to continue. */
export function flagged(messages: ChatMessage[], { flag }: PrefixRule): ChatMessage[] {
  return messages.map((message, at) =>
    at === messages.length - 1 && message.role === "assistant"
      ? { ...message, [flag]: true }
      : message
  );
}

/**
 * Puts the beginning before the rest. A server that does not know the flag starts a new answer: with reasoning, or with the
 * same beginning. Then nothing is put before its answer.
 */
export class AnswerPrefix {
  readonly #text: string;
  /** How many characters came that are equal to those of the beginning. */
  #same = 0;
  #decided: boolean;

  /** @param text the beginning; empty where none was sent */
  constructor(text: string) {
    this.#text = text;
    this.#decided = text === "";
  }

  /** Takes text of the answer; returns the text of the complete answer that is certain by now. */
  push(text: string): string {
    if (this.#decided) return text;
    const { length } = this.#text;
    const known = this.#text.slice(this.#same, this.#same + text.length);
    if (length >= LEAST_ECHO && text.startsWith(known)) {
      this.#same += known.length;
      if (this.#same < length) return "";
      this.#decided = true;
      return this.#text + text.slice(known.length);
    }
    return this.end() + text;
  }

  /** The answer began with reasoning: it is a new one. */
  restarted(): void {
    if (this.#same === 0) this.#decided = true;
  }

  /** No more text comes, or another text than the beginning: returns the beginning and what was held back. */
  end(): string {
    if (this.#decided) return "";
    this.#decided = true;
    return this.#text + this.#text.slice(0, this.#same);
  }
}
