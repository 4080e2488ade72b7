/**
 * Writes an answer as a good provider of the Chat Completions wire does: role, deltas, finish, usage, `[DONE]`.
 *
 * @module
 */

import type { JsonObject } from "../base/json.ts";
import { messages, pieces, type SimulatedAnswer, type SimulatedCall } from "./answer.ts";
import {
  data,
  eof,
  mark,
  type Script,
  type ScriptMark,
  type ScriptStep,
  streamHead,
  wait,
} from "./script.ts";

/** The script of a complete answer on the Chat wire. Several messages become one: the wire has only one. */
export function chatScript(answer: SimulatedAnswer): Script {
  const { seed = "1", model = "sim-1", gap = 0 } = answer;
  const steps: ScriptStep[] = [...streamHead()];
  const envelope = {
    id: `chatcmpl-${seed}`,
    object: "chat.completion.chunk",
    created: 1_780_000_000,
    model,
  };
  const chunk = (delta: JsonObject, finish: string | null = null) => {
    steps.push(data({ ...envelope, choices: [{ index: 0, delta, finish_reason: finish }] }));
  };
  const deltas = (text: string, middle: ScriptMark, make: (piece: string) => JsonObject) => {
    const parts = pieces(text, answer.size);
    parts.forEach((piece, at) => {
      if (gap > 0) steps.push(wait(gap));
      chunk(make(piece));
      if (at === Math.ceil(parts.length / 2) - 1) steps.push(mark(middle));
    });
  };

  chunk({ role: "assistant", content: "" });
  steps.push(mark("created"));
  if (answer.reasoning !== undefined) {
    deltas(answer.reasoning, "mid-reasoning", (piece) => ({ reasoning_content: piece }));
    steps.push(mark("after-reasoning"));
  }
  const text = messages(answer).join("\n\n");
  if (text !== "") {
    deltas(text, "mid-text", (content) => ({ content }));
    steps.push(mark("after-message"));
  }
  const calls = answer.calls ?? [];
  calls.forEach((call, index) => {
    const { name, text } = chatCall(call);
    const id = `call_${seed}_${index}`;
    chunk({ tool_calls: [{ index, id, type: "function", function: { name, arguments: "" } }] });
    deltas(text, "mid-arguments", (piece) => ({
      tool_calls: [{ index, function: { arguments: piece } }],
    }));
    steps.push(mark("after-call"));
  });
  steps.push(mark("before-end"));
  chunk({}, calls.length > 0 ? "tool_calls" : "stop");
  steps.push(data({ ...envelope, choices: [], usage: usage(answer, steps.length) }));
  return [...steps, data("[DONE]"), eof];
}

/** A call as the Chat wire has it: the name of a function and its arguments as text. */
export function chatCall(call: SimulatedCall): { name: string; text: string } {
  if (call.kind === "custom") {
    return { name: call.name, text: JSON.stringify({ input: call.input }) };
  }
  const name = call.namespace === undefined ? call.name : `${call.namespace}__${call.name}`;
  return { name, text: JSON.stringify(call.arguments) };
}

function usage({ inputTokens = 100 }: SimulatedAnswer, output: number): JsonObject {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: output,
    total_tokens: inputTokens + output,
    prompt_tokens_details: { cached_tokens: 0 },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
