/**
 * What the real client's history becomes on the Chat wire, before servers that take nothing but what is right.
 */

import { deepEqual, equal, match } from "node:assert/strict";
import { breakAt } from "../../../lib/simulate/transform_script.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { data, eof, raw, streamHead } from "../../../lib/simulate/script.ts";
import { catalog } from "../../helpers/codex/catalog.ts";
import { ANSWER, PNG, RAN, say, TEXT, TOOL, type Words } from "../say.ts";
import { callsIn, inputOf, outputsIn, thoughtsIn, toolsOf } from "../seen.ts";
import { no, reasoningComplaint } from "./strict.ts";
import { cacheable, type Case, turns, unharmed } from "../turn.ts";

/** The round of a turn that a request begins: 0 for its first. */
const roundOf = (request: SeenRequest) => thoughtsIn(request).length;
const shell = (cmd: string) =>
  ({ kind: "function", name: "exec_command", arguments: { cmd } }) as const;

const THOUGHTS = ["First I look.", "Then I look again."];
const reasoning: Case = {
  name:
    "history: a provider that wants all reasoning back gets it, word for word, without being asked",
  upstream: { provider: "mimo" },
  script: (request) =>
    reasoningComplaint(request, THOUGHTS) ?? say(
      request,
      [
        { ...TOOL, reasoning: THOUGHTS[0]! },
        { ...TOOL, reasoning: THOUGHTS[1]!, text: "One more." },
        ANSWER,
      ][roundOf(request)]!,
    ),
  check(turn) {
    unharmed(turn, ["One more.", TEXT], 3);
    equal(turn.run.file("ran.txt"), RAN + RAN);
    deepEqual(thoughtsIn(turn.provider.posts[2]), THOUGHTS);
  },
};

const PATCH = "*** Begin Patch\n*** Add File: poem.txt\n+roses are red\n*** End Patch\n";
const server = new URL("../../helpers/codex/mcp_server.ts", import.meta.url).pathname;
/** A tool whose name, behind its server's, has more than 64 characters. */
const LONG = "a_server_that_was_given_a_name_of_a_length_nobody_expected";
const tables = `[mcp_servers.${LONG}]
command = ${JSON.stringify(Deno.execPath())}
args = ["run", "-A", "--no-config", ${JSON.stringify(server)}]
`;

const tools: Case = {
  name:
    "history: freeform patches and MCP tools with endless names reach a server that knows neither",
  codex: {
    tables,
    files: { "models.json": catalog("sim-1") },
    config: 'model_catalog_json = "$WORK/models.json"',
  },
  script(request) {
    const name = toolsOf(request).map((tool) => tool.name).find((each) => each.startsWith("mcp__"));
    const calls = [
      { kind: "custom", name: "apply_patch", input: PATCH },
      { kind: "function", name: name ?? "none", arguments: { word: "stressed" } },
    ] as const;
    const round = roundOf(request);
    return say(request, round > 1 ? ANSWER : { ...TOOL, calls: [calls[round]!] });
  },
  check(turn) {
    unharmed(turn, [TEXT], 3);
    cacheable(turn);
    equal(turn.run.file("poem.txt"), "roses are red\n");
    match(outputsIn(turn.provider.posts[2])[1]?.text ?? "", /desserts/);
    const names = callsIn(turn.provider.posts[2]).map(({ name }) => name);
    const offered = toolsOf(turn.provider.posts[2]).map(({ name }) => name);
    deepEqual(names.filter((name) => !offered.includes(name)), [], "history keeps the names");
    equal(names[1]?.length, 64);
  },
};

const together: Case = {
  name: "history: calls made together come back in one message, each output behind them in order",
  script: (request) =>
    say(
      request,
      [
        { ...TOOL, calls: ["slow", "soon"].map((word) => shell(`echo ${word}`)) },
        { ...TOOL, calls: [shell("echo last")] },
        ANSWER,
      ][roundOf(request)]!,
    ),
  check(turn) {
    unharmed(turn, [TEXT], 3);
    cacheable(turn);
    const roles = inputOf(turn.provider.posts[2]).map(({ role }) => role);
    deepEqual(roles.slice(roles.indexOf("assistant")), [
      ...["assistant", "tool", "tool"],
      ...["assistant", "tool"],
    ]);
    const words = outputsIn(turn.provider.posts[2]).map(({ text }) =>
      /slow|soon|last/.exec(text)?.[0]
    );
    deepEqual(words, ["slow", "soon", "last"]);
  },
};

