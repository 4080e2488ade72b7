/**
 * An answer while it is being given: what is open, and what each piece opens, fills or closes.
 *
 * One phase says what is open besides the calls. Messages and reasoning are closed when something else begins, calls
 * only when the whole answer is: arguments that parse may still be the start of longer ones.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { GrowingText } from "../../base/growing_text.ts";
import { showSize } from "../../base/units.ts";
import type { ChatRules } from "../../provider/chat_rules.ts";
import { AnswerSize } from "../answer_limits.ts";
import { CallItems, type CallItemsOptions } from "./call_items.ts";
import type { CallPiece } from "../chat/chunk.ts";
import { TextCalls } from "./written_calls.ts";
import type { TextCall, Tools } from "./written_call_forms.ts";
import { ThinkTags, type Thought } from "./think_tags.ts";
import type { OpenItem, Writer } from "./writer.ts";

/** The longest run of written-out calls that is held back, in characters; a real one holds a file at most. */
const MOST_HELD = 1024 * 1024;

/** What {@link Answer} must know. */
export interface AnswerOptions extends CallItemsOptions {
  readonly rules: ChatRules;
  /** The declared functions; with their schemas, where calls written out as text are to be typed rightly. */
  readonly toolNames: Tools;
  /** Whether the client shows what a finished item says, whatever was streamed for it before. @default true */
  readonly rewrites?: boolean;
}

/** One answer. @throws Failure `too_large`, `bad_answer` */
export class Answer {
  #phase: "idle" | "reasoning" | "text" = "idle";
  /** The item of phase `reasoning` or `text`. */
  #item: OpenItem | undefined;
  /** A message that was announced and turned out to be reasoning; the answer's text goes on in it. */
  #reclaimed: OpenItem | undefined;
  /** Reasoning that waits until that message is finished: an item that begins before would leave its half on the screen. */
  #thoughts = new GrowingText();
  /** Characters so far; of the text, without the blanks around its pieces. */
  readonly #received = { reasoning: 0, text: 0 };
  readonly #size: AnswerSize;
  readonly #calls: CallItems;
  readonly #tags = new ThinkTags();
  readonly #texts: TextCalls;

  constructor(readonly options: AnswerOptions, readonly writer: Writer) {
    this.#size = new AnswerSize(options.limits);
    this.#calls = new CallItems(options, writer, () => this.#finish());
    this.#texts = this.#textCalls();
  }

