import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import { type ChatRules, GENERIC_CHAT } from "../../../lib/provider/chat_rules.ts";
import { toFunctionTools } from "../../../lib/translate/request/function_tools.ts";
import { toChat } from "../../../lib/translate/chat/request.ts";
import { REASONING_MARK } from "../../../lib/translate/opaque/reasoning_mark.ts";

const PAD: ChatRules = {
  ...GENERIC_CHAT,
  reasoning: { field: "reasoning_content", pad: true },
};

const user = (...content: Json[]): JsonObject => ({ type: "message", role: "user", content });
const said = (text: string): JsonObject => ({
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text }],
});
const instruct = (text: string, role = "developer"): JsonObject => ({
  type: "message",
  role,
  content: [{ type: "input_text", text }],
});
const text = (value: string): JsonObject => ({ type: "input_text", text: value });
const image = (url: string, more: JsonObject = {}): JsonObject => ({
  type: "input_image",
  image_url: url,
  ...more,
});
const called = (id: string, name = "shell", args: Json = "{}"): JsonObject => ({
  type: "function_call",
  id: `fc_${id}`,
  call_id: id,
  name,
  arguments: args,
});
const answered = (id: string, output: Json = "ok"): JsonObject => ({
  type: "function_call_output",
  call_id: id,
  output,
});
const own = (value: string, answer?: string): JsonObject => ({
  type: "reasoning",
  summary: [{ type: "summary_text", text: value }],
  encrypted_content: answer === undefined ? REASONING_MARK : `${REASONING_MARK}:${answer}`,
});

const calls = (...list: [id: string, name?: string, args?: string][]): JsonObject => ({
  tool_calls: list.map(([id, name = "shell", args = "{}"]) => ({
    id,
    type: "function",
    function: { name, arguments: args },
  })),
});
const tool = (id: string, content = "ok"): JsonObject => ({
  role: "tool",
  tool_call_id: id,
  content,
});

const HELLO = { role: "user", content: "hello" };
const NO_OUTPUT = "[No output: the call was interrupted before it finished.]";
const NO_IMAGE = "[An image stood here. It was left out: this model reads text only.]";

