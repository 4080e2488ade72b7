import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { rawServer } from "../helpers/peers/raw_server.ts";
import { fastClock } from "../helpers/clock/fast_clock.ts";
import { Failure } from "../../lib/base/errors.ts";
import { startProvider } from "../../lib/simulate/provider.ts";
import {
  comment,
  event,
  json,
  raw,
  type Script,
  streamHead,
  wait,
} from "../../lib/simulate/script.ts";
import { Attempt } from "../../lib/upstream/attempt.ts";
import { nodeClient } from "../../lib/upstream/transport/node_client.ts";

const delta = event({ type: "response.output_text.delta", output_index: 0, delta: "x" });
const timeouts = {
  connect: 20_000,
  head: 20_000,
  firstEvent: 20_000,
  silence: 10_000,
  progress: 10_000,
};

/** Reads one attempt to its end; counts messages and tells the failure. */
async function attempted(
  script: Script,
  more: { tail?: boolean; each?: () => void; maxEvent?: number } = {},
) {
  const clock = fastClock(20);
  let assessed = 0;
  let taken = 0;
  const provider = await startProvider({ clock, script: () => script });
  const client = nodeClient({ clock, env: () => undefined });
  const attempt = new Attempt({
    url: `${provider.url}/responses`,
    headers: new Headers(),
    body: () => "{}",
    title: "Sim",
    timeouts,
    maxEvent: more.maxEvent ?? 1 << 20,
    tail: more.tail ?? false,
    signal: new AbortController().signal,
    classify({ status, text }) {
      assessed = text.length;
      return new Failure("refused", `${status} ${text}`);
    },
    decodeComplete: (value) => value.whole === true ? [{ data: "whole" }] : undefined,
    onHead: () => {},
    onBytes: (chunk) => taken += chunk?.length ?? 0,
  }, { clock, client });
  let count = 0;
  let failed: string | undefined;
  try {
    for await (const messages of attempt) {
      count += messages.length;
      attempt.received(messages.length, messages.length > 0);
      more.each?.();
    }
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    failed = error.code;
  }
  const { how } = await provider.posts[0]!.over;
  await provider.stop();
  return { count, failed, how, assessed, taken };
}

/** One attempt at `url` that is expected to fail; the code and the message. */
async function failed(url: string, deadlines: Partial<typeof timeouts>): Promise<string> {
  const clock = fastClock(20);
  const attempt = new Attempt({
    url,
    headers: new Headers(),
    body: () => "x".repeat(5_000_000),
    title: "Sim",
    timeouts: { ...timeouts, ...deadlines },
    maxEvent: 1 << 20,
    tail: false,
    signal: new AbortController().signal,
    classify: ({ status }) => new Failure("refused", `${status}`),
    decodeComplete: () => undefined,
    onHead: () => {},
  }, { clock, client: nodeClient({ clock, env: () => undefined }) });
  try {
    for await (const _ of attempt);
    return "nothing";
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    return `${error.code}: ${error.message}`;
  }
}

Deno.test("attempt: the connect deadline covers the handshake, on the one connection there is", async () => {
  await using server = rawServer(({ gone }) => gone(), { reads: false });
  const said = await failed(`https://localhost:${server.port}/v1`, { connect: 5_000 });
  const message = `Sim could not be reached at localhost:${server.port} within 5 s`;
  assert.equal(said, `connect_timeout: ${message}`);
  assert.equal(server.accepted, 1);
});

Deno.test("attempt: once connected, the head's deadline counts, also while the request is still being sent", async () => {
  for (const reads of [true, false]) {
    const over = Promise.withResolvers<void>();
    await using server = rawServer(({ gone }) => reads ? gone() : over.promise, { reads });
    const said = await failed(`http://127.0.0.1:${server.port}/v1`, {
      connect: 15_000,
      head: 5_000,
    });
    over.resolve();
    assert.equal(said, "head_timeout: Sim sent no response head for 5 s");
    assert.equal(server.accepted, 1);
  }
});

/** Collects garbage for real. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

Deno.test("attempt: the deadlines end a body even after the garbage collector has run", async () => {
  const chatter = Array.from({ length: 400 }, () => [wait(400), comment()]).flat();
  const result = await attempted([...streamHead(), delta, ...chatter], { each: collect });
  const { count, failed, how } = result;
  assert.deepEqual({ count, failed, how }, { count: 1, failed: "no_progress", how: "left" });
});

Deno.test("attempt: a JSON body that is an answer is read as its messages", async () => {
  const { count, failed, how } = await attempted(json(200, { whole: true }));
  assert.deepEqual({ count, failed, how }, { count: 1, failed: undefined, how: "played" });
});

Deno.test("attempt: a JSON body that is none is classified, and so is every other status", async () => {
  assert.equal((await attempted(json(200, { error: "x" }))).failed, "refused");
  assert.equal((await attempted(json(500, { whole: true }))).failed, "refused");
  assert.equal(
    (await attempted(json(302, {}, { location: "http://127.0.0.1:1/" }))).failed,
    "refused",
  );
});

Deno.test("attempt: an empty 200 is a cut answer", async () => {
  assert.equal((await attempted(streamHead())).failed, "truncated");
});

const MIB = 1024 * 1024;

Deno.test("attempt: white space before an answer is skipped, up to a limit", async () => {
  const blanks = (count: number) => raw("\n".repeat(count));
  const few = await attempted([...streamHead(), blanks(MIB - 8), delta]);
  assert.deepEqual([few.failed, few.count], [undefined, 1]);
  for (const size of [4 * MIB, 8 * MIB]) {
    const many = await attempted([...streamHead(), blanks(size), delta]);
    assert.equal(many.failed, "not_a_stream");
    assert.ok(many.taken < 2 * MIB, `${many.taken} bytes of white space were read`);
  }
});

Deno.test("attempt: a JSON answer larger than one event may be is refused without being read to its end", async () => {
  const answer = (size: number) => json(200, { whole: true, text: "x".repeat(size) });
  assert.equal((await attempted(answer(60_000), { maxEvent: 64_000 })).count, 1);
  for (const size of [2 * MIB, 4 * MIB]) {
    const { failed, taken } = await attempted(answer(size), { maxEvent: 64_000 });
    assert.equal(failed, "too_large");
    assert.ok(taken < MIB, `${taken} bytes were read`);
  }
});

Deno.test("attempt: of an error's body only its beginning is read and classified", async () => {
  for (const [status, size] of [[500, 2 * MIB], [200, 100_000]] as const) {
    const { failed, assessed, taken } = await attempted(json(status, { error: "x".repeat(size) }));
    assert.equal(failed, "refused");
    assert.equal(assessed, 64 * 1024);
    assert.ok(taken < MIB, `${taken} bytes were read`);
  }
});
