import assert from "node:assert/strict";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { fc } from "../../helpers/fast_check.ts";
import { numbered } from "../../helpers/streams/responses_streams.ts";
import { assertLawful } from "../../helpers/streams/wire_run.ts";
import { asFailure, Failure } from "../../../lib/base/errors.ts";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import { Ledger } from "../../../lib/proxy/answer/ledger.ts";
import { messageText } from "../../../lib/translate/grammar.ts";
import { type ResponsesEvent, responsesEvent } from "../../../lib/wire/responses.ts";

type Piece = readonly ["r" | "m", ...string[]] | readonly ["c", string];

let ids = 0;
/** The events of an answer: items in order, each with its deltas. An attempt that breaks is a slice of these. */
function answer(...items: Piece[]): ResponsesEvent[] {
  const out: ResponsesEvent[] = [];
  const add = (type: string, fields: JsonObject) =>
    out.push(responsesEvent(`response.${type}`, { ...fields, sequence_number: 0 }));
  add("created", { response: { id: `resp_${ids++}` } });
  items.forEach(([kind, ...texts], index) => {
    const id = `${{ r: "rs", m: "msg", c: "fc" }[kind]}_${ids++}`;
    const at = { item_id: id, output_index: index };
    const text = texts.join("");
    if (kind === "m") {
      const item = { id, type: "message", role: "assistant" };
      add("output_item.added", { output_index: index, item: { ...item, content: [] } });
      add("content_part.added", { ...at, content_index: 0, part: {} });
      for (const delta of texts) add("output_text.delta", { ...at, content_index: 0, delta });
      add("output_text.done", { ...at, content_index: 0, text });
      const content = [{ type: "output_text", text }];
      add("output_item.done", { output_index: index, item: { ...item, content } });
    } else if (kind === "r") {
      const item = { id, type: "reasoning" };
      add("output_item.added", { output_index: index, item: { ...item, summary: [] } });
      add("reasoning_summary_part.added", { ...at, summary_index: 0, part: {} });
      for (const delta of texts) {
        add("reasoning_summary_text.delta", { ...at, summary_index: 0, delta });
      }
      const summary = [{ type: "summary_text", text }];
      add("output_item.done", { output_index: index, item: { ...item, summary } });
    } else {
      const item = { id, type: "function_call", call_id: `call_${text}`, name: "sh" };
      add("output_item.added", { output_index: index, item: { ...item, arguments: "" } });
      add("function_call_arguments.delta", { ...at, delta: "{}" });
      add("output_item.done", { output_index: index, item: { ...item, arguments: "{}" } });
    }
  });
  add("completed", { response: { id: "r", output: [] } });
  return out;
}

/** The events up to the nth delta, that one included. */
function cut(events: ResponsesEvent[], deltas: number): ResponsesEvent[] {
  let seen = 0;
  return events.filter(({ type }) => seen < deltas && (type.endsWith(".delta") ? ++seen : 1) > 0);
}

interface Outcome {
  readonly events: ResponsesEvent[];
  readonly failure: Failure | undefined;
}

/** Attempts through one ledger; a break between each two, and the end that the exchange would give. */
function run(codex: boolean, ...attempts: ResponsesEvent[][]): Outcome {
  const ledger = new Ledger({ random: seededRandom(1), codex });
  const events: ResponsesEvent[] = [];
  let failure: Failure | undefined;
  for (const attempt of attempts) {
    ledger.begin();
    try {
      for (const event of attempt) events.push(...ledger.admit(event));
    } catch (error) {
      failure = asFailure(error);
      break;
    }
    if (ledger.ending) break;
    ledger.recordBreak(new Failure("broken_stream", "reset"));
    if (ledger.resume === "complete") {
      events.push(...ledger.complete());
      break;
    }
  }
  if (!ledger.ending) events.push(...ledger.fail("server_error", "broke", true));
  return { events: numbered(events), failure };
}

/** What Codex has on the screen in the end: the finished items. */
function screen(events: readonly ResponsesEvent[]): string[] {
  return events.flatMap(({ type, data: { item } }) => {
    if (type !== "response.output_item.done" || !isObject(item)) return [];
    if (item.type === "message") return [`m:${messageText(item)}`];
    if (item.type === "reasoning") {
      return [`r:${(item.summary as JsonObject[]).map(({ text }) => text).join("")}`];
    }
    return [`c:${item.call_id}`];
  });
}

/** No item begins while a message is open: the half of it would stay on the screen. */
function lawful({ events }: Outcome, codex: boolean): void {
  assertLawful(events, codex);
  if (!codex) return;
  let message: unknown;
  for (const { type, data: { item, output_index: index } } of events) {
    if (type === "response.output_item.done" && index === message) message = undefined;
    if (type !== "response.output_item.added" || !isObject(item)) continue;
    assert.equal(message, undefined, "an item began in a message");
    if (item.type === "message") message = index;
  }
}

