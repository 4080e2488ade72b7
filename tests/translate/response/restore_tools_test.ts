import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { toFunctionTools } from "../../../lib/translate/request/function_tools.ts";
import { restoreTools } from "../../../lib/translate/response/restore_tools.ts";
import { ToolTable } from "../../../lib/translate/tool_table.ts";
import { type ResponsesEvent, responsesEvent } from "../../../lib/wire/responses.ts";
import { fc } from "../../helpers/fast_check.ts";

const TOOLS: JsonObject[] = [
  { type: "function", name: "shell", parameters: {} },
  { type: "custom", name: "apply_patch" },
  {
    type: "namespace",
    name: "ns",
    tools: [{ type: "function", name: "f" }, { type: "custom", name: "c" }],
  },
  { type: "tool_search", execution: "client", parameters: {} },
];

const table = (): ToolTable => toFunctionTools({ input: [], tools: TOOLS }, ["function"]).tools;

function run(events: ResponsesEvent[], tools = table()): JsonObject[] {
  const stage = restoreTools(tools);
  return [...events.flatMap((event) => stage.push(event)), ...stage.end()].map(({ type, data }) => {
    assert.equal(type, data.type);
    return data;
  });
}

const call = (id: string, name: string, args = "", status = "completed"): JsonObject => ({
  type: "function_call",
  id,
  status,
  call_id: `call_${id}`,
  name,
  arguments: args,
});
const added = (index: number, item: JsonObject) =>
  responsesEvent("response.output_item.added", { sequence_number: 1, output_index: index, item });
const delta = (index: number, id: string, text: string) =>
  responsesEvent("response.function_call_arguments.delta", {
    sequence_number: 2,
    item_id: id,
    output_index: index,
    delta: text,
    obfuscation: "xy",
  });
const argsDone = (index: number, id: string, args: string) =>
  responsesEvent("response.function_call_arguments.done", {
    sequence_number: 3,
    item_id: id,
    output_index: index,
    arguments: args,
  });
const done = (index: number, item: JsonObject) =>
  responsesEvent("response.output_item.done", { sequence_number: 4, output_index: index, item });
const completed = (output: JsonObject[]) =>
  responsesEvent("response.completed", { response: { id: "resp_1", output, tools: TOOLS } });

const custom = (id: string, name: string, input: string, more: JsonObject = {}): JsonObject => ({
  type: "custom_tool_call",
  id,
  status: "completed",
  call_id: `call_${id.replace("ctc_", "fc_")}`,
  name,
  ...more,
  input,
});
const inputDelta = (sequence: number, index: number, id: string, text: string) => ({
  type: "response.custom_tool_call_input.delta",
  sequence_number: sequence,
  item_id: id,
  output_index: index,
  delta: text,
});
const inputDone = (sequence: number, index: number, id: string, input: string) => ({
  type: "response.custom_tool_call_input.done",
  sequence_number: sequence,
  item_id: id,
  output_index: index,
  input,
});
const data = (events: ResponsesEvent[]) => events.map((event) => event.data);

