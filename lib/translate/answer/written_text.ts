/**
 * The text of a Chat answer, read for what is no text of it: channels of the model's format, calls that it wrote out.
 *
 * @module
 */

import type { ChatRules } from "../../provider/chat_rules.ts";
import { type ChannelPiece, Channels } from "../written/channels.ts";
import { NO_TOOLS, type WrittenCall, type WrittenTools } from "../written/tools.ts";
import { type HeldText, MOST_HELD, WrittenCalls } from "../written/written_calls.ts";

/** What {@link WrittenText} needs to know. */
interface WrittenTextOptions {
  readonly rules: ChatRules;
  /** The tools whose calls may be written out as text. */
  readonly written: WrittenTools;
  readonly limits: { readonly event: number };
}

/** The text of one answer. */
export class WrittenText {
  readonly #channels: Channels | undefined;
  readonly #texts: WrittenCalls;
  /** Calls that were written out before the first real one. */
  readonly #parked: HeldText[] = [];

  constructor(readonly options: WrittenTextOptions) {
    this.#channels = options.rules.textCalls ? new Channels() : undefined;
    this.#texts = this.#reader();
  }

  /** Whether text is held back. */
  get holds(): boolean {
    return this.#texts.holds || this.#parked.length > 0 || this.#channels?.holds === true;
  }

  /** Splits content by its channels. */
  split(text: string): readonly ChannelPiece[] {
    return this.#channels?.push(text) ?? [{ kind: "text", text }];
  }

  /** What was held back of channels. */
  rest(): readonly ChannelPiece[] {
    return this.#channels?.end() ?? [];
  }

  /** Takes text; returns what may be shown. */
  push(text: string): string {
    return this.#texts.push(text);
  }

  /** Another item begins: what was held back is text, and is returned. */
  interrupt(): string {
    return this.#texts.interrupt();
  }

  /** The first call begins: complete blocks are kept, the rest of what was held back is text, and is returned. */
  park(): string {
    const held = this.#texts.end(true);
    if (held.calls.length > 0) this.#parked.push(held);
    return held.text;
  }

  /**
   * The answer has ended.
   *
   * @param isCall whether written calls count
   * @returns the rest of its text, and the calls
   */
  end(
    complete: boolean,
    isCall: (calls: readonly WrittenCall[]) => boolean,
  ): { readonly text: string; readonly calls: readonly WrittenCall[] } {
    const held = this.#texts.end(complete);
    let { text } = held;
    const calls = [...this.#parked, held].flatMap((each) => {
      if (complete && isCall(each.calls)) return each.calls;
      text += each.raw;
      return [];
    });
    return { text, calls };
  }

  /** The calls at the end of reasoning, and the reasoning without them; `undefined` where it holds none. */
  inReasoning(
    reasoning: string,
  ): { readonly kept: string; readonly calls: readonly WrittenCall[] } | undefined {
    const texts = this.#reader();
    const shown = texts.push(reasoning);
    const { text, calls } = texts.end(true);
    const none = calls.length === 0 || calls.some(({ name }) => name === "");
    return none ? undefined : { kept: shown + text, calls };
  }

  #reader(): WrittenCalls {
    const { rules, written, limits } = this.options;
    return new WrittenCalls(
      rules.textCalls ? written : NO_TOOLS,
      Math.min(limits.event, MOST_HELD),
    );
  }
}
