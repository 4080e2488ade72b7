/**
 * The calls of an answer as the client sees them: shown when their name and id are known, finished all at the end.
 *
 * @module
 */

import type { Chance } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { CallIds } from "./call_ids.ts";
import type { CallPiece } from "./chunk.ts";
import type { TextCall } from "./text_call_forms.ts";
import { type CallLimits, finalArguments, type PartialCall, ToolCalls } from "./tool_calls.ts";
import type { CallHead, OpenItem, Writer } from "./writer.ts";

/** What {@link CallItems} must know. */
export interface CallItemsOptions {
  readonly chance: Chance;
  readonly limits: CallLimits;
  /** The call ids of the history. */
  readonly takenCallIds: ReadonlySet<string>;
  /** Who answers, for sentences. */
  readonly title: string;
}

/** A call that the client has been shown. */
interface Shown {
  readonly item: OpenItem;
  readonly head: CallHead;
}

/** The calls of one answer. @throws Failure `too_large`, `bad_answer` */
export class CallItems {
  readonly #calls: ToolCalls;
  readonly #shown = new Map<PartialCall, Shown>();
  readonly #ids: CallIds;

  /** @param before runs before a call's item is opened */
  constructor(
    readonly options: CallItemsOptions,
    readonly writer: Writer,
    readonly before: () => void,
  ) {
    this.#calls = new ToolCalls(options.limits);
    this.#ids = new CallIds(options.takenCallIds);
  }

  /** How many calls there are, unfinished ones included. */
  get count(): number {
    return this.#calls.all.length;
  }

  /** Takes a piece. */
  push(piece: CallPiece): void {
    const call = this.#calls.push(piece);
    const shown = this.#shown.get(call);
    if (shown) this.#stream(shown.item, call.args);
    else if (call.name !== undefined && call.id !== undefined) this.#show(call);
  }

  /** Finishes all calls. @param written those that were written out as text, which come last */
  close(written: readonly TextCall[]): void {
    const recovered = written.map(({ name, args }): PartialCall => ({
      index: undefined,
      id: undefined,
      name,
      args,
    }));
    for (const call of [...this.#calls.all, ...recovered]) {
      const { item, head } = this.#shown.get(call) ?? this.#show(call);
      if (item.text === "") this.writer.callDelta(item, finalArguments(call.args));
      this.writer.closeCall(item, head);
    }
  }

  #show(call: PartialCall): Shown {
    const { chance, title } = this.options;
    const { name } = call;
    if (name === undefined) {
      throw new Failure("bad_answer", `${title} sent a tool call without a name`);
    }
    this.before();
    const head = { call_id: this.#ids.unique(call.id ?? `call_${chance.id()}`), name };
    const item = this.writer.openCall(head);
    const shown = { item, head };
    this.#shown.set(call, shown);
    this.#stream(item, call.args);
    return shown;
  }

  /** Shows the arguments that came since the last time; not yet those that may be replaced by `{}`. */
  #stream(item: OpenItem, args: string): void {
    if (args.length === item.text.length || "null".startsWith(args.trim())) return;
    this.writer.callDelta(item, args.slice(item.text.length));
  }
}
