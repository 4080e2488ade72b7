/**
 * Big honest answers and requests: they complete, and not a character is lost.
 *
 * @module
 */

import { equal, ok } from "node:assert/strict";
import {
  type Attack,
  chatEnd,
  chunk,
  event,
  type Got,
  head,
  MIB,
  pieces,
  pour,
  responsesEnd,
  responsesStart,
} from "./attack.ts";

/** Text of so many characters that does not repeat itself, so that a lost piece shows. */
function prose(length: number): string {
  const words: string[] = [];
  for (let size = 0, at = 0; size < length; at++) {
    const word = `word${at} `;
    words.push(word);
    size += word.length;
  }
  return words.join("").slice(0, length);
}

/** The finished items of an answer that says it is complete. */
function completed({ status, text }: Got): Record<string, unknown>[] {
  equal(status, 200, text.slice(0, 500));
  ok(/^event: response\.completed$/m.test(text), `no response.completed: ${text.slice(-500)}`);
  return [...text.matchAll(/^event: response\.output_item\.done\ndata: (.*)$/gm)]
    .map(([, data]) => JSON.parse(data ?? "").item);
}

function same(name: string, is: unknown, should: string): void {
  equal(typeof is, "string", name);
  // not `equal`: its message would hold both
  ok(is === should, `${name} differ: ${String(is).length} characters, ${should.length} sent`);
}

const CALL = { type: "function_call", id: "fc_1", call_id: "call_1", name: "write_file" };
const TOOL = {
  type: "function",
  name: "write_file",
  parameters: { type: "object", properties: { text: { type: "string" } } },
};

function argumentsOf(mib: number, scale: number): string {
  return JSON.stringify({ text: prose(mib * scale * MIB) });
}

function call(wire: Attack["wire"], mib: number): Attack {
  return {
    name: `${mib} MiB of arguments in deltas of 40 characters`,
    wire,
    body: () => ({ tools: [TOOL] }),
    async play(out, { scale }) {
      const args = argumentsOf(mib, scale);
      await out.write(head());
      await pour(out, wire === "chat" ? chatCall("write_file", args) : responsesCall(args));
    },
    honest(got, scale) {
      const [item, ...more] = completed(got);
      equal(more.length, 0);
      equal(item?.name, "write_file");
      same("arguments", item?.arguments, argumentsOf(mib, scale));
    },
  };
}

function* chatCall(name: string, args: string): Generator<string> {
  const open = { index: 0, id: "call_1", type: "function", function: { name, arguments: "" } };
  yield chunk({ role: "assistant", tool_calls: [open] });
  for (const piece of pieces(args, 40)) {
    yield chunk({ tool_calls: [{ index: 0, function: { arguments: piece } }] });
  }
  yield chatEnd("tool_calls");
}

function* responsesCall(args: string): Generator<string> {
  const place = { item_id: "fc_1", output_index: 0 };
  yield responsesStart();
  yield event("response.output_item.added", { output_index: 0, item: { ...CALL, arguments: "" } });
  for (const delta of pieces(args, 40)) {
    yield event("response.function_call_arguments.delta", { ...place, delta });
  }
  const item = { ...CALL, arguments: args, status: "completed" };
  yield event("response.function_call_arguments.done", { ...place, arguments: args });
  yield event("response.output_item.done", { output_index: 0, item });
  yield responsesEnd([item]);
}

/** Chat only: the function that stands for a freeform tool carries its text as JSON, which is undone on the way. */
const custom: Attack = {
  name: "1 MiB of a freeform tool's input in deltas of 40 characters",
  wire: "chat",
  body: () => ({ tools: [{ type: "custom", name: "apply_patch", description: "Edits files" }] }),
  async play(out, { scale }) {
    await out.write(head());
    await pour(out, chatCall("apply_patch", JSON.stringify({ input: prose(scale * MIB) })));
  },
  honest(got, scale) {
    const [item] = completed(got);
    equal(item?.type, "custom_tool_call");
    same("input", item?.input, prose(scale * MIB));
  },
};

const REASONING = 10;

function reasoning(wire: Attack["wire"], size: number): Attack {
  return {
    name: `${REASONING} MiB of reasoning in deltas of ${size} characters`,
    wire,
    async play(out) {
      const text = prose(REASONING * MIB);
      await out.write(head());
      await pour(out, wire === "chat" ? chatReasoning(text, size) : responsesReasoning(text, size));
    },
    honest(got) {
      const items = completed(got);
      const item = items.find(({ type }) => type === "reasoning");
      // the Chat wire has no raw reasoning of its own: there it is the item's summary
      const [part] = (item?.content ?? item?.summary ?? []) as { text?: string }[];
      same("reasoning", part?.text, prose(REASONING * MIB));
      ok(items.some(({ type }) => type === "message"), "the message is lost");
    },
  };
}

function* chatReasoning(text: string, size: number): Generator<string> {
  for (const piece of pieces(text, size)) yield chunk({ reasoning_content: piece });
  yield chunk({ content: "So be it." });
  yield chatEnd("stop");
}

function* responsesReasoning(text: string, size: number): Generator<string> {
  const place = { item_id: "rs_1", output_index: 0, content_index: 0 };
  const open = { type: "reasoning", id: "rs_1", summary: [] };
  const item = { ...open, content: [{ type: "reasoning_text", text }], status: "completed" };
  const message = {
    type: "message",
    id: "msg_1",
    role: "assistant",
    status: "completed",
    content: [{ type: "output_text", text: "So be it.", annotations: [] }],
  };
  yield responsesStart();
  yield event("response.output_item.added", { output_index: 0, item: { ...open, content: [] } });
  for (const delta of pieces(text, size)) {
    yield event("response.reasoning_text.delta", { ...place, delta });
  }
  yield event("response.reasoning_text.done", { ...place, text });
  yield event("response.output_item.done", { output_index: 0, item });
  yield event("response.output_item.added", { output_index: 1, item: { ...message, content: [] } });
  yield event("response.output_item.done", { output_index: 1, item: message });
  yield responsesEnd([message]);
}

/** A session that long is mostly outputs of tools. While it is encoded, a request takes about six times its length. */
function bigRequest(wire: Attack["wire"], mib: number): Attack {
  return {
    name: `a request of ${mib} MiB`,
    wire,
    body() {
      const output = "a line of some file\n".repeat(MIB / 32);
      const input = Array.from(
        { length: Math.floor(mib * MIB / output.length / 1.06) },
        (_, at) => [
          { type: "function_call", call_id: `call_${at}`, name: "write_file", arguments: "{}" },
          { type: "function_call_output", call_id: `call_${at}`, output },
        ],
      ).flat();
      return { tools: [TOOL], input };
    },
    async play(out, { request }) {
      ok(request.length > mib * MIB * 0.8, `only ${request.length} bytes came`);
      await out.write(head());
      await pour(
        out,
        wire === "chat"
          ? [chunk({ content: "All read." }), chatEnd("stop")]
          : responsesReasoning("Hm.", 8),
      );
    },
    honest: (got) => ok(completed(got).some(({ type }) => type === "message"), "no message"),
  };
}

/** The rows of this file. */
export const HONEST: readonly Attack[] = [
  call("responses", 1),
  call("responses", 4),
  call("chat", 1),
  call("chat", 4),
  custom,
  reasoning("responses", 512),
  reasoning("chat", 512),
  bigRequest("responses", 40),
  bigRequest("chat", 20),
];
