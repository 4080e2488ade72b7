/**
 * Decodes a Chat answer: chunks in, Responses events out.
 *
 * No answer is complete before the provider gave a finish reason and the stream has ended. A stream without a finish reason
 * was cut.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { type JsonObject, parseJson } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import { type ChatRules, chatRulesFor, type FinishMeaning } from "../../provider/chat_rules.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import type { SseMessage } from "../../wire/sse.ts";
import { opaqueFields } from "../opaque/fields.ts";
import type { AnswerReaderOptions } from "../reader_options.ts";
import { documentedUsage } from "../usage.ts";
import { AnswerBuilder } from "../answer/answer_builder.ts";
import { Choices } from "./choices.ts";
import { chunkError, readChunk } from "./chunk.ts";
import { MessageSoFar } from "./complete_message.ts";
import { announcesCalls, finishFailure, finishMeaning } from "./finish.ts";
import { readFrames } from "./frames.ts";
import { plainTools } from "../written/tools.ts";
import { AnswerPrefix } from "./prefix.ts";
import { Writer } from "../answer/writer.ts";

/** What {@link chatReader} needs to know of the exchange. */
export interface ChatReaderOptions extends AnswerReaderOptions {
  readonly rules: ChatRules;
}

/** A stage that also knows how near the end is; the events of the end wait for `end`. */
interface ChatReader extends Stage<SseMessage, ResponsesEvent> {
  /**
   * `sure`: a finish reason came after all content. `beside`: with the last of it. `doubtful`: before some of it. `open`: not
   * yet, or before any text or call.
   */
  readonly ending: "open" | "doubtful" | "beside" | "sure";
}

/** Reads one answer. @throws Failure from `push` and `end`; events of the failing message are dropped with it */
export function chatReader(options: ChatReaderOptions): ChatReader {
  return new ChatDecoder(options);
}

class ChatDecoder implements ChatReader {
  /** `over`: the terminal event was written. */
  #phase: "new" | "open" | "over" = "new";
  #finish: { readonly reason: string; readonly meaning: FinishMeaning } | undefined;
  #usage: JsonObject | undefined;
  /** Where a finish reason stands to the content. */
  #place: "sure" | "beside" | "doubtful" = "sure";
  readonly #rules: ChatRules;
  readonly #title: string;
  readonly #writer: Writer;
  readonly #answer: AnswerBuilder;
  readonly #prefix: AnswerPrefix;
  readonly #choices = new Choices();
  readonly #soFar = new MessageSoFar();

  constructor(readonly options: ChatReaderOptions) {
    this.#rules = chatRulesFor(options.rules, options.model);
    this.#title = options.title ?? "The provider";
    this.#writer = new Writer(options.model, {
      ...options,
      reasoningField: this.#rules.reasoning.field,
    });
    this.#answer = new AnswerBuilder(
      {
        ...options,
        rules: this.#rules,
        title: this.#title,
        written: options.written ?? plainTools(options.toolNames),
      },
      this.#writer,
    );
    this.#prefix = new AnswerPrefix(options.prefix ?? "");
  }

  get ending(): "open" | "doubtful" | "beside" | "sure" {
    if (!this.#finish || !this.#answer.hasContent) return "open";
    return this.#place;
  }

  push(message: SseMessage): ResponsesEvent[] {
    if (this.#phase === "over") return [];
    if (message.event === "error") {
      throw this.options.classify(parseJson(message.data) ?? message.data);
    }
    const { objects, done } = readFrames(message);
    for (const json of objects) this.#take(json);
    if (done) this.#complete(true);
    return this.#writer.take();
  }

  end(): ResponsesEvent[] {
    if (this.#phase !== "over") this.#complete();
    return this.#writer.take();
  }

  #take(json: JsonObject): void {
    const error = chunkError(json);
    if (error) throw this.options.classify(error);
    const deltas = this.#soFar.deltas(json);
    const chunk = readChunk(deltas, this.#choices.of(deltas.choices));
    this.#soFar.add(chunk);
    const { reasoning, text, calls, finish, usage, delta } = chunk;
    if (this.#phase === "new") {
      this.#writer.open(json.created);
      this.#phase = "open";
    }
    if (usage) this.#usage = usage;
    if (delta) this.#writer.state.message(delta, opaqueFields(delta));
    if (reasoning !== "") {
      this.#prefix.restarted();
      this.#answer.reasoning(reasoning);
    }
    if (text !== "") this.#addText(this.#prefix.push(text));
    if (calls.length > 0) this.#addText(this.#prefix.end());
    for (const piece of calls) this.#answer.call(piece);
    const content = reasoning !== "" || text !== "" || calls.length > 0;
    if (content) this.#place = this.#finish ? "doubtful" : "beside";
    else if (finish !== undefined) this.#place = "sure";
    if (finish !== undefined) this.#finishWith(finish);
  }

  #addText(text: string): void {
    if (text !== "") this.#answer.content(text);
  }

  /** A second finish repeats the first (docs/facts/providers.md §9, 10), unless it is a failure. */
  #finishWith(reason: string): void {
    const meaning = finishMeaning(this.#rules, reason);
    if (meaning !== "completed" && meaning !== "incomplete") {
      throw finishFailure(this.#title, reason, meaning);
    }
    this.#finish ??= { reason, meaning };
  }

  /** The end mark came without a finish reason, after something complete: what that means, if this provider always does so. */
  #unsaid(): { readonly reason: string; readonly meaning: FinishMeaning } | undefined {
    if (!this.#answer.hasContent || !this.#answer.callsComplete) return undefined;
    const flaw = `${this.#title} ends answers without a finish reason`;
    return this.options.believes?.(flaw) ? { reason: "none", meaning: "completed" } : undefined;
  }

  /** The stream is over. @throws Failure `truncated`, `empty_answer`, `bad_answer`, and what {@link AnswerBuilder} throws */
  #complete(marked = false): void {
    const finish = this.#finish ?? (marked ? this.#unsaid() : undefined);
    if (!finish) {
      const message = `${this.#title} closed the stream in the middle of the answer`;
      throw new Failure("truncated", message);
    }
    const complete = finish.meaning === "completed";
    this.#addText(this.#prefix.end());
    const hasContent = this.#answer.close(complete);
    if (complete && !hasContent) {
      throw new Failure(
        "empty_answer",
        `${this.#title} ended the answer with neither text nor a tool call (finish reason ${finish.reason})`,
      );
    }
    if (complete && !this.#answer.called && announcesCalls(finish.reason)) {
      const flaw =
        `${this.#title} ended the answer for a tool call and sent none (finish reason ${finish.reason})`;
      if (!this.options.tolerates?.(flaw)) throw new Failure("bad_answer", flaw);
    }
    this.#writer.close(complete ? "completed" : "incomplete", documentedUsage(this.#usage));
    this.#phase = "over";
  }
}
