/**
 * How much memory an answer in small deltas leaves in use while it is under way, in lengths of that answer; run by
 * itself, with `--v8-flags=--expose-gc`. Arguments: the wire, the kind of answer, characters of a delta.
 *
 * @module
 */

import { TestAttempt } from "../streams/attempts.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { sseReader } from "../../../lib/wire/sse.ts";

const MIB = 1024 ** 2;

const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});

function inUse(): number {
  collect();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

const chat = (delta: JsonObject): JsonObject => ({ choices: [{ index: 0, delta }] });
const fn = (name: string | undefined, text: string) =>
  chat({
    tool_calls: [{
      index: 0,
      ...(name === undefined ? {} : { id: "c", type: "function" }),
      function: { ...(name === undefined ? {} : { name }), arguments: text },
    }],
  });
const item = { type: "function_call", id: "c", call_id: "c" };
const responses = (name: string | undefined): Kind => ({
  first: {
    type: "response.output_item.added",
    output_index: 0,
    item: name === undefined ? item : { ...item, name },
  },
  delta: (delta) => ({
    type: "response.function_call_arguments.delta",
    item_id: "c",
    output_index: 0,
    delta,
  }),
});

interface Kind {
  readonly first: JsonObject;
  readonly delta: (text: string) => JsonObject;
}

const KINDS: Readonly<Record<string, Kind>> = {
  "chat call": { first: fn("shell", '{"a":"'), delta: (text) => fn(undefined, text) },
  "chat custom": { first: fn("apply_patch", '{"input":"'), delta: (text) => fn(undefined, text) },
  "chat nameless": { first: chat({}), delta: (text) => fn(undefined, text) },
  "chat text": { first: chat({}), delta: (content) => chat({ content }) },
  "chat think": {
    first: chat({ content: "a <think>" }),
    delta: (content) => chat({ content }),
  },
  "chat written": {
    first: chat({ content: '<tool_call>{"name":"shell","arguments":{"a":"' }),
    delta: (content) => chat({ content }),
  },
  "responses call": responses("shell"),
  "responses custom": responses("apply_patch"),
  "responses nameless": responses(undefined),
};

const [wire, name, length] = Deno.args;
const size = Number(length);
const LENGTH = size < 10 ? MIB : 4 * MIB; // a million deltas are enough
const say = (value: number) => Deno.stdout.writeSync(new TextEncoder().encode(value.toFixed(1)));

/** An event that does not end, a few characters of it in each chunk: in lengths of 1 MiB, since 64 MiB come. */
function unfinished(): void {
  const reader = sseReader({ maxEvent: MIB });
  const before = inUse();
  for (let n = 0; n < 1_024; n++) {
    const chunk = `data: ${String(n).padStart(20, "x")}\n: ${
      "c".repeat(64 * 1024)
    }\nevent: some_long_name_${n}\n`;
    reader.push(new TextEncoder().encode(chunk));
  }
  say((inUse() - before) / MIB);
  reader.end();
}

if (wire === "sse") {
  unfinished();
  Deno.exit();
}
const kind = KINDS[`${wire} ${name}`];
if (!kind || (wire !== "chat" && wire !== "responses")) throw new Error("no such answer");
const run = new TestAttempt(wire);
run.push([{ data: JSON.stringify(kind.first) }]);
const before = inUse();
for (let at = 0; at < LENGTH; at += size) {
  // Each delta is a text of its own, as from the network.
  const text = String(at).padStart(size, "x").slice(-size);
  run.push([{ data: JSON.stringify(kind.delta(text)) }]);
}
const after = inUse();
if (run.failure) throw run.failure;
say((after - before) / LENGTH);
run.end(); // keeps it in use until here
