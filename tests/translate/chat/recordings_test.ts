import assert from "node:assert/strict";
import {
  CHATS,
  deltasOf,
  gistOf,
  plainGist,
  readBytes,
} from "../../helpers/streams/chat_streams.ts";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import { checkGrammar, messageText } from "../../../lib/translate/grammar.ts";
import type { ResponsesEvent } from "../../../lib/wire/responses.ts";

/** Two recordings end with the provider's own error, inside a 200. */
const BROKEN = /^chat-groq-toolusefailed-error(-text)?-turn1$/;
const TYPES = {
  text: "response.output_text.delta",
  reasoning: "response.reasoning_summary_text.delta",
};

function* split(bytes: Uint8Array, sizes: () => number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length;) {
    const size = sizes();
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

/** Deltas merged as far as they may be, so that runs over different splits can be compared. */
function shape(events: readonly ResponsesEvent[]): string {
  return JSON.stringify(events.map(({ data: { sequence_number: _, ...rest } }) => rest));
}

for (const { name, bytes } of CHATS) {
  const plain = plainGist(bytes);
  const { finished, ...gist } = plain;

  if (BROKEN.test(name)) {
    Deno.test(`chat reader: ${name} ends as the provider's error`, () => {
      const { events, failure } = readBytes(split(bytes, () => 1));
      assert.equal(failure?.code, "refused");
      assert.match(failure.message, /tool_use_failed/);
      assert.equal(finished, false);
      assert.equal(checkGrammar(events), "the stream ended without a terminal event");
      assert.equal(deltasOf(events, TYPES.reasoning), gist.reasoning);
    });
    continue;
  }

  Deno.test(`chat reader: ${name} gives what a plain reading gives`, () => {
    const { events, failure } = readBytes([bytes]);
    assert.equal(failure, undefined);
    assert.equal(checkGrammar(events), undefined);
    assert.deepEqual(gistOf(events), gist);
    assert.equal(deltasOf(events, TYPES.text), gist.text);
    assert.equal(deltasOf(events, TYPES.reasoning), gist.reasoning);
    const last = events.at(-1)?.data.response;
    assert.ok(isObject(last) && isObject(last.usage));
    assert.ok(Number(last.usage.total_tokens) > 0);
    const numbers = events.map(({ data }) => data.sequence_number);
    assert.deepEqual(numbers, events.map((_, at) => at));
  });

  Deno.test(`chat reader: ${name} gives the same however its bytes are split`, () => {
    const whole = shape(readBytes([bytes]).events);
    const byteWise = bytes.length < 40_000 ? 1 : 7;
    assert.equal(shape(readBytes(split(bytes, () => byteWise)).events), whole);
    let seed = bytes.length;
    const some = () => 1 + (seed = (seed * 1103515245 + 12345) % 2147483648) % 997;
    assert.equal(shape(readBytes(split(bytes, some)).events), whole);
  });

  Deno.test(`chat reader: ${name}, cut after any chunk, completes only if it was finished`, () => {
    const whole = readBytes([bytes]).events;
    const ends = [...bytes.keys()].filter((at) => bytes[at] === 10 && bytes[at - 1] === 10);
    const step = bytes.length < 40_000 ? 1 : Math.ceil(ends.length / 60);
    for (let at = 0; at < ends.length; at += at > ends.length - 8 ? 1 : step) {
      const part = bytes.subarray(0, (ends[at] as number) + 1);
      const { events, failure } = readBytes([part]);
      if (plainGist(part).finished) {
        assert.equal(failure, undefined);
        assert.equal(checkGrammar(events), undefined);
        assert.deepEqual(gistOf(events), gist);
        continue;
      }
      assert.equal(failure?.code, "truncated");
      const done = gistOf(events);
      assert.deepEqual(done.calls, []);
      assert.ok(gist.text.startsWith(done.text) && gist.reasoning.startsWith(done.reasoning));
      assert.ok(!events.some(({ type }) => /completed|failed|incomplete/.test(type)));
      const same = events.filter(({ type }, i) => whole[i]?.type === type);
      assert.equal(same.length, events.length, "a cut stream begins like the whole one");
    }
  });
}

for (const { name, bytes } of CHATS) {
  Deno.test(`chat reader: of ${name} whoever adds deltas up, reads done items or the end has the same text`, () => {
    const { events, failure } = readBytes([bytes], { rewrites: false });
    const shown = deltasOf(events, "response.output_text.delta");
    const { text } = gistOf(events);
    if (failure) return assert.ok(shown.startsWith(text));
    const { output } = events.at(-1)?.data.response as JsonObject;
    const messages = (output as JsonObject[]).filter(({ type }) => type === "message");
    assert.deepEqual([shown, messages.map(messageText).join("")], [text, text]);
  });
}
