/**
 * Sub-agents and code mode of the real client, through providers that know nothing but functions and plain text: a child gets
 * its task, its parent gets the result, a script runs.
 */

import { deepEqual, equal, ok } from "node:assert/strict";
import { isObject, type JsonObject, parseJson } from "../../../lib/base/json.ts";
import type { SimulatedCall } from "../../../lib/simulate/answer.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { json, type Script } from "../../../lib/simulate/script.ts";
import { catalog } from "../../helpers/codex/catalog.ts";
import { RAN, say, TEXT } from "../say.ts";
import { callsIn, inputOf, outputsIn, toolsOf } from "../seen.ts";
import { cacheable, type Case, turns, unharmed } from "../turn.ts";

const TASK = "Count the apples in the cellar.";
const RESULT = "There are 77 apples.";

/** A catalog of one model with more fields. */
function catalogWith(fields: JsonObject) {
  const read = parseJson(catalog("sim-1"));
  const [entry] = isObject(read) && Array.isArray(read.models) ? read.models : [];
  const models = [{ ...(isObject(entry) ? entry : {}), ...fields }];
  return {
    files: { "models.json": JSON.stringify({ models }) },
    config: 'model_catalog_json = "$WORK/models.json"',
  };
}

/** A call of the offered tool whose name ends so. */
function call(request: SeenRequest, ending: RegExp, args: JsonObject): SimulatedCall {
  const named = toolsOf(request).map((tool) => tool.name).find((each) => ending.test(each));
  const own = { kind: "function", name: named ?? "nothing", arguments: args } as const;
  if (named !== undefined || !Array.isArray(request.json?.tools)) return own;
  for (const { name: namespace, tools } of request.json.tools.filter(isObject)) {
    const inner = (Array.isArray(tools) ? tools : []).filter(isObject).map((tool) => `${tool.name}`)
      .find((each) => ending.test(each));
    if (inner !== undefined) return { ...own, namespace: `${namespace}`, name: inner };
  }
  return own;
}

/** Whether a request is one of a child. */
function isChild({ headers }: SeenRequest): boolean {
  return headers["x-openai-subagent"] === "collab_spawn";
}

/** A parent that starts a child, waits for it and tells what it said; a child that does what it is told. */
function family(v2: boolean): (request: SeenRequest) => Script {
  return (request) => {
    const text = JSON.stringify(inputOf(request).slice(-2));
    if (/"encrypted":true/.test(JSON.stringify(request.json?.tools))) {
      return json(400, { error: { message: "Schemas must not hold the keyword encrypted" } });
    }
    if (isChild(request)) {
      return say(request, { text: text.includes(TASK) ? RESULT : "I have no task." });
    }
    const outputs = outputsIn(request);
    if (outputs.length === 0) {
      const named = v2 ? { task_name: "count" } : {};
      return say(request, { calls: [call(request, /spawn_agent$/, { message: TASK, ...named })] });
    }
    if (outputs.length === 1) {
      const [id] = /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(outputs[0]!.text) ?? [];
      const whom = v2 || id === undefined ? {} : { targets: [id] };
      const args = { timeout_ms: 20_000, ...whom };
      return say(request, { calls: [call(request, /wait_agent$/, args)] });
    }
    const all = JSON.stringify(inputOf(request));
    return say(request, { text: all.includes(RESULT) ? TEXT : "Nothing came back." });
  };
}

/** The script of a model in code mode, which runs a command. */
const CODE =
  'const r = await tools.exec_command({cmd: "echo ran >> ran.txt"}); text(JSON.stringify(r));';

const cases: Case[] = [
  ...(["v1", "v2"] as const).map((version): Case => ({
    name: `agents: a child of ${version} knows its task, and its parent gets the result`,
    upstream: { provider: "mimo" },
    codex: version === "v2" ? catalogWith({ multi_agent_version: "v2" }) : {},
    script: family(version === "v2"),
    check(turn) {
      unharmed(turn, [TEXT], 4);
      cacheable(turn);
      equal(turn.provider.posts.filter(isChild).length, 1);
    },
  })),
  {
    name: "agents: a child of v2 knows its task where the provider takes any item",
    wires: ["responses"],
    codex: catalogWith({ multi_agent_version: "v2" }),
    script(request) {
      const strange = inputOf(request).find(({ type }) => type === "agent_message");
      return strange
        ? json(400, { error: { message: "unknown item agent_message" } })
        : family(true)(request);
    },
    check: (turn) => unharmed(turn, [TEXT], 4),
  },
  {
    name: "agents: a script of code mode runs",
    upstream: { provider: "mimo" },
    codex: catalogWith({ use_responses_lite: true, tool_mode: "code_mode" }),
    script(request) {
      return say(
        request,
        outputsIn(request).length > 0
          ? { text: TEXT }
          : { calls: [call(request, /(?:^|_)exec$/, { input: CODE })] },
      );
    },
    check(turn) {
      unharmed(turn, [TEXT], 2);
      cacheable(turn);
      equal(turn.run.file("ran.txt"), RAN);
      const [called] = callsIn(turn.provider.posts[1]);
      ok(toolsOf(turn.provider.posts[1]).some(({ name }) => name === called?.name));
      deepEqual(parseJson(called?.text ?? ""), { input: CODE });
      ok(/exit_code/.test(outputsIn(turn.provider.posts[1])[0]?.text ?? ""));
    },
  },
];

Deno.test("agents: Codex's agents and scripts work on foreign models", async (t) => {
  await turns(t, cases);
});
