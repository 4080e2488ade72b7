/**
 * What the client already has, which decides what may follow when the stream from upstream breaks.
 *
 * The client sees one answer, however many upstream answers it is made of. An open item continues in the next answer,
 * new items get new ids and the next indexes, scaffolding is not repeated, and no item stays open (docs/architecture.md).
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import type { Failure } from "../../base/errors.ts";
import { isObject } from "../../base/json.ts";
import {
  isCall,
  type Item,
  type ResponsesEvent,
  responsesEvent,
  TERMINAL,
} from "../../wire/responses.ts";
import { Announced } from "./announced.ts";
import { FreshIds } from "./fresh_ids.ts";
import { HeldCalls } from "../../translate/calls/held_calls.ts";
import { Indexes } from "./indexes.ts";
import { finishedAsShown, OpenItems, textShown } from "./open_items.ts";
import { isContent } from "./progress.ts";
import { REPEATED, Scaffolding } from "./scaffolding.ts";
import { AnswerSplice } from "./splice.ts";

/** What may follow a broken stream. */
type Resume =
  /** The same request again: the client has nothing finished. */
  | "resend"
  /** The request again with the finished items appended, so that the model continues after them. */
  | "continue"
  /** No request: the client is acting on a finished call, or the provider has ended this way twice. */
  | "complete";

/** The kind of an answer's terminal event. */
type Ending = "completed" | "incomplete" | "failed";

/** Options of {@link Ledger}. */
export interface LedgerOptions {
  readonly random: Random;
  /** Whether the client is Codex, which shows the text of an item's `done`, whatever was streamed before. */
  readonly codex: boolean;
  /** The model that was asked for. @default "" */
  readonly model?: string;
  /** When it was asked, in seconds since the epoch. @default 0 */
  readonly createdAt?: number;
  /** Whether the client sees items before they are finished; one that waits for a complete answer does not. @default true */
  readonly streams?: boolean;
  /** Whether the client ends its turn at `response.incomplete`, where others ask again at full price. @default true */
  readonly endsAtIncomplete?: boolean;
}

/** The ledger of one exchange. */
export class Ledger {
  readonly #options: LedgerOptions;
  /** Items the client holds as finished, in its own shapes. */
  readonly finished: Item[] = [];
  readonly #response: Announced;
  #sent = new Set<string>();
  #open = new OpenItems();
  #indexes = new Indexes();
  #cleanEnds = 0;
  #started = false;
  #ending: Ending | undefined;
  // of the present attempt
  #attempts = 0;
  readonly #held = new Scaffolding();
  #calls = new HeldCalls();
  #splice: AnswerSplice | undefined;
  #progressed = false;
  readonly #ids: FreshIds;

  constructor(options: LedgerOptions) {
    this.#options = options;
    const { random, model = "", createdAt = 0 } = options;
    this.#ids = new FreshIds(random);
    this.#response = new Announced(random, model, createdAt);
  }

  /** Whether the client has anything of an answer. */
  get started(): boolean {
    return this.#started;
  }

  /** Whether this attempt has brought content. */
  get progressed(): boolean {
    return this.#progressed;
  }

  /** How the answer ended. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  /** A new attempt starts: its indexes and ids are its own. */
  begin(): void {
    this.#attempts++;
    this.#held.release();
    this.#calls = new HeldCalls();
    this.#progressed = false;
    this.#ids.begin();
    if (this.#attempts === 1) return;
    if (this.#options.streams === false) this.#forget();
    this.#splice = new AnswerSplice({
      open: this.#open.all,
      finished: this.finished,
      codex: this.#options.codex,
      nextIndex: () => this.#indexes.next(),
      freshId: (id, type) => this.#ids.of(id, type),
    });
  }

