/**
 * One conversation as Codex would hold it: full history in every request, a tool the model reads files with, and a
 * context that grows by an equal part each turn until it has the length that was asked for.
 *
 * @module
 */

import type { Random } from "../base/clock.ts";
import { filled, isObject, type JsonObject } from "../base/json.ts";
import { codeText, tokensOf } from "./code_text.ts";

/** The tool the model is asked to call. */
export const TOOL = "read_file";

const TOOLS: JsonObject[] = [{
  type: "function",
  name: TOOL,
  description: "Reads one source file of the repository.",
  strict: false,
  parameters: {
    type: "object",
    properties: { path: { type: "string", description: "the file's path" } },
    required: ["path"],
    additionalProperties: false,
  },
}];

const RULES = "You review a code base, one file at a time. While files are left, answer with one " +
  `sentence and then call ${TOOL} for the next file. When the last file is there, answer with a review of ` +
  "at most ten sentences and call no tool.";

/** What a conversation is made of. */
export interface DialogueOptions {
  readonly model: string;
  /** Marks its requests: `3` becomes `[turn 3.1]`, `[turn 3.2]`, … */
  readonly number: number;
  readonly turns: number;
  /** Tokens of the last turn's input. */
  readonly context: number;
  readonly random: Random;
}

/** A conversation. */
export class Dialogue {
  readonly #options: DialogueOptions;
  readonly #input: JsonObject[] = [];
  readonly #key: string;
  #turn = 0;
  #call: string | undefined;

  constructor(options: DialogueOptions) {
    this.#options = options;
    this.#key = `stress-${options.random.id()}`;
    this.#input.push(message("developer", RULES));
  }

  /** The turn that {@link next} made last; 0 before the first. */
  get turn(): number {
    return this.#turn;
  }

  /** Whether all turns were asked for. */
  get over(): boolean {
    return this.#turn >= this.#options.turns;
  }

  /** The request of the next turn: the file comes as the tool's output where a call waits for one. */
  next(): JsonObject {
    const { model, number, turns, context, random } = this.#options;
    this.#turn++;
    const left = turns - this.#turn;
    const task = left > 0 ? `${left} files are left: call ${TOOL}.` : "This is the last file.";
    const text = `[turn ${number}.${this.#turn} of ${turns}] ${task}\n${
      codeText(context / turns, random)
    }`;
    this.#input.push(
      this.#call === undefined
        ? message("user", text)
        : { type: "function_call_output", call_id: this.#call, output: text },
    );
    return {
      model,
      stream: true,
      store: false,
      input: structuredClone(this.#input),
      tools: left > 0 || this.#call !== undefined ? TOOLS : [],
      tool_choice: "auto",
      parallel_tool_calls: false,
      include: ["reasoning.encrypted_content"],
      prompt_cache_key: this.#key,
    };
  }

  /**
   * Takes the finished items of the answer into the history. Every call gets an output: a call without one is an
   * error to most providers.
   */
  record(items: readonly JsonObject[]): void {
    const calls = items.filter(({ type }) => type === "function_call");
    this.#input.push(...items);
    for (const { call_id } of calls.slice(0, -1)) {
      this.#input.push({
        type: "function_call_output",
        call_id: filled(call_id) ?? "",
        output: "one file at a time, please",
      });
    }
    this.#call = filled(calls.at(-1)?.call_id);
  }
}

/** How long a request's input is, in tokens, roughly: an estimate before the provider counts. */
export function requestTokens(body: JsonObject): number {
  return tokensOf(JSON.stringify([body.input, body.tools]));
}

/** All that a conversation of `turns` turns sends up, in tokens, roughly. */
export function dialogueTokens(turns: number, context: number): number {
  return Math.round(context * (turns + 1) / 2);
}

/** Which turn a request's text is, as `3.2`; `undefined` where it has no mark. */
export function turnOf(text: string): string | undefined {
  return [...text.matchAll(/\[turn (\d+\.\d+) of \d+\]/g)].at(-1)?.[1];
}

/** Whether the marked turn is its conversation's last. */
export function isLastTurn(text: string): boolean {
  const [, turn, turns] = [...text.matchAll(/\[turn \d+\.(\d+) of (\d+)\]/g)].at(-1) ?? [];
  return turn === turns;
}

/** Whether a finished call has arguments that parse. */
export function callIsSound(item: JsonObject): boolean {
  if (item.type !== "function_call" || typeof item.arguments !== "string") return true;
  try {
    return isObject(JSON.parse(item.arguments));
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function message(role: string, text: string): JsonObject {
  return { type: "message", role, content: [{ type: "input_text", text }] };
}
