/** Fallbacks and pools where the obvious answer is the wrong one: long waits, probes, foreign refusals, crowds. */

import assert from "node:assert/strict";
import { sleep } from "../../../lib/base/clock.ts";
import { withFleet } from "../../helpers/proxy/fleet.ts";
import { pool } from "../../helpers/pool.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { cut, eof, gate, json, reset, type Script } from "../../../lib/simulate/script.ts";
import { breakAt, insertAt } from "../../../lib/simulate/transform_script.ts";
import { checkGrammar } from "../../../lib/translate/grammar.ts";

const TEXT = "The answer is forty-two.";
const never = new AbortController().signal;
const good = (wire: Wire = "responses", text = TEXT) => (_: SeenRequest, n: number): Script =>
  goodScript({ wire, text, seed: `${n}` });
const error = (status: number, message: string, more = {}, headers = {}) => (): Script =>
  json(status, { error: { message, ...more } }, headers);
const busy = error(503, "Overloaded");
const limited = (seconds: number) => error(429, "Rate limit", {}, { "retry-after": `${seconds}` });

const KEYS = { K1: "sk-1", K2: "sk-2", K3: "sk-3" };
const POOL = { apiKeys: Object.keys(KEYS).map((name) => ({ from: "env", name } as const)) };
const keyOf = ({ headers }: SeenRequest) => headers.authorization?.slice("Bearer ".length);
const retry = (attempts: number) => ({ retry: { attempts, maxWait: 600_000 } });

const atOnce: { name: string; script: () => Script; more?: object; posts: number }[] = [
  { name: "a limit that names more than max_wait", script: limited(3600), posts: 1 },
  { name: "a limit that names a long wait", script: limited(60), posts: 1 },
  { name: "the only attempt", script: busy, more: retry(1), posts: 1 },
];
for (const { name, script, more, posts } of atOnce) {
  Deno.test(`failover: the fallback is asked after ${name}`, () =>
    withFleet({
      a: { script, fallback: ["b"], ...more },
      b: { script: good() },
    }, async ({ ask, providers }) => {
      const got = await ask();
      assert.deepEqual([got.items, got.upstream], [[TEXT], "b"]);
      assert.equal(providers.a!.posts.length, posts);
    }));
}

/** A provider that gives the same answer whatever it was sent, as a model may that is asked to go on. */
const CALLED = [{ kind: "function", name: "ls", arguments: { path: "/tmp" } } as const];
const same = (wire: Wire, calls: boolean) => (_: SeenRequest, n: number): Script =>
  goodScript({ wire, text: TEXT, reasoning: "Hm.", seed: `${n}`, ...calls && { calls: CALLED } });
const BREAKS = [
  { mark: "mid-reasoning", end: eof },
  { mark: "mid-text", end: reset },
  { mark: "after-message", end: cut },
  { mark: "mid-arguments", end: reset },
  { mark: "after-call", end: eof },
] as const;
const WIRES: readonly Wire[] = ["responses", "chat", "anthropic"];

Deno.test("failover: wherever the first one breaks for ever, whatever the wires: one text, one call", async (t) => {
  const cases = WIRES.flatMap((first) =>
    WIRES.flatMap((second) => BREAKS.map((row) => ({ ...row, first, second })))
  );
  await pool(
    t,
    cases.map(({ first, second, mark, end }) => ({
      name: `${first} to ${second}, ${mark}`,
      run: () => {
        const calls = mark === "mid-arguments" || mark === "after-call";
        return withFleet({
          a: {
            wire: first,
            script: (request, n) => breakAt(same(first, calls)(request, n), mark, [end]),
            fallback: ["b"],
          },
          b: { wire: second, script: same(second, calls) },
        }, async ({ ask, providers }) => {
          const got = await ask({ body: { tools: [{ type: "function", name: "ls" }] } });
          assert.equal(got.end, "response.completed");
          assert.deepEqual(got.items, [TEXT, ...calls ? ["function_call ls"] : []]);
          assert.equal(checkGrammar(got.events, { rewritten: true }), undefined);
          assert.ok(providers.b!.posts.length <= 1);
        });
      },
    })),
    8,
  );
});

