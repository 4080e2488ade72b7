import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { outputIndexer } from "../../../lib/translate/response/output_index.ts";
import { responsesEvent } from "../../../lib/wire/responses.ts";

const added = (output_index: number, item: JsonObject) => ({
  type: "response.output_item.added",
  output_index,
  item,
});
const done = (output_index: number, item: JsonObject) => ({
  type: "response.output_item.done",
  output_index,
  item,
});
const completed = (...output: JsonObject[]) => ({
  type: "response.completed",
  response: { id: "r", output },
});
const message = (id: string) => ({ type: "message", id });
const call = (id: string, call_id: string) => ({ type: "function_call", id, call_id, name: "f" });

/** What goes out: the kind of event, its index, and whose it is. */
function placed(events: readonly (JsonObject & { type: string })[]): string[] {
  const placer = outputIndexer();
  return events.flatMap(({ type, ...data }) => placer.push(responsesEvent(type, { type, ...data })))
    .map(({ type, data }) => {
      const item = data.item as JsonObject | undefined;
      const id = item?.call_id ?? item?.id ?? data.item_id ?? "";
      return `${type.replace(/^response\.(output_item\.)?/, "")} ${data.output_index ?? "-"} ${id}`
        .trim();
    });
}

const cases: { name: string; in: (JsonObject & { type: string })[]; out: string[] }[] = [
  {
    name: "leaves right places alone",
    in: [
      added(0, message("m")),
      done(0, message("m")),
      added(1, call("f", "c")),
      done(1, call("f", "c")),
      completed(message("m"), call("f", "c")),
    ],
    out: ["added 0 m", "done 0 m", "added 1 c", "done 1 c", "completed -"],
  },
  {
    name: "tells items apart that are all numbered 0",
    in: [
      added(0, message("m")),
      done(0, message("m")),
      added(0, call("f", "c")),
      done(0, call("f", "c")),
    ],
    out: ["added 0 m", "done 0 m", "added 1 c", "done 1 c"],
  },
  {
    name: "tells parallel calls apart by their ids, and their deltas",
    in: [
      added(0, call("f1", "c1")),
      added(0, call("f2", "c2")),
      {
        type: "response.function_call_arguments.delta",
        output_index: 0,
        item_id: "f1",
        delta: "{}",
      },
      done(0, call("f1", "c1")),
      done(0, call("f2", "c2")),
    ],
    out: [
      "added 0 c1",
      "added 1 c2",
      "function_call_arguments.delta 0 f1",
      "done 0 c1",
      "done 1 c2",
    ],
  },
  {
    name: "takes an item for the one of its id, whatever its call id",
    in: [
      added(0, call("f", "c1")),
      added(1, call("g", "d1")),
      done(1, call("g", "d2")),
      done(0, call("f", "c2")),
      done(0, call("f", "c3")),
      completed(call("f", "c4"), call("g", "d4")),
    ],
    out: ["added 0 c1", "added 1 d1", "done 1 d2", "done 0 c2", "done 0 c3", "completed -"],
  },
  {
    name: "tells calls apart that share an item id",
    in: [
      added(0, call("f", "c1")),
      added(1, call("f", "c2")),
      done(0, call("f", "c1")),
      done(1, call("f", "c2")),
    ],
    out: ["added 0 c1", "added 1 c2", "done 0 c1", "done 1 c2"],
  },
  {
    name: "numbers items that are only done",
    in: [done(0, message("m")), done(0, call("f", "c")), done(0, call("g", "d"))],
    out: ["done 0 m", "done 1 c", "done 2 d"],
  },
  {
    name: "lets an item change its id on the way",
    in: [added(0, message("a")), done(0, message("b"))],
    out: ["added 0 a", "done 0 b"],
  },
  {
    name: "sends a call that is only in the final output, once",
    in: [done(0, message("m")), completed(message("m"), call("f", "c"))],
    out: ["done 0 m", "done 1 c", "completed -"],
  },
  {
    name: "does not tell a call again that the output names otherwise",
    in: [done(0, call("f", "c")), completed(call("other", "name"))],
    out: ["done 0 c", "completed -"],
  },
];
for (const { name, in: events, out } of cases) {
  Deno.test(`item_places: ${name}`, () => assert.deepEqual(placed(events), out));
}

Deno.test("item_places: an event that is right goes through as the very same object", () => {
  const event = responsesEvent("response.output_item.done", done(0, message("m")));
  assert.equal(outputIndexer().push(event)[0], event);
});
