/**
 * Puts the fragments of tool calls together: by id, else by index, else to the latest call.
 *
 * No call is finished before the stream has ended: arguments that parse may still be the beginning of longer ones.
 *
 * @module
 */

import { Failure } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import { showSize } from "../../base/units.ts";
import { LazyMap } from "../../base/lazy_map.ts";
import { AnswerSize, weight } from "../answer_limits.ts";
import { CallArguments } from "./call_arguments.ts";
import { NameFragments, type Names } from "./name_fragments.ts";
import type { CallHead, WrittenItem } from "./writer.ts";

/** A fragment of a tool call, as a wire gives it. {@link ToolCalls} finds out which call it belongs to. */
export interface CallPiece {
  readonly index?: number;
  readonly id?: string;
  readonly name?: string;
  /** A piece of the arguments' JSON text; `""` where the fragment has none. */
  readonly args: string;
  /** What the provider wants back with it, unread. */
  readonly opaque?: JsonObject;
}

/** A call of which fragments have come. */
export interface PartialCall {
  readonly index: number | undefined;
  id: string | undefined;
  name: string | undefined;
  readonly args: CallArguments;
  /** The arguments of its latest fragment. */
  latest: string;
  /** Its item, once `call_items.ts` has shown it. */
  shown: ShownCall | undefined;
  /** What the provider wants back with it. */
  opaque: JsonObject | undefined;
}

/** A call that the client has been shown. */
export interface ShownCall {
  readonly item: WrittenItem;
  readonly head: CallHead;
  /** Whether any of its arguments were shown. */
  begun: boolean;
}

/** Limits of one answer. */
export interface CallLimits {
  /** Most calls in one answer. */
  readonly toolCalls: number;
  /** Most characters of arguments in one call. */
  readonly event: number;
}

/** The calls of one answer. */
export class ToolCalls {
  readonly all: PartialCall[] = [];
  readonly #byId = new LazyMap<string, PartialCall>();
  readonly #byIndex = new LazyMap<number, PartialCall>();

  readonly #size: AnswerSize;
  readonly #fragments: NameFragments;

  /** @param names the declared tools: only their names may come in pieces */
  constructor(readonly limits: CallLimits, names: Names = new Set()) {
    this.#size = new AnswerSize(limits);
    this.#fragments = new NameFragments(names);
  }

  /** Whether the name of a call may still grow: arguments come behind it. */
  mayGrow({ name, args }: PartialCall): boolean {
    return name === undefined || (args.length === 0 && this.#fragments.mayGrow(name));
  }

  /**
   * Takes a fragment and returns the call it belongs to.
   *
   * @throws Failure `too_large` when a limit is exceeded
   */
  push(piece: CallPiece): PartialCall {
    const call = this.#find(piece) ?? this.#open(piece);
    if (call.id === undefined && piece.id !== undefined) {
      call.id = piece.id;
      this.#byId.set(piece.id, call);
    }
    call.name = this.#joined(call, piece.name) ?? call.name ?? piece.name;
    if (piece.opaque) {
      this.#size.add(weight(piece.opaque));
      call.opaque = Object.assign(call.opaque ?? {}, piece.opaque);
    }
    // Some providers send the complete arguments once more at the end.
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
      // A new id is a new call. Exceptions: the call at this index still waits for its id; or it waits for the rest of its
      // arguments and the fragment names no tool, because some relays make an id for every fragment.
      const waits = at &&
        (at.id === undefined
          ? index !== undefined || name === undefined
          : name === undefined && at.name !== undefined && args !== "" && !at.args.complete);
      return waits ? at : undefined;
    }
    if (index !== undefined) {
      const at = this.#byIndex.get(index);
      // Named again, with other arguments, after a complete call: this provider gives all calls the same index.
      const next = at && name !== undefined && args.trim() !== "" && !at.args.equals(args);
      return next && at.args.complete ? undefined : at;
    }
    const last = this.all.at(-1);
    return last && this.#another(last, name) ? undefined : last;
  }

  /** Whether an id is used for a second call: named again, at another index, after a complete first call. */
  #repeats(known: PartialCall, index: number | undefined, name: string | undefined): boolean {
    return name !== undefined && index !== undefined && index !== known.index &&
      known.args.complete;
  }

  /** Without id and index, only a name can say that the next call begins. */
  #another(last: PartialCall, name: string | undefined): boolean {
    if (name === undefined || last.name === undefined) return false;
    if (this.#joined(last, name) !== undefined) return false;
    return name !== last.name || last.args.complete;
  }

  /** The name of a call with a further piece of it. */
  #joined({ name, args }: PartialCall, more: string | undefined): string | undefined {
    if (name === undefined || more === undefined || args.length > 0) return undefined;
    return this.#fragments.join(name, more);
  }

  #open({ index, id, name }: CallPiece): PartialCall {
    if (this.all.length >= this.limits.toolCalls) {
      throw new Failure(
        "too_large",
        `The model made more than ${this.limits.toolCalls} tool calls in one answer`,
        { hint: "Raise limits.tool_calls if that is meant" },
      );
    }
    const args = new CallArguments();
    const call: PartialCall = {
      ...{ index, id, name, args, latest: "" },
      ...{ shown: undefined, opaque: undefined },
    };
    this.#size.add((id?.length ?? 0) + (name?.length ?? 0));
    this.all.push(call);
    if (index !== undefined) this.#byIndex.set(index, call);
    if (id !== undefined) this.#byId.set(id, call);
    return call;
  }
}

/** The arguments as Codex needs them: `{}` for a call without arguments. */
export function finalArguments(args: string): string {
  const text = args.trim();
  return text === "" || text === "null" ? "{}" : args;
}
