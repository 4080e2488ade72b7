/**
 * What the client already has, and so what may be done when the stream behind it breaks.
 *
 * The client sees one answer, however many upstream answers it was made of: an item that was open goes on in the next
 * answer, new items get new ids and the next indexes, scaffolding is not repeated, and no item stays open (design.md §5).
 *
 * @module
 */

import type { Chance } from "../base/clock.ts";
import type { Failure } from "../base/errors.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import { isIndex, MOST_ITEMS, tooManyItems } from "../translate/answer_limits.ts";
import {
  ID_PREFIX,
  isCall,
  type Item,
  type ResponsesEvent,
  responsesEvent,
  TERMINAL,
} from "../wire/responses.ts";
import { HeldCalls } from "./held_calls.ts";
import { FirstPlaces } from "./first_places.ts";
import { finishedAsShown, OpenItems, textShown } from "./open_items.ts";
import { isContent } from "./progress.ts";
import { REPEATED, Scaffolding } from "./scaffolding.ts";
import { Splice } from "./splice.ts";

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

/** Options of {@link Ledger}. */
export interface LedgerOptions {
  readonly chance: Chance;
  /** Whether the client is Codex: it shows what an item's `done` says, whatever was streamed before. */
  readonly codex: boolean;
}

/** Keeps account of one exchange. */
export class Ledger {
  readonly #options: LedgerOptions;
  /** Items the client holds as finished, in its own shapes. */
  readonly finished: Item[] = [];
  #responseId: string | undefined;
  #sent = new Set<string>();
  readonly #open = new OpenItems();
  #lastIndex = -1;
  #cleanEnds = 0;
  #started = false;
  #ending: Ending | undefined;
  // of the present attempt
  #attempts = 0;
  readonly #held = new Scaffolding();
  #calls = new HeldCalls();
  #splice: Splice | undefined;
  #progressed = false;
  #ids = new Map<string, string>();
  readonly #usedIds = new Set<string>();
  readonly #places = new FirstPlaces();

  constructor(options: LedgerOptions) {
    this.#options = options;
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
    this.#held.release();
    this.#calls = new HeldCalls();
    this.#progressed = false;
    this.#ids = new Map();
    if (this.#attempts === 1) return;
    this.#splice = new Splice({
      open: this.#open.all,
      codex: this.#options.codex,
      nextIndex: () => ++this.#lastIndex,
      freshId: (id, type) => this.#fresh(id, type),
    });
  }

  /**
   * What the client gets for one event of the upstream. Scaffolding waits until content follows it.
   *
   * @throws Failure `too_large` for scaffolding without end
   */
  admit(event: ResponsesEvent): ResponsesEvent[] {
    if (this.#ending) return [];
    if (this.#progressed) return this.#write(event);
    if (!isContent(event)) {
      this.#held.hold(event);
      return [];
    }
    this.#progressed = true;
    const out: ResponsesEvent[] = [];
    for (const each of this.#held.release()) out.push(...this.#write(each));
    out.push(...this.#write(event));
    return out;
  }

  /** The present attempt broke. Counts clean ends: the same twice in a row is this provider's way to end. */
  recordBreak({ code }: Failure): void {
    // A model that finds its answer finished may well add nothing to it.
    const said = this.#progressed || this.#cleanEnds > 0;
    const clean = code === "truncated" && this.#open.count === 0 && said &&
      this.finished.at(-1)?.type === "message";
    this.#cleanEnds = clean ? this.#cleanEnds + 1 : 0;
  }

  /** What may follow a break: what the client has decides. */
  get resume(): Resume {
    if (this.finished.some(isCall)) return "complete";
    if (this.finished.length === 0) return "resend";
    return this.#cleanEnds > 1 ? "complete" : "continue";
  }

  /** What the client was shown of a message, where that is all that began and did not end: an answer may go on in it. */
  get unfinished(): string | undefined {
    const [open, ...more] = this.#open.all;
    return open && more.length === 0 && this.#calls.count === 0 ? textShown(open) : undefined;
  }

  /** The end that the upstream could not say any more, for a client that has all it needs. */
  complete(): ResponsesEvent[] {
    const closed = this.#closeOpen(true);
    this.#ending = "completed";
    const response = this.#response("completed");
    return [...closed, responsesEvent("response.completed", { response, sequence_number: 0 })];
  }

  /**
   * The end of an answer that could not be saved: what is open is finished as incomplete, so that no spinner stays.
   *
   * @param again whether Codex will ask again: then it forgets a half answer, which it would be given twice otherwise
   */
  fail(code: string, message: string, again: boolean): ResponsesEvent[] {
    const closed = this.#closeOpen(!(again && this.#options.codex));
    this.#ending = "failed";
    const response = { ...this.#response("failed"), error: { code, message } };
    return [...closed, responsesEvent("response.failed", { response, sequence_number: 0 })];
  }

  /** Finishes what is open. @param keep whether messages keep what was shown of them */
  #closeOpen(keep: boolean): ResponsesEvent[] {
    return this.#open.all.map((open) => {
      const event = responsesEvent("response.output_item.done", {
        output_index: open.index,
        item: finishedAsShown(open, keep || open.item.type !== "message"),
        sequence_number: 0,
      });
      this.#note(event);
      return event;
    });
  }

  #response(status: string): JsonObject {
    return {
      id: this.#responseId ?? `resp_${this.#options.chance.id()}`,
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
      const closed = this.#splice?.end() ?? [];
      for (const each of closed) this.#note(each);
      this.#ending = type.slice("response.".length) as Ending;
      return [...closed, this.#terminal(event)];
    }
    const out: ResponsesEvent[] = [];
    for (const each of this.#calls.push(event)) {
      for (
        const placed of this.#splice?.push(each) ?? [this.#places.place(each, this.#lastIndex)]
      ) {
        this.#note(placed);
        out.push(placed);
      }
    }
    return out;
  }

  #note(event: ResponsesEvent): void {
    const { type, data } = event;
    this.#open.record(event);
    if (isIndex(data.output_index)) {
      this.#lastIndex = Math.max(this.#lastIndex, data.output_index);
    }
    if (!isObject(data.item)) return;
    if (typeof data.item.id === "string") this.#usedIds.add(data.item.id);
    if (type === "response.output_item.done") this.finished.push(data.item as Item);
  }

  #fresh(id: string, type: unknown): string {
    let fresh = this.#ids.get(id);
    if (fresh === undefined) {
      const prefix = typeof type === "string" ? ID_PREFIX[type] ?? "item_" : "item_";
      fresh = this.#usedIds.has(id) ? prefix + this.#options.chance.id() : id;
      if (this.#ids.size >= MOST_ITEMS) throw tooManyItems();
      this.#ids.set(id, fresh);
    }
    return fresh;
  }

  /** After a replay the answer still has its first id, and its output is what the client really got. */
  #terminal(event: ResponsesEvent): ResponsesEvent {
    const { response } = event.data;
    const asItCame = this.#attempts === 1 && !this.#places.moved;
    if (asItCame || !isObject(response)) return event;
    const whole = { ...response, output: [...this.finished] };
    const id = this.#responseId ?? response.id;
    return { type: event.type, data: { ...event.data, response: id ? { ...whole, id } : whole } };
  }
}
