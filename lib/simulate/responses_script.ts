/**
 * Writes an answer as a good provider of the Responses wire does: every event, in order, with growing sequence numbers.
 *
 * The shapes are those of the recorded streams (raw chain of thought as `reasoning_text`, one content part a message).
 *
 * @module
 */

import type { JsonObject } from "../base/json.ts";
import { messages, pieces, type SimulatedAnswer, type SimulatedCall } from "./answer.ts";
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

/** The script of a complete answer on the Responses wire. */
export function responsesScript(answer: SimulatedAnswer): Script {
  const { seed = "1", model = "sim-1", gap = 0 } = answer;
  const steps: ScriptStep[] = [...streamHead()];
  const output: JsonObject[] = [];
  let sequence = 0;
  const emit = (type: string, fields: JsonObject) => {
    steps.push(event({ type, ...fields, sequence_number: sequence++ }));
  };
  const response = (fields: JsonObject): JsonObject => ({
    response: {
      id: `resp_${seed}`,
      object: "response",
      created_at: 1_780_000_000,
      model,
      ...fields,
    },
  });
  const deltas = (type: string, text: string, position: JsonObject, middle: ScriptMark) => {
    const parts = pieces(text, answer.size);
    parts.forEach((delta, at) => {
      if (gap > 0) steps.push(wait(gap));
      emit(type, { ...position, delta });
      if (at === Math.ceil(parts.length / 2) - 1) steps.push(mark(middle));
    });
  };
  const item = (
    open: JsonObject,
    done: JsonObject,
    fill: (position: JsonObject) => void,
    end: ScriptMark,
  ) => {
    const output_index = output.length;
    emit("response.output_item.added", { output_index, item: { ...open, status: "in_progress" } });
    fill({ item_id: open.id, output_index });
    const finished = { ...open, ...done, status: "completed" };
    emit("response.output_item.done", { output_index, item: finished });
    output.push(finished);
    steps.push(mark(end));
  };
  const writing = (type: string, part: JsonObject, text: string, middle: ScriptMark) =>
  (
    position: JsonObject,
  ) => {
    const at = { ...position, content_index: 0 };
    emit("response.content_part.added", { ...at, part: { ...part, text: "" } });
    deltas(`response.${type}.delta`, text, at, middle);
    emit(`response.${type}.done`, { ...at, text });
    emit("response.content_part.done", { ...at, part: { ...part, text } });
  };

  emit("response.created", response({ status: "in_progress", output: [] }));
  emit("response.in_progress", response({ status: "in_progress", output: [] }));
  steps.push(mark("created"));
  if (answer.reasoning !== undefined) {
    const text = answer.reasoning;
    const part = { type: "reasoning_text" };
    item(
      { type: "reasoning", id: `rs_${seed}`, summary: [], content: [] },
      { content: [{ ...part, text }] },
      writing("reasoning_text", part, text, "mid-reasoning"),
      "after-reasoning",
    );
  }
  messages(answer).forEach((text, at) => {
    const part = { type: "output_text", annotations: [] };
    item(
      { type: "message", id: `msg_${seed}_${at}`, role: "assistant", content: [] },
      { content: [{ ...part, text }] },
      writing("output_text", part, text, "mid-text"),
      "after-message",
    );
  });
  (answer.calls ?? []).forEach((call, at) => {
    const { open, done, type, field, text } = shape(call, `${seed}_${at}`);
    item(open, done, (position) => {
      deltas(`response.${type}.delta`, text, position, "mid-arguments");
      emit(`response.${type}.done`, { ...position, [field]: text });
    }, "after-call");
  });
  steps.push(mark("before-end"));
  emit(
    "response.completed",
    response({ status: "completed", output, usage: usage(answer, steps.length) }),
  );
  return [...steps, eof];
}

function shape(call: SimulatedCall, id: string) {
  const names = { call_id: `call_${id}`, name: call.name };
  if (call.kind === "custom") {
    return {
      open: { type: "custom_tool_call", id: `ctc_${id}`, ...names, input: "" },
      done: { input: call.input },
      type: "custom_tool_call_input",
      field: "input",
      text: call.input,
    };
  }
  const text = JSON.stringify(call.arguments);
  const space = call.namespace === undefined ? {} : { namespace: call.namespace };
  return {
    open: { type: "function_call", id: `fc_${id}`, ...names, ...space, arguments: "" },
    done: { arguments: text },
    type: "function_call_arguments",
    field: "arguments",
    text,
  };
}

function usage({ inputTokens = 100 }: SimulatedAnswer, output: number): JsonObject {
  return {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + output,
  };
}
