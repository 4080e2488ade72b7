/**
 * Real tools of the real client: run, patched, called over MCP, through providers that know fewer of them than Codex.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { isObject, type JsonObject, parseJson } from "../../lib/base/json.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import type { SeenRequest } from "../../lib/simulate/provider.ts";
import { catalog } from "../helpers/catalog.ts";
import { inputOf, outputsIn, RAN, TOOL } from "./tool.ts";
import { ANSWER, type Case, TEXT, turns, unharmed } from "./turn.ts";

const final = (n: number) => goodScript({ ...ANSWER, seed: `${n}` });

function toolsOf(request: SeenRequest | undefined): JsonObject[] {
  const tools = request?.json?.tools;
  return Array.isArray(tools) ? tools.filter(isObject) : [];
}

/** Asserts that a provider that takes functions alone saw nothing else. */
function onlyFunctions(requests: readonly SeenRequest[]): void {
  for (const request of requests) {
    deepEqual([...new Set(toolsOf(request).map(({ type }) => type))], ["function"]);
    const strange = inputOf(request).filter(({ type }) => /custom|additional/.test(`${type}`));
    deepEqual(strange, []);
  }
}

const run: Case = {
  name: "tools: a command is really run and its output comes back",
  script: (request, n) => outputsIn(request).length > 0 ? final(n) : goodScript(TOOL),
  check(turn) {
    unharmed(turn, [TEXT], 2);
    equal(turn.run.file("ran.txt"), RAN);
    const outputs = outputsIn(turn.provider.posts[1]).map(({ type, call_id }) => ({
      type,
      call_id,
    }));
    deepEqual(outputs, [{ type: "function_call_output", call_id: "call_1_0" }]);
  },
};

const PATCH = `*** Begin Patch
*** Update File: poem.txt
@@
-roses are blue
+roses are red
*** End Patch
`;
const files = { "models.json": catalog("sim-1"), "poem.txt": "roses are blue\nviolets too\n" };
const config = 'model_catalog_json = "$WORK/models.json"';

const freeform: Case = {
  name: "tools: freeform apply_patch works as it is where the provider takes custom tools",
  codex: { files, config },
  script: (request, n) =>
    outputsIn(request).length > 0 ? final(n) : goodScript({
      wire: "responses",
      calls: [{ kind: "custom", name: "apply_patch", input: PATCH }],
    }),
  check(turn) {
    unharmed(turn, [TEXT], 2);
    equal(turn.run.file("poem.txt"), "roses are red\nviolets too\n");
    ok(toolsOf(turn.provider.posts[0]).some(({ type }) => type === "custom"));
  },
};

const lowered: Case = {
  name: "tools: freeform apply_patch works through a provider that takes functions alone",
  upstream: { provider: "mimo" },
  codex: { files, config },
  script: (request, n) =>
    outputsIn(request).length > 0 ? final(n) : goodScript({
      wire: "responses",
      calls: [{ kind: "function", name: "apply_patch", arguments: { input: PATCH } }],
    }),
  check(turn) {
    unharmed(turn, [TEXT], 2);
    equal(turn.run.file("poem.txt"), "roses are red\nviolets too\n");
    onlyFunctions(turn.provider.posts);
    const history = inputOf(turn.provider.posts[1]).find(({ type }) => type === "function_call");
    deepEqual(parseJson(`${history?.arguments}`), { input: PATCH });
  },
};

const server = new URL("../helpers/mcp_server.ts", import.meta.url).pathname;
const tables = `[mcp_servers.tiny]
command = ${JSON.stringify(Deno.execPath())}
args = ["run", "-A", "--no-config", ${JSON.stringify(server)}]
`;

const mcp: Case = {
  name: "tools: an MCP tool is called through a provider that takes functions alone",
  upstream: { provider: "mimo" },
  codex: { tables },
  script(request, n) {
    if (outputsIn(request).length > 0) return final(n);
    const name = toolsOf(request).map((tool) => `${tool.name}`).find((each) =>
      /reverse$/.test(each)
    );
    if (!name) return goodScript({ wire: "responses", text: "There is no such tool." });
    const call = { kind: "function", name, arguments: { word: "stressed" } } as const;
    return goodScript({ wire: "responses", calls: [call] });
  },
  check(turn) {
    unharmed(turn, [TEXT], 2);
    onlyFunctions(turn.provider.posts);
    match(JSON.stringify(outputsIn(turn.provider.posts[1])), /desserts/);
    const name = inputOf(turn.provider.posts[1]).find(({ type }) => type === "function_call")?.name;
    ok(
      toolsOf(turn.provider.posts[1]).some((tool) => tool.name === name),
      "history keeps the name",
    );
  },
};

Deno.test("tools: what Codex's tools do is done through the sidecar", async (t) => {
  await turns(t, [run, freeform, lowered, mcp]);
});
