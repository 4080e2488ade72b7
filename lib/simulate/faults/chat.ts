/**
 * Deviations of the Chat wire, one row each (docs/facts/providers.md §9).
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { messages } from "../answer.ts";
import { breakAt, hasMark, mapText, without } from "../transform_script.ts";
import { type Fault, REFUSAL, ROW } from "./fault.ts";
import {
  calls,
  callsOf,
  completeCalls,
  deltas,
  drop,
  edit,
  finish,
  isDone,
  isFinish,
  isUsage,
  onChat,
  reason,
} from "./chat_rows.ts";
import { goodScript } from "../good_script.ts";
import { data, eof, json, streamHead } from "../script.ts";

/** The faults of this file. */
export const CHAT_FAULTS: readonly Fault[] = [
  deltas("null-deltas", "every key of a delta is there, null", (delta) => ({
    content: null,
    role: null,
    tool_calls: null,
    reasoning_content: null,
    ...delta,
  })),
  deltas("repeated-role", "the role in every delta", (delta) => ({ role: "assistant", ...delta })),
  deltas(
    "content-parts",
    "content as a list of parts",
    (delta) =>
      typeof delta.content === "string"
        ? { ...delta, content: [{ type: "text", text: delta.content }] }
        : delta,
  ),
  deltas(
    "reasoning-key",
    "reasoning under `reasoning`",
    ({ reasoning_content, ...delta }) =>
      reasoning_content === undefined ? delta : { ...delta, reasoning: reasoning_content },
  ),
  deltas(
    "reasoning-twice",
    "the same reasoning under two keys",
    (delta) =>
      delta.reasoning_content === undefined
        ? delta
        : { ...delta, reasoning: delta.reasoning_content },
  ),
  calls("no-index", "tool calls without an index", ({ index: _, ...call }) => call),
  calls("null-id-later", "id and name null in later fragments", (call) => ({
    id: null,
    type: "function",
    ...call,
    function: { name: null, ...(isObject(call.function) ? call.function : {}) },
  })),
  calls("empty-id-later", "id and name empty in later fragments", (call) => ({
    id: "",
    ...call,
    function: { name: "", ...(isObject(call.function) ? call.function : {}) },
  })),
  calls("same-index", "every call under index 0", (call) => ({ ...call, index: 0 })),
  completeCalls("whole-call", "a call in one chunk", (text) => text),
  completeCalls("args-object", "arguments as an object", (text) => JSON.parse(text) as Json),
  finish("stop-with-calls", "finish `stop` with tool calls", "stop"),
  finish("empty-finish", "finish as an empty string before the real one", ""),
  edit("finish-twice", "the finish chunk twice", (text) => isFinish(text) ? text + text : text),
  edit(
    "single-newlines",
    "one newline between events, two at the end",
    (text) => isDone(text) ? text : text.replace(/\n\n$/, "\n"),
  ),
  drop("no-done", "no [DONE]", isDone),
  drop("no-usage", "no usage", isUsage),
  edit("usage-each-chunk", "usage in every chunk", (text) =>
    text.replace(
      '"choices":[{',
      '"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2},"choices":[{',
    )),
  {
    ...onChat,
    name: "usage-in-finish",
    doc: "usage in the finish chunk",
    script: (answer) => {
      const usage = '"usage":{"prompt_tokens":9,"completion_tokens":9,"total_tokens":18},';
      const script = without(goodScript(answer), isUsage);
      return mapText(script, (t) => isFinish(t) ? t.replace('"choices"', `${usage}"choices"`) : t);
    },
  },
  {
    ...onChat,
    name: "usage-details-null",
    doc: "usage with empty and missing details",
    script: (answer) =>
      mapText(
        goodScript(answer),
        (t) => t.replace(/"prompt_tokens_details".*$/m, '"prompt_tokens_details":{}}}'),
      ),
  },
  {
    ...onChat,
    name: "think-tags",
    doc: "reasoning between <think> tags in the text",
    script: (answer) => {
      const { reasoning, ...rest } = answer;
      const [text = "", ...more] = messages(answer);
      if (reasoning === undefined) return goodScript(answer);
      return goodScript({ ...rest, text: [`<think>${reasoning}</think>\n\n${text}`, ...more] });
    },
  },
  {
    ...ROW,
    wires: ["chat"],
    name: "done-without-finish",
    doc: "[DONE] with no finish before it",
    script: (answer) => without(goodScript(answer), (t) => isFinish(t) || isUsage(t)),
  },
  {
    ...ROW,
    wires: ["chat"],
    name: "empty-stop",
    doc: "finish `stop` with no content",
    script: () => goodScript({ wire: "chat" }),
  },
  {
    ...ROW,
    wires: ["chat"],
    name: "malformed-frame",
    doc: "a chunk that is no JSON",
    script: (answer) => {
      const script = goodScript(answer);
      return breakAt(script, hasMark(script, "mid-text") ? "mid-text" : "created", [
        data("{oops"),
        eof,
      ]);
    },
  },
  {
    ...ROW,
    wires: ["chat"],
    name: "unnamed-call",
    doc: "a tool call that never gets a name",
    script: () => {
      const call = { index: 0, id: "call_x", function: { arguments: "{}" } };
      const choice = (delta: JsonObject, reason: string | null) =>
        data({ id: "x", choices: [{ index: 0, delta, finish_reason: reason }] });
      return [
        ...streamHead(),
        choice({ tool_calls: [call] }, null),
        choice({}, "tool_calls"),
        data("[DONE]"),
        eof,
      ];
    },
  },
  {
    ...REFUSAL,
    wires: ["chat"],
    name: "many-calls-at-once",
    doc: "hundreds of tool calls in one answer, none finished before the end",
    at: "after-call",
    script: (answer) => goodScript({ ...answer, calls: Array(300).fill(answer.calls?.[0]) }),
  },
  {
    ...REFUSAL,
    wires: ["chat"],
    name: "finish-length",
    doc: "the answer ran into the output limit",
    script: (answer) => mapText(goodScript(answer), reason("length")),
  },
  {
    ...REFUSAL,
    wires: ["chat"],
    name: "finish-filter",
    doc: "the answer was stopped by a content filter",
    script: (answer) => mapText(goodScript(answer), reason("content_filter")),
  },
  {
    ...onChat,
    name: "json-answer-200",
    doc: "the complete answer as JSON, not as a stream",
    script: (answer) => {
      const message: JsonObject = { role: "assistant", content: messages(answer).join("\n\n") };
      if (answer.reasoning !== undefined) message.reasoning_content = answer.reasoning;
      const tools = callsOf(answer, (text) => text);
      if (tools.length > 0) message.tool_calls = tools;
      const reason = tools.length > 0 ? "tool_calls" : "stop";
      const choices = [{ index: 0, message, finish_reason: reason }];
      return json(200, { id: "chatcmpl-1", object: "chat.completion", model: "sim-1", choices });
    },
  },
];
