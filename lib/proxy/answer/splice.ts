/**
 * Continues the items that the first answer left open with the items of a second one, so that the client gets one answer.
 *
 * The next item of its kind continues an open message or reasoning: same id, same index, announced once. The part of the
 * new text that was shown already is held back; the rest goes out. Where the new text differs, Codex gets no more deltas,
 * because it shows the text of `done`; for a client that adds deltas up the answer fails. An open item without a
 * successor is finished before another begins, because Codex would otherwise leave its half on the screen
 * (docs/facts/codex.md §3.6).
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { isObject, type JsonObject } from "../../base/json.ts";
import { isCall, type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import {
  beginsWithShown,
  finishedAsShown,
  partOf,
  reasoningPart,
  type ShownItem,
} from "./open_items.ts";
import { RepeatedMessages } from "./repeated_messages.ts";

/** Options of {@link AnswerSplice}. */
interface SpliceOptions {
  /** What the client saw begin and not end. */
  readonly open: readonly ShownItem[];
  /** What it has as finished; a message of it is not shown again. @default nothing */
  readonly finished?: readonly JsonObject[];
  /** Whether the client is Codex, which shows the text of `done`. */
  readonly codex: boolean;
  /** The next free index. */
  readonly nextIndex: () => number;
  /** The id under which an item goes out; fresh where the client knows the id already. */
  readonly freshId: (id: string, type: unknown) => string;
}

/** How one item of the new answer reaches the client. */
type Fate =
  /** It continues an open item. */
  | {
    readonly kind: "continued";
    readonly in: ShownItem;
    /** As this answer announced it. */
    readonly item: JsonObject;
    readonly seen: Map<string, string>;
    differs: boolean;
  }
  /** It is an item of its own, at another index. */
  | { readonly kind: "new"; readonly index: number }
  /** Reasoning that began while a message is open: it waits until that is finished. */
  | { readonly kind: "waiting"; readonly events: ResponsesEvent[] };

/** The items of one more attempt on their way to a client that has a part of the answer. */
export class AnswerSplice {
  readonly #options: SpliceOptions;
  /** Open items that no item of this answer has continued yet. */
  readonly #left: ShownItem[];
  readonly #fates = new Map<number, Fate>();
  /** The indexes of the items that wait. */
  readonly #waiting = new Set<number>();
  /** Messages that were open when this answer began and are not finished. */
  readonly #messages: Set<ShownItem>;
  readonly #repeated: RepeatedMessages;

  constructor(options: SpliceOptions) {
    this.#options = options;
    this.#repeated = new RepeatedMessages(options.finished ?? []);
    this.#left = [...options.open];
    this.#messages = new Set(options.open.filter(({ item }) => item.type === "message"));
  }

  /** @throws Failure `diverged` for a client that has text which this answer does not begin with */
  push(event: ResponsesEvent): ResponsesEvent[] {
    return this.#repeated.push(event).flatMap((each) => this.#take(each));
  }

