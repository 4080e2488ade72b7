/**
 * One call of an answer, whose arguments come as pieces, whole in the beginning of its block, or both.
 *
 * Its rule: arguments are held back only while they may be those that came already: the same call sent once more, or `{}` where
 * the beginning has them. What was said twice is made once.
 *
 * @module
 */

import { isObject, type Json, parseJson } from "../../base/json.ts";
import type { AnswerBuilder } from "../answer/answer_builder.ts";
import type { CallArguments } from "../answer/call_arguments.ts";

/** A call as its block began. */
interface CallHead {
  /** Its number among the calls. */
  readonly index: number;
  readonly id: string | undefined;
  readonly name: string | undefined;
  /** The arguments in the beginning of the block, as JSON text; empty where there are none. */
  readonly input: string;
}

/** Most characters that may still be `{}`: blanks may stand between them. */
const MOST_NOTHING = 16;
const NOTHING = /^\s*(?:\{\s*\}?\s*)?$/;

/** Takes the pieces of one call and gives them to the builder. */
export class ToolBlock {
  readonly #answer: AnswerBuilder;
  readonly #head: CallHead;
  /** Whether another call has the same id. */
  readonly #shares: boolean;
  /** The arguments of that call, where they are complete. */
  readonly #twin: string | undefined;
  /** What is held back; `undefined` once the call is shown. */
  #held: string | undefined = "";
  #args: CallArguments | undefined;

  /** @param twin the call whose id this one has too */
  constructor(answer: AnswerBuilder, head: CallHead, twin?: ToolBlock) {
    this.#answer = answer;
    this.#head = head;
    this.#shares = twin !== undefined;
    this.#twin = twin?.complete ? twin.text : undefined;
    if (this.#twin === undefined && head.input === "") this.#show("");
  }

  /** Whether its arguments are a complete object by now. */
  get complete(): boolean {
    return this.#args ? this.#args.complete : this.#head.input !== "";
  }

  /** The arguments so far. */
  get text(): string {
    return this.#args?.toString() ?? this.#head.input;
  }

  /** Whether a block that begins with this name goes on with these arguments: some relays begin one for every piece. */
  goesOn(name: string | undefined): boolean {
    return !this.complete && (name === undefined || name === this.#head.name);
  }

  /** A piece of the arguments. */
  push(piece: string): void {
    if (this.#held === undefined) {
      this.#answer.call({ index: this.#head.index, args: piece });
      return;
    }
    this.#held += piece;
    if (!this.#mayBeOld(this.#held)) this.#show(this.#held);
  }

  /** The block is over. Pieces may still come: some relays end it too early. */
  end(): void {
    if (this.#held === undefined) return;
    const { input } = this.#head;
    const args = NOTHING.test(this.#held) ? input : this.#held;
    if (this.#twin === undefined) this.#show(args);
    else if (args !== "" && !isSame(args, this.#twin)) this.#show(args);
  }

  #mayBeOld(held: string): boolean {
    // The same object may be written with other blanks.
    const most = this.#twin === undefined ? 0 : 2 * this.#twin.length;
    return held.length <= most || (held.length <= MOST_NOTHING && NOTHING.test(held));
  }

  #show(args: string): void {
    this.#held = undefined;
    const { index, id, name } = this.#head;
    // An id that another call has is none.
    const own = id !== undefined && !this.#shares;
    const known = { ...(own && { id }), ...(name !== undefined && { name }) };
    this.#args = this.#answer.call({ index, ...known, args: "" });
    if (args !== "") this.#answer.call({ index, args });
  }
}

/** Arguments as a server writes them into a block: an object, or its JSON text; empty where there are none. */
export function argumentsText(value: Json | undefined): string {
  if (typeof value === "string") return value;
  return isObject(value) && Object.keys(value).length > 0 ? JSON.stringify(value) : "";
}

function isSame(one: string, other: string): boolean {
  return one === other || JSON.stringify(parseJson(one)) === JSON.stringify(parseJson(other));
}
