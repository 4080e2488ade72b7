/**
 * What a model reads: numbered sources, pages by lines, within a budget.
 */

import { equal, match, ok } from "node:assert/strict";
import {
  joinSections,
  writeMatches,
  writePage,
  writeSources,
} from "../../../lib/proxy/search/output.ts";
import { SearchMemory } from "../../../lib/proxy/search/memory.ts";

const page = {
  url: "https://x.example/a",
  title: "A  page",
  lines: ["one", "two Word", "three", "four", "five", "six word"],
  links: ["https://x.example/b", ""],
  size: 30,
};

Deno.test("search output: sources are numbered, with address, name and date", () => {
  const sources = [
    { url: "https://x.example/a", title: "A\n page", text: "said  so", date: "2026-11-01" },
    { url: "https://y.example/b", title: "", text: "" },
  ];
  equal(
    writeSources("q", sources, ["turn0search0", "turn0search1"], "In short."),
    `Results for: q (2)

In short.

[1] A page
URL: https://x.example/a
ref_id: turn0search0 · 2026-11-01
said so

[2] y.example
URL: https://y.example/b
ref_id: turn0search1`,
  );
  equal(writeSources("q", [], [], undefined), "No results for: q");
});

Deno.test("search output: a page is read from a line on, and searched", () => {
  match(
    writePage(page, "turn0fetch0", 5),
    /^A page\nURL: .*\nref_id: turn0fetch0\nLines 5 to 6 of 6; .*\nL5: five\nL6: six word$/,
  );
  match(writePage({ ...page, lines: [] }, "r"), /The page has no text$/);
  match(writePage(page, "r", 99), /\nL6: six word$/);
  match(
    writeMatches(page, "r", "WORD"),
    /^2 matching lines for: WORD\n[^]*\n\nL1: one\nL2: two Word\nL3: three\nL4: four\n\nL4: four\nL5: five\nL6: six word$/,
  );
  match(writeMatches(page, "r", "none"), /^No match for: none/);
});

Deno.test("search output: the budget is kept, shared, and a cut is said", () => {
  const long = "word ".repeat(40_000);
  for (const tokens of [100, 500, 2_500, 10_000]) {
    const text = joinSections([long, "short", long], tokens);
    ok(text.length <= tokens * 4, `${text.length} characters for ${tokens} tokens`);
    ok(text.length > tokens * 3, "and used");
    match(text, /\[… cut here, \d+ characters left\]\n\nshort\n\n/);
  }
  const han = joinSections(["字".repeat(40_000)], 1_000);
  ok(han.length < 1_100, "a character of another script counts as a token");
  ok(joinSections([long], 1e9).length <= 200_000, "what is asked for has a bound");
  ok(joinSections([long], undefined).length <= 40_000);
  equal(joinSections(["a\u200bb\u202ec\u{e0041}d\u0007"], 500).split("\n").at(-1), "abcd");
});

Deno.test("search memory: names belong to their session, and are forgotten in their order", () => {
  const memory = new SearchMemory();
  const turn = memory.session("a").begin();
  equal(
    turn.found(["https://x.example/1", "https://x.example/2"]).join(),
    "turn0search0,turn0search1",
  );
  equal(turn.read(page), "turn0fetch2");
  const again = memory.session("a");
  for (
    const [ref, address] of [
      ["turn0search1", "https://x.example/2"],
      ["[1]", "https://x.example/1"],
      ["2", "https://x.example/2"],
      ["3", undefined],
      ["turn9search0", undefined],
      ["https://z.example", "https://z.example"],
      ["z.example/path", "https://z.example/path"],
      ["nothing", undefined],
    ]
  ) equal(again.address(`${ref}`), address, ref);
  ok(again.knows("https://x.example/b"), "a link of a page that was read");
  equal(again.page(page.url), page);
  equal(memory.session("b").address("turn0search0"), undefined);
  equal(memory.session("b").page(page.url), undefined);
  equal(memory.session("").begin().found(["https://x.example"])[0], "turn0search0");
  equal(
    memory.session("").address("turn0search0"),
    undefined,
    "a session without a name keeps nothing",
  );
  for (let at = 0; at < 300; at++) memory.session(`s${at}`);
  equal(memory.session("a").address("turn0search0"), undefined);
});
