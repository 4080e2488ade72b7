/**
 * The Response object as the client knows it: one id, one time and one model from the first event to the last.
 *
 * They are the provider's own, unless the sidecar had to announce the response before the provider did.
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { responseObject, type ResponseState } from "../../wire/response_object.ts";
import { type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";

/** The fields that every SDK reads of a finished response. */
const KNOWN = ["id", "object", "created_at", "model", "output"] as const;

/** The code of a failure whose message Codex shows before it stops; it does not ask again. */
const STOP = "invalid_prompt";
/** What the user reads where the provider stopped at its output limit. Codex 0.166 and later have words of their own for it. */
const TOO_LONG =
  "The answer reached the longest output that the provider allows (max_output_tokens) and was cut there; " +
  "ask Codex to go on";

/** How a response stands. */
type Status = "in_progress" | "completed" | "incomplete" | "failed";

/** Options of {@link Announced.close}. */
interface CloseOptions {
  /** Whether the items that the client got differ from those that the provider's event lists. */
  readonly replaced: boolean;
  /** Whether the client is Codex; every other gets all fields that an SDK reads of a response. */
  readonly codex: boolean;
  /** Whether the client ends its turn at `response.incomplete`; for another one the answer fails with the reason. @default true */
  readonly endsAtIncomplete?: boolean;
}

/** The Response object of one exchange. */
export class Announced {
  #id: string | undefined;
  #createdAt: number;
  #model: string;
  /** Whether the sidecar announced it itself, under an id of its own. */
  #own = false;

  /** @param createdAt seconds since the epoch */
  constructor(readonly random: Random, model: string, createdAt: number) {
    this.#model = model;
    this.#createdAt = createdAt;
  }

  /** Takes over id, time and model of the provider's Response object. */
  note(response: Json | undefined): void {
    if (!isObject(response)) return;
    const { id, created_at: created, model } = response;
    this.#id = filled(id);
    if (typeof created === "number") this.#createdAt = created;
    this.#model = filled(model) ?? this.#model;
  }

  /** The first events of a response that the provider has not announced. */
  open(): ResponsesEvent[] {
    this.#own = true;
    return ["response.created", "response.in_progress"].map((type) =>
      responsesEvent(type, { response: this.response("in_progress"), sequence_number: 0 })
    );
  }

  /** The Response object in one status, with the output, usage or error of `state`. */
  response(status: Status, state?: ResponseState): JsonObject {
    const id = this.#id ??= `resp_${this.random.id()}`;
    return responseObject({ id, createdAt: this.#createdAt, model: this.#model }, status, state);
  }

  /**
   * The end of an answer that failed. Before it an `error`, as OpenAI's own API has it: some SDKs read nothing
   * else. Codex forgets the message of such an event (docs/facts/codex.md §3.4) and gets none.
   */
  fail(
    code: string,
    message: string,
    finished: readonly JsonObject[],
    codex: boolean,
  ): ResponsesEvent[] {
    const failed = this.#failed(code, message, finished);
    if (codex) return [failed];
    return [responsesEvent("error", { code, message, param: null, sequence_number: 0 }), failed];
  }

  #failed(code: string, message: string, finished: readonly JsonObject[]): ResponsesEvent {
    const response = this.response("failed", { output: [...finished], error: { code, message } });
    return responsesEvent("response.failed", { response, sequence_number: 0 });
  }

  /**
   * A terminal event of the provider, under the id that was announced; the same object where nothing changes.
   *
   * @param finished the items that the client really got
   */
  close(
    event: ResponsesEvent,
    status: Status,
    finished: readonly JsonObject[],
    { replaced, codex, endsAtIncomplete = true }: CloseOptions,
  ): ResponsesEvent {
    if (status === "incomplete" && !endsAtIncomplete) return this.#failed(STOP, TOO_LONG, finished);
    const { response } = event.data;
    if (!isObject(response)) return event;
    const empty = !Array.isArray(response.output) || response.output.length === 0;
    const output = replaced || (!codex && empty && finished.length > 0);
    const lacking = !codex && KNOWN.some((field) => response[field] === undefined);
    if (!output && !lacking && !this.#own) return event;
    const completed = {
      ...(lacking ? this.response(status) : {}),
      ...response,
      ...(output ? { output: [...finished] } : {}),
      ...(this.#own ? { created_at: this.#createdAt } : {}),
      ...(this.#id === undefined ? {} : { id: this.#id }),
    };
    return { type: event.type, data: { ...event.data, response: completed } };
  }
}
