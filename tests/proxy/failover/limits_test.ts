/** Everybody has met a limit: whose end is waited for, and who is asked where nobody else may even wait. */

import assert from "node:assert/strict";
import { sleep } from "../../../lib/base/clock.ts";
import { type Fleet, type Ship, withFleet } from "../../helpers/proxy/fleet.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { gate, json, type Script } from "../../../lib/simulate/script.ts";
import { MOST_WAITING } from "../../../lib/upstream/pool/slots.ts";

const TEXT = "The answer is forty-two.";
const never = new AbortController().signal;
const good = (_: SeenRequest, n: number): Script =>
  goodScript({ wire: "responses", text: TEXT, seed: `${n}` });
const refusal = (status: number, message: string, seconds?: number): Script =>
  json(
    status,
    { error: { message } },
    seconds === undefined ? {} : { "retry-after": `${seconds}` },
  );
const limited = (seconds: number): Script => refusal(429, "Rate limit", seconds);
const spent = (seconds: number): Script => refusal(429, "You exceeded your current quota", seconds);

const KEYS = { K1: "sk-1", K2: "sk-2", K3: "sk-3" };
const keyOf = ({ headers }: SeenRequest) => headers.authorization?.slice("Bearer ".length) ?? "";

/** An upstream that refuses the first requests, one script each. */
const after = (...refusals: Script[]): Ship["script"] => (request, n) =>
  refusals[n - 1] ?? good(request, n);
/** A pool that refuses the first requests with each key. */
const pooled = (refusals: Readonly<Record<string, Script[]>>): Ship => {
  const seen = new Map<string, number>();
  return {
    apiKeys: Object.keys(KEYS).slice(0, Object.keys(refusals).length)
      .map((name) => ({ from: "env", name } as const)),
    script: (request, n) => {
      const key = keyOf(request);
      const before = seen.get(key) ?? 0;
      seen.set(key, before + 1);
      return refusals[key]?.[before] ?? good(request, n);
    },
  };
};

/** How the keys are, those in trouble first. */
async function health({ fetch }: Fleet["app"]): Promise<{ waiting: number }[]> {
  const answer = await fetch(
    new Request(`http://127.0.0.1:8411/healthz?nonce=${"ab".repeat(32)}`, {
      headers: { host: "127.0.0.1:8411" },
    }),
    {
      local: { hostname: "127.0.0.1", port: 8411 },
      remote: { hostname: "127.0.0.1", port: 40_000 },
    },
  );
  return (await answer.json()).upstreams;
}

/** Each answers in the end; `posts`: the requests to each upstream. */
const rows: {
  name: string;
  ships: () => Record<string, Ship>;
  by: string;
  posts: Record<string, number>;
  /** Seconds that it takes at most. */
  within: number;
}[] = [
  {
    name: "the first one's ends before the fallback's",
    ships: () => ({
      a: { script: after(limited(20)), fallback: ["b"] },
      b: { script: after(limited(90)) },
    }),
    by: "a",
    posts: { a: 2, b: 1 },
    within: 60,
  },
  {
    name: "the fallback's ends before the first one's",
    ships: () => ({
      a: { script: after(limited(90)), fallback: ["b"] },
      b: { script: after(limited(15)) },
    }),
    by: "b",
    posts: { a: 1, b: 2 },
    within: 60,
  },
  {
    name: "of three keys the first one's ends first",
    ships: () => ({
      a: pooled({ "sk-1": [limited(15)], "sk-2": [limited(90)], "sk-3": [limited(120)] }),
    }),
    by: "a",
    posts: { a: 4 },
    within: 60,
  },
  {
    name: "the last key's limit is longer than anybody waits, another one's is not",
    ships: () => ({
      a: pooled({ "sk-1": [limited(15)], "sk-2": [limited(15)], "sk-3": [limited(7200)] }),
    }),
    by: "a",
    posts: { a: 4 },
    within: 60,
  },
  {
    name: "the last key's quota is used up, another one's limit ends",
    ships: () => ({
      a: pooled({ "sk-1": [limited(15)], "sk-2": [limited(15)], "sk-3": [spent(7200)] }),
    }),
    by: "a",
    posts: { a: 4 },
    within: 60,
  },
];

