import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import {
  type FunctionToolsOptions,
  toFunctionTools,
} from "../../../lib/translate/request/function_tools.ts";

const FUNCTION = ["function"];
const user = (text: string) => ({
  type: "message",
  role: "user",
  content: [{ type: "input_text", text }],
});
const fn = (name: string, more: JsonObject = {}): JsonObject => ({
  type: "function",
  name,
  description: `Does ${name}.`,
  strict: false,
  parameters: { type: "object", properties: {} },
  ...more,
});
const GRAMMAR = "start: line+";
const patch: JsonObject = {
  type: "custom",
  name: "apply_patch",
  description: "Edits files.",
  format: { type: "grammar", syntax: "lark", definition: GRAMMAR },
};
const patchAsFunction: JsonObject = {
  type: "function",
  name: "apply_patch",
  description: `Edits files.\n\nThe text must match this lark grammar:\n${GRAMMAR}\n\n` +
    "Call it with one argument, `input`: the raw text itself as one string, with nothing around it.",
  strict: false,
  parameters: {
    type: "object",
    properties: { input: { type: "string", description: "The raw text" } },
    required: ["input"],
    additionalProperties: false,
  },
};
const search: JsonObject = {
  type: "tool_search",
  execution: "client",
  description: "Finds tools.",
  parameters: { type: "object", properties: { query: { type: "string" } } },
};
const space = (name: string, tools: JsonObject[], description = ""): JsonObject => ({
  type: "namespace",
  name,
  description,
  tools,
});

