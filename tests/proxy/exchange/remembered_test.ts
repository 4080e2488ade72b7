/** What a provider refused of orders, schemas, sizes and state is refused once, on both wires, and said once in the log. */

import assert from "node:assert/strict";
import { runExchange, type Setup } from "../../helpers/proxy/exchange.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { AdaptedUpstreams } from "../../../lib/proxy/route/learned/adapted_upstreams.ts";
import { Learned } from "../../../lib/proxy/route/learned/learned.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { type SeenRequest, startProvider } from "../../../lib/simulate/provider.ts";
import { json, raw, streamHead } from "../../../lib/simulate/script.ts";

const message = (role: string, ...content: JsonObject[]): JsonObject => ({
  type: "message",
  role,
  content,
});
const text = (words: string): JsonObject => ({ type: "input_text", text: words });
const image = (size: number): JsonObject => ({
  type: "input_image",
  image_url: `data:image/png;base64,${"A".repeat(size)}`,
});
const round = (id: string): JsonObject[] => [
  { type: "function_call", call_id: id, name: "update", arguments: "{}" },
  { type: "function_call_output", call_id: id, output: "a b" },
];
const tool = (parameters: JsonObject): Json[] => [{ type: "function", name: "update", parameters }];
const object = (more: JsonObject): JsonObject => ({ type: "object", ...more });
const properties = (id: JsonObject) => object({ properties: { id } });

/** The roles that went up; calls are the assistant's, outputs a tool's. */
function roles({ json: sent }: SeenRequest): Json[] {
  const list = sent?.messages ?? sent?.input;
  const items = Array.isArray(list) ? list.filter(isObject) : [];
  const lead = sent?.instructions === undefined ? [] : ["system"];
  return [
    ...lead,
    ...items.map(({ role, type }) =>
      role === "developer"
        ? "system"
        : role ?? (String(type).endsWith("_output") ? "tool" : "assistant")
    ),
  ];
}
const follows = (sent: SeenRequest, role: string, other: string) =>
  roles(sent).some((each, at, all) => each === role && all[at - 1] === other);
const has = (word: string) => ({ text: sent }: SeenRequest) => sent.includes(word);

interface Case {
  readonly name: string;
  /** Two requests of one conversation. */
  readonly bodies: readonly [JsonObject, JsonObject];
  readonly words: string;
  refuses(sent: SeenRequest): boolean;
  /** What the log says behind "From now on requests to Sim go out". */
  readonly how: string;
}

const twice = (input: JsonObject[], more: JsonObject = {}): [JsonObject, JsonObject] => [
  { input, ...more },
  {
    input: [...input, message("assistant", { type: "output_text", text: "Fine." }), ...input],
    ...more,
  },
];
const hi = message("user", text("hi"));

