/** Calls that a server damaged, through the whole exchange on both wires. */

import assert from "node:assert/strict";
import { delta, gistOf, sse } from "../../helpers/streams/chat_streams.ts";
import { runExchange, type Setup } from "../../helpers/proxy/exchange.ts";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { checkGrammar } from "../../../lib/translate/grammar.ts";
import { eof, raw, type Script, streamHead } from "../../../lib/simulate/script.ts";

const BODY: JsonObject = {
  model: "m",
  stream: true,
  input: [{ type: "message", role: "user", content: "hi" }],
  tools: [
    {
      type: "function",
      name: "exec_command",
      parameters: {
        type: "object",
        properties: { cmd: { type: "string" }, wait: { type: "number" } },
        required: ["cmd"],
      },
    },
    { type: "function", name: "get_goal", parameters: { type: "object", properties: {} } },
    { type: "custom", name: "apply_patch" },
  ],
};

interface Called {
  readonly name: string;
  readonly args: string;
}

const chat = (chunks: readonly JsonObject[]): Script => [
  ...streamHead(),
  raw(sse(...chunks, "[DONE]")),
  eof,
];

/** Calls as a chat server sends them, the arguments in pieces. */
function chatCalls(...calls: Called[]): Script {
  const pieces = calls.flatMap(({ name, args }, index) => [
    delta({ tool_calls: [{ index, id: `c${index}`, function: { name, arguments: "" } }] }),
    ...(args.match(/[^]{1,5}/g) ?? []).map((piece) =>
      delta({ tool_calls: [{ index, function: { arguments: piece } }] })
    ),
  ]);
  return chat([...pieces, delta({}, "tool_calls")]);
}

/** Calls as a server of the Responses API sends them. */
function responsesCalls(...calls: Called[]): Script {
  const output = calls.map(({ name, args }, index) => ({
    id: `fc_${index}`,
    type: "function_call",
    status: "completed",
    call_id: `c${index}`,
    name,
    arguments: args,
  }));
  const items = output.flatMap((item, index) => [
    {
      type: "response.output_item.added",
      output_index: index,
      item: { ...item, status: "in_progress", arguments: "" },
    },
    ...(item.arguments.match(/[^]{1,5}/g) ?? []).map((piece) => ({
      type: "response.function_call_arguments.delta",
      item_id: item.id,
      output_index: index,
      delta: piece,
    })),
    {
      type: "response.function_call_arguments.done",
      item_id: item.id,
      output_index: index,
      name: item.name,
      arguments: item.arguments,
    },
    { type: "response.output_item.done", output_index: index, item },
  ]);
  const events = [
    { type: "response.created", response: { id: "r", status: "in_progress", output: [] } },
    ...items,
    { type: "response.completed", response: { id: "r", status: "completed", output } },
  ].map((event, sequence_number) => ({ ...event, sequence_number }));
  return [...streamHead(), raw(sse(...events as JsonObject[])), eof];
}

const WIRES = { chat: chatCalls, responses: responsesCalls } as const;
type WireName = keyof typeof WIRES;

/** Runs an exchange; notices are gathered. */
async function run(wire: WireName, script: Setup["script"], more: Partial<Setup> = {}) {
  const notices: string[] = [];
  const result = await runExchange({
    body: BODY,
    codex: true,
    script,
    observer: { ...silent, notice: (_, message) => notices.push(message) },
    ...more,
    target: { wire, ...more.target },
  });
  assert.equal(checkGrammar(result.events), undefined);
  return { ...result, notices, ...gistOf(result.events) };
}