const cases: {
  name: string;
  request: JsonObject;
  accepts?: readonly string[];
  options?: FunctionToolsOptions;
  want: JsonObject;
}[] = [
  {
    name: "a custom tool and its calls become a function and its calls",
    request: {
      model: "m",
      input: [
        user("hi"),
        {
          type: "custom_tool_call",
          id: "ctc_1",
          status: "completed",
          call_id: "c1",
          name: "apply_patch",
          input: 'say "hi"\n',
        },
        { type: "custom_tool_call_output", id: "ctco_1", call_id: "c1", output: "done" },
      ],
      tools: [patch],
      tool_choice: { type: "custom", name: "apply_patch" },
      parallel_tool_calls: true,
      store: false,
    },
    want: {
      model: "m",
      input: [
        user("hi"),
        {
          type: "function_call",
          id: "fc_1",
          status: "completed",
          call_id: "c1",
          name: "apply_patch",
          arguments: '{"input":"say \\"hi\\"\\n"}',
        },
        { type: "function_call_output", id: "fco_1", call_id: "c1", output: "done" },
      ],
      tools: [patchAsFunction],
      tool_choice: { type: "function", name: "apply_patch" },
      parallel_tool_calls: true,
      store: false,
    },
  },
  {
    name: "a namespace is flattened, its description before those of its tools",
    request: {
      input: [
        {
          type: "function_call",
          id: "fc_1",
          name: "read",
          namespace: "mcp__files",
          arguments: "{}",
          call_id: "c1",
        },
        { type: "function_call_output", id: "fco_1", call_id: "c1", output: "text" },
      ],
      tools: [space("mcp__files", [fn("read"), fn("write")], "Files on disk.")],
      tool_choice: { type: "function", name: "write", namespace: "mcp__files" },
    },
    want: {
      input: [
        {
          type: "function_call",
          id: "fc_1",
          name: "mcp__files__read",
          arguments: "{}",
          call_id: "c1",
        },
        { type: "function_call_output", id: "fco_1", call_id: "c1", output: "text" },
      ],
      tools: [
        fn("mcp__files__read", { description: "Files on disk.\n\nDoes read." }),
        fn("mcp__files__write", { description: "Files on disk.\n\nDoes write." }),
      ],
      tool_choice: { type: "function", name: "mcp__files__write" },
    },
  },
  {
    name:
      "a long description of a namespace stands before its first tool only, an empty phrase nowhere",
    request: {
      input: [],
      tools: [
        space("a__", [fn("x"), fn("y")], "L".repeat(301)),
        space("b", [fn("x")], "Tools in the b namespace."),
      ],
    },
    want: {
      input: [],
      tools: [
        fn("a__x", { description: `${"L".repeat(301)}\n\nDoes x.` }),
        fn("a__y", { description: "Does y." }),
        fn("b__x", { description: "Does x." }),
      ],
    },
  },
  {
    name:
      "a custom tool inside a namespace of additional_tools becomes a function of the tool list",
    request: {
      input: [
        {
          type: "additional_tools",
          role: "developer",
          tools: [space("functions", [{ ...patch, name: "exec" }, fn("wait")])],
        },
        user("hi"),
        {
          type: "custom_tool_call",
          id: "ctc_2",
          call_id: "c2",
          name: "exec",
          namespace: "functions",
          input: "1",
        },
      ],
      tool_choice: "auto",
      parallel_tool_calls: false,
    },
    want: {
      input: [
        user("hi"),
        {
          type: "function_call",
          id: "fc_2",
          call_id: "c2",
          name: "functions__exec",
          arguments: '{"input":"1"}',
        },
      ],
      tools: [
        { ...patchAsFunction, name: "functions__exec" },
        fn("functions__wait", { description: "Does wait." }),
      ],
      tool_choice: "auto",
      parallel_tool_calls: false,
    },
  },
  {
    name: "a tool search becomes a function, and what it found can be called",
    request: {
      input: [
        {
          type: "tool_search_call",
          id: "tsc_1",
          call_id: "c1",
          status: "completed",
          execution: "client",
          arguments: { query: "read", limit: 2 },
        },
        {
          type: "tool_search_output",
          id: "tso_1",
          call_id: "c1",
          status: "completed",
          execution: "client",
          tools: [
            space("mcp__files", [fn("read", { defer_loading: true })]),
            fn("late", { defer_loading: true, description: "Late.\nMore." }),
          ],
        },
        {
          type: "tool_search_output",
          call_id: "c3",
          tools: [space("mcp__files", [fn("read", { defer_loading: true })])],
        },
        { type: "tool_search_output", call_id: "c2", tools: [] },
        { type: "tool_search_call", call_id: null, execution: "server", arguments: {} },
      ],
      tools: [search, { type: "tool_search" }],
      tool_choice: { type: "tool_search" },
    },
    want: {
      input: [
        {
          type: "function_call",
          id: "fc_1",
          status: "completed",
          call_id: "c1",
          name: "tool_search",
          arguments: '{"query":"read","limit":2}',
        },
        {
          type: "function_call_output",
          id: "fco_1",
          call_id: "c1",
          output: "Found 2, callable from now on:\n- mcp__files__read: Does read.\n- late: Late.",
        },
        {
          type: "function_call_output",
          call_id: "c3",
          output: "Found 1, callable from now on:\n- mcp__files__read: Does read.",
        },
        { type: "function_call_output", call_id: "c2", output: "No tools found." },
      ],
      tools: [
        { ...search, type: "function", name: "tool_search", strict: false, execution: undefined },
        fn("mcp__files__read", { description: "Does read." }),
        fn("late", { description: "Late.\nMore." }),
      ],
      tool_choice: { type: "function", name: "tool_search" },
    },
  },
  {
    name: "hosted tools go, and with the last of them everything about tools",
    request: {
      model: "m",
      input: [user("hi")],
      tools: [{ type: "web_search", external_web_access: true }, { type: "image_generation" }],
      tool_choice: { type: "web_search" },
      parallel_tool_calls: true,
      text: { verbosity: "low" },
    },
    want: { model: "m", input: [user("hi")], text: { verbosity: "low" } },
  },
  {
    name: "a choice of a dropped tool becomes auto, a list of allowed tools shrinks",
    request: {
      input: [],
      tools: [fn("a"), { type: "web_search" }, patch],
      tool_choice: {
        type: "allowed_tools",
        mode: "required",
        tools: [{ type: "web_search" }, { type: "custom", name: "apply_patch" }],
      },
    },
    want: {
      input: [],
      tools: [fn("a"), patchAsFunction],
      tool_choice: {
        type: "allowed_tools",
        mode: "required",
        tools: [{ type: "function", name: "apply_patch" }],
      },
    },
  },
  {
    name:
      "hosted items go or leave a line, Codex's own calls stay pairs, foreign compactions leave a note",
    request: {
      input: [
        { type: "web_search_call", id: "ws_1", action: { type: "search", query: "q" } },
        { type: "image_generation_call", id: "ig_1", revised_prompt: "a cat", result: "AAAA" },
        {
          type: "local_shell_call",
          id: "lsh_1",
          call_id: "c1",
          status: "completed",
          action: { type: "exec", command: ["ls"] },
        },
        { type: "local_shell_call_output", id: "lso_1", call_id: "c1", output: "a b" },
        { type: "mcp_list_tools", id: "mcpl_1", tools: [] },
        { type: "compaction", id: "cmp_1", encrypted_content: "gAAAA" },
        { type: "configuration_update" },
        {
          type: "agent_message",
          author: "root",
          recipient: "helper",
          content: [{ type: "input_text", text: "go" }, { type: "encrypted_content" }],
        },
      ],
    },
    want: {
      input: [
        {
          type: "message",
          role: "assistant",
          content: [{ type: "output_text", text: "(An image was generated: a cat)" }],
        },
        {
          type: "function_call",
          id: "fc_1",
          status: "completed",
          call_id: "c1",
          name: "local_shell",
          arguments: '{"type":"exec","command":["ls"]}',
        },
        { type: "function_call_output", id: "fco_1", call_id: "c1", output: "a b" },
        user(
          "(An earlier part of this conversation was compacted by another provider and cannot be read here.)",
        ),
        user("Message from root to helper:\ngo"),
      ],
    },
  },
  {
    name: "outputs of text parts become text, those with images stay",
    request: {
      input: [
        {
          type: "function_call_output",
          call_id: "c1",
          name: "x",
          namespace: "n",
          output: [{ type: "input_text", text: "a" }, { type: "input_text", text: "b" }],
        },
        {
          type: "custom_tool_call_output",
          call_id: "c2",
          name: "x",
          output: [{ type: "input_image", image_url: "data:" }],
        },
      ],
    },
    want: {
      input: [
        { type: "function_call_output", call_id: "c1", output: "a\nb" },
        {
          type: "function_call_output",
          call_id: "c2",
          output: [{ type: "input_image", image_url: "data:" }],
        },
      ],
    },
  },
  {
    name: "reasoning loses its nulls and, where asked, its summary; top-level fields are dropped",
    request: {
      model: "m",
      input: [{
        type: "reasoning",
        id: "rs_1",
        summary: [{ type: "summary_text", text: "s" }],
        content: [{ type: "reasoning_text", text: "t" }],
        encrypted_content: null,
      }, { type: "reasoning", id: "rs_2", summary: [], content: null }],
      prompt_cache_key: "k",
      include: [],
    },
    options: { emptySummary: true, drop: ["prompt_cache_key", "include"] },
    want: {
      model: "m",
      input: [
        {
          type: "reasoning",
          id: "rs_1",
          summary: [],
          content: [{ type: "reasoning_text", text: "t" }],
        },
        { type: "reasoning", id: "rs_2", summary: [] },
      ],
    },
  },
  {
    name: "equal tools are sent once, tools that only share a name are told apart",
    request: {
      input: [],
      tools: [space("a", [fn("b__c")]), space("a__b", [fn("c")]), fn("x"), fn("x"), {
        ...patch,
        name: "x",
      }, fn("a.b")],
    },
    want: {
      input: [],
      tools: [
        fn("a__b__c", { description: "Does b__c." }),
        fn("a__b__c_e7688494", { description: "Does c." }),
        fn("x"),
        { ...patchAsFunction, name: "x_43ae38fe" },
        fn("a_b_9f86dcb4", { description: "Does a.b." }),
      ],
    },
  },
  {
    name: "item ids stay apart when two types share a number",
    request: {
      input: [
        { type: "function_call", id: "fc_1", call_id: "a", name: "f", arguments: "{}" },
        { type: "custom_tool_call", id: "ctc_1", call_id: "b", name: "g", input: "" },
        { type: "custom_tool_call", call_id: "c", name: "g", input: "" },
      ],
    },
    want: {
      input: [
        { type: "function_call", id: "fc_1", call_id: "a", name: "f", arguments: "{}" },
        {
          type: "function_call",
          id: "fc_ctc_1",
          call_id: "b",
          name: "g",
          arguments: '{"input":""}',
        },
        { type: "function_call", call_id: "c", name: "g", arguments: '{"input":""}' },
      ],
    },
  },
  {
    name: "what a provider names as taken is kept, also where a namespace around it is not",
    request: {
      input: [
        { type: "custom_tool_call", id: "ctc_1", call_id: "a", name: "apply_patch", input: "p" },
        {
          type: "custom_tool_call",
          id: "ctc_2",
          call_id: "b",
          name: "exec",
          namespace: "ns",
          input: "p",
        },
        { type: "web_search_call", id: "ws_1", status: "completed" },
      ],
      tools: [patch, space("ns", [{ ...patch, name: "exec" }]), { type: "web_search" }],
      tool_choice: { type: "custom", name: "exec", namespace: "ns" },
    },
    accepts: ["function", "custom", "web_search"],
    want: {
      input: [
        { type: "custom_tool_call", id: "ctc_1", call_id: "a", name: "apply_patch", input: "p" },
        { type: "custom_tool_call", id: "ctc_2", call_id: "b", name: "ns__exec", input: "p" },
        { type: "web_search_call", id: "ws_1", status: "completed" },
      ],
      tools: [patch, { ...patch, name: "ns__exec" }, { type: "web_search" }],
      tool_choice: { type: "custom", name: "ns__exec" },
    },
  },
];