const conversations: { name: string; input: Json; messages: Json[]; rules?: ChatRules }[] = [
  { name: "takes a string as the user's message", input: "hello", messages: [HELLO] },
  {
    name: "opens with one system message and keeps later instructions where they are",
    input: [
      instruct("a"),
      instruct("b", "system"),
      user(text("hello")),
      instruct("c"),
      user(text("you")),
    ],
    messages: [
      { role: "system", content: "a\n\nb" },
      HELLO,
      { role: "user", content: "c" },
      { role: "user", content: "you" },
    ],
  },
  {
    name: "gives instructions the roles of the provider",
    rules: { ...GENERIC_CHAT, roles: { lead: "developer", late: "system" } },
    input: [instruct("a"), user(text("hello")), instruct("c")],
    messages: [{ role: "developer", content: "a" }, HELLO, { role: "system", content: "c" }],
  },
  {
    name: "joins texts, and takes messages without type and content without parts",
    input: [user(text("a"), text("b")), { role: "user", content: "hello" }, user()],
    messages: [{ role: "user", content: "a\nb" }, HELLO],
  },
  {
    name: "makes one message of reasoning, text and all calls, then answers each in order",
    input: [
      user(text("hello")),
      own("hm"),
      said("I look."),
      called("1"),
      called("2", "weather", '{"at":"x"}'),
      answered("2", "sun"),
      answered("1"),
      said("Done."),
    ],
    messages: [
      HELLO,
      {
        role: "assistant",
        content: "I look.",
        reasoning_content: "hm",
        ...calls(["1"], ["2", "weather", '{"at":"x"}']),
      },
      tool("1"),
      tool("2", "sun"),
      { role: "assistant", content: "Done." },
    ],
  },
  {
    name: "keeps calls, answers and reasoning of rounds apart",
    input: [own("a"), called("1"), answered("1"), own("b"), called("2"), answered("2")],
    messages: [
      { role: "assistant", content: "", reasoning_content: "a", ...calls(["1"]) },
      tool("1"),
      { role: "assistant", content: "", reasoning_content: "b", ...calls(["2"]) },
      tool("2"),
    ],
  },
  {
    name: "leaves out reasoning of an answer that broke off behind it and was given again",
    input: [
      own("in vain", "1"),
      own("in vain again", "2"),
      own("a", "3"),
      own("b", "3"),
      said("c"),
    ],
    messages: [{ role: "assistant", content: "c", reasoning_content: "ab" }],
  },
  {
    name: "leaves out reasoning of an answer whose text another one finished",
    input: [own("in vain", "1"), said("b"), own("c", "2"), called("1"), answered("1")],
    messages: [
      { role: "assistant", content: "b", reasoning_content: "c", ...calls(["1"]) },
      tool("1"),
    ],
  },
  {
    name: "keeps reasoning before and after a text of one answer",
    input: [own("a", "1"), said("b"), own("c", "1"), called("1"), answered("1")],
    messages: [
      { role: "assistant", content: "b", reasoning_content: "ac", ...calls(["1"]) },
      tool("1"),
    ],
  },
  {
    name: "puts a message between call and output behind the output",
    input: [called("1"), instruct("hook"), answered("1")],
    messages: [
      { role: "assistant", content: "", ...calls(["1"]) },
      tool("1"),
      { role: "user", content: "hook" },
    ],
  },
  {
    name: "answers a call that has no output, and gives an output without call to the user",
    input: [called("1"), user(text("hello")), answered("9", "late")],
    messages: [
      { role: "assistant", content: "", ...calls(["1"]) },
      tool("1", NO_OUTPUT),
      HELLO,
      {
        role: "user",
        content: "[Output of an earlier tool call that is no longer shown]\nlate",
      },
    ],
  },
  {
    name: "answers a call once, and keeps a second output as text",
    input: [called("1"), answered("1", "a"), answered("1", "b")],
    messages: [
      { role: "assistant", content: "", ...calls(["1"]) },
      tool("1", "a"),
      { role: "user", content: "[Output of an earlier tool call that is no longer shown]\nb" },
    ],
  },
  {
    name: "gives an output to the latest call of its id, not to an earlier one that was aborted",
    input: [called("1"), user(text("hello")), called("1"), answered("1")],
    messages: [
      { role: "assistant", content: "", ...calls(["1"]) },
      tool("1", NO_OUTPUT),
      HELLO,
      { role: "assistant", content: "", ...calls(["1"]) },
      tool("1"),
    ],
  },
  {
    name: "sends ids that were made unique back as the provider knows them",
    input: [called("f:0"), answered("f:0"), called("f:0~s2"), answered("f:0~s2", "two")],
    messages: [
      { role: "assistant", content: "", ...calls(["f:0"]) },
      tool("f:0"),
      { role: "assistant", content: "", ...calls(["f:0"]) },
      tool("f:0", "two"),
    ],
  },
  {
    name: "keeps ids apart that would be equal in one message",
    input: [called("f:0"), called("f:0~s2"), answered("f:0"), answered("f:0~s2", "two")],
    messages: [
      { role: "assistant", content: "", ...calls(["f:0"], ["f:0~s2"]) },
      tool("f:0"),
      tool("f:0~s2", "two"),
    ],
  },
  {
    name: "repairs arguments that are no JSON object",
    input: [
      called("1", "shell", '{"a":'),
      called("2", "shell", ""),
      called("3", "shell", "[1]"),
      called("4", "shell", { a: 1 }),
      ...["1", "2", "3", "4"].map((id) => answered(id)),
    ],
    messages: [
      {
        role: "assistant",
        content: "",
        ...calls(
          ["1", "shell", '{"_raw":"{\\"a\\":"}'],
          ["2"],
          ["3", "shell", '{"_raw":"[1]"}'],
          ["4", "shell", '{"a":1}'],
        ),
      },
      ...["1", "2", "3", "4"].map((id) => tool(id)),
    ],
  },
  {
    name: "makes one string of a tool's output and shows its images after the last tool message",
    input: [
      called("1"),
      called("2"),
      answered("1", [text("a"), image("data:x"), text("b")]),
      answered("2", [image("data:y")]),
    ],
    messages: [
      { role: "assistant", content: "", ...calls(["1"], ["2"]) },
      tool("1", "a\nb"),
      tool("2", "(see the image below)"),
      {
        role: "user",
        content: [
          { type: "text", text: "Images returned by the tools:" },
          { type: "image_url", image_url: { url: "data:x" } },
          { type: "image_url", image_url: { url: "data:y" } },
        ],
      },
    ],
  },
  {
    name: "tells the model that an image was left out",
    rules: { ...GENERIC_CHAT, images: false },
    input: [
      user(text("look"), image("data:x")),
      called("1"),
      answered("1", [image("data:y")]),
    ],
    messages: [
      { role: "user", content: `look\n${NO_IMAGE}` },
      { role: "assistant", content: "", ...calls(["1"]) },
      tool("1", NO_IMAGE),
    ],
  },
  {
    name: "never sends an image without a text, and keeps a detail that both wires know",
    input: [
      user(image("data:x", { detail: "high" })),
      user(image("data:y", { detail: "original" })),
    ],
    messages: [
      {
        role: "user",
        content: [
          { type: "text", text: "(image)" },
          { type: "image_url", image_url: { url: "data:x", detail: "high" } },
        ],
      },
      {
        role: "user",
        content: [
          { type: "text", text: "(image)" },
          { type: "image_url", image_url: { url: "data:y" } },
        ],
      },
    ],
  },
  {
    name: "drops sealed reasoning of others, summary included, and takes plain reasoning",
    input: [
      {
        type: "reasoning",
        summary: [{ type: "summary_text", text: "in short" }],
        encrypted_content: "gAAA",
      },
      said("a"),
      user(text("hello")),
      {
        type: "reasoning",
        summary: [],
        content: [{ type: "reasoning_text", text: "plain" }],
        encrypted_content: null,
      },
      said("b"),
    ],
    messages: [
      { role: "assistant", content: "a" },
      HELLO,
      { role: "assistant", content: "b", reasoning_content: "plain" },
    ],
  },
  {
    name: "pads reasoning only where it is lost and demanded",
    rules: PAD,
    input: [
      said("a"),
      user(text("hello")),
      { type: "reasoning", summary: [], encrypted_content: "gAAA" },
      called("1"),
      answered("1"),
      own("hm"),
      called("2"),
      answered("2"),
    ],
    messages: [
      { role: "assistant", content: "a" },
      HELLO,
      { role: "assistant", content: "", reasoning_content: " ", ...calls(["1"]) },
      tool("1"),
      { role: "assistant", content: "", reasoning_content: "hm", ...calls(["2"]) },
      tool("2"),
    ],
  },
  {
    name: "sends reasoning in the provider's own field, or not at all",
    rules: { ...GENERIC_CHAT, reasoning: { field: "reasoning", pad: false } },
    input: [own("hm"), said("a")],
    messages: [{ role: "assistant", content: "a", reasoning: "hm" }],
  },
  {
    name: "drops reasoning without text or call, and items that Chat does not have",
    input: [own("hm"), user(text("hello")), { type: "web_search_call", id: "ws_1" }],
    messages: [HELLO],
  },
  {
    name: "writes an empty text as the provider wants it",
    rules: { ...GENERIC_CHAT, emptyContent: [{ type: "text", text: "" }] },
    input: [called("1"), answered("1")],
    messages: [
      { role: "assistant", content: [{ type: "text", text: "" }], ...calls(["1"]) },
      tool("1"),
    ],
  },
];

