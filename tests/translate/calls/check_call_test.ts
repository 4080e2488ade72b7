import { fc } from "../../helpers/fast_check.ts";
import assert from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { checkCall } from "../../../lib/translate/calls/check_call.ts";
import { DeclaredCalls } from "../../../lib/translate/calls/declared_calls.ts";
import { toFunctionTools } from "../../../lib/translate/request/function_tools.ts";

const tool = (name: string, properties: JsonObject, required: string[] = []): JsonObject => ({
  type: "function",
  name,
  parameters: { type: "object", properties, required, additionalProperties: false },
});

const REQUEST: JsonObject = {
  model: "m",
  input: "hi",
  tools: [
    tool("exec_command", {
      cmd: { type: "string" },
      yield_time_ms: { type: "number" },
      max: { type: "integer" },
      tty: { type: "boolean" },
      env: { type: "object", properties: { list: { type: "array" } } },
      files: { type: "array", items: { type: "string" } },
      rows: { type: "array", items: { $ref: "#/$defs/row" } },
      maybe: { anyOf: [{ type: "array", items: { type: "integer" } }, { type: "null" }] },
      either: { type: ["string", "array"] },
      anything: {},
    }, ["cmd"]),
    tool("get_goal", {}),
    tool("update_plan", { plan: { type: "array", items: { type: "object" } } }, ["plan"]),
    { type: "custom", name: "apply_patch" },
    { type: "namespace", name: "mcp__probe", tools: [tool("measure", { n: { type: "integer" } })] },
  ],
};
((REQUEST.tools as JsonObject[])[0]!.parameters as JsonObject).$defs = {
  row: { type: "object", properties: { at: { type: "integer" } } },
};

const adapted = toFunctionTools(REQUEST, ["function"]);
const declared = new DeclaredCalls(adapted.request, adapted.tools);
const check = (name: string, args: string) => checkCall({ name, args }, declared);
const json = JSON.stringify;

const same: readonly (readonly [name: string, args: string])[] = [
  ["exec_command", '{"cmd":"ls"}'],
  ["exec_command", ' { "cmd" : "ls" ,\n"max": 12345678901234567890, "max": 2 } '],
  ["exec_command", '{"cmd":"echo 20000.0 2e4 [\\"a\\"]"}'],
  ["exec_command", '{"cmd":"ls","anything":1.0,"unknown":{"x":2.0}}'],
  ["exec_command", '{"cmd":"ls","yield_time_ms":2.5}'],
  ["exec_command", '{"cmd":"ls","either":"[1]","anything":"[1]"}'],
  ["exec_command", '{"cmd":"{\\"cmd\\":\\"ls\\"}"}'],
  ["exec_command", '{"cmd":"ls","files":"a.txt","max":"many"}'],
  ["exec_command", '{"cmd":"ls","maybe":null}'],
  ["exec_command", '{"cmd":"\\ud83d"}'],
  ["exec_command", "{}"],
  ["mcp__probe__measure", '{"n":1}'],
  ["no_such_tool", '{"a":'],
  ["no_such_tool<|channel|>commentary", "}"],
  ["apply_patch", "*** Begin Patch"],
  ["apply_patch", '"{\\"input\\":\\"x\\"}"'],
];
for (const [name, args] of same) {
  Deno.test(`check call: ${json([name, args])} stays byte for byte`, () => {
    const { readable, ...call } = check(name, args);
    assert.deepEqual(call, { name, args });
    assert.ok(readable);
  });
}

const names: readonly string[] = [
  "exec_command<|channel|>commentary",
  "exec_command<|channel|>json",
  "exec_command</arg_value>",
  "exec_command</tool_call>",
  " exec_command\n",
  '"exec_command"',
  "`exec_command`",
  "exec_command:0",
  "functions.exec_command",
  "functions.exec_command:12",
  "exec_command()",
  "exec_command>",
  "exec_commandcommentary",
  "<tool_call>exec_command",
  "<|channel|>commentary to=functions.exec_command<|constrain|>json",
  "to=exec_command",
  "exec_command|exec_command",
];
for (const name of names) {
  Deno.test(`check call: the name ${json(name)} is that of its tool`, () => {
    const call = check(name, '{"cmd":"ls"}');
    assert.equal(call.name, "exec_command");
    assert.equal(call.args, '{"cmd":"ls"}');
  });
}