const patchArgs = '{"input":"a\\nb"}';
const cases: { name: string; events: ResponsesEvent[]; want: JsonObject[] }[] = [
  {
    name: "a custom call streams its input",
    events: [
      added(0, call("fc_1", "apply_patch", "", "in_progress")),
      delta(0, "fc_1", '{"inp'),
      delta(0, "fc_1", 'ut":"a\\'),
      delta(0, "fc_1", 'nb"}'),
      argsDone(0, "fc_1", patchArgs),
      done(0, call("fc_1", "apply_patch", patchArgs)),
      completed([call("fc_1", "apply_patch", patchArgs)]),
    ],
    want: [
      ...data([added(0, custom("ctc_1", "apply_patch", "", { status: "in_progress" }))]),
      inputDelta(2, 0, "ctc_1", "a"),
      inputDelta(2, 0, "ctc_1", "\nb"),
      inputDone(3, 0, "ctc_1", "a\nb"),
      ...data([
        done(0, custom("ctc_1", "apply_patch", "a\nb")),
        completed([custom("ctc_1", "apply_patch", "a\nb")]),
      ]),
    ],
  },
  {
    name: "arguments that come only with the finished item",
    events: [
      added(0, call("fc_1", "apply_patch", "", "in_progress")),
      done(0, call("fc_1", "apply_patch", patchArgs)),
    ],
    want: [
      ...data([added(0, custom("ctc_1", "apply_patch", "", { status: "in_progress" }))]),
      inputDelta(4, 0, "ctc_1", "a\nb"),
      inputDone(4, 0, "ctc_1", "a\nb"),
      ...data([done(0, custom("ctc_1", "apply_patch", "a\nb"))]),
    ],
  },
  {
    name: "arguments that come only in deltas, and an item whose id changed",
    events: [
      added(0, call("fc_1", "ns__c", "", "in_progress")),
      delta(0, "other", patchArgs),
      responsesEvent("response.function_call_arguments.done", { output_index: 0, item_id: "fc_1" }),
      done(0, { ...call("fc_2", "", "") }),
    ],
    want: [
      ...data([
        added(0, custom("ctc_1", "c", "", { status: "in_progress", namespace: "ns" })),
      ]),
      inputDelta(2, 0, "ctc_1", "a\nb"),
      {
        type: "response.custom_tool_call_input.done",
        item_id: "ctc_1",
        output_index: 0,
        input: "a\nb",
      },
      ...data([
        done(0, { ...custom("ctc_1", "c", "a\nb", { namespace: "ns" }), call_id: "call_fc_2" }),
      ]),
    ],
  },
  {
    name: "a name that comes with the finished item only",
    events: [
      added(0, call("fc_1", "", "", "in_progress")),
      delta(0, "fc_1", patchArgs),
      added(1, call("fc_2", "", "", "in_progress")),
      done(1, call("fc_2", "shell", "{}")),
      done(0, call("fc_1", "apply_patch", patchArgs)),
    ],
    want: [
      ...data([
        added(1, call("fc_2", "shell", "", "in_progress")),
        done(1, call("fc_2", "shell", "{}")),
        added(0, custom("ctc_1", "apply_patch", "", { status: "in_progress" })),
      ]),
      inputDelta(2, 0, "ctc_1", "a\nb"),
      inputDone(4, 0, "ctc_1", "a\nb"),
      ...data([done(0, custom("ctc_1", "apply_patch", "a\nb"))]),
    ],
  },
  {
    name: "a name that never comes goes out as it came, at its end or at the stream's",
    events: [
      added(0, call("fc_1", "", "", "in_progress")),
      done(0, call("fc_1", "", "{}")),
      added(1, call("fc_2", "", "", "in_progress")),
      completed([]),
      added(2, call("fc_3", "", "", "in_progress")),
    ],
    want: data([
      added(0, call("fc_1", "", "", "in_progress")),
      done(0, call("fc_1", "", "{}")),
      added(1, call("fc_2", "", "", "in_progress")),
      completed([]),
      added(2, call("fc_3", "", "", "in_progress")),
    ]),
  },
  {
    name: "calls that run side by side, of every kind",
    events: [
      added(0, call("fc_1", "ns__f")),
      added(1, call("fc_2", "apply_patch")),
      added(2, call("fc_3", "tool_search")),
      delta(1, "fc_2", '{"input":"x'),
      delta(2, "fc_3", '{"query":'),
      delta(0, "fc_1", "{}"),
      delta(1, "fc_2", 'y"}'),
      delta(2, "fc_3", '"q"}'),
      done(2, call("fc_3", "tool_search", "")),
      done(0, call("fc_1", "ns.f", "{}")),
      done(1, call("fc_2", "apply_patch", '{"input":"xy"}')),
    ],
    want: [
      ...data([
        added(0, { ...named("fc_1", "f", "ns"), arguments: "" }),
        added(1, custom("ctc_2", "apply_patch", "")),
        added(2, searched({})),
      ]),
      inputDelta(2, 1, "ctc_2", "x"),
      ...data([delta(0, "fc_1", "{}")]),
      inputDelta(2, 1, "ctc_2", "y"),
      ...data([
        done(2, searched({ query: "q" })),
        done(0, { ...named("fc_1", "f", "ns"), arguments: "{}" }),
      ]),
      inputDone(4, 1, "ctc_2", "xy"),
      ...data([done(1, custom("ctc_2", "apply_patch", "xy"))]),
    ],
  },
  {
    name: "raw text in place of JSON",
    events: [
      added(0, call("fc_1", "apply_patch")),
      delta(0, "fc_1", "*** Begin"),
      done(0, call("fc_1", "apply_patch", "*** Begin")),
      done(1, call("fc_2", "tool_search", "some words")),
    ],
    want: [
      ...data([added(0, custom("ctc_1", "apply_patch", ""))]),
      inputDelta(4, 0, "ctc_1", "*** Begin"),
      inputDone(4, 0, "ctc_1", "*** Begin"),
      ...data([
        done(0, custom("ctc_1", "apply_patch", "*** Begin")),
        done(1, { ...searched({ query: "some words" }), id: "tsc_2", call_id: "call_fc_2" }),
      ]),
    ],
  },
];

