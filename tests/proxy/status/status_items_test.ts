import assert from "node:assert/strict";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import { Failure } from "../../../lib/base/errors.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { StatusItems } from "../../../lib/proxy/status/status_items.ts";
import { isStatus } from "../../../lib/translate/status_mark.ts";
import { type ResponsesEvent, TERMINAL } from "../../../lib/wire/responses.ts";
import { CHATS } from "../../helpers/streams/chat_streams.ts";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { fc } from "../../helpers/fast_check.ts";
import { numbered, RECORDINGS } from "../../helpers/streams/responses_streams.ts";
import { assertLawful, WireRun } from "../../helpers/streams/wire_run.ts";

const ALL: { name: string; wire: Wire; bytes: Uint8Array }[] = [
  ...CHATS.map((one) => ({ ...one, wire: "chat" as const })),
  ...RECORDINGS.map((one) => ({ ...one, wire: "responses" as const })),
].filter(({ bytes }) => bytes.length < 60_000);
const FORMS = ["parts", "items"] as const;
const BROKE = new Failure("broken_stream", "reset");

/** The events of an answer, one part after another from these recordings, as the ledger lets them through. */
function answer(attempts: readonly (readonly [typeof ALL[number], number])[]): WireRun {
  const run = new WireRun(true);
  let failure: Failure | undefined = BROKE;
  for (const [at, [{ wire, bytes }, share]] of attempts.entries()) {
    const end = at === attempts.length - 1 ? bytes.length : Math.floor(bytes.length * share);
    failure = run.attempt(wire, [bytes.subarray(0, end)]);
    if (run.ledger.ending) break;
    run.ledger.recordBreak(failure ?? BROKE);
    if (run.ledger.resume === "complete") break;
  }
  run.end(failure ?? BROKE);
  return run;
}

/** Says lines before the events with these numbers, but not before the answer is announced. */
function told(
  events: readonly ResponsesEvent[],
  before: ReadonlySet<number>,
  form: typeof FORMS[number],
): { events: ResponsesEvent[]; lines: number } {
  const items = new StatusItems(form, seededRandom(9));
  let lines = 0;
  const out = events.flatMap((event, at) => {
    const said = at > 0 && before.has(at) ? items.say(`Sim is silent: ${at} s`) : [];
    if (said.length > 0) lines++;
    return [...said, ...items.pass([event])];
  });
  return { events: numbered(out), lines };
}

/** The finished items without those of ours, and how it ended: what the client has. */
function kept(events: readonly ResponsesEvent[]): unknown[] {
  return events.flatMap(({ type, data }) => {
    if (TERMINAL.has(type)) return [type, isObject(data.response) ? data.response.error : null];
    const { item } = data;
    if (type !== "response.output_item.done" || !isObject(item) || isStatus(item)) return [];
    const { id: _, ...rest } = item;
    return [rest];
  });
}

Deno.test("status items: said anywhere in any answer, it is lawful and the client has the same at the end", () => {
  const attempt = fc.tuple(fc.constantFrom(...ALL), fc.double({ min: 0, max: 1, noNaN: true }));
  const attempts = fc.array(attempt, { minLength: 1, maxLength: 3 });
  const moments = fc.array(fc.nat({ max: 120 }), { maxLength: 12 });
  const form = fc.constantFrom(...FORMS);
  let lines = 0;
  fc.assert(
    fc.property(attempts, moments, form, (attempts, moments, form) => {
      const { events } = answer(attempts);
      const said = told(events, new Set(moments), form);
      lines += said.lines;
      assertLawful(said.events, true);
      assert.deepEqual(kept(said.events), kept(events));
    }),
    { numRuns: 400 },
  );
  assert.ok(lines > 100, `${lines} lines were said`);
});

for (const { name, wire, bytes } of ALL) {
  Deno.test(`status items: ${name} with a line before every event, and without any`, () => {
    const { events } = answer([[{ name, wire, bytes }, 1]]);
    for (const form of FORMS) {
      const all = told(events, new Set(events.keys()), form);
      assertLawful(all.events, true);
      assert.deepEqual(kept(all.events), kept(events));
      const none = told(events, new Set(), form);
      assert.deepEqual(none.events, events);
    }
  });
}

const created: ResponsesEvent = {
  type: "response.created",
  data: { type: "response.created", response: { id: "r" } },
};
const event = (type: string, data: JsonObject): ResponsesEvent => ({
  type: `response.${type}`,
  data: { type: `response.${type}`, ...data },
});
const added = (item: JsonObject) => event("output_item.added", { output_index: 0, item });
const done = (item: JsonObject) => event("output_item.done", { output_index: 0, item });
const completed = event("completed", { response: { id: "r", output: [] } });
const reasoning = (text: string, more: JsonObject = {}): JsonObject => ({
  type: "reasoning",
  id: "rs_p",
  summary: [{ type: "summary_text", text }],
  ...more,
});
const begun = { type: "reasoning", id: "rs_p", summary: [] };
const part = event("reasoning_summary_part.added", {
  item_id: "rs_p",
  output_index: 0,
  summary_index: 0,
  part: { type: "summary_text", text: "" },
});
const thinks = (delta: string) =>
  event("reasoning_summary_text.delta", {
    item_id: "rs_p",
    output_index: 0,
    summary_index: 0,
    delta,
  });
