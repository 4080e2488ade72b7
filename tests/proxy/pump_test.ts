import assert from "node:assert/strict";
import { FakeClock, settle } from "../helpers/clock/fake_clock.ts";
import { eventStream } from "../../lib/proxy/answer/answer_form.ts";
import { pump } from "../../lib/proxy/pump.ts";
import { Numbering } from "../../lib/proxy/answer/numbering.ts";
import { type ResponsesEvent, responsesEvent } from "../../lib/wire/responses.ts";

const delta = (text: string) =>
  responsesEvent("response.output_text.delta", { delta: text, sequence_number: 0 });
const completed = responsesEvent("response.completed", {
  response: { id: "r" },
  sequence_number: 0,
});

/** A source whose batches the test hands out one by one. */
class Gated implements AsyncIterator<ResponsesEvent[], void> {
  #waiting: ((result: IteratorResult<ResponsesEvent[], void>) => void) | undefined;
  readonly #ready: IteratorResult<ResponsesEvent[], void>[] = [];
  asked = 0;
  next(): Promise<IteratorResult<ResponsesEvent[], void>> {
    this.asked++;
    const ready = this.#ready.shift();
    return ready ? Promise.resolve(ready) : new Promise((resolve) => this.#waiting = resolve);
  }
  give(...events: ResponsesEvent[]): void {
    this.#hand({ done: false, value: events });
  }
  finish(): void {
    this.#hand({ done: true, value: undefined });
  }
  #hand(result: IteratorResult<ResponsesEvent[], void>): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting(result);
    else this.#ready.push(result);
  }
}

function pumped(opening?: readonly ResponsesEvent[]) {
  const clock = new FakeClock();
  const source = new Gated();
  const seen = { heartbeats: 0, ends: [] as boolean[], text: "" };
  const body = pump({
    source,
    form: eventStream(new Numbering()),
    clock,
    interval: 10_000,
    onHeartbeat: () => seen.heartbeats++,
    onEnd: (left) => seen.ends.push(left),
  }, { first: source.next(), opening });
  const reader = body.getReader();
  /** Reads like a client that always wants more. */
  const drain = async () => {
    const decoder = new TextDecoder();
    while (true) {
      const { done, value } = await reader.read();
      if (done) return;
      seen.text += decoder.decode(value);
    }
  };
  const types = () =>
    [...seen.text.matchAll(/^event: (.*)$/gm)].map(([, type]) => type!.replace("response.", ""));
  return { clock, source, seen, reader, drain, types };
}

Deno.test("pump: two heartbeats go out in 21 s of silence, and nothing is lost", async () => {
  const { clock, source, seen, drain, types } = pumped();
  const drained = drain();
  source.give(delta("a"));
  await clock.advance(21_000);
  source.give(delta("b"));
  await settle();
  source.give(completed);
  await drained;
  assert.deepEqual(types(), [
    "output_text.delta",
    "keepalive",
    "keepalive",
    "output_text.delta",
    "completed",
  ]);
  const numbers = [...seen.text.matchAll(/"sequence_number":(\d+)/g)].map(([, n]) => Number(n));
  assert.deepEqual(numbers, [0, 1, 2, 3, 4]);
  assert.deepEqual(seen, { heartbeats: 2, ends: [false], text: seen.text });
  assert.equal(clock.armed, 0);
});

Deno.test("pump: heartbeats follow the silence on the wire, not a fixed tick", async () => {
  const { clock, source, drain, types } = pumped();
  const drained = drain();
  for (let at = 0; at < 10; at++) {
    source.give(delta("x"));
    await clock.advance(9_000);
  }
  assert.equal(types().includes("keepalive"), false);
  await clock.advance(1_000);
  assert.equal(types().at(-1), "keepalive");
  source.finish();
  await drained;
  assert.equal(clock.armed, 0);
});

Deno.test("pump: a head sent before content is followed by a heartbeat at once", async () => {
  const { source, drain, types } = pumped([]);
  const drained = drain();
  await settle();
  assert.deepEqual(types(), ["keepalive"]);
  source.finish();
  await drained;
});

Deno.test("pump: no pull, no beat, and the upstream is read one batch ahead at most", async () => {
  const { clock, source, reader, seen } = pumped();
  source.give(delta("a"));
  await reader.read();
  source.give(delta("b"));
  await clock.advance(60_000);
  assert.equal(seen.heartbeats, 0);
  assert.equal(source.asked, 2);
  await reader.cancel();
});

Deno.test("pump: a client that comes back late gets its events before any beat", async () => {
  const { clock, source, reader } = pumped();
  source.give(delta("a"));
  await reader.read();
  source.give(delta("b"));
  await clock.advance(60_000);
  const { value } = await reader.read();
  assert.match(new TextDecoder().decode(value), /"delta":"b"/);
  await reader.cancel();
});

Deno.test("pump: after a terminal event the stream closes at once and nothing follows", async () => {
  const { source, drain, types, seen, clock } = pumped();
  const drained = drain();
  source.give(delta("a"), completed, delta("late"));
  await drained;
  assert.deepEqual(types(), ["output_text.delta", "completed"]);
  assert.equal(source.asked, 1);
  assert.deepEqual(seen.ends, [false]);
  assert.equal(clock.armed, 0);
});

Deno.test("pump: a client that leaves is reported once, with no timer left", async () => {
  const { clock, source, seen, reader } = pumped();
  source.give(delta("a"));
  await reader.read();
  const pending = reader.read();
  await clock.advance(1_000);
  await reader.cancel();
  await pending;
  assert.deepEqual(seen.ends, [true]);
  assert.equal(clock.armed, 0);
});