  /** Takes text, in which reasoning and calls may be hidden. */
  content(text: string): void {
    if (!this.options.rules.thinkTags) return this.#say(this.#texts.push(text));
    // For a client that adds deltas up, text that was shown stays text.
    const settled = this.#received.reasoning > 0 || this.options.rewrites === false;
    for (const thought of this.#tags.push(text, settled)) this.#think(thought);
  }

  /** Takes reasoning. */
  reason(text: string): void {
    this.#say(this.#texts.interrupt());
    this.#received.reasoning += text.length;
    this.#size.add(text.length);
    if (this.#reclaimed) {
      this.#thoughts.add(text);
      return this.#guard({ text: this.#thoughts });
    }
    if (this.#phase !== "reasoning") {
      this.#close();
      this.#item = this.writer.openReasoning();
      this.#phase = "reasoning";
    }
    const item = this.#item as OpenItem;
    this.writer.reasoningDelta(item, text);
    this.#guard(item);
  }

  /** Takes a piece of a call. */
  call(piece: CallPiece): void {
    if (this.#calls.count === 0) this.#settle();
    this.#calls.push(piece);
  }

  /**
   * Closes everything that is whole.
   *
   * @param whole whether the provider says so; if not, calls stay open: the last one is cut
   * @returns whether there was anything, text or call
   */
  close(whole: boolean): boolean {
    const written = this.#last(whole);
    this.#finish();
    if (whole) this.#calls.close(written);
    return this.#received.text > 0 || this.#calls.count + written.length > 0;
  }

  #think(thought: Thought): void {
    switch (thought.kind) {
      case "text":
        return this.#say(this.#texts.push(thought.text));
      case "reasoning":
        return this.reason(thought.text);
      case "rethink":
        return this.#rethink();
      case "unthink":
        // Nothing else may go with it: an item that began elsewhere stays, and the text stands in both.
        if (thought.text.endsWith(this.#item?.text.toString() ?? "")) this.#unsay();
        return this.#say(this.#texts.push(thought.text));
    }
  }

  #say(text: string): void {
    if (text === "") return;
    if (this.#phase !== "text") {
      this.#close();
      this.#item = this.#reclaimed ?? this.writer.openMessage();
      this.#reclaimed = undefined;
      this.#phase = "text";
    }
    this.#received.text += text.trim().length;
    this.#size.add(text.length);
    const item = this.#item as OpenItem;
    this.writer.messageDelta(item, text);
    this.#guard(item);
  }

  /**
   * Only a closing tag came: the open message was reasoning. It stays open for the text to come: Codex shows what its
   * `done` says, whatever was streamed for it before.
   */
  #rethink(): void {
    if (this.#phase === "reasoning") return;
    const item = this.#item;
    const text = (item?.text.toString() ?? "") + this.#texts.interrupt();
    if (item) this.#reclaimed = this.writer.restartMessage(item);
    this.#abandon();
    this.#received.text = 0;
    if (text !== "") this.reason(text);
  }

  /** What was shown as reasoning was text: the item ends with nothing in it. */
  #unsay(): void {
    if (this.#phase === "reasoning" && this.#item) this.writer.closeReasoning(this.#item, "");
    this.#abandon();
  }

  /** Closes everything but the calls. */
  #finish(): void {
    this.#close();
    // No text came for a message that turned out to be reasoning: it ends with nothing in it.
    if (this.#reclaimed) this.writer.closeMessage(this.#reclaimed);
    this.#reclaimed = undefined;
    this.#thoughtsNow();
  }

  /** Gives out the reasoning that waited for a message. */
  #thoughtsNow(): void {
    if (this.#thoughts.length === 0) return;
    const item = this.writer.openReasoning();
    this.writer.reasoningDelta(item, this.#thoughts.toString());
    this.#thoughts = new GrowingText();
    this.writer.closeReasoning(item);
  }

  /** Leaves the open item: it was finished, or goes on as something else. */
  #abandon(): void {
    this.#item = undefined;
    this.#phase = "idle";
  }

  /** Closes the open message or reasoning: something else follows. */
  #close(): void {
    if (this.#phase === "text") {
      this.writer.closeMessage(this.#item as OpenItem);
      this.#thoughtsNow();
    }
    if (this.#phase === "reasoning") this.writer.closeReasoning(this.#item as OpenItem);
    this.#abandon();
  }

  /** The first call begins: what was held back of the text is text. */
  #settle(): void {
    for (const thought of this.#tags.settle()) this.#think(thought);
    this.#say(this.#texts.stop());
  }

  /** Gives out what was held back, and returns the calls that were written out as text. */
  #last(whole: boolean): readonly TextCall[] {
    const real = this.#calls.count > 0;
    if (this.options.rules.thinkTags) {
      for (const thought of this.#tags.end(real)) this.#think(thought);
    }
    const { text, calls } = this.#texts.end(whole && !real);
    this.#say(text);
    if (!whole || real || calls.length > 0 || this.#received.text > 0) return calls;
    return this.#fromReasoning();
  }

  /** An answer of reasoning alone may hold its call at the end of the reasoning (docs/facts/providers.md §1.5). */
  #fromReasoning(): readonly TextCall[] {
    const item = this.#item;
    const waiting = this.#thoughts.length > 0;
    if (!waiting && (this.#phase !== "reasoning" || !item)) return [];
    const texts = this.#textCalls();
    const kept = texts.push((waiting ? this.#thoughts : item?.text ?? "").toString());
    const { calls } = texts.end(true);
    if (calls.length === 0) return [];
    if (waiting) this.#thoughts = new GrowingText(kept);
    else if (item) this.writer.closeReasoning(item, kept);
    this.#abandon();
    return calls;
  }

  #textCalls(): TextCalls {
    const { rules, toolNames, limits } = this.options;
    return new TextCalls(
      rules.textCalls ? toolNames : new Set(),
      Math.min(limits.event, MOST_HELD),
    );
  }

  #guard({ text }: Pick<OpenItem, "text">): void {
    const { limits: { event }, title } = this.options;
    if (text.length <= event) return;
    throw new Failure("too_large", `${title} sent one item longer than ${showSize(event)}`, {
      hint: "Raise limits.event if such answers are meant",
    });
  }
}