const message = { type: "message", id: "m", role: "assistant", content: [] };

/** What goes out, in short: `+rs` an item begins, `-rs` it ends, `|` a part begins, its text. */
function short(events: readonly ResponsesEvent[]): string {
  const ids = new Map<unknown, string>();
  const id = (id: unknown) => {
    const known = ids.get(id) ?? (id === "rs_p" || id === "m" ? String(id) : `our${ids.size}`);
    ids.set(id, known);
    return known;
  };
  return events.map(({ type, data }) => {
    const item = isObject(data.item) ? data.item : {};
    if (type === "response.output_item.added") return `+${id(item.id)}@${data.output_index}`;
    if (type === "response.output_item.done") {
      const [first] = Array.isArray(item.summary) ? item.summary : [];
      const text = isObject(first) ? `"${first.text}"` : "";
      return `-${id(item.id)}@${data.output_index}${text}`;
    }
    if (type.endsWith("part.added")) return `|${data.summary_index}`;
    if (typeof data.delta === "string") return `${data.summary_index}:${data.delta}`;
    return type.slice("response.".length);
  }).join(" ");
}

const SAY = Symbol("a line");
const tables: {
  name: string;
  form: typeof FORMS[number];
  in: (ResponsesEvent | symbol)[];
  out: string;
}[] = [
  {
    name: "the provider's reasoning goes on in our item",
    form: "parts",
    in: [
      created,
      SAY,
      SAY,
      added(begun),
      part,
      thinks("I th"),
      thinks("ink"),
      done(reasoning("I think")),
      completed,
    ],
    out:
      'created +our0@0 |0 0:**L1** |1 1:**L2** |2 2:**Working** |3 3:I th 3:ink -our0@0"I think" completed',
  },
  {
    name: "in an older Codex each line is an item, and the reasoning one of its own",
    form: "items",
    in: [
      created,
      SAY,
      SAY,
      added(begun),
      part,
      thinks("I think"),
      done(reasoning("I think")),
      completed,
    ],
    out:
      "created +our0@0 |0 0:**L1** -our0@0 +our1@1 |0 0:**L2** -our1@1 +our2@2 |0 0:**Working** -our2@2 " +
      '+rs_p@3 |0 0:I think -rs_p@3"I think" completed',
  },
  {
    name: "a message ends our item",
    form: "parts",
    in: [created, SAY, added(message), SAY, done(message), SAY, completed],
    out: "created +our0@0 |0 0:**L1** |1 1:**Working** -our0@0 +m@1 -m@1 completed",
  },
  {
    name: "a line in the provider's own reasoning is a part between its parts",
    form: "parts",
    in: [
      created,
      added(begun),
      part,
      thinks("I th"),
      SAY,
      thinks("ink"),
      done(reasoning("I think")),
      completed,
    ],
    out:
      'created +rs_p@0 |0 0:I th |1 1:**L1** |2 2:**Working** |3 3:ink -rs_p@0"I think" completed',
  },
  {
    name: "an older Codex is told nothing in the provider's own reasoning",
    form: "items",
    in: [
      created,
      added(begun),
      part,
      thinks("I th"),
      SAY,
      thinks("ink"),
      done(reasoning("I think")),
      completed,
    ],
    out: 'created +rs_p@0 |0 0:I th 0:ink -rs_p@0"I think" completed',
  },
  {
    name: "sealed reasoning keeps its id, to which the seal belongs",
    form: "parts",
    in: [
      created,
      SAY,
      added(begun),
      part,
      thinks("I think"),
      done(reasoning("I think", { encrypted_content: "gAAA" })),
      completed,
    ],
    out:
      'created +our0@0 |0 0:**L1** |1 1:**Working** |2 2:I think -our0@0 -rs_p@1"I think" completed',
  },
  {
    name: "the end closes our item",
    form: "parts",
    in: [created, SAY, completed],
    out: "created +our0@0 |0 0:**L1** |1 1:**Working** -our0@0 completed",
  },
];

for (const { name, form, in: input, out } of tables) {
  Deno.test(`status items: ${name}`, () => {
    const items = new StatusItems(form, seededRandom(4));
    let line = 0;
    const events = input.flatMap((one) =>
      typeof one === "symbol" ? items.say(`L${++line}`) : items.pass([one])
    );
    assert.equal(short(events), out);
    const ours = events.flatMap(({ data: { item } }) =>
      isObject(item) && isStatus(item) ? [item] : []
    );
    for (const { summary } of ours) assert.deepEqual(summary, []);
  });
}
