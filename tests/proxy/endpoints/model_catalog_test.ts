import assert from "node:assert/strict";
import type { UpstreamConfig } from "../../../lib/config/config.ts";
import { openNet } from "../../../lib/upstream/net.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { json, type Script } from "../../../lib/simulate/script.ts";
import { testApp, upstream } from "../../helpers/proxy/app.ts";
import { FakeClock } from "../../helpers/clock/fake_clock.ts";
import { FRESH, QUIET, TIMEOUT } from "../../../lib/proxy/endpoints/model_lists.ts";

const ASK = "models?client_version=0.169.0";
const KEYS: Record<string, string> = { KA: "key-a", KB: "key-b" };
const env = (name: string) => KEYS[name];
const ids = (...names: string[]) => json(200, { data: names.map((id) => ({ id })) });

/** A provider whose list may change. */
async function listing(...first: string[]) {
  const state = { script: ids(...first) };
  const provider = await startProvider({ script: () => state.script });
  return {
    url: provider.url,
    requests: provider.requests,
    keys: () => provider.requests.map(({ headers }) => headers.authorization),
    now: (script: Script) => state.script = script,
    [Symbol.asyncDispose]: () => provider.stop(),
  };
}

async function slugs(response: Response): Promise<string[]> {
  const { models, error } = await response.json();
  assert.equal(error, undefined);
  return models.map(({ slug }: { slug: string }) => slug);
}

const upstreams = (entries: Record<string, UpstreamConfig>) => new Map(Object.entries(entries));

Deno.test("model catalog: every base answers Codex in its form, with the upstream's own list", async () => {
  await using provider = await listing("acme-2", "acme-1", "acme-embedding");
  const host = new URL(provider.url).host;
  using app = testApp({
    relay: { ...testRelay, hosts: [host] },
    upstreams: upstreams({ one: upstream(provider.url) }),
  });
  for (const base of ["v1", "u/one/v1", `r/http/${host}/v1`]) {
    const response = await app.ask(`/${base}/${ASK}`, {
      headers: { authorization: "Bearer mine" },
    });
    assert.deepEqual([response.status, await slugs(response)], [200, ["acme-2", "acme-1"]], base);
  }
  assert.deepEqual(new Set(provider.keys()), new Set(["Bearer mine"]));
  // Other clients read OpenAI's form, as it came
  const plain = await app.ask("/v1/models");
  assert.deepEqual((await plain.json()).data.length, 3);
});

Deno.test("model catalog: rows where no list comes, and the first failure where there are no rows either", async () => {
  using app = testApp({
    upstreams: upstreams({
      rows: upstream("http://127.0.0.1:9/v1", { provider: "deepseek" }),
      none: upstream("http://127.0.0.1:9/v1"),
    }),
  });
  assert.deepEqual(await slugs(await app.ask(`/u/rows/v1/${ASK}`)), ["deepseek-flash"]);
  const response = await app.ask(`/u/none/v1/${ASK}`);
  assert.equal(response.status, 502);
  assert.match(await response.text(), /could not be reached/);
});

Deno.test("model catalog: the models of the settings are those that are shown, with what the list says of them", async () => {
  await using provider = await listing();
  provider.now(json(200, { data: [{ id: "a", context_length: 7_000 }, { id: "b" }] }));
  using app = testApp({
    upstreams: upstreams({ one: upstream(provider.url, { models: ["c", "a"] }) }),
  });
  const { models } = await (await app.ask(`/v1/${ASK}`)).json();
  assert.deepEqual(
    models.map((entry: Record<string, unknown>) => [entry.slug, entry.context_window]),
    [["c", 131_072], ["a", 7_000]],
  );
});

