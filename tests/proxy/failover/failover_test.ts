/** Fallbacks, pools of keys and queues through the real app, on real sockets: who is asked, and what the client gets. */

import assert from "node:assert/strict";
import { sleep } from "../../../lib/base/clock.ts";
import { withFleet } from "../../helpers/proxy/fleet.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { eof, gate, json, reset, type Script } from "../../../lib/simulate/script.ts";
import { breakAt, insertAt } from "../../../lib/simulate/transform_script.ts";

const WIRES: readonly Wire[] = ["responses", "chat", "anthropic"];
const TEXT = "The answer is forty-two.";
const never = new AbortController().signal;

const good = (wire: Wire = "responses", text = TEXT) => (_: SeenRequest, n: number): Script =>
  goodScript({ wire, text, seed: `${n}` });
const error = (status: number, message: string, more = {}, headers = {}) => (): Script =>
  json(status, { error: { message, ...more } }, headers);
const busy = error(503, "Overloaded");
const quota = error(429, "You exceeded your current quota", { code: "insufficient_quota" });

const before: { name: string; script: () => Script; posts: number }[] = [
  { name: "503, after two failures", script: busy, posts: 2 },
  { name: "a used-up quota, at once", script: quota, posts: 1 },
  { name: "no such model, at once", script: error(404, "Model not found: m"), posts: 1 },
  { name: "a bad key, at once", script: error(401, "Invalid API key"), posts: 1 },
  { name: "a reset, after two failures", script: () => [reset], posts: 2 },
];

for (const { name, script, posts } of before) {
  for (const wire of WIRES) {
    Deno.test(`failover: ${name} (fallback on ${wire})`, () =>
      withFleet({
        a: { script, fallback: ["b"] },
        b: { script: good(wire), wire },
      }, async ({ ask, providers, records }) => {
        const got = await ask();
        assert.deepEqual([got.end, got.items, got.upstream], ["response.completed", [TEXT], "b"]);
        assert.deepEqual([providers.a!.posts.length, providers.b!.posts.length], [posts, 1]);
        assert.equal(records[0]?.upstream, "b");
        assert.equal(providers.b!.posts[0]?.headers.authorization, undefined, "the client's key");
      }));
  }
}

const never_: { name: string; script: () => Script; status: number; says: RegExp }[] = [
  {
    name: "its own fault",
    script: error(400, "temperature must be < 2"),
    status: 400,
    says: /temp/,
  },
  { name: "moderation", script: error(400, "Moderation Block"), status: 400, says: /Moderation/ },
  { name: "a bare 403", script: error(403, "Forbidden"), status: 400, says: /Forbidden/ },
];

for (const { name, script, status, says } of never_) {
  Deno.test(`failover: nobody else is asked for ${name}`, () =>
    withFleet(
      { a: { script, fallback: ["b"] }, b: { script: good() } },
      async ({ ask, providers }) => {
        const got = await ask();
        assert.equal(got.status, status);
        assert.match(got.text, says);
        assert.equal(providers.b!.posts.length, 0);
      },
    ));
}

Deno.test("failover: an overflow goes to a larger window alone", async () => {
  const overflow = error(400, "maximum context length is 1000 tokens", {
    code: "context_length_exceeded",
  });
  for (const [model, asked] of [["mimo-v2.6-pro", 1], ["unknown", 0]] as const) {
    await withFleet({
      a: { script: overflow, provider: "stepfun", fallback: [`b/${model}`], wire: "chat" },
      b: { script: good("chat"), provider: "mimo", wire: "chat" },
    }, async ({ ask, providers }) => {
      await ask({ body: { model: "step-3.7-flash" } });
      assert.equal(providers.b!.posts.length, asked, model);
    });
  }
});

