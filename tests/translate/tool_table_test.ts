import assert from "node:assert/strict";
import { type Origin, ToolTable } from "../../lib/translate/tool_table.ts";
import { fc } from "../helpers/fast_check.ts";

const WIRE = /^[a-zA-Z0-9_-]{1,64}$/;

Deno.test("tool_table: a name upstream belongs to one tool and leads back to it, whatever the names are", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "a",
      "b",
      "a__b",
      "b__c",
      "a_",
      "a__",
      "a.b",
      "a_b",
      "x".repeat(70),
      "",
      "read",
    ),
    fc.string({ unit: "binary" }),
  );
  const origin = fc.record({
    kind: fc.constantFrom("function" as const, "custom" as const, "tool_search" as const),
    name: word,
    namespace: word,
  }, { requiredKeys: ["kind", "name"], noNullPrototype: true });
  fc.assert(
    fc.property(fc.array(origin), (origins: Origin[]) => {
      const table = new ToolTable();
      const names = origins.map((each) => table.name(each));
      origins.forEach((each, index) => {
        const name = names[index] as string;
        assert.match(name, WIRE);
        assert.equal(table.name(each), name);
        assert.deepEqual(table.resolve(name), each);
      });
      const tools = new Set(
        origins.map((each) => JSON.stringify([each.kind, each.namespace, each.name])),
      );
      assert.equal(new Set(names).size, tools.size);
    }),
    { numRuns: 500 },
  );
});

Deno.test("tool_table: resolves what a model made of a name, but never guesses between two", () => {
  const table = new ToolTable();
  const read: Origin = { kind: "function", namespace: "mcp__files", name: "read" };
  const exec: Origin = { kind: "custom", namespace: "functions", name: "exec" };
  const shell: Origin = { kind: "function", name: "exec_command" };
  const dotted: Origin = { kind: "function", namespace: "my.server", name: "do-it" };
  const one: Origin = { kind: "function", namespace: "one", name: "list" };
  const two: Origin = { kind: "function", namespace: "two", name: "list" };
  for (const each of [read, exec, shell, dotted, one, two]) table.name(each);
  const cases: [string, Origin | undefined][] = [
    ["mcp__files__read", read],
    ["mcp__files.read", read],
    ["mcp__files::read", read],
    ["mcp_files/read", read],
    ["read", read],
    ["functions.read", read],
    ["functions.exec", exec],
    ["functions__exec", exec],
    ["exec", exec],
    ["functions.exec_command", shell],
    ["default_api:exec_command", shell],
    ["my.server.do-it", dotted],
    ["my_server__do_it", dotted],
    ["one.list", one],
    ["list", undefined],
    ["other.read", undefined],
    ["reads", undefined],
    ["functions.", undefined],
    ["", undefined],
  ];
  for (const [called, want] of cases) assert.deepEqual(table.resolve(called), want, called);
});

Deno.test("tool_table: is empty until a tool is called otherwise upstream", () => {
  const table = new ToolTable();
  assert.equal(table.empty, true);
  table.name({ kind: "function", name: "a" });
  table.name({ kind: "custom", name: "b" });
  assert.equal(table.empty, true);
  table.name({ kind: "custom", name: "c" }, true);
  assert.equal(table.empty, false);
});