Deno.test("model catalog: /v1 holds the models of all upstreams, each asked with its own key, and a name finds its upstream", async () => {
  await using first = await listing("shared", "only-a");
  await using second = await listing("shared", "only-b", "v/only-c");
  using app = testApp({
    upstreams: upstreams({
      a: upstream(first.url, { apiKeyEnv: "KA" }),
      b: upstream(second.url, { apiKeyEnv: "KB" }),
      broken: upstream("http://127.0.0.1:9/v1", { apiKeyEnv: "MISSING" }),
    }),
  }, { env });
  assert.deepEqual(await slugs(await app.ask(`/v1/${ASK}`)), [
    "shared",
    "only-a",
    "b/shared",
    "only-b",
    "v/only-c",
  ]);
  assert.deepEqual([first.keys(), second.keys()], [["Bearer key-a"], ["Bearer key-b"]]);
  const asked: [model: string, upstream: string, there: string][] = [
    ["shared", "a", "shared"],
    ["only-a", "a", "only-a"],
    ["b/shared", "b", "shared"],
    ["only-b", "b", "only-b"],
    ["v/only-c", "b", "v/only-c"],
    ["b/unlisted", "b", "unlisted"],
    ["unlisted", "a", "unlisted"],
  ];
  for (const [model, name, there] of asked) {
    await app.ask("/v1/responses", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, input: "hi", stream: true }),
    });
    const call = app.calls.at(-1);
    assert.deepEqual([call?.routes[0].target.name, call?.body.model], [name, there], model);
  }
});

Deno.test("model catalog: after a restart a name still finds its upstream, for one question", async () => {
  await using first = await listing("only-a");
  await using second = await listing("only-b");
  using app = testApp({
    upstreams: upstreams({
      a: upstream(first.url, { apiKeyEnv: "KA" }),
      b: upstream(second.url, { apiKeyEnv: "KB" }),
    }),
  }, { env });
  const ask = async (model: string) => {
    await app.ask("/v1/responses", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model, input: "hi", stream: true }),
    });
    return app.calls.at(-1)?.routes[0].target.name;
  };
  assert.equal(await ask("only-b"), "b");
  assert.equal(await ask("only-b"), "b");
  assert.equal(await ask("nobody's"), "a");
  assert.deepEqual([first.requests.length, second.requests.length], [1, 1]);
});

Deno.test("model catalog: the client's key goes to the first upstream at most", async () => {
  await using first = await listing("a");
  await using second = await listing("b");
  using app = testApp({
    upstreams: upstreams({ a: upstream(first.url), b: upstream(second.url) }),
  });
  await app.ask(`/v1/${ASK}`, { headers: { authorization: "Bearer mine", "x-api-key": "mine" } });
  assert.deepEqual([first.keys(), second.keys()], [["Bearer mine"], [undefined]]);
  assert.equal(second.requests[0]?.headers["x-api-key"], undefined);
});

Deno.test("model catalog: a list is kept, the last good one counts where no newer one comes, and a key sees its own", async () => {
  await using provider = await listing("old");
  const clock = new FakeClock();
  const net = { clock, client: openNet(clock, () => undefined).client };
  using app = testApp({ upstreams: upstreams({ one: upstream(provider.url) }) }, { clock, net });
  const asked = async (key = "k1") =>
    await slugs(await app.ask(`/v1/${ASK}`, { headers: { authorization: `Bearer ${key}` } }));
  assert.deepEqual(await asked(), ["old"]);
  provider.now(ids("new"));
  assert.deepEqual(await asked(), ["old"]);
  assert.equal(provider.requests.length, 1);
  assert.deepEqual(await asked("k2"), ["new"]);
  await clock.advance(FRESH);
  assert.deepEqual(await asked(), ["new"]);
  provider.now(json(500, { error: "no" }));
  await clock.advance(FRESH);
  assert.deepEqual(await asked(), ["new"]);
  const before = provider.requests.length;
  assert.deepEqual(await asked(), ["new"]);
  assert.equal(provider.requests.length, before);
  await clock.advance(QUIET);
  assert.deepEqual(await asked(), ["new"]);
  assert.equal(provider.requests.length, before + 1);
  net.client.close();
});

Deno.test("model catalog: a provider that is silent costs no more than its time", async () => {
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  const accepting = (async () => {
    for await (const conn of silent) held.push(conn);
  })();
  const { port } = silent.addr as Deno.NetAddr;
  const clock = new FakeClock();
  const net = { clock, client: openNet(clock, () => undefined).client };
  using app = testApp({
    upstreams: upstreams({
      one: upstream(`http://127.0.0.1:${port}/v1`, { provider: "deepseek" }),
    }),
  }, { clock, net });
  const answer = app.ask(`/v1/${ASK}`);
  while (held.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  await clock.advance(TIMEOUT);
  assert.deepEqual(await slugs(await answer), ["deepseek-flash"]);
  assert.equal(clock.armed, 0);
  net.client.close();
  silent.close();
  for (const conn of held) conn.close();
  await accepting;
});

const testRelay = { hosts: [] as string[] };
