import assert from "node:assert/strict";
import { type Result, runExchange, type Setup } from "../../helpers/proxy/exchange.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { messageText } from "../../../lib/translate/grammar.ts";
import { breakAt, insertAt } from "../../../lib/simulate/transform_script.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { eof, hang, json, reset, type Script, wait } from "../../../lib/simulate/script.ts";

const answer = { reasoning: "Let me think.", text: "The answer is 42, as ever." };
const WIRES: readonly Wire[] = ["responses", "chat", "anthropic"];

function asked(wire: Wire, script: (n: number) => Script, more: Partial<Setup> = {}) {
  return runExchange({
    complete: true,
    target: { wire },
    body: { model: "m", input: "hi" },
    script: (_, n) => script(n),
    ...more,
  });
}

const good = (wire: Wire, text = answer.text) => goodScript({ ...answer, text, wire });
const response = ({ text }: Result): JsonObject => JSON.parse(text);
const texts = ({ output }: JsonObject) =>
  (output as JsonObject[]).filter(({ type }) => type === "message").map(messageText);

const cases: { name: string; script: (wire: Wire) => (n: number) => Script; posts: number }[] = [
  { name: "at once", script: (wire) => () => good(wire), posts: 1 },
  {
    name: "when another text broke off before",
    script: (wire) => (n) =>
      n === 1 ? breakAt(good(wire, "Something else altogether."), "mid-text", [reset]) : good(wire),
    posts: 2,
  },
  {
    name: "when its end was lost",
    script: (wire) => (n) => n === 1 ? breakAt(good(wire), "mid-reasoning", [eof]) : good(wire),
    posts: 2,
  },
  {
    name: "after a 503",
    script: (wire) => (n) => n === 1 ? json(503, { error: { message: "busy" } }) : good(wire),
    posts: 2,
  },
];
for (const wire of WIRES) {
  for (const { name, script, posts } of cases) {
    Deno.test(`complete answer: one Response object ${name} (${wire})`, async () => {
      const result = await asked(wire, script(wire));
      assert.equal(result.status, 200);
      const got = response(result);
      assert.deepEqual(
        [got.object, got.status, got.error, typeof got.created_at, typeof got.id],
        ["response", "completed", null, "number", "string"],
      );
      assert.deepEqual(texts(got), [answer.text]);
      assert.equal(result.posts.length, posts);
      assert.ok(result.posts.every(({ json }) => json?.stream === true));
      assert.deepEqual([result.record.outcome, result.record.status], ["completed", 200]);
    });
  }

  Deno.test(`complete answer: white space goes before it when the provider takes its time (${wire})`, async () => {
    const result = await asked(
      wire,
      () => insertAt(good(wire), "mid-text", [wait(8_000)]),
      { config: { headGrace: 2_000, heartbeat: { interval: 1_000 } } },
    );
    assert.match(result.text, /^\n\n+\{/);
    assert.deepEqual(texts(response(result)), [answer.text]);
    assert.ok(result.record.heartbeats >= 2);
  });

  Deno.test(`complete answer: a failure before head_grace is an HTTP status (${wire})`, async () => {
    const result = await asked(wire, () => breakAt(good(wire), "mid-text", [reset]), {
      retry: { attempts: 2 },
    });
    assert.equal(result.status, 502);
    assert.match(String((response(result).error as JsonObject).message), /2 attempts/);
  });

  Deno.test(`complete answer: a failure after head_grace is a response that failed (${wire})`, async () => {
    const refusal = json(401, { error: { message: "Invalid API key" } });
    const result = await asked(wire, () => [wait(4_000), ...refusal], {
      config: { headGrace: 1_000 },
    });
    assert.equal(result.status, 200);
    const got = response(result);
    assert.deepEqual([got.status, got.error], ["failed", {
      code: "invalid_prompt",
      message: "Sim answered HTTP 401: Invalid API key",
      type: "invalid_request_error",
      param: null,
    }]);
  });

  Deno.test(`complete answer: one that broke off is none of it, after head_grace either (${wire})`, async () => {
    const result = await asked(wire, () => breakAt(good(wire), "mid-text", [wait(4_000), reset]), {
      config: { headGrace: 1_000 },
      retry: { attempts: 2 },
    });
    const got = response(result);
    assert.deepEqual([result.status, got.status, got.output], [200, "failed", []]);
    assert.match(String((got.error as JsonObject).message), /2 attempts/);
  });

  Deno.test(`complete answer: a client that leaves ends the upstream at once (${wire})`, async () => {
    const result = await asked(wire, () => breakAt(good(wire), "mid-text", [hang]), {
      config: { headGrace: 1_000 },
      leaveAfter: 150,
    });
    assert.deepEqual(result.overs.map(({ how }) => how), ["left"]);
    assert.equal(result.record.outcome, "client_gone");
  });
}