Deno.test("failover: a chain of three, each of which breaks elsewhere, is one answer", () =>
  withFleet({
    a: {
      wire: "chat",
      script: (request, n) => breakAt(same("chat", true)(request, n), "mid-text", [eof]),
      fallback: ["b", "c"],
    },
    b: {
      wire: "anthropic",
      script: (request, n) => breakAt(same("anthropic", true)(request, n), "mid-arguments", [cut]),
    },
    c: { wire: "responses", script: same("responses", true) },
  }, async ({ ask, providers }) => {
    const got = await ask({ body: { tools: [{ type: "function", name: "ls" }] } });
    assert.deepEqual(got.items, [TEXT, "function_call ls"]);
    assert.equal(got.end, "response.completed");
    assert.equal(providers.c!.posts.length, 1);
  }));

Deno.test("failover: a thread that stays with the fallback asks for the fallback's model", () =>
  withFleet({
    a: { script: busy, fallback: ["b/beta"] },
    b: { script: good() },
  }, async ({ ask, providers }) => {
    await ask();
    await ask();
    await ask({ thread: "t2" });
    assert.deepEqual(providers.b!.posts.map(({ json }) => json?.model), ["beta", "beta", "beta"]);
    assert.equal(providers.a!.posts.length, 2);
  }));

Deno.test("failover: an upstream that is tried again and fails has one attempt", () =>
  withFleet({
    a: { script: busy, fallback: ["b"] },
    b: { script: good() },
  }, async ({ ask, providers, clock }) => {
    await ask();
    await sleep(clock, 31_000, never);
    assert.equal((await ask()).upstream, "b");
    assert.equal(providers.a!.posts.length, 3);
    await sleep(clock, 31_000, never);
    await ask();
    assert.equal(providers.a!.posts.length, 3, "twice as long");
  }));

Deno.test("failover: of many at once one tries an upstream again", () =>
  withFleet({
    a: {
      script: (request, n) =>
        n <= 2 ? busy() : insertAt(good()(request, n), "created", [{ do: "wait", ms: 2_000 }]),
      fallback: ["b"],
    },
    b: { script: good() },
  }, async ({ ask, providers, clock }) => {
    await ask();
    await sleep(clock, 31_000, never);
    const all = await Promise.all(["t1", "t2", "t3", "t4"].map((thread) => ask({ thread })));
    assert.deepEqual(all.map(({ upstream }) => upstream).sort(), ["a", "b", "b", "b"]);
    assert.equal(providers.a!.posts.length, 3);
  }));

Deno.test("failover: a model that an upstream does not have says nothing of its others", () =>
  withFleet({
    a: {
      script: (request, n) =>
        request.json?.model === "gone"
          ? error(404, "The model gone does not exist", { code: "model_not_found" })()
          : good()(request, n),
      fallback: ["b"],
    },
    b: { script: good() },
  }, async ({ ask }) => {
    assert.equal((await ask({ thread: "t1", body: { model: "gone" } })).upstream, "b");
    assert.equal((await ask({ thread: "t2" })).upstream, "a");
  }));

Deno.test("failover: what the fallback alone refuses is no answer to the first one's question", () =>
  withFleet({
    a: { script: (request, n) => n <= 3 ? busy() : good()(request, n), fallback: ["b"] },
    b: { script: error(400, "Unknown parameter: gizmo") },
  }, async ({ ask, providers }) => {
    const got = await ask();
    assert.deepEqual([got.items, got.upstream], [[TEXT], "a"]);
    assert.equal(providers.a!.posts.length, 4);
  }));

Deno.test("failover: two that are down are asked as often as they allow, and no more", () =>
  withFleet({
    a: { script: busy, fallback: ["b"], ...retry(3) },
    b: { script: busy, ...retry(4) },
  }, async ({ ask, providers }) => {
    const got = await ask();
    assert.equal(got.status, 503);
    assert.match(got.text, /Overloaded .*asked: a, b/);
    assert.deepEqual([providers.a!.posts.length, providers.b!.posts.length], [3, 4]);
  }));

