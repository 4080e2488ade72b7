/**
 * The calls of an answer as the client sees them: shown when their name and id are known, finished all at the end.
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { CallIds } from "./call_ids.ts";
import type { CallPiece } from "../chat/chunk.ts";
import type { WrittenCall } from "./written_call_forms.ts";
import { type CallLimits, finalArguments, type PartialCall, ToolCalls } from "./tool_calls.ts";
import type { CallHead, Writer, WrittenItem } from "./writer.ts";

/** What {@link CallItems} must know. */
export interface CallItemsOptions {
  readonly random: Random;
  readonly limits: CallLimits;
  /** The call ids of the history. */
  readonly takenCallIds: ReadonlySet<string>;
  /** Who answers, for sentences. */
  readonly title: string;
}

/** A call that the client has been shown. */
interface Shown {
  readonly item: WrittenItem;
  readonly head: CallHead;
  /** Whether any of its arguments were shown. */
  begun: boolean;
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
    if (shown) this.#stream(shown, call, call.latest);
    else if (call.name !== undefined && call.id !== undefined) this.#show(call);
  }

  /** Finishes all calls. @param written those that were written out as text, which come last */
  close(written: readonly WrittenCall[]): void {
    for (const call of this.#calls.all) {
      const shown = this.#shown.get(call) ?? this.#show(call);
      this.#close(shown, finalArguments(call.args.toString()));
    }
    for (const { name, args } of written) this.#close(this.#open(undefined, name), args);
  }

  #close({ item, head, begun }: Shown, args: string): void {
    if (!begun) this.writer.callDelta(item, args);
    this.writer.closeCall(item, head, args);
  }

  #show(call: PartialCall): Shown {
    const { name } = call;
    if (name === undefined) {
      throw new Failure("bad_answer", `${this.options.title} sent a tool call without a name`);
    }
    const shown = this.#open(call.id, name);
    this.#shown.set(call, shown);
    this.#stream(shown, call, call.args.toString());
    return shown;
  }

  #open(id: string | undefined, name: string): Shown {
    this.before();
    const head = { call_id: this.#ids.unique(id ?? `call_${this.options.random.id()}`), name };
    return { item: this.writer.openCall(head), head, begun: false };
  }

  /** Shows the arguments that came, `more`; not yet those that may be replaced by `{}`. */
  #stream(shown: Shown, { args }: PartialCall, more: string): void {
    if (!args.hasContent) return;
    this.writer.callDelta(shown.item, shown.begun ? more : args.toString());
    shown.begun = true;
  }
}
