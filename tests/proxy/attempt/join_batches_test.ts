import assert from "node:assert/strict";
import { joinBatches } from "../../../lib/proxy/attempt/join_batches.ts";
import { type ResponsesEvent, responsesEvent } from "../../../lib/wire/responses.ts";

type Batches = AsyncIterator<ResponsesEvent[], void>;

const batch = (name: string) => [responsesEvent(name, {})];

async function* attempt(...names: string[]): AsyncGenerator<ResponsesEvent[], void> {
  for (const name of names) {
    if (name === "breaks") throw new TypeError(name);
    yield batch(name);
  }
}

async function read(course: AsyncGenerator<ResponsesEvent[] | Batches, void>): Promise<string[]> {
  const names = [];
  for await (const [event] of joinBatches(course)) names.push(event!.type);
  return names;
}

Deno.test("join batches: an attempt's batches stand where the course gives it", async () => {
  const course = async function* () {
    yield batch("before");
    yield attempt("one", "two");
    yield attempt();
    yield batch("after");
  };
  assert.deepEqual(await read(course()), ["before", "one", "two", "after"]);
});

Deno.test("join batches: what breaks an attempt is thrown where the course gave it", async () => {
  const course = async function* () {
    try {
      yield attempt("one", "breaks", "never");
    } catch (error) {
      yield batch(`after ${(error as Error).message}`);
    }
    yield attempt("breaks");
  };
  const names: string[] = [];
  await assert.rejects(async () => {
    for await (const [event] of joinBatches(course())) names.push(event!.type);
  }, { message: "breaks" });
  assert.deepEqual(names, ["one", "after breaks"]);
});

Deno.test("join batches: leaving waits for the batch that is awaited, then cleans the course up", async () => {
  const came = Promise.withResolvers<IteratorResult<ResponsesEvent[], void>>();
  const seen: string[] = [];
  const course = async function* () {
    try {
      yield { next: () => came.promise };
    } finally {
      seen.push("cleaned up");
    }
  };
  const batches = joinBatches(course());
  const next = batches.next().then(() => seen.push("batch"));
  const left = batches.return();
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(seen, []);
  came.resolve({ done: false, value: batch("one") });
  await Promise.all([next, left]);
  assert.deepEqual(seen, ["batch", "cleaned up"]);
});
