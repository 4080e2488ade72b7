import assert from "node:assert/strict";
import { asFailure, Failure } from "../../../lib/base/errors.ts";
import { responsesReader } from "../../../lib/translate/response/read_events.ts";
import type { SseMessage } from "../../../lib/wire/sse.ts";

/** The types of the events that messages become, or the code of the failure. */
function read(...messages: SseMessage[]): string[] | string {
  const reader = responsesReader({ classify: (_, text) => new Failure("refused", text) });
  try {
    return messages.flatMap((message) => reader.push(message)).map(({ type }) => type);
  } catch (error) {
    return asFailure(error).code;
  }
}

const delta = (more: object) =>
  JSON.stringify({ type: "response.output_text.delta", output_index: 0, delta: "x", ...more });

const cases: { name: string; message: SseMessage; gives: string[] | string }[] = [
  {
    name: "a delta with a comment in its middle is left out",
    message: {
      event: "response.output_text.delta",
      data: '{"type":"response.output_text.delta","delta":"our.","safety_: keepalive',
    },
    gives: [],
  },
  {
    name: "a cut delta without an event type is known by its beginning",
    message: { data: '{ "type" : "response.reasoning_summary_text.delta", "delta": "a' },
    gives: [],
  },
  {
    name: "a cut `done` is an answer that was cut",
    message: { event: "response.output_item.done", data: '{"type":"response.output_item.done",' },
    gives: "bad_answer",
  },
  {
    name: "a cut end is an answer that was cut, whatever it holds",
    message: { data: '{"type":"response.completed","x":"response.output_text.delta' },
    gives: "bad_answer",
  },
  {
    name: "the event type wins over a beginning that looks like a delta",
    message: {
      event: "response.completed",
      data: '{"type":"response.output_text.delta","delta":"',
    },
    gives: "bad_answer",
  },
  {
    name: "a heartbeat in the form of a delta is left out",
    message: { data: delta({ item_id: "SSE-Keep-Alive", delta: "\u200b" }) },
    gives: [],
  },
  {
    name: "a heartbeat in the form of a delta is left out, by another spelling",
    message: { data: delta({ item_id: "msg_keepalive", delta: "" }) },
    gives: [],
  },
  {
    name: "a zero-width character of a real item stays",
    message: { data: delta({ item_id: "msg_1", delta: "\u200b" }) },
    gives: ["response.output_text.delta"],
  },
  {
    name: "text about keep-alive stays",
    message: { data: delta({ item_id: "msg_1", delta: "keep-alive" }) },
    gives: ["response.output_text.delta"],
  },
  {
    name: "text that is no JSON at all is skipped",
    message: { data: "keepalive" },
    gives: [],
  },
];
for (const { name, message, gives } of cases) {
  Deno.test(`read events: ${name}`, () => assert.deepEqual(read(message), gives));
}