const glued: readonly (readonly [name: string, args: string, want: JsonObject])[] = [
  ['exec_command{"cmd":"ls"}', "", { cmd: "ls" }],
  ['exec_command {"cmd":"ls"}', "{}", { cmd: "ls" }],
  ['exec_command({"cmd":"ls"})', "", { cmd: "ls" }],
  ['exec_command>{"cmd":"ls"}</tool_call>', "null", { cmd: "ls" }],
  ['exec_command<|message|>{"cmd":"ls"}<|call|>', "", { cmd: "ls" }],
  ['exec_command\n{"cmd":"ls","max":2.0}', "", { cmd: "ls", max: 2 }],
  ["exec_command<arg_key>cmd</arg_key><arg_value>ls</arg_value>", "", { cmd: "ls" }],
  [
    "exec_command\n<arg_key>cmd</arg_key>\n<arg_value>ls -l</arg_value>\n<arg_key>max</arg_key><arg_value>3</arg_value>",
    "",
    { cmd: "ls -l", max: 3 },
  ],
  ['exec_command{"cmd":"ls"}', '{"cmd":"pwd"}', { cmd: "pwd" }],
  ["get_goal</arg_value>", "", {}],
];
for (const [name, args, want] of glued) {
  Deno.test(`check call: ${json([name, args])} has its arguments`, () => {
    const call = check(name, args);
    assert.deepEqual([JSON.parse(call.args), call.readable], [want, true]);
  });
}

const LS = '{"cmd":"ls"}';
const decoded: readonly (readonly [args: string, want: string])[] = [
  [json(LS), LS],
  [json(json(LS)), LS],
  [json(json(json(LS))), LS],
  [` ${json(` ${LS}\n`)} `, LS],
  ['{\\"cmd\\":\\"ls\\"}', LS],
  [`${LS}}`, LS],
  [`${LS}}}]\n}`, LS],
  [`${json(LS)}}`, LS],
  [`}${LS}`, LS],
  [`{${LS}`, LS],
  [`{${LS}}`, LS],
  [LS + LS, LS],
  [`${LS} {"cmd": "ls"}\n${LS}`, LS],
  [`{}${LS}`, LS],
  [`${LS}{}`, LS],
  [`${LS}<|call|>`, LS],
  [`${LS}</tool_call>`, LS],
  [`{"cmd": "l{"cmd": "ls"}`, '{"cmd": "ls"}'],
  [`{"cmd": "l${LS}`, LS],
  [`{"cmd":"l{\n  "cmd": "ls"\n}`, '{\n  "cmd": "ls"\n}'],
  [`{"cmd":"ls","max":1${'{"cmd":"ls","max":12}'}`, '{"cmd":"ls","max":12}'],
  [`{"cmd":"l${LS}}`, LS],
  ['{"cmd":"ls"', LS],
  ['{"cmd":"ls","env":{"list":[1]', '{"cmd":"ls","env":{"list":[1]}}'],
  ['{"cmd":"ls","tty":true', '{"cmd":"ls","tty":true}'],
  ['{"cmd":"a\nb\tc"}', '{"cmd":"a\\nb\\tc"}'],
  ['{"cmd":"ls","files":"[\\"a\\", \\"b\\"]"}', '{"cmd":"ls","files":["a", "b"]}'],
  ['{"cmd":"ls", "env":"{\\"list\\":\\"[1]\\"}"}', '{"cmd":"ls", "env":{"list":[1]}}'],
  ['{"cmd":"ls","rows":["{\\"at\\":1.0}"]}', '{"cmd":"ls","rows":[{"at":1}]}'],
  ['{"cmd":"ls","maybe":"[1.0,2]"}', '{"cmd":"ls","maybe":[1,2]}'],
  ['{"cmd":"ls","yield_time_ms":20000.0}', '{"cmd":"ls","yield_time_ms":20000}'],
  [
    '{"cmd":"ls","yield_time_ms":2e4,"max":-1.50E1}',
    '{"cmd":"ls","yield_time_ms":20000,"max":-15}',
  ],
  ['{"cmd":"ls","max":"5","tty":"True"}', '{"cmd":"ls","max":5,"tty":true}'],
  [
    '{"max": 1.0, "max": 12345678901234567890, "cmd":"\\u0041"}',
    '{"max": 1, "max": 12345678901234567890, "cmd":"\\u0041"}',
  ],
  ["", "{}"],
  ["null", "{}"],
  ['""', "{}"],
];
for (const [args, want] of decoded) {
  Deno.test(`check call: the arguments ${json(args)} are decoded`, () => {
    const call = check("exec_command", args);
    assert.deepEqual([call.args, call.readable], [want, true]);
  });
}

