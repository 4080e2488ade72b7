/**
 * Real tools of the real client: run, patched, called over MCP, through providers that know fewer of them than Codex.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { parseJson } from "../../../lib/base/json.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { ANSWER, PATCH, PATCHED, PATCHING, RAN, say, TEXT, TOOL } from "../say.ts";
import { callsIn, inputOf, outputsIn, toolsOf } from "../seen.ts";
import { cacheable, type Case, turns, unharmed } from "../turn.ts";

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
  script: (request) => say(request, outputsIn(request).length > 0 ? ANSWER : TOOL),
  check(turn) {
    unharmed(turn, [TEXT], 2);
    equal(turn.run.file("ran.txt"), RAN);
    deepEqual(outputsIn(turn.provider.posts[1]).map(({ id }) => id), ["call_1_0"]);
    deepEqual(callsIn(turn.provider.posts[1]).map(({ id, name }) => ({ id, name })), [
      { id: "call_1_0", name: "exec_command" },
    ]);
  },
};

const freeform: Case = {
  name: "tools: freeform apply_patch works as it is where the provider takes custom tools",
  wires: ["responses"],
  codex: PATCHING,
  script(request) {
    const calls = [{ kind: "custom", name: "apply_patch", input: PATCH }] as const;
    return say(request, outputsIn(request).length > 0 ? ANSWER : { calls });
  },
  check(turn) {
    unharmed(turn, [TEXT], 2);
    equal(turn.run.file("poem.txt"), PATCHED);
    ok(toolsOf(turn.provider.posts[0]).some(({ type }) => type === "custom"));
  },
};

const adapted: Case = {
  name: "tools: freeform apply_patch works through a provider that takes functions alone",
  upstream: { provider: "mimo" },
  codex: PATCHING,
  script(request) {
    const calls = [
      { kind: "function", name: "apply_patch", arguments: { input: PATCH } },
    ] as const;
    return say(request, outputsIn(request).length > 0 ? ANSWER : { calls });
  },
  check(turn) {
    unharmed(turn, [TEXT], 2);
    cacheable(turn);
    equal(turn.run.file("poem.txt"), PATCHED);
    onlyFunctions(turn.provider.posts);
    const [call] = callsIn(turn.provider.posts[1]);
    deepEqual(parseJson(`${call?.text}`), { input: PATCH });
  },
};

const server = new URL("../../helpers/codex/mcp_server.ts", import.meta.url).pathname;
const tables = `[mcp_servers.tiny]
command = ${JSON.stringify(Deno.execPath())}
args = ["run", "-A", "--no-config", ${JSON.stringify(server)}]
`;

const mcp: Case = {
  name: "tools: an MCP tool is called through a provider that takes functions alone",
  upstream: { provider: "mimo" },
  codex: { tables },
  script(request) {
    if (outputsIn(request).length > 0) return say(request, ANSWER);
    const name = toolsOf(request).map((tool) => tool.name).find((each) => /reverse$/.test(each));
    if (!name) return say(request, { text: "There is no such tool." });
    const call = { kind: "function", name, arguments: { word: "stressed" } } as const;
    return say(request, { calls: [call] });
  },
  check(turn) {
    unharmed(turn, [TEXT], 2);
    cacheable(turn);
    onlyFunctions(turn.provider.posts);
    match(JSON.stringify(outputsIn(turn.provider.posts[1])), /desserts/);
    const name = callsIn(turn.provider.posts[1])[0]?.name;
    ok(
      toolsOf(turn.provider.posts[1]).some((tool) => tool.name === name),
      "history keeps the name",
    );
  },
};

Deno.test("tools: what Codex's tools do is done through the sidecar", async (t) => {
  await turns(t, [run, freeform, adapted, mcp]);
});