const sameIds: Case = {
  name:
    "history: call ids that begin anew with every answer are kept apart and sent back as they came",
  script(request) {
    const calls = [[shell("echo one >> ran.txt; echo one")], [
      shell("echo two >> ran.txt; echo two"),
    ]];
    const round = roundOf(request);
    return say(request, round > 1 ? ANSWER : { ...TOOL, calls: calls[round]!, seed: "same" });
  },
  check(turn) {
    unharmed(turn, [TEXT], 3);
    cacheable(turn);
    equal(turn.run.file("ran.txt"), "one\ntwo\n");
    const outputs = outputsIn(turn.provider.posts[2]).map(({ id, text }) => [
      id,
      /one|two/.exec(text)?.[0],
    ]);
    deepEqual(outputs, [["call_same_0", "one"], ["call_same_0", "two"]]);
  },
};

const again: Case = {
  name: "history: reasoning of an answer that broke off and was given again does not come back",
  script(request, n) {
    if (outputsIn(request).length > 0) return say(request, ANSWER);
    const words: Words = { ...TOOL, text: "I look." };
    return n > 1
      ? say(request, words)
      : breakAt(say(request, { ...words, reasoning: "In vain." }), "mid-text", [eof]);
  },
  check(turn) {
    unharmed(turn, ["I look.", TEXT], 3);
    deepEqual(thoughtsIn(turn.provider.posts[2]), [TOOL.reasoning]);
  },
};

const picture: Case = {
  name: "history: a picture that a tool returns stands behind the outputs, which are text",
  codex: { files: { "red.png": PNG } },
  script(request) {
    const calls = [
      { kind: "function", name: "view_image", arguments: { path: "red.png" } },
      shell("echo seen"),
    ] as const;
    return say(request, outputsIn(request).length > 0 ? ANSWER : { ...TOOL, calls });
  },
  check(turn) {
    unharmed(turn, [TEXT], 2);
    const roles = inputOf(turn.provider.posts[1]).map(({ role }) => role);
    deepEqual(roles.slice(roles.indexOf("assistant")), ["assistant", "tool", "tool", "user"]);
    match(JSON.stringify(inputOf(turn.provider.posts[1]).at(-1)), /"data:image\/png;base64,/);
  },
};

const chunk = (delta: JsonObject, finish: string | null = null) =>
  data({ choices: [{ index: 0, delta, finish_reason: finish }] });
const SEAL = { google: { thought_signature: "c2ln" } };
/** One call in each of two answers: the signature is with the call, the sealed text behind the reasoning. */
const signed: Case = {
  name: "history: what a provider signed and sealed comes back with the calls it belongs to",
  script(request) {
    const made = inputOf(request).filter(({ tool_calls }) => tool_calls !== undefined);
    const right = made.every(({ tool_calls, reasoning_opaque, reasoning_text }) =>
      JSON.stringify(tool_calls).includes(JSON.stringify(SEAL)) &&
      reasoning_opaque === "b3BhcXVl" && reasoning_text === "I look."
    );
    if (!right) return no("Function call is missing a thought_signature in functionCall parts.");
    if (made.length > 1) return say(request, ANSWER);
    const call = {
      index: 0,
      ...{ id: `call_${made.length}`, type: "function", extra_content: SEAL },
      function: { name: "exec_command", arguments: '{"cmd":"echo ran >> ran.txt"}' },
    };
    return [
      ...streamHead(),
      chunk({ reasoning_text: "I look." }),
      chunk({ reasoning_opaque: "b3BhcXVl" }),
      chunk({ tool_calls: [call] }),
      chunk({}, "tool_calls"),
      raw("data: [DONE]\n\n"),
    ];
  },
  check(turn) {
    unharmed(turn, [TEXT], 3);
    equal(turn.run.file("ran.txt"), RAN + RAN);
    const shown = turn.run.items.filter(({ type }) => type === "reasoning").map(({ text }) => text);
    deepEqual(shown.filter((text) => text === ""), [], "nothing is shown of what is sealed");
  },
};

Deno.test("history: a strict Chat server finds nothing to refuse", async (t) => {
  const cases = [reasoning, tools, together, sameIds, again, picture, signed];
  await turns(t, cases.map((one): Case => ({ ...one, wires: ["chat"] })));
});
