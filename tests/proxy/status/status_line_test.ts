import assert from "node:assert/strict";
import { isObject } from "../../../lib/base/json.ts";
import { openStatus, StatusLine } from "../../../lib/proxy/status/status_line.ts";
import { type ResponsesEvent, responsesEvent } from "../../../lib/wire/responses.ts";
import { FakeClock, seededRandom } from "../../helpers/clock/fake_clock.ts";

/** What happens, at what second. */
type Happening = readonly [second: number, what: (line: StatusLine) => void];
const attempt = (n: number) => (line: StatusLine) => line.waiting.attempt("Sim", n, 6);
const again = (wait: number, replays = false) => (line: StatusLine) =>
  line.waiting.again(wait * 1_000, replays);
const bytes = (line: StatusLine) => line.waiting.bytes();
const content = (line: StatusLine) => line.waiting.content();
const START: Happening = [0, attempt(1)];

/** The lines that are shown, each with the second at which it is. */
function shown(events: readonly ResponsesEvent[]): string[] {
  return events.flatMap(({ data: { delta } }) => typeof delta === "string" ? [delta] : []);
}

async function play(
  happenings: readonly Happening[],
  seconds: number,
  after = 8,
): Promise<string[]> {
  const clock = new FakeClock();
  const line = new StatusLine({
    clock,
    random: seededRandom(1),
    after: after * 1_000,
    language: "en",
    form: "parts",
  });
  const out: string[] = [];
  for (let second = 0; second <= seconds; second++) {
    for (const [at, what] of happenings) if (at === second) what(line);
    if (line.due <= 0) {
      out.push(...shown(line.take()).map((text) => `${second} ${text.replaceAll("*", "")}`));
    }
    await clock.advance(1_000);
  }
  return out;
}

const cases: {
  name: string;
  happenings: Happening[];
  seconds: number;
  after?: number;
  out: string[];
}[] = [
  {
    name: "nothing while all is well",
    happenings: [START, [5, content], [12, content]],
    seconds: 18,
    out: [],
  },
  {
    name: "a silence, by its magnitude",
    happenings: [START],
    seconds: 200,
    out: [
      "8 Sim is silent: 8 s",
      "20 Sim is silent: 20 s",
      "30 Sim is silent: 30 s",
      "60 Sim is silent: 1 m",
      "120 Sim is silent: 2 m",
      "180 Sim is silent: 3 m",
    ],
  },
  {
    name: "comments are no silence, and no text either",
    happenings: [START, ...Array.from({ length: 25 }, (_, at) => [at, bytes] as const)],
    seconds: 24,
    out: ["8 Sim has no text yet: 8 s", "20 Sim has no text yet: 20 s"],
  },
  {
    name: "content ends it, and the next silence is news again",
    happenings: [START, [10, content]],
    seconds: 20,
    out: ["8 Sim is silent: 8 s", "18 Sim is silent: 8 s"],
  },
  {
    name: "a long wait, then the attempt, then its silence",
    happenings: [START, [1, again(40)], [41, attempt(2)]],
    seconds: 62,
    out: [
      "3 Sim: attempt 2 of 6 in 38 s",
      "12 Sim: attempt 2 of 6 in 29 s",
      "22 Sim: attempt 2 of 6 in 19 s",
      "32 Sim: attempt 2 of 6 in 9 s",
      "41 Sim: attempt 2 of 6",
      "51 Sim is silent: 10 s (2 of 6)",
      "61 Sim is silent: 20 s (2 of 6)",
    ],
  },
  {
    name: "an attempt that answers at once is not worth telling",
    happenings: [START, [1, content], [2, again(0.5, true)], [3, attempt(2)], [3, content]],
    seconds: 9,
    out: [],
  },
  {
    name: "an answer that broke off",
    happenings: [START, [1, content], [2, again(0.5, true)], [3, attempt(2)]],
    seconds: 9,
    out: ["4 Sim broke off; attempt 2 of 6"],
  },
  {
    name: "never two lines in five seconds",
    happenings: [
      START,
      [1, again(1)],
      [2, attempt(2)],
      [3, again(1)],
      [4, attempt(3)],
      [5, again(1)],
      [6, attempt(4)],
      [7, again(1)],
      [8, attempt(5)],
    ],
    seconds: 10,
    out: ["3 Sim: attempt 3 of 6 in 1 s", "8 Sim: attempt 5 of 6"],
  },
  {
    name: "a queue, until there is content",
    happenings: [
      START,
      [1, ({ waiting }) => waiting.note({ kind: "queue", who: "Sim", position: 3 })],
      [9, ({ waiting }) => waiting.note({ kind: "queue", who: "Sim", position: 2 })],
      [10, content],
    ],
    seconds: 15,
    after: 30,
    out: ["3 Sim: place 3 in the queue", "9 Sim: place 2 in the queue"],
  },
];

for (const { name, happenings, seconds, after, out } of cases) {
  Deno.test(`status line: ${name}`, async () => {
    assert.deepEqual(await play(happenings, seconds, after), out);
  });
}

Deno.test("status line: nothing is said once a message has begun, and it is said later where that is over", async () => {
  const clock = new FakeClock();
  const line = new StatusLine({
    clock,
    random: seededRandom(1),
    after: 8_000,
    language: "zh",
    form: "parts",
  });
  line.waiting.attempt("Sim", 1, 6);
  const item = { type: "web_search_call", id: "ws" };
  line.pass([responsesEvent("response.output_item.added", { output_index: 0, item })]);
  await clock.advance(9_000);
  assert.deepEqual(line.take(), []);
  line.pass([responsesEvent("response.output_item.done", { output_index: 0, item })]);
  await clock.advance(1_000);
  assert.deepEqual(shown(line.take()), ["**Sim 已 10 秒没有响应**"]);
  const message = { type: "message", id: "m", content: [] };
  const passed = line.pass([
    responsesEvent("response.output_item.done", { output_index: 1, item: message }),
  ]);
  assert.equal(passed.filter(({ data }) => isObject(data.item)).length, 2, "ours is over before");
  await clock.advance(60_000);
  assert.deepEqual(line.take(), []);
});

Deno.test("status line: there is none where the client is shown none, waits for JSON, or the user wants none", () => {
  const context = (after: number | null) => ({
    config: { status: { after } },
    net: { clock: new FakeClock() },
    random: seededRandom(1),
  });
  assert.ok(openStatus({ status: "parts" }, context(8_000)));
  assert.equal(openStatus({}, context(8_000)), undefined);
  assert.equal(openStatus({ status: "parts", complete: true }, context(8_000)), undefined);
  assert.equal(openStatus({ status: "items" }, context(null)), undefined);
});