const first = answer(["m", "One ", "two ", "three."]);
const cases: {
  name: string;
  attempts: ResponsesEvent[][];
  codex: string[];
  others?: string[] | "diverged";
  announced: number;
}[] = [
  {
    name: "the same text goes on where it broke off",
    attempts: [cut(first, 2), answer(["m", "One two", " thr", "ee."])],
    codex: ["m:One two three."],
    announced: 1,
  },
  {
    name: "another text replaces what was shown",
    attempts: [cut(first, 2), answer(["m", "Uno ", "due."])],
    codex: ["m:Uno due."],
    others: "diverged",
    announced: 1,
  },
  {
    name: "a text that differs in its middle",
    attempts: [cut(first, 2), answer(["m", "One ", "two, ", "four."])],
    codex: ["m:One two, four."],
    others: "diverged",
    announced: 1,
  },
  {
    name: "a text that is shorter than what was shown",
    attempts: [cut(first, 2), answer(["m", "One"])],
    codex: ["m:One"],
    others: "diverged",
    announced: 1,
  },
  {
    name: "three breaks in one message",
    attempts: [cut(first, 1), cut(answer(["m", "O", "ne t", "wo"]), 2), cut(first, 2), first],
    codex: ["m:One two three."],
    announced: 1,
  },
  {
    name: "reasoning goes on as the same item",
    attempts: [cut(answer(["r", "Hm, ", "so"]), 1), answer(["r", "Hm, ", "well"], ["m", "A"])],
    codex: ["r:Hm, well", "m:A"],
    announced: 2,
  },
  {
    name: "other reasoning replaces what was shown; for others it is an item of its own",
    attempts: [cut(answer(["r", "Hm, ", "so"]), 2), answer(["r", "Well, ", "no"], ["m", "A"])],
    codex: ["r:Well, no", "m:A"],
    others: ["r:Hm, so", "r:Well, no", "m:A"],
    announced: 2,
  },
  {
    name: "reasoning again before the message: it waits for the message that is open",
    attempts: [
      cut(answer(["r", "Hm"], ["m", "One ", "two."]), 2),
      answer(["r", "Mh"], ["m", "One ", "two."]),
    ],
    codex: ["r:Hm", "m:One two.", "r:Mh"],
    others: ["r:Hm", "r:Mh", "m:One two."],
    announced: 2,
  },
  {
    name: "a call where a message was: the half is not said any more",
    attempts: [cut(first, 2), answer(["c", "1"])],
    codex: ["m:", "c:call_1"],
    others: ["m:One two ", "c:call_1"],
    announced: 2,
  },
  {
    name: "reasoning and a call where a message was",
    attempts: [cut(first, 2), answer(["r", "Hm"], ["c", "1"])],
    codex: ["m:", "r:Hm", "c:call_1"],
    others: ["r:Hm", "m:One two ", "c:call_1"],
    announced: 2,
  },
  {
    name: "a message where reasoning was",
    attempts: [cut(answer(["r", "Hm, ", "so"]), 1), first],
    codex: ["r:Hm, ", "m:One two three."],
    announced: 2,
  },
  {
    name: "two messages where one was",
    attempts: [cut(first, 1), answer(["m", "One."], ["m", "Two."])],
    codex: ["m:One.", "m:Two."],
    others: "diverged",
    announced: 2,
  },
  {
    name: "a call that broke off was never shown, the text before it is not shown again",
    attempts: [
      cut(answer(["m", "I look."], ["c", "1"]), 2).slice(0, -1),
      answer(["m", "I look."], ["c", "2"]),
    ],
    codex: ["m:I look.", "c:call_2"],
    announced: 2,
  },
  {
    name: "a finished call ends the answer, and with it what is open",
    attempts: [[...answer(["c", "1"]).slice(0, -1), ...cut(first, 1).slice(1).map(moved)]],
    codex: ["c:call_1", "m:One "],
    announced: 2,
  },
  {
    name:
      "all attempts broke: Codex, which asks again, forgets the half; others keep what they read",
    attempts: [cut(first, 1), cut(first, 2)],
    codex: ["m:"],
    others: ["m:One two "],
    announced: 1,
  },
];

function moved(event: ResponsesEvent): ResponsesEvent {
  const { output_index: index } = event.data;
  if (typeof index !== "number") return event;
  return { type: event.type, data: { ...event.data, output_index: index + 5 } };
}

for (const { name, attempts, codex, others = codex, announced } of cases) {
  Deno.test(`splice: ${name} (Codex)`, () => {
    const outcome = run(true, ...attempts);
    assert.equal(outcome.failure, undefined);
    assert.deepEqual(screen(outcome.events), codex);
    const added = outcome.events.filter(({ type }) => type === "response.output_item.added");
    assert.ok(added.length <= announced, `${added.length} items were announced`);
    lawful(outcome, true);
  });
  Deno.test(`splice: ${name} (a client that adds deltas up)`, () => {
    const outcome = run(false, ...attempts);
    lawful(outcome, false);
    if (others === "diverged") {
      assert.equal(outcome.failure?.code, "diverged");
      assert.equal(outcome.events.at(-1)?.type, "response.failed");
    } else {
      assert.equal(outcome.failure, undefined);
      assert.deepEqual(screen(outcome.events), others);
    }
  });
}

Deno.test("splice: whatever breaks wherever, and whatever follows, items begin and end once and nothing is added up wrongly", () => {
  const word = fc.constantFrom("a", "b ", "\n\n", "ü", "😀");
  const text = fc.array(word, { minLength: 1, maxLength: 5 });
  const item = fc.oneof(
    text.map((texts): Piece => ["m", ...texts]),
    text.map((texts): Piece => ["r", ...texts]),
    fc.constantFrom("1", "2").map((n): Piece => ["c", n]),
  );
  const attempt = fc.tuple(fc.array(item, { minLength: 1, maxLength: 4 }), fc.nat(30));
  fc.assert(
    fc.property(fc.array(attempt, { minLength: 1, maxLength: 4 }), fc.boolean(), (all, codex) => {
      const attempts = all.map(([items, at]) => answer(...items).slice(0, at));
      lawful(run(codex, ...attempts), codex);
    }),
    { numRuns: 2000 },
  );
});
