/**
 * Builds the items of an answer from its pieces: each piece opens, fills or closes an item.
 *
 * The phase is the kind of item that is open besides the calls. A message or reasoning is closed when another item begins.
 * Calls are closed when the answer is complete: arguments that parse may still be the beginning of longer ones.
 *
 * @module
 */

import { GrowingText } from "../../base/growing_text.ts";
import type { ChatRules } from "../../provider/chat_rules.ts";
import { AnswerSize, tooLongItem } from "../answer_limits.ts";
import type { CallArguments } from "./call_arguments.ts";
import { CallItems, type CallItemsOptions } from "./call_items.ts";
import type { CallPiece } from "./tool_calls.ts";
import type { ChannelPiece } from "../written/channels.ts";
import type { WrittenCall, WrittenTools } from "../written/tools.ts";
import { WrittenText } from "./written_text.ts";
import { type ContentPiece, ThinkTags } from "./think_tags.ts";
import type { Writer, WrittenItem } from "./writer.ts";

/** What {@link AnswerBuilder} needs to know. */
interface AnswerBuilderOptions extends CallItemsOptions {
  readonly rules: ChatRules;
  /** The tools whose calls may be written out as text. */
  readonly written: WrittenTools;
  /** Whether the client shows the text of a finished item, whatever was streamed for it before. @default true */
  readonly rewrites?: boolean;
}

/** The items of one answer. @throws Failure `too_large`, `bad_answer` */
export class AnswerBuilder {
  #phase: "idle" | "reasoning" | "text" = "idle";
  /** The item of phase `reasoning` or `text`. */
  #item: WrittenItem | undefined;
  /** A message that was announced and turned out to be reasoning; the answer's text continues in it. */
  #reclaimed: WrittenItem | undefined;
  /** Reasoning that waits until that message is finished: an item that begins earlier would leave half a message on the screen. */
  #waitingReasoning = new GrowingText();
  /** Characters so far; those of the text without the blanks around its pieces. */
  readonly #received = { reasoning: 0, text: 0 };
  readonly #size: AnswerSize;
  readonly #calls: CallItems;
  readonly #tags = new ThinkTags();
  readonly #texts: WrittenText;
  #called = false;

  constructor(readonly options: AnswerBuilderOptions, readonly writer: Writer) {
    this.#size = new AnswerSize(options.limits);
    this.#calls = new CallItems(options, writer, () => this.#finish());
    this.#texts = new WrittenText(options);
  }

  /** Whether the answer holds a call; known once it is closed. */
  get called(): boolean {
    return this.#called;
  }

  /** Whether there is text or a call by now, shown or held back. */
  get hasContent(): boolean {
    return this.#received.text > 0 || this.#calls.count > 0 || this.#texts.holds;
  }

  /** Whether its calls have complete arguments. */
  get callsComplete(): boolean {
    return this.#calls.complete;
  }

  /** Takes content, which may hold channels, reasoning between tags and calls written out as text. */
  content(text: string): void {
    this.#takeChannels(this.#texts.split(text));
  }