for (const { name, input, messages, rules = GENERIC_CHAT } of conversations) {
  Deno.test(`chat request: ${name}`, () => {
    assert.deepEqual(toChat({ input }, rules, { model: "m" }).body.messages, messages);
  });
}

const schema = { type: "object", properties: { a: { type: "string" } } };
const shell: JsonObject = {
  type: "function",
  name: "shell",
  description: "Runs.",
  parameters: schema,
};
const chatShell = {
  type: "function",
  function: { name: "shell", description: "Runs.", parameters: schema },
};
const format = { type: "json_schema", name: "answer", strict: true, schema };
const IN_WORDS = "Answer with one JSON object that follows this JSON Schema, and nothing else:\n" +
  JSON.stringify(schema);

const fields: {
  name: string;
  request: JsonObject;
  body: JsonObject;
  rules?: Partial<ChatRules>;
}[] = [
  {
    name: "drops everything no rule names",
    request: {
      stream: true,
      store: false,
      include: ["reasoning.encrypted_content"],
      prompt_cache_key: "k",
      client_metadata: {},
      parallel_tool_calls: true,
      truncation: "auto",
      text: { verbosity: "low" },
      service_tier: "priority",
      tool_choice: "auto",
    },
    body: {},
  },
  {
    name: "puts instructions first",
    request: { instructions: "Be kind." },
    body: { messages: [{ role: "system", content: "Be kind." }, HELLO] },
  },
  {
    name: "keeps functions only, once each, with a schema",
    request: {
      tools: [shell, { type: "web_search" }, shell, {
        type: "function",
        name: "bare",
        strict: null,
      }],
      tool_choice: "auto",
    },
    body: {
      tools: [chatShell, {
        type: "function",
        function: { name: "bare", parameters: { type: "object", properties: {} } },
      }],
      tool_choice: "auto",
    },
  },
  {
    name: "names the chosen function",
    request: { tools: [shell], tool_choice: { type: "function", name: "shell" } },
    body: {
      tools: [chatShell],
      tool_choice: { type: "function", function: { name: "shell" } },
    },
  },
  {
    name: "leaves tools out where none may be called and tool_choice cannot express it",
    rules: { toolChoice: "auto" },
    request: { tools: [shell], tool_choice: "none" },
    body: {},
  },
  {
    name: "leaves the choice out where the provider does not take it",
    rules: { toolChoice: "none" },
    request: { tools: [shell], tool_choice: "required" },
    body: { tools: [chatShell] },
  },
  {
    name: "sends strict only where it is taken and true",
    rules: { strict: true },
    request: { tools: [{ ...shell, strict: true }, { ...shell, name: "b", strict: false }] },
    body: {
      tools: [
        { type: "function", function: { ...chatShell.function, strict: true } },
        { type: "function", function: { ...chatShell.function, name: "b" } },
      ],
    },
  },
  {
    name: "asks for a schema natively",
    request: { text: { format } },
    body: {
      response_format: {
        type: "json_schema",
        json_schema: { name: "answer", schema, strict: true },
      },
    },
  },
  {
    name: "asks for a schema as an object with an instruction",
    rules: { schema: "json_object" },
    request: { text: { format } },
    body: {
      messages: [{ role: "system", content: IN_WORDS }, HELLO],
      response_format: { type: "json_object" },
    },
  },
  {
    name: "asks for a schema by an instruction alone",
    rules: { schema: "prompt" },
    request: { text: { format } },
    body: { messages: [{ role: "system", content: IN_WORDS }, HELLO] },
  },
  {
    name: "maps the effort",
    request: { reasoning: { effort: "xhigh", summary: "auto" } },
    body: { reasoning_effort: "high" },
  },
  {
    name: "takes an unknown effort for none",
    rules: { efforts: { default: { thinking: true }, low: { thinking: false } } },
    request: { reasoning: { effort: "constructor" } },
    body: { thinking: true },
  },
  {
    name: "clamps the length limit, and sends the largest where none is asked for",
    rules: { output: { field: "max_completion_tokens", max: 100 }, extra: { x: 1 } },
    request: { max_output_tokens: 500 },
    body: { max_completion_tokens: 100, x: 1 },
  },
  {
    name: "keeps what the rules name",
    rules: { sends: ["temperature", "parallel_tool_calls", "top_p"] },
    request: { temperature: 0.5, parallel_tool_calls: false, top_p: null },
    body: { temperature: 0.5 },
  },
  {
    name: "applies the rules of the model",
    rules: { models: [{ match: /^M$/i, rules: { includeUsage: false, modelNoise: /m/ } }] },
    request: {},
    body: { model: "", stream_options: undefined },
  },
];