Deno.test("failover: the fallback gets its own model, the client's key never", () =>
  withFleet(
    {
      a: { script: busy, fallback: ["b/beta", "c"] },
      b: { script: busy, apiKeyEnv: "B" },
      c: { script: good(), models: ["gamma"], apiKeyEnv: "C" },
    },
    async ({ ask, providers }) => {
      const got = await ask();
      assert.deepEqual(got.items, [TEXT]);
      const asked = Object.entries(providers).map(([name, { posts }]) => [
        name,
        posts.length,
        posts[0]?.json?.model,
        posts[0]?.headers.authorization,
      ]);
      assert.deepEqual(asked, [
        ["a", 2, "m", "Bearer sk-client"],
        ["b", 2, "beta", "Bearer sk-b"],
        ["c", 1, "gamma", "Bearer sk-c"],
      ]);
    },
    {},
    { B: "sk-b", C: "sk-c" },
  ));

for (const wire of WIRES) {
  Deno.test(`failover: a provider that breaks off for ever in mid-text; the answer ends at ${wire}`, () =>
    withFleet({
      a: { script: (_, n) => breakAt(good()(_, n), "mid-text", [eof]), fallback: ["b"] },
      b: { script: good(wire), wire },
    }, async ({ ask, providers, records }) => {
      const got = await ask();
      assert.deepEqual([got.end, got.items], ["response.completed", [TEXT]]);
      assert.deepEqual([providers.a!.posts.length, providers.b!.posts.length], [2, 1]);
      assert.equal(records[0]?.upstream, "b");
      const added = got.events.filter(({ type }) => type === "response.output_item.added");
      assert.equal(added.length, 1, "one item on the screen");
    }));
}

Deno.test("failover: a thread stays with the fallback, and returns after the cooldown", () =>
  withFleet({
    a: { script: (request, n) => n <= 2 ? busy() : good()(request, n), fallback: ["b"] },
    b: { script: good() },
  }, async ({ ask, providers, clock }) => {
    const asked = async (thread?: string) => (await ask({ ...thread && { thread } })).upstream;
    assert.equal(await asked(), "b");
    assert.equal(await asked(), "b", "stays");
    assert.equal(await asked("t2"), "b", "others do not run into it");
    assert.equal(providers.a!.posts.length, 2);
    await sleep(clock, 31_000, never);
    assert.equal(await asked(), "a", "back");
    assert.equal(await asked("t2"), "a");
  }));

Deno.test("failover: all fail, and the sentence names them", () =>
  withFleet({
    a: { script: quota, fallback: ["b"] },
    b: { script: error(401, "Bad key") },
  }, async ({ ask }) => {
    const got = await ask();
    assert.match(got.text, /asked: a, b/);
  }));

Deno.test("failover: a relay has fallbacks of its own", () =>
  withFleet(
    { b: { script: good() } },
    async ({ ask }) => {
      const got = await ask({ path: "/r/http/127.0.0.1:1/v1" });
      assert.deepEqual([got.items, got.upstream], [[TEXT], "b"]);
    },
    { relay: { hosts: ["127.0.0.1:1"], fallback: ["b"] } },
  ));

const POOL = {
  apiKeys: ["K1", "K2", "K3"].map((name) => ({ from: "env", name } as const)),
};
const KEYS = { K1: "sk-1", K2: "sk-2", K3: "sk-3" };
const keyOf = ({ headers }: SeenRequest) => headers.authorization?.slice("Bearer ".length);

Deno.test("failover: a key that meets its limit is replaced at once, and the thread stays on the other", () =>
  withFleet(
    {
      a: {
        script: (request, n) =>
          n === 1 ? error(429, "Rate limit", {}, { "retry-after": "3600" })() : good()(request, n),
        ...POOL,
      },
    },
    async ({ ask, providers, notices, records }) => {
      assert.deepEqual((await ask()).items, [TEXT]);
      await ask();
      const [first, second] = records.map(({ key }) => key);
      assert.match(first ?? "", /^a key \d$/);
      assert.equal(second, first, "the record names the key that answered");
      const used = providers.a!.posts.map(keyOf);
      assert.equal(used.length, 3);
      assert.notEqual(used[0], used[1]);
      assert.equal(used[1], used[2]);
      assert.match(notices[0] ?? "", /with key \d of 3/);
      assert.ok(notices.every((notice) => !notice.includes("sk-")));
    },
    {},
    KEYS,
  ));

