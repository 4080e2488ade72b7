/**
 * How rows of the Chat wire are made: one change to every piece, delta or call of a good answer.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { SimulatedAnswer } from "../answer.ts";
import { mapData, mapText, without } from "../transform_script.ts";
import { chatCall } from "../chat_script.ts";
import { DEVIATION, type Fault } from "./fault.ts";
import { goodScript } from "../good_script.ts";
import { data, type Script } from "../script.ts";

/** What rows of the Chat wire share that deviate in every answer. */
export const onChat = { ...DEVIATION, wires: ["chat"] } as const;
/** Tells pieces of a Chat stream apart by their text. */
export const isDone = (text: string) => text.startsWith("data: [DONE]");
export const isUsage = (text: string) => text.includes('"choices":[]');
export const isFinish = (text: string) => /"finish_reason":"/.test(text);

/** Rewrites the reason of a finish chunk. */
export function reason(to: string): (text: string) => string {
  return (text) => text.replace(/"finish_reason":"\w+"/, `"finish_reason":"${to}"`);
}

/** A row that rewrites the text of every piece. */
export function edit(name: string, doc: string, change: (text: string) => string): Fault {
  return { ...onChat, name, doc, script: (answer) => mapText(goodScript(answer), change) };
}

/** A row that leaves some pieces out. */
export function drop(name: string, doc: string, which: (text: string) => boolean): Fault {
  return { ...onChat, name, doc, script: (answer) => without(goodScript(answer), which) };
}

/** A row whose finish chunk says `to`; an empty one comes as a chunk of its own before the real one. */
export function finish(name: string, doc: string, to: string): Fault {
  return edit(name, doc, (text) => {
    if (!isFinish(text)) return text;
    return to === "" ? reason("")(text) + text : reason(to)(text);
  });
}

/** A row that rewrites every delta. */
export function deltas(
  name: string,
  doc: string,
  change: (delta: JsonObject) => JsonObject,
): Fault {
  const transform = (chunk: JsonObject): JsonObject => ({
    ...chunk,
    choices: list(chunk.choices).map((choice) => ({
      ...choice,
      delta: change(isObject(choice.delta) ? choice.delta : {}),
    })),
  });
  return { ...onChat, name, doc, script: (answer) => mapData(goodScript(answer), transform) };
}

/** A row that rewrites every fragment of a tool call. */
export function calls(name: string, doc: string, change: (call: JsonObject) => JsonObject): Fault {
  const row = deltas(
    name,
    doc,
    (delta) =>
      delta.tool_calls === undefined
        ? delta
        : { ...delta, tool_calls: list(delta.tool_calls).map(change) },
  );
  return { ...row, at: "after-call" };
}

/** A row whose calls each come in one chunk, their arguments as `form` makes them. */
export function completeCalls(name: string, doc: string, form: (text: string) => Json): Fault {
  const script: Fault["script"] = (answer): Script => {
    const fragment = (text: string) => text.includes('"tool_calls":[');
    const chunks = callsOf(answer, form).map((call) =>
      data({ id: "x", choices: [{ index: 0, delta: { tool_calls: [call] } }] })
    );
    const rest = without(goodScript(answer), fragment);
    const end = rest.findIndex((step) => step.do === "mark" && step.mark === "before-end");
    return [...rest.slice(0, end), ...chunks, ...rest.slice(end)];
  };
  return { ...onChat, name, doc, at: "after-call", script };
}

/** The calls of an answer, each in one piece, their arguments as `form` makes them of their text. */
export function callsOf(answer: SimulatedAnswer, form: (text: string) => Json): JsonObject[] {
  return (answer.calls ?? []).map((call, index) => {
    const { name, text } = chatCall(call);
    const id = `call_${answer.seed ?? "1"}_${index}`;
    return { index, id, type: "function", function: { name, arguments: form(text) } };
  });
}

function list(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isObject) : [];
}