  #take(event: ResponsesEvent): ResponsesEvent[] {
    const { output_index: index, item } = event.data;
    if (typeof index !== "number") return [event];
    const fate = this.#fates.get(index);
    if (fate) return this.#follow(event, index, fate);
    return isObject(item) ? this.#begin(event, index, item) : [];
  }

  /** The answer ends: finishes everything that is open or waiting. */
  end(): ResponsesEvent[] {
    const held = this.#repeated.end().flatMap((each) => this.#take(each));
    return [...held, ...this.#finish(), ...this.#waited()];
  }

  #begin(event: ResponsesEvent, index: number, item: JsonObject): ResponsesEvent[] {
    const at = isCall(item) ? -1 : this.#left.findIndex((open) => open.item.type === item.type);
    const open = this.#left[at];
    if (open) {
      this.#left.splice(at, 1);
      const fate: Fate = { kind: "continued", in: open, item, seen: new Map(), differs: false };
      this.#fates.set(index, fate);
      return this.#follow(event, index, fate);
    }
    if (this.#options.codex && item.type === "reasoning" && this.#messages.size > 0) {
      const fate: Fate = { kind: "waiting", events: [] };
      this.#fates.set(index, fate);
      this.#waiting.add(index);
      return this.#follow(event, index, fate);
    }
    // Reasoning leaves a message open: its text may still come.
    const before = item.type === "reasoning" ? [] : [...this.#finish(), ...this.#waited()];
    const fate: Fate = { kind: "new", index: this.#options.nextIndex() };
    this.#fates.set(index, fate);
    return [...before, ...this.#follow(event, index, fate)];
  }

  #follow(event: ResponsesEvent, index: number, fate: Fate): ResponsesEvent[] {
    switch (fate.kind) {
      case "new":
        return [this.#moved(event, fate.index)];
      case "waiting":
        fate.events.push(event);
        return [];
      case "continued":
        return this.#continued(event, index, fate);
    }
  }

  #continued(
    event: ResponsesEvent,
    index: number,
    fate: Extract<Fate, { kind: "continued" }>,
  ): ResponsesEvent[] {
    const { type, data } = event;
    if (type === "response.output_item.added") return [];
    const { in: open } = fate;
    const part = partOf(event);
    if (part !== undefined && typeof data.delta !== "string") {
      return fate.differs || open.shown.has(part) ? [] : [this.#placed(event, open)];
    }
    if (part !== undefined) return this.#delta(event, index, fate, part, data.delta as string);
    if (type !== "response.output_item.done") {
      return fate.differs ? [] : [this.#placed(event, open)];
    }
    const item = data.item as JsonObject;
    if (!fate.differs && !beginsWithShown(item, open)) {
      const converted = this.#differ(index, fate);
      if (converted) return [...converted, ...this.#take(event)];
    }
    this.#messages.delete(open);
    return [this.#placed(event, open), ...this.#waited()];
  }

  #delta(
    event: ResponsesEvent,
    index: number,
    fate: Extract<Fate, { kind: "continued" }>,
    part: string,
    delta: string,
  ): ResponsesEvent[] {
    const { in: open, seen } = fate;
    const before = seen.get(part) ?? "";
    seen.set(part, before + delta);
    if (fate.differs) return [];
    const shown = open.shown.get(part) ?? "";
    const known = shown.slice(before.length, before.length + delta.length);
    if (!delta.startsWith(known)) return this.#differ(index, fate) ?? [];
    const rest = delta.slice(known.length);
    if (rest === "") return [];
    const data = rest === delta ? event.data : { ...event.data, delta: rest };
    return [this.#placed({ type: event.type, data }, open)];
  }

  /**
   * The new text differs from the shown one. Codex waits for `done`. For other clients reasoning begins again as an item
   * of its own, and a message fails.
   *
   * @returns the events of that new item so far; `undefined` where the item goes on without deltas
   */
  #differ(index: number, fate: Extract<Fate, { kind: "continued" }>): ResponsesEvent[] | undefined {
    fate.differs = true;
    const { in: open, item, seen } = fate;
    if (this.#options.codex) return undefined;
    if (open.item.type !== "reasoning") {
      throw new Failure(
        "diverged",
        "The answer broke off, and when it was asked for again it began with other words",
        { hint: "Ask again: what was shown of the first answer cannot be finished" },
      );
    }
    const closed = this.#closed(open, true);
    const next: Fate = { kind: "new", index: this.#options.nextIndex() };
    this.#fates.set(index, next);
    const added = { output_index: index, item, sequence_number: 0 };
    const events = [responsesEvent("response.output_item.added", added)];
    for (const [part, text] of seen) events.push(...reasoningPart(part, text, index, item));
    return [closed, ...events.map((event) => this.#moved(event, next.index))];
  }

  /** Finishes the open items that nothing has continued. */
  #finish(): ResponsesEvent[] {
    return this.#left.splice(0).map((open) => {
      this.#messages.delete(open);
      // Codex forgets the shown text of a message whose `done` is empty: that text belongs to no answer it gets.
      return this.#closed(open, !(this.#options.codex && open.item.type === "message"));
    });
  }

  #closed(open: ShownItem, keep: boolean): ResponsesEvent {
    return responsesEvent("response.output_item.done", {
      output_index: open.index,
      item: finishedAsShown(open, keep),
      sequence_number: 0,
    });
  }

  /** Releases what waited for a message. Finished reasoning needs no announcement, and so nothing is shown twice. */
  #waited(): ResponsesEvent[] {
    const out: ResponsesEvent[] = [];
    if (this.#messages.size > 0) return out;
    for (const index of this.#waiting) {
      const fate = this.#fates.get(index);
      if (fate?.kind !== "waiting") continue;
      const next = this.#options.nextIndex();
      this.#fates.set(index, { kind: "new", index: next });
      const done = fate.events.find(({ type }) => type === "response.output_item.done");
      for (const event of done ? [done] : fate.events) out.push(this.#moved(event, next));
    }
    this.#waiting.clear();
    return out;
  }

  #placed(event: ResponsesEvent, { index, item: { id } }: ShownItem): ResponsesEvent {
    const { type, data } = event;
    const patch: JsonObject = { output_index: index };
    if (isObject(data.item) && id !== undefined) patch.item = { ...data.item, id };
    if (data.item_id !== undefined && id !== undefined) patch.item_id = id;
    return { type, data: { ...data, ...patch } };
  }

  #moved({ type, data }: ResponsesEvent, index: number): ResponsesEvent {
    const { freshId } = this.#options;
    const { item, item_id: id } = data;
    const patch: JsonObject = { output_index: index };
    if (isObject(item) && typeof item.id === "string") {
      patch.item = { ...item, id: freshId(item.id, item.type) };
    }
    if (typeof id === "string") patch.item_id = freshId(id, undefined);
    return { type, data: { ...data, ...patch } };
  }
}
