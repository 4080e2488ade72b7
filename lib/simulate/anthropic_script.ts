/**
 * Writes an answer as a good provider of the Messages wire does: `message_start`, blocks with their deltas, the stop reason,
 * `message_stop`.
 *
 * @module
 */

import type { JsonObject } from "../base/json.ts";
import { messages, pieces, type SimulatedAnswer } from "./answer.ts";
import { chatCall } from "./chat_script.ts";
import {
  eof,
  event,
  mark,
  type Script,
  type ScriptMark,
  type ScriptStep,
  streamHead,
  wait,
} from "./script.ts";

/** The script of a complete answer on the Messages wire. Several messages become one: text blocks are read as one text. */
export function anthropicScript(answer: SimulatedAnswer): Script {
  const { seed = "1", model = "sim-1", gap = 0, inputTokens = 100 } = answer;
  const steps: ScriptStep[] = [...streamHead()];
  let index = 0;
  const block = (
    start: JsonObject,
    text: string,
    [middle, end]: readonly [ScriptMark, ScriptMark],
    make: (piece: string) => JsonObject,
    last: readonly JsonObject[] = [],
  ) => {
    const delta = (value: JsonObject) =>
      steps.push(event({ type: "content_block_delta", index, delta: value }));
    steps.push(event({ type: "content_block_start", index, content_block: start }));
    const parts = pieces(text, answer.size);
    parts.forEach((piece, at) => {
      if (gap > 0) steps.push(wait(gap));
      delta(make(piece));
      if (at === Math.ceil(parts.length / 2) - 1) steps.push(mark(middle));
    });
    last.forEach(delta);
    steps.push(event({ type: "content_block_stop", index: index++ }), mark(end));
  };

  const usage = { input_tokens: inputTokens, output_tokens: 1 };
  const message = {
    id: `msg_${seed}`,
    type: "message",
    role: "assistant",
    model,
    content: [],
    usage,
  };
  steps.push(event({ type: "message_start", message }), mark("created"));
  if (answer.reasoning !== undefined) {
    block(
      { type: "thinking", thinking: "", signature: "" },
      answer.reasoning,
      ["mid-reasoning", "after-reasoning"],
      (thinking) => ({ type: "thinking_delta", thinking }),
      [{ type: "signature_delta", signature: `sig_${seed}` }],
    );
  }
  const text = messages(answer).join("\n\n");
  if (text !== "") {
    block(
      { type: "text", text: "" },
      text,
      ["mid-text", "after-message"],
      (piece) => ({ type: "text_delta", text: piece }),
    );
  }
  const calls = answer.calls ?? [];
  calls.forEach((call, at) => {
    const { name, text } = chatCall(call);
    block(
      { type: "tool_use", id: `call_${seed}_${at}`, name, input: {} },
      text,
      ["mid-arguments", "after-call"],
      (partial_json) => ({ type: "input_json_delta", partial_json }),
    );
  });
  steps.push(mark("before-end"));
  const stop_reason = calls.length > 0 ? "tool_use" : "end_turn";
  steps.push(event({
    type: "message_delta",
    delta: { stop_reason, stop_sequence: null },
    usage: { output_tokens: steps.length },
  }));
  return [...steps, event({ type: "message_stop" }), eof];
}
