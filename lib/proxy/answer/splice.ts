/**
 * Lets a second answer go on in the items that the first one left open, so that the client gets one answer.
 *
 * An open message or reasoning is continued by the next item of its kind: same id, same index, announced once. Of the new
 * text, what was shown already is held back; from there on it flows. Where it differs, Codex gets no more deltas, because
 * it shows what `done` says; a client that adds deltas up is told the truth instead. What has no successor is finished
 * before anything else begins, because an item that begins while another is open leaves the half of that on the screen
 * (docs/facts/codex.md §3.6).
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { isObject, type JsonObject } from "../../base/json.ts";
import { isCall, type ResponsesEvent, responsesEvent } from "../../wire/responses.ts";
import { finishedAsShown, type OpenItem, partOf, reasoningPart, saysAllOf } from "./open_items.ts";

/** What a splice needs of the exchange. */
export interface SpliceOptions {
  /** What the client saw begin and not end. */
  readonly open: readonly OpenItem[];
  /** Whether the client is Codex, which shows what `done` says. */
  readonly codex: boolean;
  /** The next free index. */
  readonly nextIndex: () => number;
  /** The id under which an item goes out; fresh where the client knows the id already. */
  readonly freshId: (id: string, type: unknown) => string;
}

/** What becomes of one item of the new answer. */
type Fate =
  /** It goes on in an open item. */
  | {
    readonly kind: "continued";
    readonly in: OpenItem;
    /** As this answer announced it. */
    readonly item: JsonObject;
    readonly seen: Map<string, string>;
    differs: boolean;
  }
  /** It is an item of its own, at another place. */
  | { readonly kind: "new"; readonly index: number }
  /** Reasoning that began while a message is open: it waits until that is finished. */
  | { readonly kind: "waiting"; readonly events: ResponsesEvent[] };

/** The items of one more attempt on their way to a client that has a part of the answer. */
export class Splice {
  readonly #options: SpliceOptions;
  /** Open items that no item of this answer has continued yet. */
  readonly #left: OpenItem[];
  readonly #fates = new Map<number, Fate>();
  /** Indexes of those that wait. */
  readonly #waiting = new Set<number>();
  /** Messages that were open when this answer began and are not finished. */
  readonly #messages: Set<OpenItem>;

  constructor(options: SpliceOptions) {
    this.#options = options;
    this.#left = [...options.open];
    this.#messages = new Set(options.open.filter(({ item }) => item.type === "message"));
  }

  /** @throws Failure `diverged` for a client that has text which this answer does not begin with */
  push(event: ResponsesEvent): ResponsesEvent[] {
    const { output_index: index, item } = event.data;
    if (typeof index !== "number") return [event];
    const fate = this.#fates.get(index);
    if (fate) return this.#follow(event, index, fate);
    return isObject(item) ? this.#begin(event, index, item) : [];
  }

  /** Everything that is open or waiting is finished: the answer ends here. */
  end(): ResponsesEvent[] {
    return [...this.#finish(), ...this.#waited()];
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
    const before = item.type === "reasoning" ? [] : this.end();
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
    if (!fate.differs && !saysAllOf(item, open)) {
      const converted = this.#differ(index, fate);
      if (converted) return [...converted, ...this.push(event)];
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
    return [this.#placed(rest === delta ? event : withDelta(event, rest), open)];
  }

  /**
   * The new text is not the old one's. Codex waits for `done`. For others reasoning begins again as an item of its own,
   * and an answer cannot go on.
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
      // Codex forgets what it showed of a message whose `done` is empty: its words belong to an answer that is not given.
      return this.#closed(open, !(this.#options.codex && open.item.type === "message"));
    });
  }

  #closed(open: OpenItem, keep: boolean): ResponsesEvent {
    return responsesEvent("response.output_item.done", {
      output_index: open.index,
      item: finishedAsShown(open, keep),
      sequence_number: 0,
    });
  }

  /** Lets go what waited for a message to be finished. Finished reasoning needs no announcement and shows nothing twice. */
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

  #placed(event: ResponsesEvent, { index, item: { id } }: OpenItem): ResponsesEvent {
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

function withDelta({ type, data }: ResponsesEvent, delta: string): ResponsesEvent {
  return { type, data: { ...data, delta } };
}