for (const { name, request, body, rules } of fields) {
  Deno.test(`chat request: ${name}`, () => {
    const sent = toChat({ input: "hello", ...request }, { ...GENERIC_CHAT, ...rules }, {
      model: "m",
    });
    const want: JsonObject = {
      model: "m",
      messages: [HELLO],
      stream: true,
      stream_options: { include_usage: true },
      ...body,
    };
    assert.deepEqual(sent.body, JSON.parse(JSON.stringify(want)));
  });
}

Deno.test("chat request: hands over the call ids of the history as Codex knows them", () => {
  const input = [called("a~s2"), answered("a~s2"), called("b"), answered("b")];
  const { taken } = toChat({ input }, GENERIC_CHAT, { model: "m" });
  assert.deepEqual([...taken], ["a~s2", "b"]);
});

Deno.test("chat request: never changes its input", () => {
  const request = { input: [own("hm"), called("1", "shell", "x"), answered("1")], tools: [shell] };
  const before = structuredClone(request);
  toChat(request, PAD, { model: "m" });
  assert.deepEqual(request, before);
});

const CAPTURES = new Map(
  readFileSync(new URL("../codex_requests.jsonl", import.meta.url), "utf8").trim().split("\n")
    .map((line) => JSON.parse(line)).map(({ name, body }) => [name, body as JsonObject]),
);
const ROUND: Record<string, Json[]> = {
  "tool-2": [
    {
      role: "assistant",
      content: "",
      reasoning_content: "Let me think about it.",
      ...calls(["call_a4012103f16b7", "exec_command", '{"cmd":"echo ran >> marker.txt"}']),
    },
    tool(
      "call_a4012103f16b7",
      "Chunk ID: 7bdc51\nWall time: 0.0000 seconds\nProcess exited with code 0\n" +
        "Original token count: 0\nOutput:\n",
    ),
  ],
  "mcp-2": [
    {
      role: "assistant",
      content: "",
      reasoning_content: "Let me think about it.",
      ...calls(["call_64b0e917493ad", "mcp__probe__measure", '{"what":"x"}']),
    },
    tool("call_64b0e917493ad", "Wall time: 0.0030 seconds\nOutput:\nprobe-answer-42"),
  ],
  "patch-2": [
    {
      role: "assistant",
      content: "",
      reasoning_content: "Let me think about it.",
      ...calls([
        "call_patch_1",
        "apply_patch",
        '{"input":"*** Begin Patch\\n*** Add File: patched.txt\\n+hello from the patch\\n*** End Patch\\n"}',
      ]),
    },
    tool(
      "call_patch_1",
      "Exit code: 0\nWall time: 0 seconds\nOutput:\nSuccess. Updated the following files:\nA patched.txt\n",
    ),
  ],
};

