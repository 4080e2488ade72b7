import assert from "node:assert/strict";
import { fc } from "../helpers/fast_check.ts";
import { seededRandom } from "../helpers/clock/fake_clock.ts";
import {
  eventEnds,
  finished,
  numbered,
  pieces,
  play,
  RECORDINGS,
} from "../helpers/streams/responses_streams.ts";
import { Ledger } from "../../lib/proxy/answer/ledger.ts";
import { checkGrammar, Grammar } from "../../lib/translate/grammar.ts";
import { isCall, type ResponsesEvent } from "../../lib/wire/responses.ts";

const FAILING = "openai-responses-error";
const good = RECORDINGS.filter(({ name }) => name !== FAILING);

const anyShort = fc.constantFrom(
  ...good.filter(({ bytes }) => bytes.length < 40_000).map(({ name }) => name),
);

function bytesOf(name: string): Uint8Array {
  return RECORDINGS.find((each) => each.name === name)!.bytes;
}

/** The recording as a plain reader sees it: the JSON of every data line. */
function plain(bytes: Uint8Array): unknown[] {
  return new TextDecoder().decode(bytes).split("\n")
    .filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)));
}

Deno.test("responses streams: there are recordings", () => {
  assert.ok(good.length >= 25, `${good.length} recordings`);
});

for (const { name, bytes } of good) {
  Deno.test(`responses streams: ${name} goes through untouched where nothing is wrong`, () => {
    const { events, failure } = play([bytes]);
    assert.equal(failure, undefined);
    assert.equal(checkGrammar(numbered(events)), undefined);
    const want = plain(bytes);
    if (!/deepseek|rawcot/.test(name)) {
      assert.deepEqual(events.map(({ data }) => data), want);
      assert.ok(
        events.every(({ text, data }) =>
          text !== undefined && JSON.stringify(JSON.parse(text)) === JSON.stringify(data)
        ),
      );
    } else {
      assert.equal(events.length, want.length);
    }
  });

  Deno.test(`responses streams: ${name} gives the same events however its bytes are split`, () => {
    const whole = play([bytes]).events;
    const sizes = bytes.length < 16_000 ? [1, 2, 3, 7, 64] : [7, 1000];
    for (const size of sizes) {
      assert.deepEqual(play(pieces(bytes, size)).events, whole, `pieces of ${size}`);
    }
  });

  Deno.test(`responses streams: ${name} cut after any event is never called complete`, () => {
    const ends = eventEnds(bytes);
    const step = Math.max(1, Math.floor(ends.length / 60)); // every cut of a short stream, sixty of a long one
    const cuts = ends.filter((_, at) => at % step === 0 || at > ends.length - 8);
    for (const end of cuts.filter((each) => each < bytes.length)) {
      const ledger = new Ledger({ random: seededRandom(1), codex: true });
      const { events, failure } = play([bytes.subarray(0, end)], ledger);
      if (ledger.ending) {
        assert.equal(ledger.ending, "completed");
        assert.match(
          new TextDecoder().decode(bytes.subarray(0, end)),
          /"type":\s*"response.completed"/,
        );
        continue;
      }
      assert.equal(failure?.code, "truncated");
      ledger.recordBreak(failure);
      const { resume } = ledger;
      const called = ledger.finished.some(isCall);
      assert.equal(resume === "complete", called);
      const last = called ? ledger.complete() : ledger.fail("server_error", "cut", true);
      assert.equal(checkGrammar(numbered([...events, ...last]), { rewritten: true }), undefined);
    }
  });
}

Deno.test("responses streams: cut at any byte, what came out is a prefix of the complete stream", () => {
  fc.assert(
    fc.property(
      anyShort,
      fc.double({ min: 0, max: 1, noNaN: true }),
      (name, share) => {
        const bytes = bytesOf(name);
        const whole = play([bytes]).events;
        const { events, failure } = play([bytes.subarray(0, Math.floor(bytes.length * share))]);
        assert.deepEqual(events, whole.slice(0, events.length));
        if (events.length < whole.length) assert.equal(failure?.code, "truncated");
        const grammar = new Grammar();
        for (const event of numbered(events)) assert.equal(grammar.push(event), undefined);
      },
    ),
    { numRuns: 200 },
  );
});

Deno.test("responses streams: broken and replayed anywhere, the client still reads one grammatical answer", () => {
  fc.assert(
    fc.property(
      anyShort,
      fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { maxLength: 4 }),
      (name, breaks) => {
        const bytes = bytesOf(name);
        const ledger = new Ledger({ random: seededRandom(7), codex: true });
        const events: ResponsesEvent[] = [];
        for (const share of breaks) {
          const part = play([bytes.subarray(0, Math.floor(bytes.length * share))], ledger);
          events.push(...part.events);
          if (!part.failure) break;
          ledger.recordBreak(part.failure);
          if (ledger.resume === "complete") {
            events.push(...ledger.complete());
            break;
          }
        }
        if (!ledger.ending) events.push(...play([bytes], ledger).events);
        assert.equal(checkGrammar(numbered(events), { rewritten: true }), undefined);
        const calls = finished(events).filter((line) => line.startsWith("function_call:"));
        assert.equal(new Set(calls).size, calls.length, "no call twice");
      },
    ),
    { numRuns: 300 },
  );
});

Deno.test("responses streams: an error event fails with the provider's message", () => {
  const { events, failure } = play([bytesOf(FAILING)]);
  assert.deepEqual(events, []);
  assert.equal(failure?.code, "overloaded");
});

Deno.test("responses streams: bare UUID ids get the prefix of their item's type, everywhere alike", () => {
  const ids = play([bytesOf("deepseek-responses-text")]).events.flatMap(({ data }) => {
    const item = data.item as { id: string } | undefined;
    return item?.id ?? data.item_id ?? [];
  });
  assert.deepEqual([...new Set(ids.map((id) => String(id).replace(/_.*/, "")))], ["rs", "msg"]);
});