for (const { name, ships, by, posts, within } of rows) {
  Deno.test(`limits: ${name}`, () =>
    withFleet(
      ships(),
      async ({ ask, providers, clock }) => {
        const began = clock.now();
        // Asks with key 1 first.
        const got = await ask({ thread: "0" });
        assert.deepEqual([got.items, got.upstream], [[TEXT], by]);
        const counts = Object.entries(providers).map(([each, { posts }]) => [each, posts.length]);
        assert.deepEqual(Object.fromEntries(counts), posts);
        assert.ok(clock.now() - began < within * 1_000);
      },
      {},
      KEYS,
    ));
}

Deno.test("limits: a new thread waits for the limit that ends first", () =>
  withFleet({
    a: { script: after(limited(90)), fallback: ["b"] },
    b: { script: after(limited(20)) },
  }, async ({ ask, providers, clock }) => {
    const began = clock.now();
    const first = ask({ thread: "t1" });
    while (providers.b!.posts.length === 0) await sleep(clock, 50, never);
    await sleep(clock, 200, never);
    const second = await ask({ thread: "t2" });
    assert.deepEqual([second.items, second.upstream], [[TEXT], "b"]);
    assert.ok(clock.now() - began < 60_000);
    await first;
    assert.equal(providers.a!.posts.length, 1);
  }));

Deno.test("limits: an outage that names its end is not run into before", () =>
  withFleet({
    a: { script: after(refusal(503, "Overloaded", 120)), fallback: ["b"] },
    b: { script: good },
  }, async ({ ask, providers, clock }) => {
    for (const thread of ["t1", "t2"]) assert.equal((await ask({ thread })).upstream, "b");
    await sleep(clock, 40_000, never);
    assert.equal((await ask({ thread: "t3" })).upstream, "b");
    assert.equal(providers.a!.posts.length, 1);
    await sleep(clock, 85_000, never);
    assert.equal((await ask({ thread: "t4" })).upstream, "a");
  }));

Deno.test("limits: whose queue is full is passed over", () =>
  withFleet({
    a: { script: (_, n) => n === 1 ? [gate("go")] : good(_, n), concurrency: 1, fallback: ["b"] },
    b: { script: good },
  }, async ({ ask, providers, clock, app }) => {
    const left = new AbortController();
    const first = ask({ thread: "first", signal: left.signal });
    while (providers.a!.posts.length === 0) await sleep(clock, 20, never);
    const waiting = Array.from({ length: MOST_WAITING }, (_, at) =>
      ask({ thread: `t${at}`, signal: left.signal }));
    while ((await health(app))[0]?.waiting !== MOST_WAITING) {
      await sleep(clock, 100, never);
    }
    const got = await ask({ thread: "more" });
    assert.deepEqual([got.items, got.upstream], [[TEXT], "b"]);
    left.abort();
    await Promise.allSettled([first, ...waiting]);
    assert.deepEqual([providers.a!.posts.length, providers.b!.posts.length], [1, 1]);
  }));

Deno.test("limits: a quota that renews in three days is not asked before", () =>
  withFleet(
    { a: pooled({ "sk-1": [spent(3 * 86_400)], "sk-2": [] }) },
    async ({ ask, app }) => {
      assert.equal((await ask({ thread: "0" })).upstream, "a");
      const [{ name, opens }] = await health(app) as unknown as [{ name: string; opens: number }];
      assert.equal(name, "a key 1");
      assert.ok(opens > 2 * 86_400_000 && opens <= 3 * 86_400_000);
    },
    {},
    KEYS,
  ));

Deno.test("limits: a key that was exchanged in its file begins anew", async () => {
  const folder = await Deno.makeTempDir();
  const file = `${folder}/key`;
  const write = (key: string) => Deno.writeTextFileSync(file, key, { mode: 0o600 });
  write("sk-old");
  try {
    await withFleet({
      a: {
        apiKeys: [{ from: "file", name: file }],
        fallback: ["b"],
        script: (request, n) => keyOf(request) === "sk-old" ? spent(86_400) : good(request, n),
      },
      b: { script: good },
    }, async ({ ask }) => {
      assert.equal((await ask({ thread: "t1" })).upstream, "b");
      assert.equal((await ask({ thread: "t2" })).upstream, "b", "its quota is used up");
      write("sk-new");
      assert.equal((await ask({ thread: "t3" })).upstream, "a");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
