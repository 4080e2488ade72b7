/** The law of the prompt cache: each request of a thread begins as the one before it, on both wires, at every provider. */

import assert from "node:assert/strict";
import { fc } from "../../helpers/fast_check.ts";
import { firstBreak } from "../../helpers/streams/prefix.ts";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { Failure } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { PROFILES } from "../../../lib/provider/profiles.ts";
import { WIRES } from "../../../lib/proxy/wires/wires.ts";
import { reasoningItem } from "../../../lib/translate/opaque/reasoning_mark.ts";

/** A call in all forms in which Codex makes one. */
type Kind = "function" | "namespaced" | "custom" | "search" | "shell" | "gone";

/** One answer of the model and what follows it: the outputs of its calls, or what the user says next. */
interface Step {
  readonly reasoning: "none" | "own" | "plain" | "sealed";
  readonly text: string;
  readonly calls: readonly Kind[];
  readonly output: "text" | "parts" | "image" | "object" | "missing";
  /** Whether outputs come in the opposite order. */
  readonly turned: boolean;
  readonly next: "user" | "image" | "developer" | "agent" | "user twice";
}

const TOOLS: JsonObject[] = [
  {
    type: "function",
    name: "exec_command",
    description: "Runs a command.",
    parameters: {
      type: "object",
      properties: { cmd: { type: "string", encrypted: true }, wait: { type: ["number", "null"] } },
      required: ["cmd"],
    },
  },
  { type: "custom", name: "apply_patch", format: { type: "grammar", definition: "x" } },
  {
    type: "namespace",
    name: "mcp__files",
    description: "Files.",
    tools: [{ type: "function", name: "read", parameters: { type: "object", properties: {} } }],
  },
  { type: "tool_search", execution: "client", parameters: { type: "object", properties: {} } },
  { type: "web_search" },
];

function user(...content: JsonObject[]): JsonObject {
  return { type: "message", role: "user", content };
}

function words(text: string): JsonObject {
  return { type: "input_text", text };
}

const IMAGE: JsonObject = { type: "input_image", image_url: "data:image/png;base64,AAAA" };

function call(kind: Kind, id: string): JsonObject {
  const base = { id: `fc_${id}`, call_id: id, status: "completed" };
  switch (kind) {
    case "function":
      return { ...base, type: "function_call", name: "exec_command", arguments: '{"cmd":"ls"}' };
    case "namespaced":
      return {
        ...base,
        type: "function_call",
        namespace: "mcp__files",
        name: "read",
        arguments: "{}",
      };
    case "custom":
      return { ...base, type: "custom_tool_call", name: "apply_patch", input: "*** Begin Patch" };
    case "search":
      return { ...base, type: "tool_search_call", execution: "client", arguments: { query: "q" } };
    case "shell":
      return { ...base, type: "local_shell_call", action: { type: "exec", command: ["ls"] } };
    case "gone":
      return {
        ...base,
        type: "function_call",
        namespace: "old",
        name: "tool",
        arguments: "not json",
      };
  }
}

function output(kind: Kind, id: string, form: Step["output"]): JsonObject[] {
  const value = {
    text: "done",
    parts: [words("a"), words("b")],
    image: [words("see"), IMAGE],
    object: { exit: 0 },
    missing: "",
  }[form];
  if (form === "missing") return [];
  if (kind === "search") return [{ type: "tool_search_output", call_id: id, tools: [] }];
  const type =
    { custom: "custom_tool_call_output", shell: "local_shell_call_output" }[kind as string];
  return [{ type: type ?? "function_call_output", call_id: id, output: value }];
}

function thought({ reasoning }: Step, n: number): JsonObject[] {
  const summary = [{ type: "summary_text", text: `I think ${n}.` }];
  switch (reasoning) {
    case "none":
      return [];
    case "own":
      return [reasoningItem(`rs_${n}`, `I think ${n}.`, { answer: `resp_${n}` })];
    case "plain":
      return [{
        type: "reasoning",
        id: `rs_${n}`,
        summary,
        content: null,
        encrypted_content: null,
      }];
    case "sealed":
      return [{ type: "reasoning", id: `rs_${n}`, summary, encrypted_content: `sealed-${n}` }];
  }
}

