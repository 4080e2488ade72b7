import { deepEqual } from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { askLikeCodex } from "../../lib/simulate/client.ts";
import { startProvider } from "../../lib/simulate/provider.ts";
import {
  comment,
  data,
  event,
  hang,
  json,
  raw,
  type Script,
  streamHead,
  wait,
} from "../../lib/simulate/script.ts";
import { fastClock } from "../helpers/clock/fast_clock.ts";

/** Faster than the machine's: it counts no time in which this process did not run. */
const clock = fastClock(2);

const item = (fields: JsonObject) => event({ type: "response.output_item.done", item: fields });
const message = item({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text: "hi" }],
});
const completed = (usage: JsonObject | null = null) =>
  event({ type: "response.completed", response: { id: "r", usage } });
const heartbeat = event({ type: "keepalive", sequence_number: 1 });
const good = [message, completed()];

/** What Codex 0.169.0 makes of each of these (docs/facts/codex.md §3). */
const cases: {
  name: string;
  script: Script;
  messages?: string[];
  failure?: string;
  heartbeats?: number;
}[] = [
  { name: "takes a minimal answer", script: good },
  { name: "stops at response.completed", script: [...good, hang] },
  {
    name: "is kept waiting by heartbeats",
    script: [heartbeat, wait(120), heartbeat, wait(120), heartbeat, ...good],
    heartbeats: 3,
  },
  {
    name: "is kept waiting by data that is no JSON",
    script: [data("[DONE]"), wait(120), data("{oops"), wait(120), ...good],
  },
  {
    name: "is not kept waiting by comments",
    script: [comment(), wait(120), comment(), wait(120), ...good],
    messages: [],
    failure: "idle timeout: no event for 200 ms",
  },
  {
    name: "gives up on silence",
    script: [message, hang],
    failure: "idle timeout: no event for 200 ms",
  },
  {
    name: "wants a terminal event",
    script: [message],
    failure: "stream closed before response.completed",
  },
  {
    name: "does not take [DONE] for one",
    script: [message, data("[DONE]")],
    failure: "stream closed before response.completed",
  },
  {
    name: "does not hear an error event",
    script: [event({ type: "error", message: "lost" })],
    messages: [],
    failure: "stream closed before response.completed",
  },
  {
    name: "reads the words of a failed response",
    script: [event({ type: "response.failed", response: { error: { message: "no" } } })],
    messages: [],
    failure: "no",
  },
  {
    name: "takes an incomplete response for a failure",
    script: [
      event({
        type: "response.incomplete",
        response: { incomplete_details: { reason: "max_output_tokens" } },
      }),
    ],
    messages: [],
    failure: "incomplete response, reason: max_output_tokens",
  },
  {
    name: "chokes on empty usage details",
    script: [
      message,
      completed({ input_tokens: 1, output_tokens: 1, total_tokens: 2, input_tokens_details: {} }),
    ],
    failure: "failed to parse ResponseCompleted: missing field cached_tokens",
  },
  {
    name: "chokes on usage without a total",
    script: [message, completed({ input_tokens: 1, output_tokens: 1 })],
    failure: "failed to parse ResponseCompleted: missing field total_tokens",
  },
  {
    name: "drops an item it cannot read",
    script: [item({ type: "function_call", name: "x", call_id: "c", arguments: {} }), ...good],
  },
  {
    name: "drops an event cut off by the end",
    script: [message, raw('data: {"type":"response.completed"')],
    failure: "stream closed before response.completed",
  },
];

for (const { name, script, messages = ["hi"], failure, heartbeats = 0 } of cases) {
  Deno.test(`client: ${name}`, async () => {
    const provider = await startProvider({ clock, script: () => [...streamHead(), ...script] });
    const received = await askLikeCodex({
      url: provider.url,
      body: {},
      idle: 200,
      clock,
    });
    await provider.stop();
    deepEqual(
      {
        failure: received.failure,
        messages: received.messages,
        heartbeats: received.heartbeats,
        items: received.items.length,
      },
      { failure, messages, heartbeats, items: messages.length },
    );
  });
}

Deno.test("client: tells the status and the message of a refusal, and waits for a head without limit", async () => {
  const refusal = json(401, { error: { message: "Who are you" } });
  const provider = await startProvider({ clock, script: () => [wait(300), ...refusal] });
  const { failure } = await askLikeCodex({
    url: provider.url,
    body: {},
    idle: 100,
    clock,
  });
  await provider.stop();
  deepEqual(failure, "HTTP 401: Who are you");
});