Deno.test("failover: a bare 403 is no reason for another key", () =>
  withFleet(
    { a: { script: error(403, "Forbidden"), ...POOL } },
    async ({ ask, providers }) => {
      await ask();
      assert.equal(providers.a!.posts.length, 1);
    },
    {},
    KEYS,
  ));

Deno.test("failover: twelve turns two at once, all of them answered", () => {
  let now = 0;
  let most = 0;
  return withFleet({
    a: {
      script: (request, n) => {
        most = Math.max(most, ++now);
        void request.over.then(() => now--);
        return insertAt(good()(request, n), "created", [{ do: "wait", ms: 400 }]);
      },
      concurrency: 2,
    },
  }, async ({ ask, notices }) => {
    const all = await Promise.all(
      Array.from({ length: 12 }, (_, at) => ask({ thread: `t${at % 5}` })),
    );
    assert.deepEqual(all.map(({ end }) => end), Array(12).fill("response.completed"));
    assert.equal(most, 2);
    assert.ok(notices.some((notice) => /waited .* for its turn/.test(notice)));
  });
});

Deno.test("failover: a limit that one request met is waited for by the others", () =>
  withFleet({
    a: {
      script: (request, n) =>
        n === 1 ? error(429, "Rate limit", {}, { "retry-after": "4" })() : good()(request, n),
    },
  }, async ({ ask, providers, clock }) => {
    const first = ask({ thread: "t1" });
    while (providers.a!.posts.length === 0) await sleep(clock, 20, never);
    await sleep(clock, 200, never);
    const all = await Promise.all([first, ask({ thread: "t2" }), ask({ thread: "t3" })]);
    assert.deepEqual(all.map(({ end }) => end), Array(3).fill("response.completed"));
    const [met, ...others] = providers.a!.posts.map(({ at }) => at);
    assert.equal(others.length, 3);
    assert.ok(others.every((at) => at - (met as number) >= 3_500), `${met} ${others}`);
  }));

Deno.test("failover: who leaves the queue makes room", () =>
  withFleet({
    a: {
      script: (request, n) =>
        n === 1 ? insertAt(good()(request, n), "created", [gate("go")]) : good()(request, n),
      concurrency: 1,
    },
  }, async ({ ask, providers, clock }) => {
    const first = ask({ thread: "t1" });
    while (providers.a!.posts.length === 0) await sleep(clock, 20, never);
    const leaving = new AbortController();
    const second = ask({ thread: "t2", signal: leaving.signal }).catch(() => undefined);
    const third = ask({ thread: "t3" });
    await sleep(clock, 200, never);
    leaving.abort();
    await second;
    providers.a!.open("go");
    assert.deepEqual((await Promise.all([first, third])).map(({ end }) => end), [
      "response.completed",
      "response.completed",
    ]);
    assert.equal(providers.a!.posts.length, 2);
  }));

Deno.test("failover: the key of a fallback is read when it is first needed", async () => {
  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, "sk-of-b\n", { mode: 0o600 });
  await Deno.chmod(file, 0o600);
  const read: string[] = [];
  const { statSync } = Deno;
  Deno.statSync = (path) => {
    read.push(String(path));
    return statSync(path);
  };
  let well = true;
  try {
    await withFleet(
      {
        a: { script: (request, n) => well ? good()(request, n) : busy(), fallback: ["b"] },
        b: { script: good(), apiKeys: [{ from: "file", name: file }] },
      },
      async ({ ask, providers }) => {
        assert.equal((await ask({ path: "/u/a/v1" })).upstream, "a");
        assert.deepEqual(read.filter((path) => path === file), []);
        well = false;
        assert.equal((await ask({ path: "/u/a/v1" })).upstream, "b");
        assert.equal(providers.b?.posts[0]?.headers.authorization, "Bearer sk-of-b");
        assert.equal(read.filter((path) => path === file).length, 1);
      },
    );
  } finally {
    Deno.statSync = statSync;
    await Deno.remove(file);
  }
});
