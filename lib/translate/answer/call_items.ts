/**
 * The calls of an answer as the client sees them: each is shown when its name and id are known, and all are finished
 * when the answer is complete.
 *
 * What is known of a call is in one record, the {@link PartialCall} of `tool_calls.ts`; its arguments are kept there alone.
 *
 * @module
 */

import type { Random } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import type { CallArguments } from "./call_arguments.ts";
import { CallIds } from "./call_ids.ts";
import type { Names } from "./name_fragments.ts";
import { settleCalls } from "../written/same_call.ts";
import type { WrittenCall, WrittenTools } from "../written/tools.ts";
import {
  type CallLimits,
  type CallPiece,
  finalArguments,
  type PartialCall,
  type ShownCall,
  ToolCalls,
} from "./tool_calls.ts";
import type { Writer } from "./writer.ts";

/** What {@link CallItems} needs to know. */
export interface CallItemsOptions {
  readonly random: Random;
  readonly limits: CallLimits;
  /** The call ids of the history. */
  readonly takenCallIds: ReadonlySet<string>;
  /** The declared tools. */
  readonly toolNames: Names;
  /** Who answers, for error messages. */
  readonly title: string;
}

/** The calls of one answer. @throws Failure `too_large`, `bad_answer` */
export class CallItems {
  readonly #calls: ToolCalls;
  readonly #ids: CallIds;

  /** @param before runs before a call's item is opened */
  constructor(
    readonly options: CallItemsOptions,
    readonly writer: Writer,
    readonly before: () => void,
  ) {
    this.#calls = new ToolCalls(options.limits, options.toolNames);
    this.#ids = new CallIds(options.takenCallIds);
  }

  /** How many calls there are, unfinished ones included. */
  get count(): number {
    return this.#calls.all.length;
  }

  /** Whether all of them have complete arguments, or none. */
  get complete(): boolean {
    return this.#calls.all.every(({ args }) => args.complete || !args.hasContent);
  }

  /** Takes a piece of a call; shows the call as soon as its name and id are known. @returns its arguments so far */
  push(piece: CallPiece): CallArguments {
    const call = this.#calls.push(piece);
    if (call.shown) this.#stream(call.shown, call, call.latest);
    else if (call.id !== undefined && !this.#calls.mayGrow(call)) this.#show(call);
    return call.args;
  }

  /**
   * Finishes all calls. @param written the calls that were written out as text; those that were not made too come last
   */
  close(written: readonly WrittenCall[], tools: WrittenTools): void {
    const { all } = this.#calls;
    for (const call of all) {
      if (call.opaque === undefined) continue;
      call.shown ??= this.#show(call);
      this.writer.state.call(call.shown.head.call_id, call.opaque);
    }
    // Before the calls: Codex acts on them as soon as they are done.
    if (all.length > 0) this.writer.closeState();
    const real = written.length === 0
      ? []
      : all.map(({ name = "", args }) => ({ name, args: args.toString() }));
    const { own, filled } = settleCalls(written, real, tools);
    for (const [at, call] of all.entries()) {
      const args = filled.get(at) ?? finalArguments(call.args.toString());
      this.#close(call.shown ?? this.#show(call), args);
    }
    for (const { name, args } of own) this.#close(this.#open(undefined, name), args);
  }

  /** Whether calls that were written out without their names belong to calls that were made. */
  fills(written: readonly WrittenCall[], tools: WrittenTools): boolean {
    const real = this.#calls.all.map(({ name = "", args }) => ({ name, args: args.toString() }));
    return !settleCalls(written, real, tools).lost;
  }

  #close({ item, head, begun }: ShownCall, args: string): void {
    if (!begun) this.writer.callDelta(item, args);
    this.writer.closeCall(item, head, args);
  }

  #show(call: PartialCall): ShownCall {
    const { name } = call;
    if (name === undefined) {
      throw new Failure("bad_answer", `${this.options.title} sent a tool call without a name`);
    }
    const shown = call.shown = this.#open(call.id, name);
    this.#stream(shown, call, call.args.toString());
    return shown;
  }

  #open(id: string | undefined, name: string): ShownCall {
    this.before();
    const head = { call_id: this.#ids.unique(id ?? `call_${this.options.random.id()}`), name };
    return { item: this.writer.openCall(head), head, begun: false };
  }

  /** Shows the arguments in `more`. Arguments that may still be replaced by `{}` wait. */
  #stream(shown: ShownCall, { args }: PartialCall, more: string): void {
    if (!args.hasContent) return;
    this.writer.callDelta(shown.item, shown.begun ? more : args.toString());
    shown.begun = true;
  }
}
