/**
 * Decodes an answer of the Messages API: its events in, Responses events out.
 *
 * No answer is complete before the provider gave a stop reason and the stream has ended. A stream without one was cut.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { filled, isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";
import type { Stage } from "../../base/stage.ts";
import type { AnthropicRules, StopMeaning } from "../../provider/anthropic_rules.ts";
import { GENERIC_CHAT } from "../../provider/chat_rules.ts";
import { isCompletion, isMessagesAnswer } from "../../wire/envelope.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import type { SseMessage } from "../../wire/sse.ts";
import { AnswerBuilder } from "../answer/answer_builder.ts";
import { Writer } from "../answer/writer.ts";
import { plainTools } from "../written/tools.ts";
import { announcesCalls, finishFailure } from "../chat/finish.ts";
import { readFrames } from "../chat/frames.ts";
import { AnswerPrefix } from "../chat/prefix.ts";
import { isBareError, saysError } from "../error_shape.ts";
import type { AnswerReaderOptions } from "../reader_options.ts";
import { documentedUsage } from "../usage.ts";
import { Blocks } from "./blocks.ts";
import { ThinkingState } from "./thinking_state.ts";
import { addedUsage, responsesUsage } from "./usage.ts";

/** The events of the API: data of these types is none of a gateway's. */
const EVENTS: ReadonlySet<Json | undefined> = new Set([
  "message_start",
  "content_block_start",
  "content_block_delta",
  "content_block_stop",
  "message_delta",
  "message_stop",
]);

/** What {@link anthropicReader} needs to know of the exchange. */
export interface AnthropicReaderOptions extends AnswerReaderOptions {
  readonly rules: AnthropicRules;
}

/** A stage that also knows whether the provider gave a stop reason; the events of the end wait for `end`. */
interface AnthropicReader extends Stage<SseMessage, ResponsesEvent> {
  readonly finished: boolean;
}

/** Reads one answer. @throws Failure from `push` and `end`; events of the failing message are dropped with it */
export function anthropicReader(options: AnthropicReaderOptions): AnthropicReader {
  return new AnthropicDecoder(options);
}

class AnthropicDecoder implements AnthropicReader {
  /** `over`: the terminal event was written; `paused`: there is none, because the answer goes on in another one. */
  #phase: "new" | "open" | "paused" | "over" = "new";
  #stop: { readonly reason: string; readonly meaning: StopMeaning } | undefined;
  #usage: JsonObject = {};
  /** The id of the answer, as the provider names it. */
  #id: string | undefined;
  readonly #title: string;
  readonly #writer: Writer;
  readonly #answer: AnswerBuilder;
  readonly #blocks: Blocks;