for (const { name, request, accepts = FUNCTION, options, want } of cases) {
  Deno.test(`function tools: ${name}`, () => {
    const before = structuredClone(request);
    const adapted = toFunctionTools(request, accepts, options).request;
    assert.deepEqual(adapted, JSON.parse(JSON.stringify(want)));
    assert.deepEqual(Object.keys(adapted), Object.keys(want));
    assert.deepEqual(request, before);
  });
}

Deno.test("function tools: is the same object where nothing has to change", () => {
  const request = {
    model: "m",
    input: [
      user("hi"),
      { type: "function_call", call_id: "c", name: "a", arguments: "{}" },
      { type: "function_call_output", call_id: "c", output: "x" },
    ],
    tools: [fn("a")],
    tool_choice: "auto",
  };
  const all = { ...request, tools: [patch, search], input: [{ type: "compaction_trigger" }] };
  assert.equal(toFunctionTools(request, FUNCTION).request, request);
  assert.equal(toFunctionTools(request, FUNCTION).tools.empty, true);
  assert.equal(toFunctionTools(all, "all").request, all);
  assert.equal(toFunctionTools(all, "all").tools.empty, true);
  assert.deepEqual(toFunctionTools(all, "all", { drop: ["model"] }).request, {
    input: all.input,
    tools: all.tools,
    tool_choice: "auto",
  });
});

