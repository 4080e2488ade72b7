import assert from "node:assert/strict";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { fastClock } from "../helpers/fast_clock.ts";
import { Failure } from "../../lib/base/errors.ts";
import { startProvider } from "../../lib/simulate/provider.ts";
import { comment, event, json, type Script, streamHead, wait } from "../../lib/simulate/script.ts";
import { Attempt } from "../../lib/upstream/attempt.ts";

const delta = event({ type: "response.output_text.delta", output_index: 0, delta: "x" });
const timeouts = {
  connect: 20_000,
  head: 20_000,
  firstEvent: 20_000,
  silence: 10_000,
  progress: 10_000,
};

/** Reads one attempt to its end; counts messages and tells the failure. */
async function attempted(script: Script, more: { tail?: boolean; each?: () => void } = {}) {
  const clock = fastClock(20);
  const provider = await startProvider({ clock, script: () => script });
  const client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const attempt = new Attempt({
    url: `${provider.url}/responses`,
    headers: new Headers(),
    body: () => "{}",
    title: "Sim",
    timeouts,
    maxEvent: 1 << 20,
    tail: more.tail ?? false,
    signal: new AbortController().signal,
    judge: ({ status, text }) => new Failure("refused", `${status} ${text}`),
    whole: (value) => value.whole === true ? [{ data: "whole" }] : undefined,
    onHead: () => {},
  }, { clock, client, reach: () => Promise.resolve() });
  let count = 0;
  let failed: string | undefined;
  try {
    for await (const messages of attempt) {
      count += messages.length;
      attempt.heard(messages.length, messages.length > 0);
      more.each?.();
    }
  } catch (error) {
    assert.ok(error instanceof Failure, String(error));
    failed = error.code;
  }
  const { how } = await provider.posts[0]!.over;
  await provider.stop();
  client.close();
  return { count, failed, how };
}

/** Collects garbage for real. */
function collect(): void {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
}

Deno.test("attempt: the clocks end a body even after the garbage collector has run", async () => {
  const chatter = Array.from({ length: 400 }, () => [wait(400), comment()]).flat();
  const result = await attempted([...streamHead(), delta, ...chatter], { each: collect });
  assert.deepEqual(result, { count: 1, failed: "no_progress", how: "left" });
});

Deno.test("attempt: a JSON body that is an answer is read as its messages", async () => {
  assert.deepEqual(await attempted(json(200, { whole: true })), {
    count: 1,
    failed: undefined,
    how: "played",
  });
});

Deno.test("attempt: a JSON body that is none is judged, and so is every other status", async () => {
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
