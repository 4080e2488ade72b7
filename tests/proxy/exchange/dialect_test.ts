/** What a provider's dialect asks of a request, played against a provider that refuses everything else: on real sockets, on both wires. */

import assert from "node:assert/strict";
import { type Result, runExchange, type Setup } from "../../helpers/proxy/exchange.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { chat } from "../../../lib/proxy/wires/chat.ts";
import { responses } from "../../../lib/proxy/wires/responses.ts";
import { Failure } from "../../../lib/base/errors.ts";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { json, type Script } from "../../../lib/simulate/script.ts";
import { messageText } from "../../../lib/translate/grammar.ts";

const WIRES: readonly Wire[] = ["chat", "responses"];

/** Answers what `refuse` does not refuse. */
function picky(wire: Wire, refuse: (request: SeenRequest) => Script | undefined): Setup["script"] {
  return (request) => refuse(request) ?? goodScript({ wire, text: "Fine." });
}

const refusal = (status: number, message: string): Script => json(status, { error: { message } });

function said({ events }: Result): string {
  return events.flatMap(({ type, data: { item } }) =>
    type === "response.output_item.done" && isObject(item) ? [messageText(item)] : []
  ).join("");
}

function target(wire: Wire, provider: string): NonNullable<Setup["target"]> {
  return { wire, profile: profileNamed(provider)! };
}

const message = (role: string, ...content: JsonObject[]): JsonObject => ({
  type: "message",
  role,
  content,
});
const text = (words: string): JsonObject => ({ type: "input_text", text: words });
const ROUND: JsonObject[] = [
  message("user", text("List.")),
  { type: "function_call", call_id: "c", name: "ls", arguments: "{}" },
  { type: "function_call_output", call_id: "c", output: "a b" },
];
const body = (input: readonly JsonObject[], more: JsonObject = {}): JsonObject => ({
  model: "m",
  stream: true,
  input: [...input],
  ...more,
});

/** The parameter schemas that went up, on either wire. */
function schemas({ json }: SeenRequest): JsonObject[] {
  const tools = Array.isArray(json?.tools) ? json.tools.filter(isObject) : [];
  return tools.map((tool) => isObject(tool.function) ? tool.function : tool)
    .map(({ parameters }) => isObject(parameters) ? parameters : {});
}

const REFERRING = {
  type: "object",
  properties: { thread: { $ref: "#/$defs/id", type: "string", description: "Target." } },
  $defs: { id: { type: "string", format: "uuid" } },
};
const TOOL = { type: "function", name: "update", parameters: REFERRING };

for (const wire of WIRES) {
  Deno.test(`dialect, ${wire}: a row's dialect is sent at once`, async () => {
    const result = await runExchange({
      target: target(wire, "kimi"),
      body: body([message("user", text("hi"))], { tools: [TOOL] }),
      script: picky(
        wire,
        (request) =>
          JSON.stringify(schemas(request)).includes("$ref")
            ? refusal(400, "when using $ref, type should be defined in the referenced schema")
            : undefined,
      ),
    });
    assert.equal(said(result), "Fine.");
    assert.equal(result.posts.length, 1);
    assert.deepEqual(schemas(result.posts[0]!), [{
      type: "object",
      properties: { thread: { type: "string", format: "uuid", description: "Target." } },
    }]);
  });

  for (const status of [400, 422, 500]) {
    Deno.test(`dialect, ${wire}: a schema that is refused with ${status} goes up without what was named`, async () => {
      const result = await runExchange({
        target: target(wire, "generic"),
        body: body([message("user", text("hi"))], { tools: [TOOL] }),
        script: picky(
          wire,
          (request) =>
            JSON.stringify(schemas(request)).includes("$ref")
              ? refusal(status, "JSON schema conversion failed: unsupported $ref in tools[0]")
              : undefined,
        ),
      });
      assert.equal(said(result), "Fine.");
      assert.equal(result.posts.length, 2);
    });
  }

  Deno.test(`dialect, ${wire}: the oldest images of a request beyond the row's limit stay behind, with a notice`, async () => {
    const image = (size: number) => ({
      type: "input_image",
      image_url: `data:image/png;base64,${"A".repeat(size)}`,
    });
    const result = await runExchange({
      target: target(wire, "qwen"),
      body: body([
        message("user", text("Look."), image(4_000_000)),
        message("user", text("And now."), image(3_000_000)),
      ], { model: "qwen3.8-max" }),
      script: picky(
        wire,
        (request) =>
          JSON.stringify(request.json).length > 6_291_456
            ? refusal(400, "Exceeded limit on max bytes to request body : 6291456")
            : undefined,
      ),
    });
    assert.equal(said(result), "Fine.");
    assert.equal(result.posts.length, 1);
    const sent = JSON.stringify(result.posts[0]!.json);
    assert.match(
      sent,
      /An image stood here\. It was left out: with it the request would be larger/,
    );
    assert.ok(sent.length > 3_000_000 && sent.length < 4_000_000);
  });

  for (const status of [400, 413]) {
    Deno.test(`dialect, ${wire}: images that a server of unknown limits refuses with ${status} go, oldest first`, async () => {
      const image = {
        type: "input_image",
        image_url: `data:image/png;base64,${"A".repeat(300_000)}`,
      };
      const result = await runExchange({
        target: target(wire, "generic"),
        body: body([image, image, image].map((each) => message("user", text("Look."), each))),
        script: picky(
          wire,
          (request) =>
            JSON.stringify(request.json).length > 700_000
              ? refusal(status, "Request body too large")
              : undefined,
        ),
      });
      assert.equal(said(result), "Fine.");
      assert.equal(result.posts.length, 2);
    });
  }
}