function follows({ next }: Step, n: number): JsonObject[] {
  switch (next) {
    case "user":
      return [user(words(`Go on ${n}.`))];
    case "image":
      return [user(words("Look."), IMAGE)];
    case "developer":
      return [
        { type: "message", role: "developer", content: [words(`Mode ${n}.`)] },
        user(words(`Go on ${n}.`)),
      ];
    case "agent":
      return [{
        type: "agent_message",
        author: "/root/a",
        recipient: "/root",
        content: [words("Payload:\n"), { type: "encrypted_content", encrypted_content: "Found." }],
      }];
    case "user twice":
      return [user(words("Wait.")), user(words(`Go on ${n}.`))];
  }
}

/** The inputs of the requests of a thread: one before each answer, and one after the last. */
function inputs(steps: readonly Step[]): JsonObject[][] {
  const items: JsonObject[] = [
    { type: "message", role: "developer", content: [words("Be brief.")] },
    user(words("<environment_context>2026-11-25</environment_context>")),
    user(words("Do it.")),
  ];
  const all = [[...items]];
  for (const [n, step] of steps.entries()) {
    items.push(...thought(step, n));
    if (step.text !== "" || step.calls.length === 0) {
      const content = [{ type: "output_text", text: step.text || "Yes." }];
      items.push({ type: "message", role: "assistant", content });
    }
    const ids = step.calls.map((_, at) => `call_${n}_${at}`);
    items.push(...step.calls.map((kind, at) => call(kind, ids[at]!)));
    const outputs = step.calls.flatMap((kind, at) => output(kind, ids[at]!, step.output));
    items.push(...step.turned ? outputs.toReversed() : outputs);
    if (step.calls.length === 0 || outputs.length === 0) items.push(...follows(step, n));
    all.push([...items]);
  }
  return all;
}

function encoded(wire: Wire, at: number, input: JsonObject[]): JsonObject {
  const profile = PROFILES[at % PROFILES.length]!;
  const { body } = WIRES[wire].encode(
    {
      model: profile.catalog?.models[0]?.id ?? "m",
      stream: true,
      tools: TOOLS,
      tool_choice: "auto",
      parallel_tool_calls: true,
      reasoning: { effort: "high", summary: "auto" },
      store: false,
      include: ["reasoning.encrypted_content"],
      prompt_cache_key: "k",
      input,
    },
    {
      profile,
      title: "Sim",
      // Another one for each request: nothing random may go up
      random: seededRandom(input.length),
      createdAt: 1_800_000_000 + input.length,
      limits: { event: 1 << 24, toolCalls: 128 },
      classify: (_, text) => new Failure("refused", text),
    } as Parameters<typeof WIRES.chat.encode>[1],
  );
  return body;
}

const step: fc.Arbitrary<Step> = fc.record({
  reasoning: fc.constantFrom("none", "own", "plain", "sealed"),
  text: fc.constantFrom("", "I look."),
  calls: fc.array(
    fc.constantFrom<Kind>("function", "namespaced", "custom", "search", "shell", "gone"),
    { maxLength: 3 },
  ),
  output: fc.constantFrom("text", "parts", "image", "object", "missing"),
  turned: fc.boolean(),
  next: fc.constantFrom("user", "image", "developer", "agent", "user twice"),
});

for (const wire of ["chat", "responses", "anthropic"] as const) {
  for (const [at, { name }] of PROFILES.entries()) {
    Deno.test(`prefix: ${name} on ${wire} gets each request of a thread as it began`, () => {
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 4 }), (steps) => {
          const bodies = inputs(steps).map((input) => encoded(wire, at, input));
          assert.equal(firstBreak(bodies), undefined);
        }),
        { numRuns: 40 },
      );
    });
  }
}