Deno.test("failover: a key that is refused is replaced, and not asked again for a while", () =>
  withFleet(
    {
      a: {
        script: (request, n) =>
          keyOf(request) === "sk-2" ? error(401, "Invalid API key")() : good()(request, n),
        ...POOL,
      },
    },
    async ({ ask, providers }) => {
      for (let at = 0; at < 9; at++) {
        assert.deepEqual((await ask({ thread: `thread ${at}` })).items, [TEXT]);
      }
      assert.equal(providers.a!.posts.filter((post) => keyOf(post) === "sk-2").length, 1);
    },
    {},
    KEYS,
  ));

Deno.test("failover: keys that are all limited for no time are not asked for ever", () =>
  withFleet(
    { a: { script: limited(0), ...POOL, ...retry(5) } },
    async ({ ask, providers }) => {
      const got = await ask();
      assert.match(got.text, /Rate limit/);
      assert.equal(providers.a!.posts.length, 5);
      assert.equal(new Set(providers.a!.posts.map(keyOf)).size, 3);
    },
    {},
    KEYS,
  ));

Deno.test("failover: new threads take the keys that are free", () => {
  let now = 0;
  let most = 0;
  return withFleet(
    {
      a: {
        script: (request, n) => {
          most = Math.max(most, ++now);
          void request.over.then(() => now--);
          return insertAt(good()(request, n), "created", [gate("go")]);
        },
        ...POOL,
        concurrency: 1,
      },
    },
    async ({ ask, providers, clock }) => {
      const all = ["t", "t", "t"].map((thread) => ask({ thread }));
      while (providers.a!.posts.length < 3) await sleep(clock, 20, never);
      providers.a!.open("go");
      assert.deepEqual((await Promise.all(all)).map(({ items }) => items), [[TEXT], [TEXT], [
        TEXT,
      ]]);
      assert.equal(most, 3);
    },
    {},
    KEYS,
  );
});

Deno.test("failover: who waits for an upstream that meets its limit goes to the fallback", () =>
  withFleet({
    a: {
      script: () => [gate("go"), ...limited(300)()],
      concurrency: 1,
      fallback: ["b"],
    },
    b: { script: good() },
  }, async ({ ask, providers, clock }) => {
    const all = ["t1", "t2", "t3"].map((thread) => ask({ thread }));
    while (providers.a!.posts.length === 0) await sleep(clock, 20, never);
    await sleep(clock, 200, never);
    const began = clock.now();
    providers.a!.open("go");
    const got = await Promise.all(all);
    assert.deepEqual(got.map(({ upstream }) => upstream), ["b", "b", "b"]);
    assert.equal(providers.a!.posts.length, 1);
    assert.ok(clock.now() - began < 60_000);
  }));

Deno.test("failover: nobody waits for a limit that names more than they may wait", () =>
  withFleet({ a: { script: limited(3600) } }, async ({ ask, clock }) => {
    const began = clock.now();
    for (const thread of ["t1", "t2"]) {
      const { text } = await ask({ thread });
      assert.match(text, /it asks to wait 1 h/);
    }
    assert.ok(clock.now() - began < 60_000);
  }));

for (const wire of ["responses", "chat", "anthropic"] as const) {
  Deno.test(`failover: the reasoning that the first one sealed stays with it (fallback on ${wire})`, () =>
    withFleet({
      a: {
        script: (_, n) =>
          breakAt(
            goodScript({ wire: "responses", text: TEXT, reasoning: "Hmm.", seed: `${n}` }),
            "mid-text",
            [eof],
          ),
        fallback: ["b"],
      },
      b: { script: good(wire), wire },
    }, async ({ ask, providers }) => {
      const got = await ask();
      assert.deepEqual([got.items, got.end], [[TEXT], "response.completed"]);
      const sent = JSON.stringify(providers.b!.posts.map(({ json }) => json));
      assert.doesNotMatch(sent, /encrypted_content":"|"reasoning_content"|"thinking":"/);
    }));
}