/** The roles that went up. */
function roles({ json }: SeenRequest): Json[] {
  const list = json?.messages ?? json?.input;
  const items = Array.isArray(list) ? list.filter(isObject) : [];
  const lead = json?.instructions === undefined ? [] : ["system"];
  const said = items.map(({ role, type }) => {
    if (role === "developer") return "system";
    return role ?? (String(type).endsWith("_output") ? "tool" : "assistant");
  });
  return [...lead, ...said];
}

const ORDERS: {
  name: string;
  input: JsonObject[];
  words: string;
  refuses(roles: Json[]): boolean;
}[] = [
  {
    name: "no user after a tool",
    input: [...ROUND, message("user", text("Stop."))],
    words: "Unexpected role 'user' after role 'tool'",
    refuses: (roles) => roles.some((role, at) => role === "user" && roles[at - 1] === "tool"),
  },
  {
    name: "roles by turns",
    input: [...ROUND, message("user", text("Stop.")), message("user", text("Now."))],
    words:
      "Error rendering prompt with jinja template: conversation roles must alternate user/assistant/user/assistant/...",
    refuses: (roles) => roles.some((role, at) => role === "user" && roles[at - 1] === "user"),
  },
  {
    name: "no system at all",
    input: [message("developer", text("Be brief.")), message("user", text("hi"))],
    words: "jinja2.exceptions.TemplateError: System role not supported",
    refuses: (roles) => roles.includes("system"),
  },
];

for (const wire of WIRES) {
  for (const { name, input, words, refuses } of ORDERS) {
    for (const status of [400, 422, 500]) {
      Deno.test(`dialect, ${wire}: ${name}, refused with ${status}`, async () => {
        const result = await runExchange({
          target: target(wire, "generic"),
          body: body(input, { instructions: "You help." }),
          script: picky(
            wire,
            (request) => refuses(roles(request)) ? refusal(status, words) : undefined,
          ),
        });
        assert.equal(said(result), "Fine.");
        assert.equal(result.posts.length, 2);
        const sent = JSON.stringify(result.posts[1]!.json);
        for (const word of JSON.stringify(input).match(/(?<="text":")[^"]*/g) ?? []) {
          assert.ok(sent.includes(word), word);
        }
      });
    }
  }
}

Deno.test("dialect, chat: a server that is down is asked again as it was", async () => {
  let times = 0;
  const result = await runExchange({
    target: target("chat", "generic"),
    body: body([...ROUND, message("user", text("Stop."))]),
    script: picky("chat", () => ++times === 1 ? refusal(500, "Internal error") : undefined),
  });
  assert.equal(said(result), "Fine.");
  const [first, second] = result.posts.map(({ json }) => json);
  assert.deepEqual(second, first);
});

for (const [wire, adapter] of Object.entries({ chat, responses })) {
  Deno.test(`dialect, ${wire}: the log says that images stayed behind`, () => {
    const image = {
      type: "input_image",
      image_url: `data:image/png;base64,${"A".repeat(7_000_000)}`,
    };
    const encode = (provider: string, input: JsonObject[]) =>
      adapter.encode(body(input, { model: "qwen3.8-max" }), {
        profile: profileNamed(provider)!,
        title: "Sim",
        random: seededRandom(1),
        createdAt: 1,
        limits: { event: 1 << 20, toolCalls: 8 },
        classify: (_, words) => new Failure("refused", words),
      }).leftOut;
    const input = [message("user", text("Look."), image)];
    assert.deepEqual(encode("qwen", input), [
      "the oldest images of a request beyond 6291456 bytes",
    ]);
    assert.deepEqual(encode("generic", input), []);
    assert.deepEqual(encode("qwen", [message("user", text("Look."))]), []);
  });
}
