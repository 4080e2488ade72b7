import assert from "node:assert/strict";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import type { SimulatedAnswer } from "../../../lib/simulate/answer.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { comment, json, type Script, streamHead, wait } from "../../../lib/simulate/script.ts";
import { checkGrammar } from "../../../lib/translate/grammar.ts";
import { isStatus, withoutStatus } from "../../../lib/translate/status_mark.ts";
import { type Result, runExchange, type Setup } from "../../helpers/proxy/exchange.ts";
import { pool } from "../../helpers/pool.ts";

const wires = ["responses", "chat"] as const;
const told = { codex: true, status: "parts" } as const satisfies Partial<Setup>;
const ANSWER = { reasoning: "Let me think about it.", text: "The answer is 42, as ever." };

function said({ events }: Result): string[] {
  return events.flatMap(({ data: { delta } }) =>
    typeof delta === "string" && delta.startsWith("**") ? [delta.replaceAll("*", "")] : []
  );
}

/** The finished items that are the provider's, by their texts. */
function items({ events }: Result): string[] {
  return events.flatMap(({ type, data: { item } }) => {
    if (type !== "response.output_item.done" || !isObject(item) || isStatus(item)) return [];
    // A Chat provider's reasoning is a summary, the other one's is content.
    const parts = [item.summary, item.content].flatMap((list) => Array.isArray(list) ? list : []);
    return [parts.map((part) => isObject(part) ? part.text : "").join("")];
  });
}

const waits: { name: string; before: Script; says: readonly RegExp[] }[] = [
  {
    name: "silence before the head",
    before: [wait(12_000)],
    says: [/^Sim (?:is silent|has no text yet): [89] s$/],
  },
  {
    name: "comments",
    before: [...streamHead(), ...Array.from({ length: 30 }, () => [comment(), wait(400)]).flat()],
    says: [/^Sim (?:has no text yet: [89]|is silent: \d) s$/],
  },
];

Deno.test("status exchange: a wait is told, and the client has the same answer as without", async (t) => {
  const cases = waits.flatMap(({ name, before, says }) =>
    wires.flatMap((wire) =>
      (["parts", "items"] as const).map((status) => ({
        name: `${name} (${wire}, ${status})`,
        async run() {
          const answer: SimulatedAnswer = { ...ANSWER, wire };
          const headless = goodScript(answer).filter(({ do: what }) => what !== "head");
          const script = before.some(({ do: what }) => what === "head")
            ? [...before, ...headless]
            : [...before, ...goodScript(answer)];
          const result = await runExchange({
            ...told,
            status,
            script: () => script,
            target: { wire },
          });
          assert.equal(checkGrammar(result.events, { rewritten: true }), undefined);
          assert.deepEqual(items(result), [ANSWER.reasoning, ANSWER.text]);
          assert.equal(result.events.at(-1)?.type, "response.completed");
          const lines = said(result);
          for (const [at, line] of says.entries()) assert.match(lines[at] ?? "", line);
          assert.equal(lines.at(-1), "Working");
          assert.equal(result.posts.length, 1);
        },
      }))
    )
  );
  await pool(t, cases, 8);
});

Deno.test("status exchange: nothing is told to a client that is not shown it", async () => {
  const script = () => [wait(12_000), ...goodScript({ ...ANSWER, wire: "responses" as const })];
  for (const setup of [{ codex: true }, { codex: false }]) {
    const result = await runExchange({ ...setup, script });
    assert.deepEqual(said(result), []);
    assert.equal(result.record.heartbeats, 0, "the head is held for head_grace");
  }
  const off = { status: { after: null, language: "en" } } as const;
  assert.deepEqual(said(await runExchange({ ...told, config: off, script })), []);
});

const error = (message: string) => ({ error: { message } });
/** status, what the event's code is once the head went out */
const refusals: [status: number, code: string, again: boolean][] = [
  [400, "invalid_prompt", false],
  [401, "invalid_prompt", false],
  [402, "invalid_prompt", false],
  [404, "invalid_prompt", false],
  [503, "server_error", true],
  [529, "server_error", true],
];

Deno.test("status exchange: a refusal within status.after is a status, a later one an event with the same words", async (t) => {
  const cases = refusals.map(([status, code, again]) => ({
    name: `${status} is ${code}`,
    async run() {
      const retry = { attempts: 1 };
      const early = await runExchange({
        ...told,
        retry,
        script: () => json(status, error("No such luck")),
      });
      assert.equal(early.status, again ? 503 : 400);
      assert.match(early.text, /No such luck/);
      const late = await runExchange({
        ...told,
        retry,
        script: () => [wait(12_000), ...json(status, error("No such luck"))],
      });
      assert.equal(late.status, 200);
      assert.equal(checkGrammar(late.events), undefined);
      const { type, data } = late.events.at(-1)!;
      const { error: failed } = data.response as JsonObject;
      assert.equal(type, "response.failed");
      assert.ok(isObject(failed) && failed.code === code, JSON.stringify(failed));
      assert.match(`${failed.message}`, /No such luck/);
      assert.deepEqual(items(late), []);
    },
  }));
  await pool(t, cases, 8);
});

const STATUS_ITEM = {
  type: "reasoning",
  id: "rs_1",
  summary: [],
  encrypted_content: "sidecar-status-1",
};

Deno.test("status exchange: what carried a line never goes upstream, in a compaction either", async () => {
  const input = [
    { type: "message", role: "user", content: "hi" },
    STATUS_ITEM,
    { type: "message", role: "assistant", content: [{ type: "output_text", text: "ho" }] },
    STATUS_ITEM,
  ];
  const ends = [[], [{ type: "compaction_trigger" }], [{
    type: "message",
    role: "user",
    content: "so",
  }]];
  for (const wire of wires) {
    for (const end of ends) {
      const { posts } = await runExchange({
        ...told,
        target: { wire },
        body: { model: "m", stream: true, input: [...input, ...end] },
        script: () => goodScript({ ...ANSWER, wire }),
      });
      assert.doesNotMatch(JSON.stringify(posts[0]?.json), /sidecar-status|"type":"reasoning"/);
    }
  }
  const request = { model: "m", input: [input[0]!] };
  assert.equal(withoutStatus(request), request);
});
