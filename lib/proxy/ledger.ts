/**
 * What the client already has, and so what may be done when the stream behind it breaks.
 *
 * The client sees one answer, however many upstream answers it was made of: an item it never got finished is
 * left as it is, new items get new ids and the next indexes, scaffolding is not repeated (docs/architecture.md).
 *
 * @module
 */

import type { Chance } from "../base/clock.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import {
  ID_PREFIX,
  isCall,
  type Item,
  type ResponsesEvent,
  responsesEvent,
  TERMINAL,
} from "../wire/responses.ts";
import type { Failure } from "../base/errors.ts";

/** What may follow a broken stream. */
export type Resume =
  /** The same request again: the client has nothing finished. */
  | "resend"
  /** The request again with the finished items appended, so that the model goes on after them. */
  | "continue"
  /** Nothing: the client is acting on a finished call, or the provider has ended this way twice. */
  | "complete";

/** The last word of an answer. */
export type Ending = "completed" | "incomplete" | "failed";

const REPEATED: ReadonlySet<string> = new Set([
  "response.created",
  "response.in_progress",
  "response.queued",
]);

/** Keeps account of one exchange. */
export class Ledger {
  readonly #chance: Chance;
  /** Items the client holds as finished, in its own shapes. */
  readonly finished: Item[] = [];
  #responseId: string | undefined;
  #sent = new Set<string>();
  #open = 0;
  #lastIndex = -1;
  #cleanEnds = 0;
  #started = false;
  #ending: Ending | undefined;
  // of the present attempt
  #attempts = 0;
  #base = 0;
  #held: ResponsesEvent[] = [];
  #progressed = false;
  #ids = new Map<string, string>();
  readonly #usedIds = new Set<string>();

  constructor(chance: Chance) {
    this.#chance = chance;
  }

  /** Whether the client has anything of an answer. */
  get started(): boolean {
    return this.#started;
  }

  /** Whether the present attempt has brought content. */
  get progressed(): boolean {
    return this.#progressed;
  }

  /** How the answer ended; `undefined` while it has not. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** A new attempt starts: its indexes and ids are its own. */
  begin(): void {
    this.#attempts++;
    this.#base = this.#lastIndex + 1;
    this.#held = [];
    this.#progressed = false;
    this.#ids = new Map();
    this.#open = 0;
  }

  /** What the client gets for one event of the upstream. Scaffolding waits until content follows it. */
  admit(event: ResponsesEvent): ResponsesEvent[] {
    if (this.#ending) return [];
    if (this.#progressed) return this.#write(event);
    if (!isContent(event)) {
      if (!REPEATED.has(event.type) || this.#held.every(({ type }) => type !== event.type)) {
        this.#held.push(event);
      }
      return [];
    }
    this.#progressed = true;
    const held = this.#held;
    this.#held = [];
    return [...held, event].flatMap((each) => this.#write(each));
  }

  /** Decides what may follow a failure of the present attempt. */
  resume(failure: Failure): Resume {
    if (this.finished.some(isCall)) return "complete";
    if (this.finished.length === 0) return "resend";
    // A model that finds its answer finished may well add nothing to it.
    const said = this.#progressed || this.#cleanEnds > 0;
    const whole = failure.code === "truncated" && this.#open === 0 && said &&
      this.finished.at(-1)?.type === "message";
    // One clean end after whole items may be a cut; the same twice in a row is this provider's way to end.
    this.#cleanEnds = whole ? this.#cleanEnds + 1 : 0;
    return this.#cleanEnds > 1 ? "complete" : "continue";
  }

  /** The end that the upstream could not say any more, for a client that has all it needs. */
  complete(): ResponsesEvent {
    this.#ending = "completed";
    return responsesEvent("response.completed", {
      response: this.#response("completed"),
      sequence_number: 0,
    });
  }

  /** The end of an answer that could not be saved. */
  fail(code: string, message: string): ResponsesEvent {
    this.#ending = "failed";
    const response = { ...this.#response("failed"), error: { code, message } };
    return responsesEvent("response.failed", { response, sequence_number: 0 });
  }

  #response(status: string): JsonObject {
    return {
      id: this.#responseId ?? `resp_${this.#chance.id()}`,
      object: "response",
      status,
      output: [...this.finished],
      usage: null,
    };
  }

  #write(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data } = event;
    this.#started = true;
    if (REPEATED.has(type)) {
      if (this.#sent.has(type)) return [];
      this.#sent.add(type);
      const id = isObject(data.response) ? data.response.id : undefined;
      if (typeof id === "string") this.#responseId ??= id;
      return [event];
    }
    if (TERMINAL.has(type)) {
      this.#ending = type.slice("response.".length) as Ending;
      return [this.#terminal(event)];
    }
    const moved = this.#attempts > 1 ? this.#moved(event) : event;
    this.#note(moved);
    return [moved];
  }

  #note({ type, data }: ResponsesEvent): void {
    if (typeof data.output_index === "number") {
      this.#lastIndex = Math.max(this.#lastIndex, data.output_index);
    }
    if (!isObject(data.item)) return;
    if (typeof data.item.id === "string") this.#usedIds.add(data.item.id);
    if (type === "response.output_item.added") this.#open++;
    if (type === "response.output_item.done") {
      this.#open = Math.max(0, this.#open - 1);
      this.finished.push(data.item as Item);
    }
  }

  /** The event with its index and ids moved behind what earlier attempts have used. */
  #moved(event: ResponsesEvent): ResponsesEvent {
    const { data } = event;
    if (typeof data.output_index !== "number") return event;
    const patch: JsonObject = { output_index: data.output_index + this.#base };
    if (isObject(data.item) && typeof data.item.id === "string") {
      patch.item = { ...data.item, id: this.#fresh(data.item.id, data.item.type) };
    }
    if (typeof data.item_id === "string") patch.item_id = this.#fresh(data.item_id, undefined);
    return { type: event.type, data: { ...data, ...patch } };
  }

  #fresh(id: string, type: unknown): string {
    let fresh = this.#ids.get(id);
    if (fresh === undefined) {
      const prefix = typeof type === "string" ? ID_PREFIX[type] ?? "item_" : "item_";
      fresh = this.#usedIds.has(id) ? prefix + this.#chance.id() : id;
      this.#ids.set(id, fresh);
    }
    return fresh;
  }

  /** After a replay the answer still has its first id, and its output is what the client really got. */
  #terminal(event: ResponsesEvent): ResponsesEvent {
    const { response } = event.data;
    if (this.#attempts === 1 || !isObject(response)) return event;
    const whole = { ...response, output: [...this.finished] };
    const id = this.#responseId ?? response.id;
    return { type: event.type, data: { ...event.data, response: id ? { ...whole, id } : whole } };
  }
}

/**
 * Whether an event brings the answer forward. Scaffolding (created, in_progress, an item announced, an empty
 * delta) does not: providers send it at once and then think for minutes.
 */
export function isContent({ type, data }: ResponsesEvent): boolean {
  if (TERMINAL.has(type) || type === "response.output_item.done") return true;
  if (!type.startsWith("response.") || type.endsWith(".added") || type.endsWith(".in_progress")) {
    return false;
  }
  if (type.endsWith(".delta")) return data.delta !== "";
  return typeof data.output_index === "number";
}
