import assert from "node:assert/strict";
import { faultNamed, misbehave } from "../../lib/simulate/faults/faults.ts";
import type { SimulatedAnswer } from "../../lib/simulate/answer.ts";
import { isObject, type JsonObject } from "../../lib/base/json.ts";
import { checkGrammar, messageText } from "../../lib/translate/grammar.ts";
import { CODEX_VERSIONS, codexTraits, NEWEST } from "../../lib/proxy/codex_version.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import { mapData } from "../../lib/simulate/transform_script.ts";
import { testApp, upstream } from "../helpers/proxy/app.ts";
import { type Result, runExchange, type Setup } from "../helpers/proxy/exchange.ts";

const OLDEST = CODEX_VERSIONS[0]![1];
const agents: readonly (readonly [agent: string | undefined, overflow: boolean, limit: boolean])[] =
  [
    ["codex_exec/0.169.0 (Debian 12.0.0; x86_64) unknown (codex_exec; 0.169.0)", true, true],
    ["codex_vscode/0.169.3 (Mac OS 15.1.0; arm64) vscode/1.108 (codex_vscode; 1.9)", true, true],
    ["Codex Desktop/0.170.0-alpha.4 (Windows 11; x86_64) unknown", true, true],
    ["codex-tui/0.169.0-alpha.1 (Debian 12.0.0; x86_64) tmux/3.3a", true, true],
    ["codex_cli_rs/1.0.0", true, true],
    ["codex_exec/0.168.9 (Debian 12.0.0; x86_64) unknown", false, true],
    ["codex_exec/0.166.0 (Debian 12.0.0; x86_64) unknown", false, true],
    ["codex_exec/0.165.9 (Debian 12.0.0; x86_64) unknown", false, false],
    ["codex_cli_rs/0.98.0 (Mac OS 15.1.0; arm64) iTerm.app", false, false],
    ["codex_cli_rs/0.40.0", false, false],
    ["codex_cli_rs/0.0.0 (built from sources)", false, false],
    ["codex_cli_rs/unknown", false, false],
    ["Mozilla/5.0 (codex 0.169.0)", false, false],
    [`${"x".repeat(65)}/0.169.0`, false, false],
    ["", false, false],
    [undefined, false, false],
  ];

Deno.test("codex version: newer is as the newest row, older and unreadable as the first", () => {
  for (const [agent, readsOverflowStatus, endsAtIncomplete] of agents) {
    const headers = new Headers(agent === undefined ? {} : { "user-agent": agent });
    const { readsOverflowStatus: overflow, endsAtIncomplete: limit } = codexTraits(headers);
    assert.deepEqual([overflow, limit], [readsOverflowStatus, endsAtIncomplete], agent);
  }
});

Deno.test("codex version: the rows ascend, and each changes something", () => {
  const since = CODEX_VERSIONS.map(([version]) => version.split(".").map(Number));
  assert.deepEqual(
    since,
    since.toSorted((a, b) => a[0]! - b[0]! || a[1]! - b[1]! || a[2]! - b[2]!),
  );
  const rows = CODEX_VERSIONS.map(([, traits]) => JSON.stringify(traits));
  assert.equal(new Set(rows).size, rows.length);
});

Deno.test("codex version: an exchange gets the traits of the user agent that asks, another client none", async () => {
  using app = testApp({ upstreams: new Map([["sim", upstream("http://127.0.0.1:9/v1")]]) });
  const body = JSON.stringify({ model: "m", stream: true, input: "hi" });
  for (const agent of ["codex_exec/0.120.0 (x)", "codex_exec/0.169.0 (x)", "openai-python/2.0"]) {
    const headers = { "user-agent": agent, "content-type": "application/json" };
    await app.ask("/v1/responses", { method: "POST", headers, body });
  }
  assert.deepEqual(app.calls.map(({ traits }) => traits), [OLDEST, NEWEST, undefined]);
});

const answer: Omit<SimulatedAnswer, "wire"> = { text: "The answer is 42, as ever." };

async function play(fault: string, wire: "responses" | "chat", readers: Partial<Setup>) {
  const script = fault === "limit" && wire === "responses"
    ? () => mapData(goodScript({ ...answer, wire }), atLimit)
    : misbehave(faultNamed(fault === "limit" ? "finish-length" : fault), { ...answer, wire }, pace);
  return await runExchange({ script, target: { wire }, ...readers });
}

const pace = { silence: 1, drip: 1 };

/** The terminal event of an answer that reached its limit. */
function atLimit(payload: JsonObject): JsonObject {
  if (payload.type !== "response.completed") return payload;
  const details = { status: "incomplete", incomplete_details: { reason: "max_output_tokens" } };
  return {
    ...payload,
    type: "response.incomplete",
    response: { ...payload.response as JsonObject, ...details },
  };
}

function ending({ events }: Result): (string | undefined)[] {
  const last = events.at(-1);
  const { error } = last?.data.response as JsonObject;
  return isObject(error) ? [last?.type, `${error.code}`] : [last?.type];
}

const wires = ["responses", "chat"] as const;
for (const wire of wires) {
  Deno.test(`codex version: an overflow is an event for a Codex that does not read its status (${wire})`, async () => {
    const old = await play("overflow-400", wire, { codex: true, traits: OLDEST });
    assert.equal(old.status, 200);
    assert.deepEqual(ending(old), ["response.failed", "context_length_exceeded"]);
    assert.equal(old.posts.length, 1);
    for (const readers of [{ codex: true, traits: NEWEST }, { codex: false }]) {
      const { status, text } = await play("overflow-400", wire, readers);
      assert.equal(status, 400);
      assert.match(text, /context_length_exceeded/);
    }
  });

  Deno.test(`codex version: an output limit stops a Codex that would ask again, and keeps the text (${wire})`, async () => {
    const old = await play("limit", wire, { codex: true, traits: OLDEST });
    assert.equal(checkGrammar(old.events), undefined);
    assert.deepEqual(ending(old), ["response.failed", "invalid_prompt"]);
    assert.equal(old.record.outcome, "incomplete");
    assert.equal(old.posts.length, 1);
    const done = old.events.filter(({ type }) => type === "response.output_item.done");
    assert.equal(messageText(done.at(-1)?.data.item as JsonObject), answer.text);
    const { text } = old;
    assert.match(text, /reached the longest output that the provider allows/);
    for (const readers of [{ codex: true, traits: NEWEST }, { codex: false }]) {
      assert.deepEqual(ending(await play("limit", wire, readers)), ["response.incomplete"]);
    }
  });
}

Deno.test("codex version: an overflow stays a status for one that waits for a complete answer", async () => {
  const result = await play("overflow-400", "responses", {
    codex: true,
    traits: OLDEST,
    complete: true,
    body: { model: "m", input: "hi" },
  });
  assert.equal(result.status, 400);
});
