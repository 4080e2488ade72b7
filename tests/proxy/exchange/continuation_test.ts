/** What is sent after a break: the finished items, a request to go on, the beginning of the answer; and what follows where that is refused. */

import assert from "node:assert/strict";
import { fc } from "../../helpers/fast_check.ts";
import { pool } from "../../helpers/pool.ts";
import { type Result, runExchange, type Setup } from "../../helpers/proxy/exchange.ts";
import { isObject, type Json, type JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import { Learned } from "../../../lib/proxy/route/learned/learned.ts";
import { GO_ON } from "../../../lib/translate/items/input_items.ts";
import { remaining, type SimulatedAnswer } from "../../../lib/simulate/answer.ts";
import { breakAt } from "../../../lib/simulate/transform_script.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { json, reset, type Script } from "../../../lib/simulate/script.ts";
import { checkGrammar, messageText } from "../../../lib/translate/grammar.ts";
import { AnswerPrefix } from "../../../lib/translate/chat/prefix.ts";

const WIRES: readonly Wire[] = ["responses", "chat", "anthropic"];
const LOOKING = "I look it up first.";
const CALLING: Omit<SimulatedAnswer, "wire"> = {
  text: LOOKING,
  calls: [{ kind: "function", name: "ls", arguments: { path: "." } }],
};
const TEXT = "The answer is forty-two,\n\nand nobody knows why.";
const SAYING: SimulatedAnswer = { wire: "chat", text: TEXT };
const BROKEN = /Sim.*(?:closed|reset|broke)/i;

function items({ events }: Result): string[] {
  return events.flatMap(({ type, data: { item } }) =>
    type === "response.output_item.done" && isObject(item)
      ? [`${item.type} ${messageText(item) || (item.name ?? "")}`.trim()]
      : []
  );
}

/** The text of all deltas of the answer's messages. */
function added({ events }: Result): string {
  return events.map(({ type, data }) => type === "response.output_text.delta" ? data.delta : "")
    .join("");
}

function ending({ events }: Result): string {
  const { type, data: { response } } = events.at(-1)!;
  const error = isObject(response) && response.error;
  return isObject(error) ? `${type} ${error.code}: ${error.message}` : type;
}

/** The last entry of what went up: who says it, what, and the whole of it. */
function last(request: SeenRequest): { role: unknown; text: string; entry: JsonObject } {
  const list = (request.json?.input ?? request.json?.messages) as JsonObject[];
  const entry = list.at(-1)!;
  const { role, content } = entry;
  const text = Array.isArray(content)
    ? content.map((part) => isObject(part) ? part.text : "").join("")
    : String(content);
  return { role, text, entry };
}

/** A provider that breaks in the arguments of a call and then takes no conversation that ends with its own message. */
function stubborn(wire: Wire, refusal: Script): Setup["script"] {
  return (request) => {
    const end = last(request);
    if (end.role === "assistant") return refusal;
    if (end.text !== GO_ON) {
      return breakAt(goodScript({ ...CALLING, wire }), "mid-arguments", [reset]);
    }
    const { text: _, ...rest } = CALLING;
    return goodScript({ ...rest, wire, seed: "2" });
  };
}

const REFUSALS: { name: string; status: number; message: string }[] = [
  {
    name: "Anthropic's message",
    status: 400,
    message:
      "This model does not support assistant message prefill. The conversation must end with a user message.",
  },
  { name: "a gateway's message", status: 422, message: "last message must be user" },
  {
    name: "Mistral's message",
    status: 400,
    message:
      "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant",
  },
  { name: "the final message", status: 400, message: "final message has role 'assistant'" },
  {
    name: "a template's message as a failure of the server",
    status: 500,
    message: "Conversation roles must alternate user/assistant/user/assistant/...",
  },
  {
    name: "llama.cpp's message",
    status: 400,
    message: "Assistant response prefill is incompatible with enable_thinking.",
  },
  {
    name: "llama.cpp's other message",
    status: 400,
    message: "Cannot have 2 or more assistant messages at the end of the list.",
  },
  {
    name: "vLLM's message",
    status: 400,
    message:
      "Cannot set `add_generation_prompt` to True when the last message is from the assistant.",
  },
  { name: "Chinese", status: 400, message: "messages 最后一条消息的 role 必须是 user" },
  { name: "a message that says nothing", status: 400, message: "Param Incorrect" },
];

Deno.test("continuation: whoever takes no conversation that ends with the assistant is asked to go on, and not refused again", async (t) => {
  const cases = REFUSALS.flatMap(({ name, status, message }) =>
    WIRES.map((wire) => ({
      name: `${name} (${wire})`,
      async run() {
        const learned = new Learned();
        const script = stubborn(wire, json(status, { error: { message } }));
        const setup = { codex: true, learned, script, target: { wire } };
        for (const posts of [3, 2]) {
          const result = await runExchange(setup);
          assert.equal(ending(result), "response.completed");
          assert.deepEqual(items(result), [`message ${LOOKING}`, "function_call ls"]);
          assert.equal(result.posts.length, posts);
          assert.deepEqual(last(result.posts.at(-1)!).text, GO_ON);
          assert.equal(checkGrammar(result.events, { rewritten: true }), undefined);
        }
      },
    }))
  );
  await pool(t, cases, 8);
});

Deno.test("continuation: a refusal of the sidecar's own addition is not sent; the break is, and Codex may ask again", async (t) => {
  const cases = WIRES.flatMap((wire) =>
    [400, 403, 404, 413, 422].map((status) => ({
      name: `${status} (${wire})`,
      async run() {
        const refusal = json(status, { error: { message: "NO TO YOU" } });
        const result = await runExchange({
          codex: true,
          target: { wire },
          script: (_, n) =>
            n === 1 ? breakAt(goodScript({ ...CALLING, wire }), "mid-arguments", [reset]) : refusal,
        });
        assert.match(ending(result), /^response\.failed server_error: /);
        assert.match(ending(result), BROKEN);
        assert.doesNotMatch(ending(result), /NO TO YOU/);
      },
    }))
  );
  await pool(t, cases, 8);
});

Deno.test("continuation: a refusal of the key or the account is sent as it is", async () => {
  for (
    const [status, message] of [[401, "Invalid API key"], [402, "Insufficient Balance"]] as const
  ) {
    const result = await runExchange({
      codex: true,
      script: (_, n) =>
        n === 1
          ? breakAt(goodScript({ ...CALLING, wire: "responses" }), "mid-arguments", [reset])
          : json(status, { error: { message } }),
    });
    assert.equal(
      ending(result),
      `response.failed invalid_prompt: Sim answered HTTP ${status}: ${message} (2 attempts in ${
        /in (.*)\)/.exec(ending(result))?.[1]
      })`,
    );
  }
});

const PREFILL = "This model does not support assistant message prefill.";
const ASKED = { type: "message", role: "user", content: "hi" };
const HALF = {
  type: "message",
  role: "assistant",
  content: [{ type: "output_text", text: LOOKING }],
};
const THOUGHT = { type: "reasoning", id: "rs_1", summary: [] };
const RESENT: { name: string; input: Json; message?: string; status?: number; asks: boolean }[] = [
  { name: "a message of the assistant", input: [ASKED, HALF], asks: true },
  { name: "reasoning after it", input: [ASKED, HALF, THOUGHT], asks: true },
  {
    name: "a message without a type",
    input: [{ role: "user", content: "hi" }, { role: "assistant", content: LOOKING }],
    asks: true,
  },
  {
    name: "a template's message as a failure of the server",
    input: [ASKED, HALF],
    status: 500,
    message: "Conversation roles must alternate user/assistant/user/assistant/...",
    asks: true,
  },
  {
    name: "a message about something else",
    input: [ASKED, HALF],
    message: "Param Incorrect",
    asks: false,
  },
  { name: "a message of the user", input: [ASKED], asks: false },
  { name: "text", input: "hi", asks: false },
  { name: "reasoning alone", input: [ASKED, THOUGHT], asks: false },
];

Deno.test("continuation: a client's own input that ends with the assistant is sent again with a request to go on, where the provider refuses exactly that", async (t) => {
  const cases = RESENT.flatMap(({ name, input, message = PREFILL, status = 400, asks }) =>
    WIRES.map((wire) => ({
      name: `${name} (${wire})`,
      async run() {
        const refusal = json(status, { error: { message } });
        const result = await runExchange({
          codex: true,
          body: { model: "m", stream: true, input },
          retry: { attempts: 2 },
          target: { wire },
          script: (request) =>
            last(request).text === GO_ON ? goodScript({ ...SAYING, wire }) : refusal,
        });
        if (asks) {
          assert.deepEqual(items(result), [`message ${TEXT}`]);
          assert.equal(ending(result), "response.completed");
          assert.equal(result.posts.length, 2);
        } else {
          assert.equal(result.status, 400);
          assert.ok(result.text.includes(message));
          assert.equal(result.posts.length, 1);
        }
      },
    }))
  );
  await pool(t, cases, 8);
});

Deno.test("continuation: where the request to go on is refused too, the client reads the first refusal", async () => {
  for (const wire of WIRES) {
    const result = await runExchange({
      codex: true,
      body: { model: "m", stream: true, input: [ASKED, HALF] },
      script: (_, n) => json(400, { error: { message: n === 1 ? PREFILL : "The last user: NO" } }),
      target: { wire },
    });
    assert.equal(result.posts.length, 2);
    assert.equal(result.status, 400);
    assert.match(result.text, /prefill/);
    assert.doesNotMatch(result.text, /NO/);
  }
});

Deno.test("continuation: an answer to the request to go on that breaks off is continued after that request", async () => {
  const input = [ASKED, HALF];
  const roles: unknown[][] = [];
  for (const wire of WIRES) {
    const result = await runExchange({
      codex: true,
      body: { model: "m", stream: true, input },
      target: { wire },
      script: (request, n) => {
        const list = (request.json?.input ?? request.json?.messages) as JsonObject[];
        if (n === 3) roles.push(list.map(({ role }) => role));
        if (last(request).text !== GO_ON) return json(400, { error: { message: PREFILL } });
        const answer = goodScript({ ...CALLING, wire });
        return n === 2 ? breakAt(answer, "mid-arguments", [reset]) : answer;
      },
    });
    assert.equal(ending(result), "response.completed");
    assert.equal(items(result).at(-1), "function_call ls");
    assert.equal(result.posts.length, 3);
  }
  const turns = ["user", "assistant", "user", "assistant", "user"];
  assert.deepEqual(roles, WIRES.map(() => turns));
});

function kimi(script: Setup["script"], more: Partial<Setup> = {}): Promise<Result> {
  const target = { wire: "chat", profile: profileNamed("kimi")! } as const;
  return runExchange({ script, target, ...more });
}

/** Breaks in the text; a request with the beginning is answered by `script`. */
function broken(
  script: (beginning: string, request: SeenRequest, n: number) => Script,
): Setup["script"] {
  return (request, n) => {
    const { entry, text } = last(request);
    if (entry.partial === true) return script(text, request, n);
    return n === 1 ? breakAt(goodScript(SAYING), "mid-text", [reset]) : goodScript(SAYING);
  };
}

Deno.test("continuation: a provider that goes on in an answer is given its beginning, and the rest follows", async () => {
  for (const codex of [true, false]) {
    const result = await kimi(
      broken((beginning) => goodScript({ ...SAYING, text: TEXT.slice(beginning.length) })),
      { codex },
    );
    assert.equal(ending(result), "response.completed");
    assert.deepEqual(items(result), [`message ${TEXT}`]);
    assert.equal(added(result), TEXT);
    assert.equal(result.posts.length, 2);
    const { role, text, entry } = last(result.posts[1]!);
    assert.deepEqual([role, entry.partial], ["assistant", true]);
    assert.ok(text !== "" && TEXT.startsWith(text));
    assert.equal(checkGrammar(result.events, { rewritten: codex }), undefined);
  }
});

Deno.test("continuation: three breaks in one text are three beginnings, each longer", async () => {
  const seen: string[] = [];
  const result = await kimi(broken((beginning, _, n) => {
    seen.push(beginning);
    const script = goodScript({ ...SAYING, text: TEXT.slice(beginning.length), size: 4 });
    return n < 4 ? breakAt(script, "mid-text", [reset]) : script;
  }));
  assert.deepEqual(items(result), [`message ${TEXT}`]);
  assert.equal(added(result), TEXT);
  assert.equal(seen.length, 3);
  assert.ok(seen.every((text, at) => at === 0 || text.length > seen[at - 1]!.length));
});

Deno.test("continuation: an answer that broke off at its very end is whole when nothing more comes", async () => {
  const result = await kimi(broken(() => goodScript({ wire: "chat" })));
  assert.equal(ending(result), "response.completed");
  assert.deepEqual(items(result), [`message ${added(result)}`]);
});

Deno.test("continuation: a call that follows the beginning comes after the message", async () => {
  const { calls } = CALLING;
  const result = await kimi(broken(() => goodScript({ wire: "chat", calls: calls! })));
  assert.deepEqual(items(result), [`message ${added(result)}`, "function_call ls"]);
});

Deno.test("continuation: a server that does not know the flag answers anew, and nothing stands twice", async () => {
  const other = "Quite another answer.";
  for (const again of [{ text: TEXT }, { reasoning: "Once more.", text: other }]) {
    const result = await kimi(broken(() => goodScript({ wire: "chat", ...again })), {
      codex: true,
    });
    assert.equal(ending(result), "response.completed");
    assert.equal(items(result)[0], `message ${again.text}`);
  }
});

Deno.test("continuation: a beginning that is refused is not sent again, to nobody of that name", async () => {
  for (const refusal of ["partial mode is not supported by this model", "Param Incorrect"]) {
    const learned = new Learned();
    const script = broken(() => json(400, { error: { message: refusal } }));
    for (const posts of [3, 2]) {
      const result = await kimi(script, { learned });
      assert.equal(ending(result), "response.completed");
      assert.deepEqual(items(result), [`message ${TEXT}`]);
      assert.equal(added(result), TEXT);
      assert.equal(result.posts.length, posts);
    }
  }
});

Deno.test("continuation: what was fixed up before a break stays fixed up after it", async () => {
  const input = [{
    type: "message",
    role: "user",
    content: [{ type: "input_text", text: "hi" }, { type: "input_image", image_url: "data:x" }],
  }];
  const result = await runExchange({
    body: { model: "m", stream: true, input },
    target: { wire: "chat" },
    script: (request, n) =>
      request.text.includes("image_url")
        ? json(400, { error: { message: "images are not supported" } })
        : n < 4
        ? breakAt(goodScript(SAYING), "mid-text", [reset])
        : goodScript(SAYING),
  });
  assert.deepEqual(items(result), [`message ${TEXT}`]);
  assert.equal(result.posts.length, 4);
});

Deno.test("continuation: a half that was withdrawn is not sent, neither now nor as history", async () => {
  const half = { type: "message", role: "assistant", status: "incomplete", content: [] };
  const user = { type: "message", role: "user", content: "hi" };
  const { calls } = CALLING;
  for (const wire of WIRES) {
    const result = await runExchange({
      codex: true,
      body: { model: "m", stream: true, input: [user, half, user] },
      target: { wire },
      script: (_, n) =>
        n === 1 ? breakAt(goodScript({ ...SAYING, wire }), "mid-text", [reset]) : n === 2
          ? breakAt(
            goodScript({ text: LOOKING, calls: calls!, reasoning: "Hm.", wire }),
            "mid-arguments",
            [reset],
          )
          : goodScript({ wire, calls: calls! }),
    });
    assert.equal(ending(result), "response.completed");
    for (const { json } of result.posts) {
      const list = (json?.input ?? json?.messages) as JsonObject[];
      const empty = list.filter(({ content }) =>
        content === "" || JSON.stringify(content) === "[]"
      );
      assert.deepEqual(empty, []);
    }
  }
});

Deno.test("continuation: reasoning that goes on belongs to the answer before, reasoning that begins anew does not", async () => {
  for (const [mark, same] of [["mid-arguments", true], ["mid-text", false]] as const) {
    const answer = { ...CALLING, wire: "chat" } as const;
    const result = await runExchange({
      codex: true,
      target: { wire: "chat" },
      script: ({ json }, n) =>
        n === 1
          ? breakAt(goodScript({ ...answer, reasoning: "Hm." }), mark, [reset])
          : goodScript(remaining({ ...answer, reasoning: "So." }, json)),
    });
    assert.equal(ending(result), "response.completed");
    const answers = result.events.flatMap(({ type, data: { item } }) =>
      type === "response.output_item.done" && isObject(item) && item.type === "reasoning"
        ? [item.encrypted_content]
        : []
    );
    assert.equal(answers.length, 2);
    assert.equal(answers[0] === answers[1], same);
  }
});

const FLAGS: {
  provider: string;
  model: string;
  path?: string;
  body?: JsonObject;
  flag?: string;
}[] = [
  { provider: "deepseek", model: "deepseek-v4-pro", path: "/beta", flag: "prefix" },
  { provider: "deepseek", model: "deepseek-v4-pro", path: "/v1" },
  { provider: "deepseek", model: "deepseek-v4-pro", path: "/betas" },
  { provider: "kimi", model: "kimi-k2.6", flag: "partial" },
  {
    provider: "kimi",
    model: "kimi-k2.6",
    body: { reasoning: { effort: "none" } },
    flag: "partial",
  },
  { provider: "kimi", model: "kimi-k2.6", body: { reasoning: { effort: "high" } } },
  { provider: "kimi", model: "kimi-k3" },
  { provider: "qwen", model: "qwen3-coder-plus", flag: "partial" },
  { provider: "qwen", model: "qwq-plus" },
  { provider: "qwen", model: "qwen3.8-max", body: { reasoning: { effort: "high" } } },
  {
    provider: "qwen",
    model: "qwen3-max",
    body: { text: { format: { type: "json_schema", name: "a", schema: {} } } },
  },
  ...["mimo", "glm", "minimax", "ark", "openrouter", "openai", "generic"].map((provider) => ({
    provider,
    model: "m",
  })),
];
Deno.test("continuation: the beginning goes up only where the provider's row says so", async (t) => {
  const cases = FLAGS.map(({ provider, model, path = "/v1", body = {}, flag }) => ({
    name: `${provider} ${model} ${path} ${JSON.stringify(body)}`,
    async run() {
      const profile = profileNamed(provider)!;
      const learned = new Learned();
      let url = "";
      const script: Setup["script"] = (request, n) => {
        url = request.path;
        if (n > 1) return goodScript(remaining(SAYING, request.json));
        return breakAt(goodScript(SAYING), "mid-text", [reset]);
      };
      const input = [{ type: "message", role: "user", content: "hi" }];
      const base = { wire: "chat", profile } as const;
      const result = await runExchange({
        codex: true,
        learned,
        script,
        body: { model, stream: true, input, ...body },
        target: base,
        path,
      });
      assert.equal(url, `${path}/chat/completions`);
      const { entry } = last(result.posts[1]!);
      const { role, content: _, reasoning_content: __, ...flags } = entry;
      assert.deepEqual(flags, flag === undefined ? {} : { [flag]: true });
      assert.equal(role, flag === undefined ? "user" : "assistant");
    },
  }));
  await pool(t, cases, 8);
});

Deno.test("continuation: beginning and rest are the whole, however the rest is cut; said again it is said once", () => {
  const letters = fc.string({ minLength: 1, maxLength: 40 });
  const pieces = fc.array(fc.string({ minLength: 1, maxLength: 9 }), {
    minLength: 1,
    maxLength: 9,
  });
  fc.assert(fc.property(letters, pieces, (beginning, rest) => {
    const read = (texts: readonly string[]) => {
      const stage = new AnswerPrefix(beginning);
      return texts.map((text) => stage.push(text)).join("") + stage.end();
    };
    const whole = beginning + rest.join("");
    assert.ok([whole, rest.join("")].includes(read(rest)));
    if (!beginning.startsWith(rest[0]![0]!)) assert.equal(read(rest), whole);
    if (beginning.length >= 16) assert.equal(read([...beginning, ...rest]), whole);
  }));
});

Deno.test("continuation: what is learned is bounded, the oldest goes first", () => {
  const learned = new Learned();
  for (let at = 0; at < 10_000; at++) learned.record(`host-${at}`, "prefix");
  assert.ok(!learned.refuses("host-0", "prefix"));
  assert.ok(learned.refuses("host-9999", "prefix"));
  assert.ok(!learned.refuses("host-9999", "assistant last"));
});
