import assert from "node:assert/strict";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { numbered } from "../../helpers/streams/responses_streams.ts";
import { Failure } from "../../../lib/base/errors.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { Ledger } from "../../../lib/proxy/answer/ledger.ts";
import { isContent } from "../../../lib/proxy/answer/progress.ts";
import { checkGrammar, messageText } from "../../../lib/translate/grammar.ts";
import { type ResponsesEvent, responsesEvent } from "../../../lib/wire/responses.ts";

const CUT = new Failure("truncated", "cut");
const RESET = new Failure("broken_stream", "reset");

let number = 0;
function event(type: string, fields: JsonObject = {}): ResponsesEvent {
  return responsesEvent(`response.${type}`, { ...fields, sequence_number: number++ });
}
const created = (id = "r1") => event("created", { response: { id } });
const added = (index: number, item: JsonObject) =>
  event("output_item.added", { output_index: index, item });
const done = (index: number, item: JsonObject) =>
  event("output_item.done", { output_index: index, item });
const delta = (index: number, id: string, text: string) =>
  event("output_text.delta", { output_index: index, item_id: id, content_index: 0, delta: text });
const message = (id: string, text = "") => ({
  type: "message",
  id,
  role: "assistant",
  content: text ? [{ type: "output_text", text }] : [],
});
const reasoning = (id: string) => ({ type: "reasoning", id, summary: [] });
const call = (id: string) => ({
  type: "function_call",
  id,
  call_id: `c_${id}`,
  name: "ls",
  arguments: "{}",
});
const completed = (id = "r1") => event("completed", { response: { id, output: [] } });

const ledgerOf = (codex = true) => new Ledger({ random: seededRandom(1), codex });

function resumeAfter(ledger: Ledger, failure: Failure): string {
  ledger.recordBreak(failure);
  return ledger.resume;
}

/** Feeds attempts; returns what the client got, one word per event. */
function run(ledger: Ledger, ...attempts: ResponsesEvent[][]): ResponsesEvent[] {
  return attempts.flatMap((events) => {
    ledger.begin();
    return events.flatMap((each) => ledger.admit(each));
  });
}
const typesOf = (events: ResponsesEvent[]) =>
  events.map(({ type }) => type.slice("response.".length)).join(" ");

Deno.test("ledger: scaffolding waits for content and then goes out once", () => {
  const ledger = ledgerOf();
  ledger.begin();
  const held = [
    created(),
    event("in_progress", { response: {} }),
    event("in_progress", { response: {} }),
    added(0, message("m")),
  ];
  for (const each of held) assert.deepEqual(ledger.admit(each), []);
  assert.equal(ledger.started, false);
  assert.equal(
    typesOf(ledger.admit(delta(0, "m", "hi"))),
    "created in_progress output_item.added output_text.delta",
  );
  assert.equal(ledger.started, true);
});

const resumes: { name: string; events: ResponsesEvent[]; failure?: Failure; resume: string }[] = [
  { name: "nothing", events: [], resume: "resend" },
  { name: "scaffolding", events: [created(), added(0, message("m"))], resume: "resend" },
  {
    name: "an unfinished message",
    events: [added(0, message("m")), delta(0, "m", "hi")],
    resume: "resend",
  },
  { name: "finished reasoning", events: [done(0, reasoning("r"))], resume: "continue" },
  { name: "a finished message", events: [done(0, message("m", "hi"))], resume: "continue" },
  {
    name: "a finished message and an unfinished call",
    events: [done(0, message("m", "hi")), added(1, call("f"))],
    resume: "continue",
  },
  { name: "a finished call", events: [done(0, call("f"))], resume: "complete" },
  {
    name: "a finished call and an unfinished one",
    events: [done(0, call("f")), added(1, call("g"))],
    resume: "complete",
  },
];
for (const { name, events, resume } of resumes) {
  Deno.test(`ledger: with ${name} the break is answered by ${resume}`, () => {
    for (const failure of [CUT, RESET]) {
      const ledger = ledgerOf();
      run(ledger, events);
      assert.equal(resumeAfter(ledger, failure), resume);
    }
  });
}

Deno.test("ledger: two clean ends in a row after whole items are this provider's way to end", () => {
  const ledger = ledgerOf();
  run(ledger, [done(0, message("m", "hi"))]);
  assert.equal(resumeAfter(ledger, CUT), "continue");
  run(ledger, [done(0, message("m", "more"))]);
  assert.equal(resumeAfter(ledger, CUT), "complete");
});

Deno.test("ledger: a clean end with nothing new counts only behind one after whole items", () => {
  const ledger = ledgerOf();
  run(ledger, [done(0, message("m", "hi"))]);
  assert.equal(resumeAfter(ledger, CUT), "continue");
  run(ledger, [created()]);
  assert.equal(resumeAfter(ledger, CUT), "complete");

  const broken = ledgerOf();
  run(broken, [done(0, message("m", "hi"))]);
  assert.equal(resumeAfter(broken, RESET), "continue");
  const verdicts = [1, 2].map(() => {
    run(broken, [created()]);
    return resumeAfter(broken, CUT);
  });
  assert.deepEqual(verdicts, ["continue", "continue"]);
});

Deno.test("ledger: a reset between two clean ends starts the count again", () => {
  const ledger = ledgerOf();
  const verdicts = [CUT, RESET, CUT].map((failure) => {
    run(ledger, [done(0, message("m", "hi"))]);
    return resumeAfter(ledger, failure);
  });
  assert.deepEqual(verdicts, ["continue", "continue", "continue"]);
});