  /**
   * The first events of an answer whose head goes out before the provider has sent anything. The response is the
   * sidecar's own from here on. Empty where the client has them already.
   */
  announce(): ResponsesEvent[] {
    if (this.#sent.has("response.created") || this.#ending) return [];
    for (const type of REPEATED) this.#sent.add(type);
    return this.#response.open();
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

  /** The present attempt broke. Counts clean ends: two in a row are the way in which this provider ends its answers. */
  recordBreak({ code, facts: { paused = false } }: Failure): void {
    // A model whose answer was finished already may add nothing to it.
    const continued = this.#progressed || this.#cleanEnds > 0;
    const clean = code === "truncated" && !paused && this.#open.count === 0 && continued &&
      this.finished.at(-1)?.type === "message";
    this.#cleanEnds = clean ? this.#cleanEnds + 1 : 0;
  }

  /** What may follow a break: what the client has decides. */
  get resume(): Resume {
    if (this.finished.some(isCall)) return "complete";
    if (this.finished.length === 0) return "resend";
    if (this.#cleanEnds > 1) return "complete";
    return this.#options.streams === false ? "resend" : "continue";
  }

  /** The shown text of a message, where that is the only item that began and did not end: an answer may continue in it. */
  get unfinished(): string | undefined {
    if (this.#options.streams === false) return undefined; // nothing was shown
    const [open, ...more] = this.#open.all;
    return open && more.length === 0 && this.#calls.count === 0 ? textShown(open) : undefined;
  }

  /** The `completed` event that the upstream did not send, for a client that has all it needs. */
  complete(): ResponsesEvent[] {
    const closed = this.#closeOpen(true);
    this.#ending = "completed";
    const response = this.#response.response("completed", { output: [...this.finished] });
    return [...closed, responsesEvent("response.completed", { response, sequence_number: 0 })];
  }

  /**
   * The end of an answer that failed. Open items are finished as incomplete, so that no spinner stays.
   *
   * @param again whether Codex will ask again; then it must forget a half answer, which it would otherwise get twice
   */
  fail(code: string, message: string, again: boolean): ResponsesEvent[] {
    const { codex } = this.#options;
    const opening = codex ? [] : this.announce();
    const closed = this.#closeOpen(!(again && codex));
    this.#ending = "failed";
    return [...opening, ...closed, ...this.#response.fail(code, message, this.finished, codex)];
  }

  /** The client has seen nothing, so the next attempt may start from the beginning. */
  #forget(): void {
    this.#open = new OpenItems();
    this.finished.length = 0;
    this.#indexes = new Indexes();
  }

  /** Finishes the open items. @param keep whether messages keep their shown text */
  #closeOpen(keep: boolean): ResponsesEvent[] {
    return this.#open.all.map((open) => {
      const item = finishedAsShown(open, keep || open.item.type !== "message");
      const fields = { output_index: open.index, item, sequence_number: 0 };
      return this.#note(responsesEvent("response.output_item.done", fields));
    });
  }

  #write(event: ResponsesEvent): ResponsesEvent[] {
    const { type, data } = event;
    this.#started = true;
    // Codex needs no announcement; an SDK's stream must begin with one.
    const announced = this.#options.codex || this.#sent.has("response.created");
    if (!this.#sent.has("response.created")) this.#response.note(data.response);
    if (REPEATED.has(type)) {
      if (this.#sent.has(type)) return [];
      // An SDK expects `response.created` before every other event.
      if (!announced && type !== "response.created") return this.announce();
      this.#sent.add(type);
      return [event];
    }
    const before = announced ? [] : this.announce();
    if (TERMINAL.has(type)) {
      const closed = this.#splice?.end() ?? [];
      for (const each of closed) this.#note(each);
      this.#ending = type.slice("response.".length) as Ending;
      const replaced = this.#attempts > 1 || this.#indexes.moved;
      const options = { replaced, ...this.#options };
      const end = this.#response.close(event, this.#ending, this.finished, options);
      return [...before, ...closed, end];
    }
    const placed = this.#place(this.#calls.push(event));
    return before.length > 0 ? [...before, ...placed] : placed;
  }

  #place(events: readonly ResponsesEvent[]): ResponsesEvent[] {
    const splice = this.#splice;
    if (!splice) return events.map((event) => this.#note(this.#indexes.place(event)));
    return events.flatMap((event) => splice.push(event).map((placed) => this.#note(placed)));
  }

  /** @returns it */
  #note(event: ResponsesEvent): ResponsesEvent {
    const { type, data } = event;
    this.#open.record(event);
    this.#indexes.record(event);
    if (!isObject(data.item)) return event;
    if (typeof data.item.id === "string") this.#ids.use(data.item.id);
    if (type === "response.output_item.done") this.finished.push(data.item as Item);
    return event;
  }
}