Deno.test("function tools: a summary is asked for by a message, without tools", () => {
  const { request, tools } = toFunctionTools({
    input: [user("hi"), { type: "compaction_trigger" }],
    tools: [fn("a")],
    tool_choice: "auto",
    parallel_tool_calls: true,
  }, FUNCTION);
  assert.deepEqual(Object.keys(request), ["input"]);
  assert.deepEqual((request.input as JsonObject[]).map(({ type, role }) => [type, role]), [
    ["message", "user"],
    ["message", "user"],
  ]);
  assert.equal(tools.compacts, true);
  assert.equal(tools.empty, false);
});

Deno.test("function tools: leaves nothing in real requests of Codex that a provider of functions refuses", () => {
  const lines = readFileSync(new URL("../codex_requests.jsonl", import.meta.url), "utf8").trim();
  const ITEMS = new Set(["message", "reasoning", "function_call", "function_call_output"]);
  for (const line of lines.split("\n")) {
    const { name, body } = JSON.parse(line) as { name: string; body: JsonObject };
    const { request } = toFunctionTools(body, FUNCTION, { emptySummary: true });
    const tools = (request.tools ?? []) as JsonObject[];
    const names = tools.map((tool) => String(tool.name));
    assert.deepEqual(
      [...new Set(tools.map((tool) => tool.type))].filter((t) => t !== "function"),
      [],
      name,
    );
    assert.equal(new Set(names).size, names.length, name);
    for (const each of names) assert.match(each, /^[a-zA-Z0-9_-]{1,64}$/, name);
    for (const item of request.input as JsonObject[]) {
      assert.ok(ITEMS.has(String(item.type)), `${name}: ${item.type}`);
      assert.ok(Object.values(item).every((value) => value !== null), name);
      assert.equal(item.namespace, undefined);
    }
    const calls = (request.input as JsonObject[]).filter((item) => item.type === "function_call");
    if (tools.length > 0) {
      for (const call of calls) {
        assert.ok(names.includes(String(call.name)), `${name}: ${call.name}`);
      }
    }
    assert.equal("tools" in request, tools.length > 0);
    assert.ok(isObject(request.reasoning));
  }
});
