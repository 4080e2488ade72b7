import assert from "node:assert/strict";
import { type CallPiece, ToolCalls } from "../../../lib/translate/answer/tool_calls.ts";

const piece = (index: number, name: string | undefined, args: string, id?: string): CallPiece => ({
  index,
  ...(id === undefined ? {} : { id }),
  ...(name === undefined ? {} : { name }),
  args,
});

const cases: { name: string; pieces: CallPiece[]; calls: string[] }[] = [
  {
    name:
      "one index and no id for all calls: a name with arguments after a complete call is the next",
    pieces: [piece(0, "a", '{"x":1}'), piece(0, "a", '{"x":2}'), piece(0, "b", "{}")],
    calls: ['a {"x":1}', 'a {"x":2}', "b {}"],
  },
  {
    name: "a name repeated behind complete arguments, without arguments of its own, is no new call",
    pieces: [piece(0, "a", '{"x"'), piece(0, "a", ":1}"), piece(0, "a", "")],
    calls: ['a {"x":1}'],
  },
  {
    name: "an id for every fragment: what goes on without a name belongs to the call before",
    pieces: [piece(0, "a", '{"x"', "i1"), piece(0, undefined, ":1}", "i2")],
    calls: ['a {"x":1}'],
  },
  {
    name: "a new id behind complete arguments is a new call, its name still to come",
    pieces: [piece(0, "a", "{}", "i1"), piece(0, undefined, '{"y"', "i2"), piece(0, "b", ":1}")],
    calls: ["a {}", 'b {"y":1}'],
  },
  {
    name: "a complete call that is sent again at the end is one call",
    pieces: [piece(0, "a", '{"x":1}', "i1"), piece(0, "a", '{"x":1}', "i1")],
    calls: ['a {"x":1}'],
  },
  {
    name: "two equal fragments are two fragments",
    pieces: [
      piece(0, "a", '{"x":"', "i1"),
      piece(0, undefined, "ha"),
      piece(0, undefined, "ha"),
      piece(0, undefined, '"}'),
    ],
    calls: ['a {"x":"haha"}'],
  },
];
const NAMES = new Set(["exec_command", "exec", "get_goal", "get_goal_history"]);
const fragments: typeof cases = [
  {
    name: "a name in two pieces, without index or id",
    pieces: [{ name: "exec_", args: "" }, { name: "command", args: "" }, { args: "{}" }],
    calls: ["exec_command {}"],
  },
  {
    name: "a name whose first piece is a tool, too",
    pieces: [piece(0, "exec", "", "i"), piece(0, "_command", "", "i"), piece(0, undefined, "{}")],
    calls: ["exec_command {}"],
  },
  {
    name: "a name that grows with every piece",
    pieces: [piece(0, "ex", ""), piece(0, "exec_", ""), piece(0, "exec_command", "{}")],
    calls: ["exec_command {}"],
  },
  {
    name: "two tools, of which one begins as the other, without index or id",
    pieces: [{ name: "get_goal", args: "" }, { name: "get_goal", args: "" }, {
      name: "exec",
      args: "{}",
    }],
    calls: ["get_goal ", "exec {}"],
  },
  {
    name: "a name that nobody declared is not made longer",
    pieces: [piece(0, "other", "", "i"), piece(0, "_tool", "{}", "i")],
    calls: ["other {}"],
  },
  {
    name: "a name behind arguments is no piece",
    pieces: [piece(0, "exec", "{", "i"), piece(0, "_command", "}", "i")],
    calls: ["exec {}"],
  },
];
for (const { name, pieces, calls } of fragments) {
  Deno.test(`tool calls: ${name}`, () => {
    const all = new ToolCalls({ toolCalls: 8, event: 1024 }, NAMES);
    for (const each of pieces) all.push(each);
    assert.deepEqual(all.all.map((call) => `${call.name} ${call.args}`), calls);
  });
}

for (const { name, pieces, calls } of cases) {
  Deno.test(`tool calls: ${name}`, () => {
    const all = new ToolCalls({ toolCalls: 8, event: 1024 });
    for (const each of pieces) all.push(each);
    assert.deepEqual(all.all.map((call) => `${call.name} ${call.args}`), calls);
  });
}
