/** What agents say to each other, and the marks on it, on both wires. */

import assert from "node:assert/strict";
import { seededRandom } from "../helpers/clock/fake_clock.ts";
import { Failure } from "../../lib/base/errors.ts";
import type { JsonObject } from "../../lib/base/json.ts";
import type { Wire } from "../../lib/config/config.ts";
import { profileNamed } from "../../lib/provider/profiles.ts";
import { WIRES } from "../../lib/proxy/wires/wires.ts";
import { SEALED, withAgentText } from "../../lib/translate/items/agent_text.ts";
import { withoutEncryptedMarks } from "../../lib/translate/items/encrypted_marks.ts";

const TOKEN = `gAAAAA${"Bx_-9".repeat(40)}==`;

function agentMessage(...encrypted: string[]): JsonObject {
  return {
    type: "agent_message",
    id: "amsg_1",
    author: "/root",
    recipient: "/root/count",
    content: [
      { type: "input_text", text: "Message Type: NEW_TASK\nPayload:\n" },
      ...encrypted.map((text) => ({ type: "encrypted_content", encrypted_content: text })),
    ],
  };
}

function user(text: string): JsonObject {
  return { type: "message", role: "user", content: [{ type: "input_text", text }] };
}

const HEAD = "Message from /root to /root/count:\nMessage Type: NEW_TASK\nPayload:\n";

const ITEMS:
  readonly (readonly [string, JsonObject, foreign: JsonObject | undefined, JsonObject?])[] = [
    ["a task in plain text", agentMessage("Count."), user(`${HEAD}Count.`), {
      ...agentMessage(),
      content: [
        { type: "input_text", text: "Message Type: NEW_TASK\nPayload:\n" },
        { type: "input_text", text: "Count." },
      ],
    }],
    ["a task that OpenAI encrypted", agentMessage(TOKEN), user(`${HEAD}${SEALED}`)],
    [
      "a task that only begins like a token",
      agentMessage("gAAAA is a token's beginning."),
      user(
        `${HEAD}gAAAA is a token's beginning.`,
      ),
      {
        ...agentMessage(),
        content: [
          { type: "input_text", text: "Message Type: NEW_TASK\nPayload:\n" },
          { type: "input_text", text: "gAAAA is a token's beginning." },
        ],
      },
    ],
    ["two parts", agentMessage("One.", "Two."), user(`${HEAD}One.\nTwo.`), {
      ...agentMessage(),
      content: [
        { type: "input_text", text: "Message Type: NEW_TASK\nPayload:\n" },
        { type: "input_text", text: "One." },
        { type: "input_text", text: "Two." },
      ],
    }],
    ["a message that says nothing", { type: "agent_message", content: [] }, undefined],
    [
      "an encrypted part in a message of the user",
      { ...user("x"), content: [{ type: "encrypted_content", encrypted_content: "Count." }] },
      user("Count."),
      user("Count."),
    ],
    [
      "an encrypted part in a tool's output",
      {
        type: "function_call_output",
        call_id: "c",
        output: [{ type: "encrypted_content", encrypted_content: "77" }],
      },
      {
        type: "function_call_output",
        call_id: "c",
        output: [{ type: "input_text", text: "77" }],
      },
      {
        type: "function_call_output",
        call_id: "c",
        output: [{ type: "input_text", text: "77" }],
      },
    ],
    ["reasoning", { type: "reasoning", summary: [], encrypted_content: "x" }, {
      type: "reasoning",
      summary: [],
      encrypted_content: "x",
    }],
  ];

for (const [name, item, foreign, openai = item] of ITEMS) {
  Deno.test(`agent text: ${name}`, () => {
    const request = { model: "m", input: [user("a"), item] };
    const before = structuredClone(request);
    const expected = [user("a"), ...(foreign ? [foreign] : [])];
    assert.deepEqual(withAgentText(request, false).input, expected);
    assert.deepEqual(withAgentText(request, true).input, [user("a"), openai]);
    assert.deepEqual(request, before);
  });
}

Deno.test("agent text: a request without any is the same request", () => {
  const request = { model: "m", input: [user("a")], tools: [{ type: "function", name: "f" }] };
  assert.equal(withAgentText(request, false), request);
  assert.equal(withoutEncryptedMarks(request), request);
});

/** A tool as Codex sends it in v2, with a property that has the name of the mark. */
const SPAWN: JsonObject = {
  type: "function",
  name: "spawn_agent",
  parameters: {
    type: "object",
    properties: {
      message: { type: "string", encrypted: true },
      encrypted: { type: "boolean", encrypted: false },
      list: { type: "array", items: { anyOf: [{ type: "string", encrypted: true }] } },
      choice: { enum: [{ encrypted: true }] },
    },
    required: ["message"],
  },
};
const PLAIN: JsonObject = {
  ...SPAWN,
  parameters: {
    type: "object",
    properties: {
      message: { type: "string" },
      encrypted: { type: "boolean" },
      list: { type: "array", items: { anyOf: [{ type: "string" }] } },
      choice: { enum: [{ encrypted: true }] },
    },
    required: ["message"],
  },
};
const namespace = (tool: JsonObject) => ({
  type: "namespace",
  name: "collaboration",
  tools: [tool],
});

Deno.test("encrypted marks: they are taken out wherever tools stand", () => {
  const request = (tool: JsonObject) => ({
    tools: [tool, namespace(tool)],
    input: [{ type: "additional_tools", tools: [namespace(tool)] }],
  });
  assert.deepEqual(withoutEncryptedMarks(request(SPAWN)), request(PLAIN));
});

for (const wire of ["chat", "responses"] as const satisfies readonly Wire[]) {
  for (const provider of ["mimo", "deepseek", "kimi", "generic", "openai"]) {
    Deno.test(`agent text: ${provider} on ${wire} gets the task`, () => {
      const { body } = WIRES[wire].encode(
        {
          model: "m",
          input: [user("a"), agentMessage("Count the apples.")],
          tools: [namespace(SPAWN)],
        },
        {
          profile: profileNamed(provider)!,
          title: "Sim",
          random: seededRandom(1),
          createdAt: 1_800_000_000,
          limits: { event: 1 << 24, toolCalls: 128 },
          classify: (_, text) => new Failure("refused", text),
        },
      );
      const text = JSON.stringify(body);
      const own = provider === "openai" && wire === "responses";
      assert.ok(text.includes("Count the apples."));
      assert.equal(text.includes("encrypted_content"), false);
      assert.equal(/"encrypted":true/.test(text.replace(/"enum":\[[^\]]*\]/, "")), own);
      assert.equal(text.includes("agent_message"), own);
    });
  }
}