Deno.test("ledger: after a break new items get new ids and the next indexes, and nothing is announced twice", () => {
  const got = run(
    ledgerOf(),
    [created("r1"), done(0, reasoning("r")), added(1, message("m")), delta(1, "m", "hel")],
    [
      created("r2"),
      added(0, message("m")),
      delta(0, "m", "hello"),
      done(0, message("m", "hello")),
      added(1, message("m2")),
      delta(1, "m2", "more"),
      done(1, message("m2", "more")),
      done(2, reasoning("r")),
      completed("r2"),
    ],
  );
  assert.equal(
    typesOf(got),
    "created output_item.done output_item.added output_text.delta output_text.delta output_item.done " +
      "output_item.added output_text.delta output_item.done output_item.done completed",
  );
  assert.equal(checkGrammar(numbered(got)), undefined);
  const last = got.at(-1)!.data.response as JsonObject;
  assert.equal(last.id, "r1");
  const texts = (last.output as JsonObject[]).map(({ content }) =>
    (content as JsonObject[] | undefined)?.map(({ text }) => text)
  );
  assert.deepEqual(texts, [undefined, ["hello"], ["more"], undefined]);
  const ended = got.flatMap(({ type, data }) => type.endsWith("item.done") ? [data] : []);
  assert.deepEqual(ended.map(({ output_index: index }) => index), [0, 1, 2, 3]);
  assert.equal(new Set(ended.map(({ item }) => (item as JsonObject).id)).size, 4);
});

Deno.test("ledger: an untouched first attempt goes out as the very same objects", () => {
  const ledger = ledgerOf();
  const events = [
    created(),
    added(0, message("m")),
    delta(0, "m", "x"),
    done(0, message("m", "x")),
    completed(),
  ];
  const got = run(ledger, events);
  assert.ok(got.every((each, at) => each === events[at]));
});

Deno.test("ledger: nothing follows a terminal event", () => {
  const ledger = ledgerOf();
  assert.equal(typesOf(run(ledger, [completed(), delta(0, "m", "late")])), "completed");
});

const responses = (events: readonly ResponsesEvent[]) =>
  events.flatMap(({ data }) => data.response ? [data.response as JsonObject] : []);

Deno.test("ledger: who announced the response first gives it its id, and it is announced once", () => {
  for (const codex of [true, false]) {
    const ledger = ledgerOf(codex);
    const early = ledger.announce();
    assert.equal(typesOf(early), "created in_progress");
    assert.deepEqual(ledger.announce(), []);
    const rest = run(ledger, [created(), done(0, message("m", "x")), completed()]);
    assert.equal(typesOf(rest), "output_item.done completed");
    assert.equal(new Set(responses([...early, ...rest]).map(({ id }) => id)).size, 1);
  }
});

Deno.test("ledger: an SDK hears of the response before anything about it, and of its end in full", () => {
  const events = [done(0, message("m", "x")), completed()];
  assert.equal(typesOf(run(ledgerOf(true), events)), "output_item.done completed");
  const got = run(ledgerOf(false), events);
  assert.equal(typesOf(got), "created in_progress output_item.done completed");
  const last = responses(got).at(-1)!;
  assert.deepEqual(
    [last.object, last.model, typeof last.created_at, last.output],
    ["response", "", "number", [message("m", "x")]],
  );
});

Deno.test("ledger: a failure is also an `error` event, but not for Codex, which would forget its message", () => {
  for (const codex of [true, false]) {
    const ledger = ledgerOf(codex);
    run(ledger, [created(), delta(0, "m", "x")]);
    const got = ledger.fail("server_error", "It broke", true);
    assert.equal(got.at(-1)?.type, "response.failed");
    const errors = got.filter(({ type }) => type === "error").map(({ data }) => data);
    const { code, message } = errors[0] ?? {};
    assert.equal(errors.length, codex ? 0 : 1);
    if (!codex) assert.deepEqual([code, message], ["server_error", "It broke"]);
  }
});

Deno.test("ledger: for a client that sees no items before the end, every attempt begins anew", () => {
  const ledger = new Ledger({ random: seededRandom(1), codex: false, streams: false });
  run(ledger, [created(), done(0, message("m", "first")), delta(1, "n", "half")]);
  ledger.recordBreak(new Failure("broken_stream", "gone"));
  assert.equal(ledger.resume, "resend");
  const got = run(ledger, [created(), done(0, message("m", "second")), completed()]);
  assert.deepEqual(responses(got).at(-1)?.output, ledger.finished);
  assert.deepEqual(ledger.finished.map(messageText), ["second"]);
});

const kinds: [ResponsesEvent, boolean][] = [
  [created(), false],
  [event("in_progress", { response: {} }), false],
  [added(0, message("m")), false],
  [event("content_part.added", { output_index: 0 }), false],
  [event("web_search_call.in_progress", { output_index: 0 }), false],
  [event("web_search_call.searching", { output_index: 0 }), true],
  [delta(0, "m", ""), false],
  [delta(0, "m", "x"), true],
  [event("reasoning_text.delta", { delta: "hm" }), true],
  [done(0, message("m", "x")), true],
  [completed(), true],
  [{ type: "codex.rate_limits", data: { type: "codex.rate_limits" } }, false],
];
for (const [each, content] of kinds) {
  Deno.test(`ledger: ${each.type} ${JSON.stringify(each.data.delta ?? "")} is ${content ? "" : "no "}content`, () =>
    assert.equal(isContent(each), content));
}