  #takeChannels(pieces: readonly ChannelPiece[]): void {
    for (const { kind, text } of pieces) {
      if (kind === "text") this.#content(text);
      else this.reasoning(text);
    }
  }

  #content(text: string): void {
    if (!this.options.rules.thinkTags) return this.#addText(this.#texts.push(text));
    // For a client that joins deltas, text that was shown stays text.
    const settled = this.#received.reasoning > 0 || this.options.rewrites === false;
    for (const piece of this.#tags.push(text, settled)) this.#take(piece);
  }

  /** Takes reasoning that came in a field of its own, or between tags. */
  reasoning(text: string): void {
    this.#addText(this.#texts.interrupt());
    this.#received.reasoning += text.length;
    this.#size.add(text.length);
    if (this.#reclaimed) {
      this.#waitingReasoning.add(text);
      return this.#guard({ text: this.#waitingReasoning });
    }
    if (this.#phase !== "reasoning") {
      this.#close();
      this.#item = this.writer.openReasoning();
      this.#phase = "reasoning";
    }
    const item = this.#item as WrittenItem;
    this.writer.reasoningDelta(item, text);
    this.#guard(item);
  }

  /** Takes a fragment of a call. @returns the arguments of that call so far */
  call(piece: CallPiece): CallArguments {
    if (this.#calls.count === 0) this.#park();
    return this.#calls.push(piece);
  }

  /**
   * Closes the open message or reasoning and, where the answer is complete, the calls.
   *
   * @param complete whether the provider finished the answer; if not, calls stay open, because the last one is cut
   * @returns whether the answer has text or a call
   */
  close(complete: boolean): boolean {
    const written = this.#flush(complete);
    this.#finish();
    if (complete) this.#calls.close(written, this.options.written);
    this.#called = this.#calls.count + written.length > 0;
    return this.#received.text > 0 || this.#called;
  }

  #take(piece: ContentPiece): void {
    switch (piece.kind) {
      case "text":
        return this.#addText(this.#texts.push(piece.text));
      case "reasoning":
        return this.reasoning(piece.text);
      case "text_was_reasoning":
        return this.#textToReasoning();
      case "reasoning_was_text":
        // An item that also holds other reasoning stays: the text is then in both.
        if (piece.text.endsWith(this.#item?.text.toString() ?? "")) this.#dropReasoning();
        return this.#addText(this.#texts.push(piece.text));
    }
  }

  #addText(text: string): void {
    if (text === "") return;
    if (this.#phase !== "text") {
      this.#close();
      this.#item = this.#reclaimed ?? this.writer.openMessage();
      this.#reclaimed = undefined;
      this.#phase = "text";
    }
    this.#received.text += text.trim().length;
    this.#size.add(text.length);
    const item = this.#item as WrittenItem;
    this.writer.messageDelta(item, text);
    this.#guard(item);
  }

  /**
   * A closing tag came without an opening one: the text of the open message was reasoning. The message stays open for the
   * text that follows: Codex shows the text of its `done`, whatever was streamed for it before.
   */
  #textToReasoning(): void {
    if (this.#phase === "reasoning") return;
    const item = this.#item;
    const text = (item?.text.toString() ?? "") + this.#texts.interrupt();
    if (item) this.#reclaimed = this.writer.restartMessage(item);
    this.#abandon();
    this.#received.text = 0;
    if (text !== "") this.reasoning(text);
  }

  /** What was shown as reasoning was text: the reasoning item is closed empty. */
  #dropReasoning(): void {
    if (this.#phase === "reasoning" && this.#item) this.writer.closeReasoning(this.#item, "");
    this.#abandon();
  }

  /** Closes everything but the calls. */
  #finish(): void {
    this.#close();
    // No text came for a message that turned out to be reasoning: it is closed empty.
    if (this.#reclaimed) this.writer.closeMessage(this.#reclaimed);
    this.#reclaimed = undefined;
    this.#flushReasoning();
  }

  /** Writes the reasoning that waited for a message. */
  #flushReasoning(): void {
    if (this.#waitingReasoning.length === 0) return;
    const item = this.writer.openReasoning();
    this.writer.reasoningDelta(item, this.#waitingReasoning.toString());
    this.#waitingReasoning = new GrowingText();
    this.writer.closeReasoning(item);
  }

  /** No item is open any more: it was finished, or continues as another kind. */
  #abandon(): void {
    this.#item = undefined;
    this.#phase = "idle";
  }

  /** Closes the open message or reasoning: another item follows. */
  #close(): void {
    if (this.#phase === "text") {
      this.writer.closeMessage(this.#item as WrittenItem);
      this.#flushReasoning();
    }
    if (this.#phase === "reasoning") this.writer.closeReasoning(this.#item as WrittenItem);
    this.#abandon();
  }

  /** The first call begins: the text before it is over. */
  #park(): void {
    this.#takeChannels(this.#texts.rest());
    for (const piece of this.#tags.settle()) this.#take(piece);
    this.#addText(this.#texts.park());
  }

  /** Writes what was held back, and returns the calls that were written out as text. */
  #flush(complete: boolean): readonly WrittenCall[] {
    this.#takeChannels(this.#texts.rest());
    const hasCalls = this.#calls.count > 0;
    if (this.options.rules.thinkTags) {
      for (const piece of this.#tags.end(hasCalls)) this.#take(piece);
    }
    const fills = (calls: readonly WrittenCall[]) => this.#calls.fills(calls, this.options.written);
    const { text, calls } = this.#texts.end(complete, fills);
    this.#addText(text);
    if (!complete || hasCalls || calls.length > 0 || this.#received.text > 0) return calls;
    return this.#fromReasoning();
  }

  /** An answer of reasoning alone may hold its call at the end of the reasoning (docs/facts/providers.md §1.5). */
  #fromReasoning(): readonly WrittenCall[] {
    const item = this.#item;
    const waiting = this.#waitingReasoning.length > 0;
    if (!waiting && (this.#phase !== "reasoning" || !item)) return [];
    const text = (waiting ? this.#waitingReasoning : item?.text ?? "").toString();
    const { kept, calls } = this.#texts.inReasoning(text) ?? {};
    if (kept === undefined || !calls) return [];
    if (waiting) this.#waitingReasoning = new GrowingText(kept);
    else if (item) this.writer.closeReasoning(item, kept);
    this.#abandon();
    return calls;
  }

  #guard({ text }: Pick<WrittenItem, "text">): void {
    const { limits: { event }, title } = this.options;
    if (text.length > event) throw tooLongItem(title, event);
  }
}
