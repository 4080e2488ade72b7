/**
 * The real client searches the web through providers that cannot: by its own endpoint, and by the hosted tool.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { JsonObject } from "../../../lib/base/json.ts";
import { catalog } from "../../helpers/codex/catalog.ts";
import { type FakeWeb, startFakeWeb } from "../../helpers/peers/fake_web.ts";
import { ANSWER, say, TEXT } from "../say.ts";
import { outputsIn, toolsOf } from "../seen.ts";
import { type Case, type Turn, turns, unharmed } from "../turn.ts";

/** The catalog of the client under test, with the fields that decide how it searches. */
function models(fields: JsonObject): string {
  const { models: [entry] } = JSON.parse(catalog("sim-1"));
  return JSON.stringify({ models: [{ ...entry, web_search_tool_type: "text", ...fields }] });
}

function codex(fields: JsonObject, provider = "") {
  return {
    files: { "models.json": models(fields) },
    config: 'model_catalog_json = "$WORK/models.json"',
    provider,
    args: ["-c", 'web_search="live"'],
  };
}

function settings({ engine, web }: FakeWeb): Pick<Case, "config" | "web" | "upstream"> {
  return {
    config: { search: { via: "searxng", url: engine, apiKeyEnv: null } },
    web,
    upstream: { provider: "mimo" },
  };
}

/** The outputs that the model got, as text. */
function outputs(turn: Turn): string[] {
  return turn.provider.posts.map((post) => JSON.stringify(outputsIn(post).at(-1)));
}

function searchItems({ run }: Turn): unknown[] {
  return run.items.filter(({ type }) => type === "web_search").map(({ action }) => action);
}

/** Asserts that two sources and one page reached the model. */
function foundAndRead(turn: Turn, { site }: FakeWeb): void {
  const [, found, read] = outputs(turn);
  match(`${found}`, /\[1\] Denmark.*\/capital.*turn0search0.*\[2\] Copenhagen.*turn0search1/);
  match(`${read}`, /The capital is Copenhagen \[link 0\], a city of 660,000/);
  ok(!`${read}`.includes("Menu"), "the frame of the page stays out");
  ok(`${found}`.includes(site));
}

Deno.test("search: Codex searches and reads a page on a model that cannot", async (t) => {
  const fakes = [1, 2, 3, 4].map(() => startFakeWeb());
  const [standalone, hosted, off, mixed] = fakes as [FakeWeb, FakeWeb, FakeWeb, FakeWeb];
  const lite = codex({ use_responses_lite: true }, "supports_standalone_web_search = true");
  const steps: [JsonObject, JsonObject] = [
    { search_query: [{ q: "capital of Denmark" }] },
    { open: [{ ref_id: "turn0search0" }] },
  ];
  const cases: Case[] = [
    {
      name: "search: by its own endpoint",
      ...settings(standalone),
      codex: lite,
      script(request) {
        const name = toolsOf(request).map((tool) => tool.name).find((each) => /run$/.test(each));
        const step = steps[outputsIn(request).length % 3];
        if (!step || !name) return say(request, ANSWER);
        return say(request, { calls: [{ kind: "function", name, arguments: step }] });
      },
      check(turn) {
        unharmed(turn, [TEXT], 3);
        foundAndRead(turn, standalone);
        deepEqual(searchItems(turn)[0], { type: "search", query: "capital of Denmark" });
      },
    },
    {
      name: "search: by the hosted tool",
      ...settings(hosted),
      codex: codex({}),
      script(request) {
        const names = toolsOf(request).map((tool) => tool.name);
        const step = [{ query: "capital of Denmark" }, { open: "turn0search0" }][
          outputsIn(request).length % 3
        ];
        if (!step || !names.includes("web_search")) return say(request, ANSWER);
        return say(request, {
          reasoning: "I should look.",
          calls: [{ kind: "function", name: "web_search", arguments: step }],
        });
      },
      check(turn) {
        unharmed(turn, [TEXT], 3);
        foundAndRead(turn, hosted);
        deepEqual(searchItems(turn), [
          { type: "search", query: "capital of Denmark" },
          { type: "open_page", url: `${hosted.site}/capital` },
        ]);
      },
    },
    {
      name: "search: a search beside a command of Codex's own",
      ...settings(mixed),
      codex: codex({}),
      script(request) {
        if (outputsIn(request).length > 0) return say(request, ANSWER);
        return say(request, {
          calls: [
            { kind: "function", name: "web_search", arguments: { query: "Denmark" } },
            { kind: "function", name: "exec_command", arguments: { cmd: "echo ran >> ran.txt" } },
          ],
        });
      },
      check(turn) {
        unharmed(turn, [TEXT], 2);
        equal(turn.run.file("ran.txt"), "ran\n");
        const results = outputsIn(turn.provider.posts[1]);
        equal(results.length, 2);
        match(JSON.stringify(results), /\[2\] Copenhagen/);
      },
    },
    {
      name: "search: switched off, it says so once",
      ...settings(off),
      config: { search: { via: "off", url: null, apiKeyEnv: null } },
      codex: lite,
      script(request) {
        const name = toolsOf(request).map((tool) => tool.name).find((each) => /run$/.test(each));
        if (!name || outputsIn(request).length > 0) return say(request, ANSWER);
        return say(request, { calls: [{ kind: "function", name, arguments: steps[0] }] });
      },
      check(turn) {
        unharmed(turn, [TEXT], 2);
        match(`${outputs(turn)[1]}`, /Web search is switched off here/);
        deepEqual(off.queries, []);
      },
    },
  ];
  try {
    await turns(t, cases);
    for (const { headers } of fakes) {
      ok(!headers.some((each) => each.includes("test-key")), "no key of the user goes along");
    }
  } finally {
    await Promise.all(fakes.map((fake) => fake.stop()));
  }
});
