import assert from "node:assert/strict";
import { MESSAGES } from "../helpers/streams/anthropic_streams.ts";
import { CHATS, deltasOf, gistOf, sse } from "../helpers/streams/chat_streams.ts";
import { RECORDINGS } from "../helpers/streams/responses_streams.ts";
import { WireRun } from "../helpers/streams/wire_run.ts";
import type { Failure } from "../../lib/base/errors.ts";
import { isObject } from "../../lib/base/json.ts";
import type { Wire } from "../../lib/config/config.ts";
import { checkGrammar } from "../../lib/translate/grammar.ts";
import { type ResponsesEvent, TERMINAL } from "../../lib/wire/responses.ts";

interface Run {
  readonly events: ResponsesEvent[];
  readonly failure?: Failure;
}

function attempt(wire: Wire, pieces: Iterable<Uint8Array>, provider = "generic"): Run {
  const run = new WireRun(true, provider);
  const failure = run.attempt(wire, pieces);
  return { events: run.events, ...(failure && { failure }) };
}

function* split(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** What was announced and never finished. */
function leftOpen(events: readonly ResponsesEvent[]): unknown[] {
  const open = new Set<unknown>();
  for (const { type, data } of events) {
    if (type === "response.output_item.added") open.add(data.output_index);
    if (type === "response.output_item.done") open.delete(data.output_index);
  }
  return [...open];
}

const shape = (run: Run) => JSON.stringify([run.events.map(({ data }) => data), run.failure?.code]);

const recordings = [
  ...CHATS.map((one) => ({ ...one, wire: "chat" as const })),
  ...MESSAGES.map((one) => ({ ...one, wire: "anthropic" as const })),
  ...RECORDINGS.map((one) => ({ ...one, wire: "responses" as const })),
];
/** Recordings that end with the provider's own error. */
const FAILING =
  /groq-toolusefailed-error(-text)?-turn1$|^openai-responses-error$|^anthropic-(refusal|spliced-message-start|server-blocks)$/;

Deno.test("wires: there are recordings of both wires", () => {
  assert.ok(CHATS.length >= 50 && RECORDINGS.length >= 25, `${CHATS.length}, ${RECORDINGS.length}`);
});

for (const { name, wire, bytes } of recordings) {
  Deno.test(`wires: ${name} through adapter, intake and ledger, split and cut anywhere`, () => {
    const complete = attempt(wire, [bytes]);
    if (FAILING.test(name)) {
      assert.ok(complete.failure);
      return;
    }
    assert.equal(complete.failure, undefined);
    assert.equal(checkGrammar(complete.events), undefined);
    assert.deepEqual(leftOpen(complete.events), []);
    const want = shape(complete);
    for (const size of bytes.length < 16_000 ? [1, 3, 64] : [61, 1000]) {
      assert.equal(shape(attempt(wire, split(bytes, size))), want, `pieces of ${size}`);
    }
    const ends = [...bytes.keys()].filter((at) => bytes[at] === 10 && bytes[at - 1] === 10);
    const step = Math.ceil(ends.length / 40);
    for (let at = 0; at < ends.length; at += step) {
      const cut = attempt(wire, [bytes.subarray(0, (ends[at] as number) + 1)]);
      if (cut.failure) {
        assert.ok(!cut.events.some(({ type }) => TERMINAL.has(type)));
      } else assert.equal(checkGrammar(cut.events), undefined);
    }
  });
}

for (const provider of ["mimo", "generic"]) {
  for (const size of [1, 7, 4096]) {
    Deno.test(`wires: text before a lone closing tag is reasoning alone (${provider}, pieces of ${size})`, () => {
      const bytes = sse(
        ...["Let me think.", "</think>The answer."].map((content) => ({
          choices: [{ index: 0, delta: { content }, finish_reason: null }],
        })),
        { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
        "[DONE]",
      );
      const { events, failure } = attempt("chat", split(bytes, size), provider);
      assert.equal(failure, undefined);
      const { text, reasoning } = gistOf(events);
      assert.deepEqual({ text, reasoning }, { text: "The answer.", reasoning: "Let me think." });
      const messages = events.filter(({ type, data }) =>
        type === "response.output_item.done" && isObject(data.item) && data.item.type === "message"
      );
      assert.equal(
        messages.length,
        1,
        "the text that was reasoning does not come back as a message",
      );
      assert.deepEqual(leftOpen(events), []);
      assert.equal(checkGrammar(events, { rewritten: true }), undefined);
      assert.ok(deltasOf(events, "response.output_text.delta").length > 0);
    });
  }
}
