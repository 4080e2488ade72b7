/** An answer by a schema, where the provider does not hold its model to one; through the whole exchange on both wires. */

import assert from "node:assert/strict";
import { gistOf } from "../../helpers/streams/chat_streams.ts";
import { runExchange, type Setup } from "../../helpers/proxy/exchange.ts";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import type { SimulatedAnswer } from "../../../lib/simulate/answer.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { json } from "../../../lib/simulate/script.ts";
import { checkGrammar } from "../../../lib/translate/grammar.ts";

/** What Codex 0.169 asks of its reviewer. */
const SCHEMA: JsonObject = {
  type: "object",
  additionalProperties: false,
  properties: {
    risk_level: { type: "string", enum: ["low", "medium", "high", "critical"] },
    outcome: { type: "string", enum: ["allow", "deny"] },
    rationale: { type: "string" },
  },
  required: ["outcome"],
};

const BODY: JsonObject = {
  model: "m",
  stream: true,
  input: [{ type: "message", role: "user", content: "May I?" }],
  tools: [{ type: "function", name: "look", parameters: { type: "object", properties: {} } }],
  text: { format: { type: "json_schema", name: "s", strict: false, schema: SCHEMA } },
};

const ALLOW = '{"outcome":"allow","rationale":"a { is no } harm"}';

/** Plays answers one after the other, the last one again and again. */
async function ask(
  wire: Wire,
  answers: readonly Partial<SimulatedAnswer>[],
  more: Partial<Setup> = {},
) {
  const notices: string[] = [];
  const result = await runExchange({
    body: BODY,
    codex: true,
    script: (_, n) =>
      goodScript({ ...answers[Math.min(n, answers.length) - 1], wire, seed: `${n}` }),
    observer: { ...silent, notice: (_, message) => notices.push(message) },
    ...more,
    target: { wire, profile: profileNamed("mimo")!, ...more.target },
  });
  assert.equal(checkGrammar(result.events), undefined);
  return { ...result, notices, ...gistOf(result.events) };
}

const FOUND: readonly (readonly [name: string, text: string, want: string])[] = [
  ["alone", ALLOW, ALLOW],
  ["with blanks around it", `\n ${ALLOW}\n`, `\n ${ALLOW}\n`],
  ["in a code fence", `\`\`\`json\n${ALLOW}\n\`\`\``, ALLOW],
  ["behind words", `This is harmless, {as far} as I see.\n\n${ALLOW}`, ALLOW],
  ["before words", `${ALLOW}\n\nI hope that helps {really}.`, ALLOW],
  ["behind a draft that does not fit", `{"risk_level":"low"} no:\n${ALLOW}`, ALLOW],
  ["before an object that does not fit", `${ALLOW} as in {"a":1}`, ALLOW],
  ["as a JSON string", JSON.stringify(ALLOW), ALLOW],
];

for (const wire of ["chat", "responses"] as const) {
  for (const [name, text, want] of FOUND) {
    Deno.test(`json answer: ${wire}, the object ${name}`, async () => {
      const { text: got, posts, events } = await ask(wire, [{ reasoning: "Hm.", text }]);
      assert.equal(got, want);
      assert.equal(posts.length, 1);
      const last = events.at(-1)!.data.response as JsonObject;
      assert.match(JSON.stringify(last.output), /outcome/);
      assert.ok(JSON.stringify(last.output).includes(JSON.stringify(want)));
    });
  }

  Deno.test(`json answer: ${wire}, an answer without the object is asked for once more`, async () => {
    for (
      const text of ["I would allow it.", '{"outcome":"approve"}', '{"risk_level":"low"}', "{"]
    ) {
      const { text: got, posts } = await ask(wire, [{ text }, { text: ALLOW }]);
      assert.deepEqual([got, posts.length], [ALLOW, 2], text);
    }
  });

  Deno.test(`json answer: ${wire}, one that stays so is given as it is`, async () => {
    const text = "I would allow it.";
    const { text: got, posts, notices, record } = await ask(wire, [{ text }]);
    assert.deepEqual([got, posts.length, record.outcome], [text, 2, "completed"]);
    assert.match(notices.join("\n"), /did not answer with the JSON object.*as it is/);
  });

  Deno.test(`json answer: ${wire}, words before a call are no answer`, async () => {
    const calls = [{ kind: "function", name: "look", arguments: {} }] as const;
    const { text, calls: called, posts } = await ask(wire, [{ text: "Let me look.", calls }]);
    assert.deepEqual([text, called.length, posts.length], ["Let me look.", 1, 1]);
  });

  Deno.test(`json answer: ${wire}, the schema is told where only json_object is taken`, async () => {
    const { posts: [post] } = await ask(wire, [{ text: ALLOW }]);
    const { text, response_format: format } = post!.json!;
    const asked = wire === "chat" ? format : isObject(text) ? text.format : undefined;
    assert.deepEqual(asked, { type: "json_object" });
    assert.ok(post!.text.includes("risk_level"));
  });

  Deno.test(`json answer: ${wire}, a schema that is refused is told in words from then on`, async () => {
    const refuses = ({ json: body = {} }: SeenRequest) =>
      body.response_format !== undefined || (isObject(body.text) && body.text.format !== undefined);
    const message = "This response_format type is unavailable now";
    const words = { chat: message, responses: "Unsupported parameter: 'text.format'" }[wire];
    const { text, posts } = await ask(wire, [], {
      target: { profile: profileNamed("generic")! },
      script: (request) =>
        refuses(request)
          ? json(400, { error: { message: words, type: "invalid_request_error" } })
          : goodScript({ wire, text: `\`\`\`\n${ALLOW}\n\`\`\`` }),
    });
    assert.deepEqual([text, posts.length], [ALLOW, 2]);
    assert.ok(posts[1]!.text.includes("risk_level"));
  });
}

Deno.test("json answer: OpenAI's own stream is left as it is", async () => {
  const text = `\`\`\`json\n${ALLOW}\n\`\`\``;
  const { text: got, events } = await ask("responses", [{ text }], {
    target: { profile: profileNamed("openai")! },
  });
  assert.equal(got, text);
  assert.ok(events.filter(({ type }) => type === "response.output_text.delta").length > 1);
});