const unreadable: readonly string[] = [
  '{"cmd":"ls',
  '{"cmd":"ls","max":1',
  '{"cmd":',
  '{"cmd"',
  '{"cmd":"ls",',
  '{"cmd":"ls","files":["a","b"',
  '{"files":["a"]',
  "{'cmd':'ls'}",
  "ls -l",
  '["ls"]',
  "12",
  `${LS}{"cmd":"pwd"}`,
  `${LS} and then some words`,
  '"{\\"cmd\\":\\"ls"',
  "{".repeat(600),
];
for (const args of unreadable) {
  Deno.test(`check call: the arguments ${json(args.slice(0, 40))} are unreadable, and stay`, () => {
    const call = check("exec_command", args);
    assert.deepEqual(call, { name: "exec_command", args, readable: false });
  });
}

Deno.test("check call: tools of a server that takes them all are known by namespace and name", () => {
  const { request, tools } = toFunctionTools(REQUEST, "all");
  const all = new DeclaredCalls(request, tools);
  const call = { name: "measure<|channel|>json", args: '{"n":"2"}' };
  assert.deepEqual(checkCall(call, all, "mcp__probe"), {
    name: "measure",
    args: '{"n":2}',
    readable: true,
  });
  assert.deepEqual(checkCall(call, all), { ...call, readable: true });
  assert.equal(checkCall({ name: "exec_command", args: json(LS) }, all).args, LS);
});

Deno.test("check call: a namespaced tool's arguments are read by its own schema", () => {
  assert.equal(check("mcp__probe__measure", '{"n":7.0}').args, '{"n":7}');
  assert.equal(check("mcp__probe.measure", '{"n":7.0}').args, '{"n":7}');
  assert.equal(check("measure", '{"n":7.0}').args, '{"n":7}');
});

const SCHEMAS: readonly JsonObject[] = [
  { $ref: "#" },
  { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
  { anyOf: [{ $ref: "#" }, { $ref: "#" }] },
  { type: 5, properties: "x", required: 7, items: [], anyOf: {}, allOf: [null], enum: "a" },
  { properties: { cmd: { anyOf: Array(500).fill({ $ref: "#/properties/cmd" }) } } },
  { type: ["object", 3], additionalProperties: true, $defs: { "a/b": {} } },
];
for (const parameters of SCHEMAS) {
  Deno.test(`check call: a schema of ${json(parameters).slice(0, 60)} does no harm`, () => {
    const request = { tools: [{ type: "function", name: "f", parameters }] };
    const { tools } = toFunctionTools(request, "all");
    const odd = new DeclaredCalls(request, tools);
    const args = '{"cmd":{"cmd":["1"]},"x":1.5}';
    assert.equal(checkCall({ name: "f", args }, odd).args, args);
    assert.equal(checkCall({ name: "f", args: json(args) }, odd).args, args);
  });
}

Deno.test("check call: what parses is never made to say something else", () => {
  fc.assert(fc.property(fc.json({ maxDepth: 3 }), fc.nat(2), (anything, times) => {
    const plain = json({ cmd: anything, anything: JSON.parse(anything) });
    assert.equal(check("exec_command", plain).args, plain);
    let encoded = plain;
    for (let n = 0; n <= times; n++) encoded = json(encoded);
    assert.equal(check("exec_command", encoded).args, plain);
  }));
});

Deno.test("check call: an object cut anywhere is unreadable or holds whole values; with all of it behind, it is that", () => {
  const whole = '{"cmd": "a{\\"b\\": [1]}", "files": ["x", "y"], "max": 12 }';
  const meant = json(JSON.parse(whole));
  for (let at = 1; at < whole.length; at++) {
    const cut = whole.slice(0, at);
    const flushed = check("exec_command", cut + whole);
    assert.equal(json(JSON.parse(flushed.args)), meant, `${cut} + all of it`);
    const { args, readable } = check("exec_command", cut);
    if (!readable) assert.equal(args, cut);
    else {
      const kept = JSON.parse(args) as JsonObject;
      const all = JSON.parse(whole) as JsonObject;
      for (const [key, value] of Object.entries(kept)) assert.deepEqual(value, all[key]);
    }
  }
});
