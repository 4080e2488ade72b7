/**
 * Real Codex on `wire: responses` through servers that know functions and messages alone: command, patch, MCP, image, sub-agent,
 * in a thread whose first answer another provider sealed.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { isObject, type JsonObject, parseJson } from "../../../lib/base/json.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { event, type Script } from "../../../lib/simulate/script.ts";
import { insertAt } from "../../../lib/simulate/transform_script.ts";
import { ANSWER, PATCH, PATCHED, PATCHING, PNG, RAN, say, TEXT, TOOL } from "../say.ts";
import { inputOf, outputsIn, toolsOf } from "../seen.ts";
import { STRICT_SERVERS, type StrictServer } from "./strict_servers.ts";
import { type Case, turns } from "../turn.ts";

const FOX = "Find the red fox.";
const SEALED: JsonObject = {
  type: "reasoning",
  id: "rs_other",
  summary: [],
  encrypted_content: "gAAAAA-sealed-by-another-provider",
};

/** The catalog of the patching client, with sub-agents. */
function models(): string {
  const { models: [model] } = parseJson(PATCHING.files["models.json"]) as unknown as {
    models: [JsonObject];
  };
  return JSON.stringify({ models: [{ ...model, multi_agent_version: "v2" }] });
}

const server = new URL("../../helpers/codex/mcp_server.ts", import.meta.url).pathname;
const codex = {
  files: { ...PATCHING.files, "models.json": models(), "red.png": PNG },
  config: PATCHING.config,
  tables: `[mcp_servers.tiny]
command = ${JSON.stringify(Deno.execPath())}
args = ["run", "-A", "--no-config", ${JSON.stringify(server)}]
`,
};

/** What the model calls, one thing after the other: the end of a tool's name, and its arguments. */
const ROUNDS: readonly [RegExp, JsonObject][] = [
  [/^exec_command$/, { cmd: "echo ran >> ran.txt" }],
  [/apply_patch$/, { input: PATCH }],
  [/reverse$/, { word: "stressed" }],
  [/^view_image$/, { path: "red.png" }],
  [/spawn_agent$/, { task_name: "look", message: FOX, fork_turns: "none" }],
  [/wait_agent$/, { timeout_ms: 20_000 }],
];

function answer(request: SeenRequest): Script {
  if (outputsIn(request).length === 0 && request.text.includes(FOX)) {
    return say(request, { text: "The fox is red." });
  }
  const round = outputsIn(request).length;
  const [end, args] = ROUNDS[round] ?? [];
  if (end === undefined || args === undefined) return say(request, ANSWER);
  const name = toolsOf(request).map((tool) => tool.name).find((each) => end.test(each)) ?? "none";
  const calls = [{ kind: "function", name, arguments: args }] as const;
  const script = say(request, { ...TOOL, reasoning: undefined as never, calls });
  if (round > 0) return script;
  return insertAt(script, "created", [
    event({ type: "response.output_item.done", output_index: 0, item: SEALED }),
  ]);
}

function played({ name, refusal }: StrictServer): Case {
  const refused: string[] = [];
  return {
    name: `strict servers: ${name}`,
    wires: ["responses"],
    codex,
    script(request) {
      const no = refusal(request);
      if (no === undefined) return answer(request);
      refused.push(JSON.stringify(no));
      return no;
    },
    check({ run, provider, sidecar }) {
      deepEqual({ code: run.code, errors: run.errors, messages: run.messages }, {
        code: 0,
        errors: [],
        messages: [TEXT],
      });
      equal(run.file("ran.txt"), RAN);
      equal(run.file("poem.txt"), PATCHED);
      const taken = provider.posts.filter((post) => refusal(post) === undefined);
      equal(taken.length, ROUNDS.length + 2, "each round and the sub-agent's answer");
      const last = taken.filter((post) => outputsIn(post).length === ROUNDS.length).at(-1);
      match(JSON.stringify(outputsIn(last)), /desserts/);
      match(JSON.stringify(inputOf(last)), /data:image\/png;base64,/);
      match(JSON.stringify(inputOf(last)), /The fox is red\./);
      // Functions; sealed reasoning; images in outputs; messages of agents: each once.
      ok(refused.length <= 4, `${refused.length} refusals: ${refused.join("\n")}`);
      const learnt = sidecar.log.filter((line) => line.includes("From now on"));
      ok(learnt.length > 0 && learnt.length <= refused.length, learnt.join("\n"));
      const child = taken.find((post) => outputsIn(post).length === 0 && post.text.includes(FOX));
      ok(inputOf(child).every((item) => isObject(item) && item.type !== "agent_message"));
    },
  };
}

Deno.test("strict servers: what Codex's tools do is done through servers that know functions alone", async (t) => {
  await turns(t, STRICT_SERVERS.map(played));
});
