/** A request's name, and what balancers and tracers need: through the app as it is composed. */

import assert from "node:assert/strict";
import { testApp, upstream } from "../helpers/proxy/app.ts";

const upstreams = new Map([["a", upstream("https://a.example/v1")]]);
const body = JSON.stringify({ model: "m", input: "hi", stream: true });

function post(headers: Record<string, string>) {
  return {
    method: "POST",
    body,
    headers: { "content-type": "application/json", ...headers },
  };
}

Deno.test("request ids: a client's id goes upstream and comes back, and traces go on", async () => {
  using app = testApp({ upstreams });
  const sent = {
    "x-request-id": "team-7/ab.c:1",
    traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    tracestate: "vendor=value",
  };
  const response = await app.ask("/v1/responses", post(sent));
  assert.equal(response.headers.get("x-request-id"), "team-7/ab.c:1");
  for (const [name, value] of Object.entries(sent)) {
    assert.equal(app.calls[0]?.routes[0].headers.get(name), value);
  }
});

Deno.test("request ids: without one, or with one of no use, it is the exchange's own", async () => {
  using app = testApp({ upstreams });
  for (const bad of [undefined, "", "two words", "a".repeat(129), "é", "a,b", '"q"']) {
    const response = await app.ask(
      "/v1/responses",
      post(bad === undefined ? {} : { "x-request-id": bad }),
    );
    const { id, routes } = app.calls.at(-1) ?? assert.fail("no exchange");
    assert.equal(response.headers.get("x-request-id"), id, bad);
    assert.equal(routes[0].headers.get("x-request-id"), id, bad);
  }
  assert.equal(new Set(app.calls.map(({ id }) => id)).size, 7);
});

Deno.test("request ids: the same id twice at once is two exchanges, each logged under it", async () => {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ headers }) => {
    const own = { "x-request-id": "theirs", "x-saw": headers.get("x-request-id") ?? "" };
    return new Response("ok", { headers: own });
  });
  {
    const there = upstream(`http://127.0.0.1:${server.addr.port}/v1`);
    using app = testApp({ upstreams: new Map([["a", there]]) });
    const ask = () => app.ask("/v1/files", { headers: { "x-request-id": "mine" } });
    const answers = await Promise.all([ask(), ask()]);
    for (const { headers } of answers) {
      assert.deepEqual(
        ["x-request-id", "x-upstream-request-id", "x-saw"].map((name) => headers.get(name)),
        ["mine", "theirs", "mine"],
      );
    }
    await Promise.all(answers.map((answer) => answer.text()));
    await app.drain();
    assert.deepEqual(app.records.map(({ requestId }) => requestId), ["mine", "mine"]);
    assert.equal(new Set(app.records.map(({ id }) => id)).size, 2);
    const nameless = await app.ask("/v1/files");
    await nameless.text();
    await app.drain();
    const last = app.records.at(-1);
    assert.deepEqual([last?.requestId, nameless.headers.get("x-saw")], [undefined, last?.id]);
    // The provider's support asks for its own
    assert.equal(nameless.headers.get("x-request-id"), "theirs");
  }
  await server.shutdown();
});

Deno.test("request ids: a refusal carries the client's id too, and never one of another form", async () => {
  using app = testApp();
  const refused = await app.ask("/u/nobody/v1/responses", post({ "x-request-id": "mine" }));
  assert.deepEqual([refused.status, refused.headers.get("x-request-id")], [404, "mine"]);
  const lost = await app.ask("/nowhere", { headers: { "x-request-id": "<b>" } });
  assert.deepEqual([lost.status, lost.headers.get("x-request-id")], [404, null]);
});

Deno.test("readyz: 200 until it drains, then 503 while everything else is served; no token needed", async () => {
  const listen = { host: "127.0.0.1", port: 8411, token: "a-long-token" };
  using app = testApp({ upstreams, listen });
  const ready = await app.ask("/readyz");
  assert.deepEqual([ready.status, await ready.json()], [200, { status: "ready", live: 0 }]);
  app.unready();
  const draining = await app.ask("/readyz");
  assert.deepEqual([draining.status, await draining.json()], [503, {
    status: "draining",
    live: 0,
  }]);
  assert.equal((await app.ask("/healthz")).status, 200);
  const served = await app.ask("/v1/responses", post({ "x-sidecar-token": "a-long-token" }));
  assert.equal(served.status, 200);
});
