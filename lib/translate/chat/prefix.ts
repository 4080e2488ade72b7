/**
 * An answer that goes on where another broke off: its beginning goes up as the last message, and only the rest comes back.
 *
 * Whoever reads the answer gets it whole, beginning and rest.
 *
 * @module
 */

import type { PrefixRule } from "../../provider/chat_rules.ts";
import type { ChatMessage } from "../../wire/chat.ts";

/** A beginning this long does not come twice by chance: an answer that says it again begins anew. */
const LEAST_ECHO = 16;

/** Says of the last message that the answer goes on in it. */
export function flagged(messages: ChatMessage[], { flag }: PrefixRule): ChatMessage[] {
  return messages.map((message, at) =>
    at === messages.length - 1 && message.role === "assistant"
      ? { ...message, [flag]: true }
      : message
  );
}

/**
 * Puts the beginning before the rest. A server that does not know the flag answers anew: it thinks first, or says the
 * beginning again. Then nothing is put before its answer.
 */
export class AnswerPrefix {
  readonly #text: string;
  /** Characters that came and are those of the beginning. */
  #same = 0;
  #decided: boolean;

  /** @param text empty where none was given */
  constructor(text: string) {
    this.#text = text;
    this.#decided = text === "";
  }

  /** Takes text of the answer and returns what is certain of the whole. */
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

  /** The answer begins with a thought: so it is another one. */
  restarted(): void {
    if (this.#same === 0) this.#decided = true;
  }

  /** No more text comes, or other text than the beginning: it stands before what came. */
  end(): string {
    if (this.#decided) return "";
    this.#decided = true;
    return this.#text + this.#text.slice(0, this.#same);
  }
}