const LS = '{"cmd":"ls"}';
const damaged: readonly (readonly [name: string, args: string, wantName: string, want: string])[] =
  [
    ["exec_command<|channel|>commentary", LS, "exec_command", LS],
    ["get_goal</arg_value>", "{}", "get_goal", "{}"],
    [`exec_command${LS}`, "", "exec_command", LS],
    ["functions.exec_command:0", LS, "exec_command", LS],
    ["exec_command", JSON.stringify(LS), "exec_command", LS],
    ["exec_command", `${LS}}`, "exec_command", LS],
    ["exec_command", `{"cmd":"l${LS}`, "exec_command", LS],
    ["exec_command", '{"cmd":"ls","wait":20000.0}', "exec_command", '{"cmd":"ls","wait":20000}'],
    ["exec_command", '{"cmd":"ls","wait":"7"}', "exec_command", '{"cmd":"ls","wait":7}'],
    ["exec_command", '{"cmd":"ls"', "exec_command", LS],
    ["exec_command", ` ${LS}`, "exec_command", ` ${LS}`],
    ["no_such_tool</x>", '{"a":', "no_such_tool</x>", '{"a":'],
  ];
for (const wire of ["chat", "responses"] as const) {
  for (const [name, args, wantName, want] of damaged) {
    Deno.test(`checked calls: ${wire}, ${name} ${args}`, async () => {
      const { calls, posts, notices, events } = await run(wire, () => WIRES[wire]({ name, args }));
      assert.deepEqual(calls, [{ name: wantName, arguments: want }]);
      assert.equal(posts.length, 1);
      assert.deepEqual(notices, []);
      const told = (type: string, field: string) =>
        events.filter((event) => event.type === type).map(({ data }) => data[field]).join("");
      assert.equal(told("response.function_call_arguments.delta", "delta"), want);
      assert.equal(told("response.function_call_arguments.done", "arguments"), want);
      const added = events.find(({ type }) => type === "response.output_item.added")!.data.item;
      assert.equal((added as JsonObject).name, wantName);
      const { output } = events.at(-1)!.data.response as JsonObject;
      if (Array.isArray(output) && isObject(output[0])) {
        assert.deepEqual([output[0].name, output[0].arguments], [wantName, want]);
      }
    });
  }

  Deno.test(`checked calls: ${wire}, a custom tool gets its cleaned name and all that the model wrote`, async () => {
    const { events, posts } = await run(
      wire,
      () => WIRES[wire]({ name: "apply_patch<|channel|>json", args: '{"input":"*** Begin' }),
      { target: { wire } },
    );
    assert.equal(posts.length, 1);
    const done = events.find(({ type }) => type === "response.output_item.done")!.data.item;
    const { name } = done as JsonObject;
    assert.equal(name, "apply_patch");
  });

  const cut = { name: "exec_command", args: '{"cmd":"rm -rf /tmp/a' };
  const good = { name: "exec_command", args: LS };

  Deno.test(`checked calls: ${wire}, arguments that are cut are asked for once more`, async () => {
    const { calls, posts, notices } = await run(
      wire,
      (_, n) => WIRES[wire](n === 1 ? cut : good),
    );
    assert.deepEqual(calls, [{ name: "exec_command", arguments: LS }]);
    assert.equal(posts.length, 2);
    assert.deepEqual(notices, []);
  });

  Deno.test(`checked calls: ${wire}, the second time they go to the client as they are, with a line in the log`, async () => {
    const { calls, posts, notices, record } = await run(wire, () => WIRES[wire](cut));
    assert.deepEqual(calls, [{ name: cut.name, arguments: cut.args }]);
    assert.equal(posts.length, 2);
    assert.equal(record.outcome, "completed");
    assert.deepEqual(notices, [
      "Sim sent a call of exec_command whose arguments are no JSON object; the client gets the answer as it is",
    ]);
  });

  Deno.test(`checked calls: ${wire}, with the attempts used up they go out at once`, async () => {
    const { calls, posts, notices } = await run(wire, () => WIRES[wire](cut), {
      target: { wire, retry: { attempts: 1, maxWait: 1000 } },
    });
    assert.deepEqual(calls, [{ name: cut.name, arguments: cut.args }]);
    assert.equal(posts.length, 1);
    assert.equal(notices.length, 1);
  });
}

