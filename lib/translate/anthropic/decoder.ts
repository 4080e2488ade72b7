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
import { DONE } from "../../wire/end_mark.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";
import type { SseMessage } from "../../wire/sse.ts";
import { AnswerBuilder } from "../answer/answer_builder.ts";
import { Writer } from "../answer/writer.ts";
import { plainTools } from "../written/tools.ts";
import { finishFailure } from "../chat/finish.ts";
import { AnswerPrefix } from "../chat/prefix.ts";
import { saysError } from "../error_shape.ts";
import type { AnswerReaderOptions } from "../reader_options.ts";
import { documentedUsage } from "../usage.ts";
import { Blocks } from "./blocks.ts";
import { ThinkingState } from "./thinking_state.ts";
import { addedUsage, responsesUsage } from "./usage.ts";

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

  push({ event, data }: SseMessage): ResponsesEvent[] {
    if (this.#phase === "over" || this.#phase === "paused") return [];
    const json = parseJson(data);
    if (!isObject(json)) return this.#noObject(event, data);
    const error = event === "error" || json.type === "error" || saysError(json);
    if (error) throw this.options.classify(json);
    this.#take(json);
    return this.#writer.take();
  }

  end(): ResponsesEvent[] {
    if (this.#phase === "paused") throw this.#pause();
    if (this.#phase !== "over") this.#complete();
    if (this.#stop?.meaning === "paused") throw this.#pause();
    return this.#writer.take();
  }

  /** The answer goes on when it is asked for again with what there is of it, as after a break. */
  #pause(): Failure {
    return new Failure("truncated", `${this.#title} paused the answer (stop reason pause_turn)`);
  }

  /** Data that is no JSON object: the end mark of a relay, a heartbeat, or a broken answer. */
  #noObject(event: string | undefined, data: string): ResponsesEvent[] {
    const text = data.trim();
    if (event === "error") throw this.options.classify(text);
    if (text === "" || event === "ping") return [];
    if (text !== DONE) {
      throw new Failure(
        "bad_answer",
        `The stream holds data that is no JSON object: ${text.slice(0, 200)}`,
      );
    }
    this.#complete();
    return this.#writer.take();
  }

  #take(json: JsonObject): void {
    switch (json.type) {
      case "message_start": {
        const message = isObject(json.message) ? json.message : {};
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
      case "message_delta": {
        this.#usage = addedUsage(this.#usage, json.usage);
        const delta = isObject(json.delta) ? json.delta : {};
        return this.#stopWith(delta);
      }
      case "message_stop":
        return this.#complete();
      case "message": {
        this.#begin();
        for (const block of listOf(json.content)) this.#blocks.complete(block);
        this.#usage = addedUsage(this.#usage, json.usage);
        return this.#stopWith(json);
      }
    }
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
    if (reason === undefined) return;
    const { stop } = this.options.rules;
    const meaning = (Object.hasOwn(stop, reason) ? stop[reason] : stop["*"]) ?? "completed";
    if (meaning !== "completed" && meaning !== "incomplete" && meaning !== "paused") {
      const why = isObject(details) ? filled(details.explanation) : undefined;
      throw why === undefined
        ? finishFailure(this.#title, reason, meaning)
        : new Failure(meaning, `${this.#title} refused to answer: ${why} (stop reason ${reason})`);
    }
    this.#stop ??= { reason, meaning };
  }

  /** The stream is over. @throws Failure `truncated`, `empty_answer`, `bad_answer`, and what {@link AnswerBuilder} throws */
  #complete(): void {
    const stop = this.#stop;
    const title = this.#title;
    if (!stop) {
      throw new Failure("truncated", `${title} closed the stream in the middle of the answer`);
    }
    this.#blocks.end();
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
    if (complete && !this.#answer.called && stop.reason === "tool_use") {
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

function listOf(content: Json | undefined): JsonObject[] {
  return Array.isArray(content) ? content.filter(isObject) : [];
}