for (const [name, captured] of CAPTURES) {
  Deno.test(`chat request: Codex's own ${name}, compared in full`, () => {
    const { request } = toFunctionTools(captured, ["function"]);
    const { body } = toChat(request, GENERIC_CHAT, { model: "m" });
    const tools = (request.tools ?? []) as JsonObject[];
    assert.deepEqual(body, {
      model: "m",
      messages: expectedMessages(name, request),
      ...(tools.length === 0 ? {} : {
        tools: tools.map(({ name, description, parameters }) => ({
          type: "function",
          function: { name, description, parameters },
        })),
        tool_choice: "auto",
      }),
      ...(name.startsWith("patch") ? { reasoning_effort: "medium" } : {}),
      stream: true,
      stream_options: { include_usage: true },
    });
    const names = tools.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.ok(names.every((each) => /^[a-zA-Z0-9_-]{1,64}$/.test(String(each))));
  });
}

/** Two instructions, the environment, the prompt; then what the capture is about. */
function expectedMessages(name: string, request: JsonObject): Json[] {
  const items = request.input as JsonObject[];
  const texts = items.map(({ content }) =>
    Array.isArray(content) ? content.map((part) => (part as JsonObject).text).join("\n") : ""
  );
  const opening: Json[] = [
    { role: "system", content: `${texts[0]}\n\n${texts[1]}` },
    { role: "user", content: texts[2] },
  ];
  if (name === "image-1") {
    const parts = (items[3] as JsonObject).content as JsonObject[];
    return [...opening, {
      role: "user",
      content: parts.map(({ text, image_url: url, detail }) =>
        text === undefined
          ? { type: "image_url", image_url: { url, detail } }
          : { type: "text", text }
      ),
    }];
  }
  opening.push({ role: "user", content: texts[3] });
  if (name.startsWith("compaction")) {
    const output = items.find(({ type }) => type === "function_call_output");
    assert.ok(isObject(output));
    return [
      ...opening,
      { role: "assistant", content: "", ...calls(["call_1", "exec_command", '{"cmd":"echo hi"}']) },
      tool("call_1", String(output.output)),
      { role: "user", content: texts.at(-1) },
    ];
  }
  return [...opening, ...ROUND[name] ?? []];
}
