/**
 * What models write for the tool, and what it is read as.
 */

import { deepEqual, equal } from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { type Command, readCommands } from "../../../lib/proxy/search/commands.ts";

const search = (text: string, more: object = {}) => ({
  kind: "search",
  text,
  domains: [],
  ...more,
});

const CASES: [name: string, asked: JsonObject, commands: unknown[]][] = [
  ["one search", { search_query: [{ q: "a" }] }, [search("a")]],
  ["several, with their manner", {
    search_query: [{ q: " a ", recency: 3, domains: ["https://X.example/path", "bad host"] }, {
      q: "b",
    }],
    response_length: "long",
  }, [search("a", { days: 3, domains: ["x.example"] }), search("b")]],
  ["a search under other names", { query: "a", domains: ["x.example"], recency: "7" }, [
    search("a", { days: 7, domains: ["x.example"] }),
  ]],
  ["texts in the list", { search_query: ["a", { query: "b" }] }, [search("a"), search("b")]],
  ["an object in place of the list", { search_query: { q: "a" } }, [search("a")]],
  ["the list as JSON text", { search_query: '[{"q":"a"}]' }, [search("a")]],
  ["the empty search of a call by accident", { search_query: [{ q: "" }] }, []],
  ["nulls and empty lists", { search_query: [{ q: "a" }], open: null, find: [], finance: [] }, [
    search("a"),
  ]],
  ["pages", {
    open: [{ ref_id: "turn0search1", lineno: 12 }, { ref_id: "https://x.example" }, "turn1fetch0"],
  }, [
    { kind: "open", ref: "turn0search1", line: 12 },
    { kind: "open", ref: "https://x.example" },
    { kind: "open", ref: "turn1fetch0" },
  ]],
  ["a page by its number", { open: [{ ref_id: 2 }] }, [{ kind: "open", ref: "2" }]],
  ["a page with a line beside it", { open: "https://x.example", lineno: 5 }, [
    { kind: "open", ref: "https://x.example", line: 5 },
  ]],
  ["a text in a page, as the function has it", { open: "https://x.example", find: "word" }, [
    { kind: "find", ref: "https://x.example", pattern: "word" },
  ]],
  ["a text in a page, as Codex has it", { find: [{ ref_id: "turn0fetch0", pattern: "word" }] }, [
    { kind: "find", ref: "turn0fetch0", pattern: "word" },
  ]],
  ["links", { click: [{ ref_id: "turn0fetch0", id: 17 }, { ref_id: "turn0fetch0", id: "3" }] }, [
    { kind: "click", ref: "turn0fetch0", link: 17 },
    { kind: "click", ref: "turn0fetch0", link: 3 },
  ]],
  ["what is not carried out", { weather: [{ location: "x" }], time: [{ utc_offset: "+03:00" }] }, [
    { kind: "unsupported", name: "weather" },
    { kind: "unsupported", name: "time" },
  ]],
  ["what lacks its parts", {
    click: [{ ref_id: "a" }],
    find: [{ pattern: "b" }],
    open: [{}],
    search_query: [1, []],
  }, []],
];

Deno.test("search commands: near misses are read as what they mean", () => {
  for (const [name, asked, commands] of CASES) {
    deepEqual(readCommands(asked).commands, commands, name);
  }
});

Deno.test("search commands: there are eight at most, and the rest is counted", () => {
  const many = Array.from({ length: 20 }, (_, at) => ({ q: `${at}` }));
  const { commands, left, length } = readCommands({
    search_query: many,
    response_length: "medium",
  });
  deepEqual([commands.length, left, length], [8, 12, "medium"]);
  const [long] = readCommands({ query: "x".repeat(10_000) }).commands as [
    Command & { kind: "search" },
  ];
  equal(long.text.length, 2_048);
});
