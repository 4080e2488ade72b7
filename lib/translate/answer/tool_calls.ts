/**
 * Fragments of tool calls put together: by id, by index, by being the latest, in that order.
 *
 * No call is finished before the stream is: arguments that parse may still be the start of longer ones.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import { showSize } from "../../base/units.ts";
import { AnswerSize } from "../answer_limits.ts";
import { CallArguments } from "./call_arguments.ts";
import type { CallPiece } from "../chat/chunk.ts";

/** A call on its way. */
export interface PartialCall {
  readonly index: number | undefined;
  id: string | undefined;
  name: string | undefined;
  readonly args: CallArguments;
  /** What its latest fragment brought. */
  latest: string;
}

/** Caps of one answer. */
export interface CallLimits {
  /** Most calls in one answer. */
  readonly toolCalls: number;
  /** Most characters of arguments in one call. */
  readonly event: number;
}

/** The calls of one answer. */
export class ToolCalls {
  readonly all: PartialCall[] = [];
  readonly #byId = new Map<string, PartialCall>();
  readonly #byIndex = new Map<number, PartialCall>();

  readonly #size: AnswerSize;

  constructor(readonly limits: CallLimits) {
    this.#size = new AnswerSize(limits);
  }

  /**
   * Takes a fragment and returns the call it belongs to.
   *
   * @throws Failure `too_large` when a cap is exceeded
   */
  push(piece: CallPiece): PartialCall {
    const call = this.#find(piece) ?? this.#open(piece);
    if (call.id === undefined && piece.id !== undefined) {
      call.id = piece.id;
      this.#byId.set(piece.id, call);
    }
    call.name ??= piece.name;
    // What is whole and comes once more is said again.
    call.latest = call.args.equals(piece.args) && call.args.complete ? "" : piece.args;
    call.args.add(call.latest);
    this.#size.add(call.latest.length);
    if (call.args.length > this.limits.event) {
      throw new Failure(
        "too_large",
        `The arguments of one call of ${call.name ?? "a tool"} are longer than ${
          showSize(this.limits.event)
        }`,
        { hint: "Raise limits.event if such calls are meant" },
      );
    }
    return call;
  }

  #find({ index, id, name, args }: CallPiece): PartialCall | undefined {
    if (id !== undefined) {
      const known = this.#byId.get(id);
      if (known) return this.#repeats(known, index, name) ? undefined : known;
      const at = index === undefined ? this.all.at(-1) : this.#byIndex.get(index);
      // A new id is a new call, unless the call at this place still waits for its id, or for the rest of its arguments
      // while nothing is named: some relays make an id for every fragment.
      const waits = at &&
        (at.id === undefined
          ? index !== undefined || name === undefined
          : name === undefined && at.name !== undefined && args !== "" && !at.args.complete);
      return waits ? at : undefined;
    }
    if (index !== undefined) {
      const at = this.#byIndex.get(index);
      // Named again with arguments of its own after a whole call: the index is the same for all.
      const next = at && name !== undefined && args.trim() !== "" && !at.args.equals(args);
      return next && at.args.complete ? undefined : at;
    }
    const last = this.all.at(-1);
    return last && this.#another(last, name) ? undefined : last;
  }

  /** Whether an id comes back for a second call: named again, at another place, after a whole first one. */
  #repeats(known: PartialCall, index: number | undefined, name: string | undefined): boolean {
    return name !== undefined && index !== undefined && index !== known.index &&
      known.args.complete;
  }

  /** Without id and index, only a name can say that the next call begins. */
  #another(last: PartialCall, name: string | undefined): boolean {
    if (name === undefined || last.name === undefined) return false;
    return name !== last.name || last.args.complete;
  }

  #open({ index, id, name }: CallPiece): PartialCall {
    if (this.all.length >= this.limits.toolCalls) {
      throw new Failure(
        "too_large",
        `The model made more than ${this.limits.toolCalls} tool calls in one answer`,
        { hint: "Raise limits.tool_calls if that is meant" },
      );
    }
    const call: PartialCall = { index, id, name, args: new CallArguments(), latest: "" };
    this.#size.add((id?.length ?? 0) + (name?.length ?? 0));
    this.all.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    if (id !== undefined) this.#byId.set(id, call);
    return call;
  }
}

/** The arguments as Codex needs them: a call without any has an empty object. */
export function finalArguments(args: string): string {
  const text = args.trim();
  return text === "" || text === "null" ? "{}" : args;
}