Deno.test("checked calls: responses, a call behind one that the client runs already is not asked for again", async () => {
  const { calls, posts, notices } = await run(
    "responses",
    () =>
      responsesCalls({ name: "exec_command", args: LS }, {
        name: "exec_command",
        args: '{"cmd":"l',
      }),
  );
  assert.deepEqual(calls.map((call) => call.arguments), [LS, '{"cmd":"l']);
  assert.equal(posts.length, 1);
  assert.equal(notices.length, 1);
});

Deno.test("checked calls: chat, calls of one answer are finished together, so all are asked for once more", async () => {
  const cut = { name: "exec_command", args: '{"cmd":"l' };
  const good = { name: "exec_command", args: LS };
  const { calls, posts } = await run(
    "chat",
    (_, n) => n === 1 ? chatCalls(good, cut) : chatCalls(good, { ...good, name: "get_goal" }),
  );
  assert.deepEqual(calls.map(({ name }) => name), ["exec_command", "get_goal"]);
  assert.equal(posts.length, 2);
});

const words = (finish: string) => chat([delta({ content: "Let me do it." }), delta({}, finish)]);

for (const finish of ["tool_calls", "function_call", "tool_use", "TOOL_CALLS"]) {
  Deno.test(`checked calls: chat, the finish reason ${finish} without a call is asked for once more`, async () => {
    const { calls, text, posts } = await run(
      "chat",
      (_, n) =>
        n === 1 ? words(finish) : chat([
          delta({ content: "Let me do it." }),
          delta({
            tool_calls: [{ index: 0, id: "c", function: { name: "get_goal", arguments: "" } }],
          }),
          delta({}, finish),
        ]),
    );
    assert.deepEqual(calls, [{ name: "get_goal", arguments: "{}" }]);
    assert.equal(text, "Let me do it.");
    assert.equal(posts.length, 2);
  });
}

Deno.test("checked calls: chat, a finish reason that is never followed by a call ends as text, said once, with a line in the log", async () => {
  const { calls, text, posts, notices, record } = await run("chat", () => words("tool_calls"));
  assert.deepEqual([calls, text, posts.length], [[], "Let me do it.", 2]);
  assert.equal(record.outcome, "completed");
  assert.deepEqual(notices, [
    "Sim ended the answer for a tool call and sent none (finish reason tool_calls); the client gets the answer as it is",
  ]);
});

Deno.test("checked calls: chat, the finish reason stop without a call is an answer", async () => {
  const { text, posts } = await run("chat", () => words("stop"));
  assert.deepEqual([text, posts.length], ["Let me do it.", 1]);
});

const fragments: readonly (readonly JsonObject[])[] = [
  [{ name: "exec_" }, { name: "command" }, { arguments: LS }],
  [{ name: "exec_" }, { name: "exec_command" }, { arguments: LS }],
  [..."exec_command"].map((name) => ({ name })),
  [{ name: "exec_command" }, { name: "exec_command" }, { arguments: LS }],
  [{ name: "exec" }, { name: "_command", arguments: LS }],
  [{ name: "functions." }, { name: "exec_command" }, { arguments: LS }],
  [{ name: "exec_command" }, { name: "<|channel|>", arguments: LS }],
];
for (const [which, parts] of fragments.entries()) {
  for (const id of ["once", "always"]) {
    Deno.test(`checked calls: chat, a name in fragments (${which}, id ${id})`, async () => {
      const { calls } = await run("chat", () =>
        chat([
          ...parts.map((each, at) =>
            delta({
              tool_calls: [{
                index: 0,
                ...(at === 0 || id === "always" ? { id: "c" } : {}),
                function: each,
              }],
            })
          ),
          delta({}, "tool_calls"),
        ]));
      assert.equal(calls.length, 1);
      assert.equal(calls[0]?.name, "exec_command");
    });
  }
}