const CASES: readonly Case[] = [
  {
    name: "no user after a tool",
    bodies: twice([hi, ...round("c"), message("user", text("Stop."))]),
    words: "Unexpected role 'user' after role 'tool'",
    refuses: (sent) => follows(sent, "user", "tool"),
    how: "without user messages after a tool's",
  },
  {
    name: "roles by turns",
    bodies: twice([hi, message("user", text("Now."))]),
    words: "Error rendering prompt with jinja template: conversation roles must alternate",
    refuses: (sent) => follows(sent, "user", "user"),
    how: "without two messages of one role in a row",
  },
  {
    name: "no system at all",
    bodies: twice([hi], { instructions: "Help." }),
    words: "jinja2.exceptions.TemplateError: System role not supported",
    refuses: (sent) => roles(sent).includes("system"),
    how: "without the system role",
  },
  {
    name: "a schema with references",
    bodies: twice([hi], {
      tools: tool(
        object({ properties: { a: { $ref: "#/$defs/a" } }, $defs: { a: { type: "string" } } }),
      ),
    }),
    words: "JSON schema conversion failed: unsupported $ref in tools[0]",
    refuses: has("$ref"),
    how: "without",
  },
  {
    name: "a schema with additionalProperties",
    bodies: twice([hi], { tools: tool(object({ properties: {}, additionalProperties: false })) }),
    words: "Invalid schema for function 'update': 'additionalProperties' is not supported",
    refuses: has("additionalProperties"),
    how: "without",
  },
  {
    name: "null in enums",
    bodies: twice([hi], { tools: tool(properties({ type: "string", enum: ["a", null] })) }),
    words: "tools.0.parameters: enum must not contain null",
    refuses: ({ json: sent }) => /"enum":\[[^\]]*null/.test(JSON.stringify(sent?.tools)),
    how: "without null in enums",
  },
  {
    name: "lists of types",
    bodies: twice([hi], { tools: tool(properties({ type: ["string", "null"] })) }),
    words: "Invalid tool schema: type must be a string",
    refuses: ({ json: sent }) => /"type":\[/.test(JSON.stringify(sent?.tools)),
    how: "without lists of types",
  },
  {
    name: "a format",
    bodies: twice([hi], { tools: tool(properties({ type: "string", format: "uuid" })) }),
    words: "tools[0] schema is invalid: unknown keyword 'format'",
    refuses: has('"format":'),
    how: "without the schema keywords format",
  },
  {
    name: "a body beyond a limit that is named",
    bodies: twice([message("user", text("a"), image(400_000)), message("user", image(300_000))]),
    words: "Exceeded limit on max bytes to request body : 600000",
    refuses: ({ text: sent }) => sent.length > 600_000,
    how: "without images but the newest 1",
  },
  {
    name: "a body beyond a limit that is not named",
    bodies: twice([message("user", text("a"), image(400_000)), message("user", image(300_000))]),
    words: "Request body too large",
    refuses: ({ text: sent }) => sent.length > 600_000,
    how: "without images but the newest 1",
  },
];

/** One process: what it learned, and what its log says. */
function sidecar(wire: Wire, base?: string) {
  const learned = new Learned();
  const said: string[] = [];
  const observer = { ...silent, notice: (_: unknown, words: string) => said.push(words) };
  const ask = (script: Setup["script"], body: JsonObject) =>
    runExchange({
      codex: true,
      learned,
      observer,
      script,
      body: { model: "m", stream: true, ...body },
      target: { wire, profile: profileNamed("generic")!, ...(base && { base }) },
    });
  return { ask, said };
}

/** The orders and schemas of the Messages wire have tables of their own. */
const SIZES = CASES.filter(({ name }) => name.startsWith("a body"));

for (const wire of ["chat", "responses", "anthropic"] as const) {
  for (const { name, bodies, words, refuses, how } of wire === "anthropic" ? SIZES : CASES) {
    Deno.test(`remembered, ${wire}: ${name}`, async () => {
      const { ask, said } = sidecar(wire);
      const script: Setup["script"] = (sent) =>
        refuses(sent)
          ? json(400, { error: { message: words } })
          : goodScript({ wire, text: "Fine." });
      const first = await ask(script, bodies[0]);
      assert.deepEqual([first.posts.length, first.status], [2, 200]);
      for (const body of [bodies[1], bodies[0]]) {
        const later = await ask(script, body);
        assert.deepEqual([later.posts.length, later.status], [1, 200], "asked once");
      }
      const learnt = said.filter((each) => each.startsWith("From now on"));
      assert.equal(learnt.length, 1);
      assert.ok(learnt[0]?.startsWith(`From now on requests to Sim go out ${how}`), learnt[0]);
      const other = await ask(script, { ...bodies[0], model: "other" });
      assert.equal(other.posts.length, name.includes("body") ? 1 : 2, "sizes are the server's");
    });
  }
}

const chunk = (delta: JsonObject, finish: string | null = null) =>
  `data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const GONE =
  "Function call is missing a thought_signature in functionCall parts. This is required for tools to work correctly.";

Deno.test("remembered, chat: calls of another model get the value that stands for no signature", async () => {
  const { ask, said } = sidecar("chat");
  const script: Setup["script"] = ({ json: sent, text }) =>
    Array.isArray(sent?.messages) && text.includes("tool_calls") &&
      !text.includes("thought_signature")
      ? json(400, [{ error: { code: 400, message: GONE, status: "INVALID_ARGUMENT" } }])
      : goodScript({ wire: "chat", text: "Fine." });
  for (const posts of [2, 1]) {
    const { posts: sent } = await ask(script, { input: [hi, ...round("c")] });
    assert.equal(sent.length, posts);
    assert.match(sent.at(-1)?.text ?? "", /"thought_signature":"skip_thought_signature_validator"/);
  }
  assert.deepEqual(said, ["From now on requests to Sim go out without calls without a signature"]);
});

for (
  const words of [
    "messages.1.content.0: Invalid `signature` in `thinking` block",
    "Corrupted thought signature.",
    "Thought signature is not valid.",
    "The encrypted content gAAA could not be verified. (invalid_encrypted_content)",
  ]
) {
  Deno.test(`remembered, chat: state that is refused stays out of the conversation, and new state does not (${words})`, async () => {
    const answer = chunk({
      reasoning_opaque: "stale",
      tool_calls: [{ index: 0, id: "c", function: { name: "update", arguments: "{}" } }],
    }) + chunk({}, "tool_calls") + "data: [DONE]\n\n";
    let made = false;
    const provider = await startProvider({
      clock: systemClock,
      script({ text: sent }) {
        if (!made) return [...streamHead(), raw(answer)];
        return sent.includes("stale")
          ? json(400, { error: { message: words } })
          : goodScript({ wire: "chat", text: "Fine." });
      },
    });
    try {
      const { ask, said } = sidecar("chat", provider.url);
      const { events } = await ask(() => [], {
        input: [hi],
        tools: tool(object({ properties: {} })),
      });
      made = true;
      const items = events.flatMap(({ type, data: { item } }) =>
        type === "response.output_item.done" && isObject(item) ? [item] : []
      );
      assert.equal(items.length, 2);
      for (const posts of [2, 1]) {
        const before = provider.posts.length;
        await ask(() => [], { input: [hi, ...items, round("c")[1]!] });
        assert.equal(provider.posts.length - before, posts);
      }
      assert.deepEqual(said, []);
    } finally {
      await provider.stop();
    }
  });
}

Deno.test("remembered: the smallest size alone", () => {
  const known = new AdaptedUpstreams();
  const to = { upstream: "sim", model: "m" };
  const size = (max: number) => ({
    ...{ what: `bytes: ${max}`, how: "", scope: "upstream", replaces: "bytes: " } as const,
  });
  for (const max of [900_000, 700_000, 700_000]) known.record(to, [size(max)]);
  assert.deepEqual(known.of(to), ["bytes: 700000"]);
});