function named(id: string, name: string, namespace: string): JsonObject {
  const { arguments: _, name: __, ...rest } = call(id, name);
  return { ...rest, name, namespace };
}
function searched(args: JsonObject): JsonObject {
  return {
    type: "tool_search_call",
    id: "tsc_3",
    status: "completed",
    call_id: "call_fc_3",
    execution: "client",
    arguments: args,
  };
}

for (const { name, events, want } of cases) {
  Deno.test(`restore tools: ${name}`, () => assert.deepEqual(run(events), want));
}

Deno.test("restore tools: events about other items pass unchanged, with their JSON text", () => {
  const events: ResponsesEvent[] = [
    responsesEvent("response.created", { response: { id: "r", output: [] } }),
    added(0, { type: "message", id: "msg_1", role: "assistant", content: [] }),
    responsesEvent("response.output_text.delta", { item_id: "msg_1", delta: "x" }),
    done(0, { type: "message", id: "msg_1", role: "assistant", content: [] }),
    added(1, call("fc_1", "shell")),
    delta(1, "fc_1", "{}"),
    argsDone(1, "fc_1", "{}"),
    done(1, call("fc_1", "shell", "{}")),
    added(2, call("fc_2", "nobody_offered_this")),
    delta(2, "fc_2", "{}"),
    done(2, call("fc_2", "nobody_offered_this", "{}")),
    completed([call("fc_1", "shell", "{}")]),
  ].map((event) => ({ ...event, text: JSON.stringify(event.data) }));
  const stage = restoreTools(table());
  const out = events.flatMap((event) => stage.push(event));
  assert.equal(out.length, events.length);
  out.forEach((event, index) => assert.equal(event, events[index]));
});

Deno.test("restore tools: any input survives the history and comes back from any pieces", () => {
  const text = fc.string({ unit: "binary" });
  // With many blanks before the object the input is not read until its arguments are complete
  const blanks = fc.constantFrom(0, 0, 1, 300);
  fc.assert(
    fc.property(
      text,
      fc.array(fc.nat()),
      fc.boolean(),
      blanks,
      (input, cuts, inNamespace, before) => {
        const item = inNamespace
          ? custom("ctc_1", "c", input, { namespace: "ns" })
          : custom("ctc_1", "apply_patch", input);
        const adapted = toFunctionTools({ input: [item], tools: TOOLS }, ["function"]);
        const [sent] = adapted.request.input as [JsonObject];
        const args = " ".repeat(before) + String(sent.arguments);
        const at = [
          0,
          ...cuts.map((cut) => cut % (args.length + 1)).sort((a, b) => a - b),
          args.length,
        ];
        const pieces = at.slice(1).map((end, index) => args.slice(at[index], end));
        const out = run([
          added(0, { ...sent, arguments: "" }),
          ...pieces.map((piece) => delta(0, "fc_1", piece)),
          done(0, sent),
        ], adapted.tools);
        assert.deepEqual(out.at(-1)?.item, item);
        const deltas = out.filter((each) => String(each.type).endsWith("input.delta"));
        assert.equal(deltas.map((each) => each.delta).join(""), input);
        assert.equal(out.find((each) => String(each.type).endsWith("input.done"))?.input, input);
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("restore tools: a summary comes back as one compaction item, which the next request reads", () => {
  const asked = toFunctionTools({ input: [{ type: "compaction_trigger" }], tools: TOOLS }, [
    "function",
  ]);
  const text = "Ziel: läuft 🙂";
  const message = { type: "message", role: "assistant", content: [{ type: "output_text", text }] };
  const created = responsesEvent("response.created", { response: { id: "resp_1" } });
  const out = run([
    created,
    added(0, { type: "reasoning", summary: [] }),
    added(1, { ...message, content: [] }),
    responsesEvent("response.output_text.delta", { output_index: 1, item_id: "m", delta: text }),
    done(1, message),
    completed([message]),
  ], asked.tools);
  const item = out[1]?.item as JsonObject;
  assert.deepEqual(out.map((each) => each.type), [
    "response.created",
    "response.output_item.done",
    "response.completed",
  ]);
  assert.deepEqual([item.type, item.id], ["compaction", "cmp_1"]);
  assert.deepEqual((out[2]?.response as JsonObject).output, [item]);
  const [opened] = toFunctionTools({ input: [item] }, ["function"]).request.input as [JsonObject];
  assert.ok(JSON.stringify(opened).includes(text));
  assert.deepEqual([opened.type, opened.role], ["message", "user"]);
});

Deno.test("restore tools: an empty summary, or a failed one, is not made up", () => {
  const { tools } = toFunctionTools({ input: [{ type: "compaction_trigger" }] }, ["function"]);
  const failed = responsesEvent("response.failed", { response: { id: "r", error: {} } });
  assert.deepEqual(run([completed([])], tools), data([completed([])]));
  assert.deepEqual(run([failed], tools), data([failed]));
});