  constructor(readonly options: AnthropicReaderOptions) {
    this.#title = options.title ?? "The provider";
    this.#writer = new Writer(options.model, options);
    this.#answer = new AnswerBuilder(
      {
        ...options,
        rules: GENERIC_CHAT,
        title: this.#title,
        written: options.written ?? plainTools(options.toolNames),
      },
      this.#writer,
    );
    this.#blocks = new Blocks(
      this.#answer,
      new AnswerPrefix(options.prefix ?? ""),
      new ThinkingState(this.#writer.state),
    );
  }

  get finished(): boolean {
    return this.#stop !== undefined;
  }

  push(message: SseMessage): ResponsesEvent[] {
    if (this.#phase === "over" || this.#phase === "paused") return [];
    const { event, data } = message;
    if (event === "error") throw this.options.classify(parseJson(data) ?? data.trim());
    const json = parseJson(data);
    if (isObject(json) && EVENTS.has(json.type)) this.#take(json, json.type as string);
    else this.#takeFrames(message);
    return this.#writer.take();
  }

  /** A message that is framed otherwise than the API does it. */
  #takeFrames(message: SseMessage): void {
    const { objects, done } = readFrames(message, isMessagesAnswer);
    for (const json of objects) this.#take(json, filled(json.type) ?? message.event);
    if (done) this.#complete(true);
  }

  end(): ResponsesEvent[] {
    if (this.#phase === "paused") throw this.#pause();
    if (this.#phase !== "over") this.#complete();
    if (this.#stop?.meaning === "paused") throw this.#pause();
    return this.#writer.take();
  }

  /** The answer goes on when it is asked for again with what there is of it, as after a break. */
  #pause(): Failure {
    const message = `${this.#title} paused the answer (stop reason pause_turn)`;
    return new Failure("truncated", message, { paused: true });
  }

  /** @param type of the event; some relays name it beside the data alone */
  #take(json: JsonObject, type: string | undefined): void {
    if (type === "error" || saysError(json)) throw this.options.classify(json);
    this.#usage = addedUsage(this.#usage, json.usage);
    switch (type) {
      case "message_start": {
        const message = isObject(json.message) ? json.message : {};
        if (message.type === "error" || saysError(message)) throw this.options.classify(message);
        this.#begin(filled(message.id));
        this.#usage = addedUsage(this.#usage, message.usage);
        // Some relays put the complete answer here.
        for (const block of listOf(message.content)) this.#blocks.complete(block);
        return;
      }
      case "content_block_start":
        this.#begin();
        return this.#blocks.start(json);
      case "content_block_delta":
        this.#begin();
        return this.#blocks.delta(json);
      case "content_block_stop":
        return this.#blocks.stop(json);
      case "message_delta":
        return this.#stopWith({ ...json, ...isObject(json.delta) && json.delta });
      case "message_stop":
        return this.#complete(true);
      case "message":
        this.#begin();
        for (const block of listOf(json.content)) this.#blocks.complete(block);
        this.#stopWith(json);
        return this.#stop ? undefined : this.#complete(true);
    }
    if (isCompletion(json)) {
      const message = `${this.#title} answered in the form of Chat Completions`;
      throw new Failure("refused", message, { hint: "Set wire: chat for this upstream" });
    }
    if (isBareError(json)) throw this.options.classify(json);
  }

  /**
   * The answer begins. Some gateways send its beginning twice; another answer's beginning behind content of this one means
   * that a gateway asked again and joined the two.
   */
  #begin(id?: string): void {
    if (id !== undefined && this.#id !== undefined && id !== this.#id && this.#blocks.begun) {
      throw new Failure(
        "truncated",
        `${this.#title} broke off the answer and began another one in the same stream`,
      );
    }
    this.#id ??= id;
    if (this.#phase !== "new") return;
    this.#writer.open(undefined);
    this.#phase = "open";
  }

  #stopWith({ stop_reason, stop_details: details }: JsonObject): void {
    const reason = filled(stop_reason);
    if (reason === undefined || /^(?:null|none|undefined)$/i.test(reason)) return;
    const { stop } = this.options.rules;
    const key = reason.toLowerCase();
    const meaning = (Object.hasOwn(stop, key) ? stop[key] : stop["*"]) ?? "completed";
    if (meaning !== "completed" && meaning !== "incomplete" && meaning !== "paused") {
      const why = isObject(details) ? filled(details.explanation) : undefined;
      throw why === undefined
        ? finishFailure(this.#title, reason, meaning)
        : new Failure(meaning, `${this.#title} refused to answer: ${why} (stop reason ${reason})`);
    }
    this.#stop ??= { reason, meaning };
  }

  /** The end came without a stop reason, after something complete: what that means, if this provider always does so. */
  #unsaid(): { readonly reason: string; readonly meaning: StopMeaning } | undefined {
    if (!this.#answer.hasContent || !this.#answer.callsComplete) return undefined;
    const habit = `${this.#title} ends answers without a stop reason`;
    return this.options.believes?.(habit) ? { reason: "none", meaning: "completed" } : undefined;
  }

  /**
   * The stream is over.
   *
   * @param marked whether it says so itself
   * @throws Failure `truncated`, `empty_answer`, `bad_answer`, and what {@link AnswerBuilder} throws
   */
  #complete(marked = false): void {
    const title = this.#title;
    this.#blocks.end();
    const stop = this.#stop ?? (marked ? this.#unsaid() : undefined);
    if (!stop) {
      throw new Failure("truncated", `${title} closed the stream in the middle of the answer`);
    }
    const complete = stop.meaning === "completed";
    const hasContent = this.#answer.close(complete);
    if (stop.meaning === "paused") {
      this.#phase = "paused";
      return;
    }
    if (complete && !hasContent) {
      throw new Failure(
        "empty_answer",
        `${title} ended the answer with neither text nor a tool call (stop reason ${stop.reason})`,
      );
    }
    if (complete && !this.#answer.called && announcesCalls(stop.reason)) {
      const flaw =
        `${title} ended the answer for a tool call and sent none (stop reason ${stop.reason})`;
      if (!this.options.tolerates?.(flaw)) throw new Failure("bad_answer", flaw);
    }
    this.#writer.close(
      complete ? "completed" : "incomplete",
      documentedUsage(responsesUsage(this.#usage)),
    );
    this.#phase = "over";
  }
}

/** The blocks of a complete message; some relays write a text in their place. */
function listOf(content: Json | undefined): JsonObject[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}
