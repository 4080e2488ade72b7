/** What is passed through is among the running turns while it runs, by the real composition: app, history, provider. */

import assert from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import type { Config } from "../../../lib/config/config.ts";
import { type History, openHistory } from "../../../lib/observe/history/history.ts";
import { combineObservers, type ExchangeRecord } from "../../../lib/observe/observer.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { body, cut, data, gate, type Script, streamHead } from "../../../lib/simulate/script.ts";
import { testApp, upstream } from "../../helpers/proxy/app.ts";

/** An app with a history in front of one provider, under the names `a` and `b`. */
async function scene(script: () => Script, config: Partial<Config> = {}) {
  const provider = await startProvider({ clock: systemClock, script });
  const records: ExchangeRecord[] = [];
  const history = openHistory({ clock: systemClock, version: "1" });
  const log = {
    finished: (record: ExchangeRecord) => void records.push(record),
    attemptFailed() {},
    notice() {},
  };
  const entry = (models: string[]) => upstream(provider.url, { models, apiKeyEnv: "KEY" });
  const app = testApp({
    upstreams: new Map([["a", entry(["m-1"])], ["b", entry(["m-2"])]]),
    heartbeat: { interval: 20 },
    ...config,
  }, {
    observer: combineObservers(log, history),
    env: (name) => ({ KEY: "k-1", ANN: "Quiet.Otter.41.Crossing.River" })[name],
  });
  const ask = (path: string, json: object, more: Record<string, string> = {}) =>
    app.ask(path, {
      method: "POST",
      body: JSON.stringify(json),
      headers: { "content-type": "application/json", "user-agent": "sdk/2.0 (x)", ...more },
    });
  return {
    provider,
    history,
    records,
    ask,
    async [Symbol.asyncDispose]() {
      app.close();
      await provider.stop();
    },
  };
}

/** Waits for what happens on a socket. */
async function untilTrue(is: () => boolean): Promise<void> {
  for (let n = 0; !is(); n++) {
    assert.ok(n < 24_000, "it did not happen within two minutes");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What is told of the running turns. */
const running = (history: History) =>
  history.live().live.map(({ model, upstream, client, helper, doing, says }) => ({
    model,
    upstream,
    client,
    helper,
    doing,
    says: says.en,
  }));

for (const path of ["chat/completions", "messages"]) {
  Deno.test(`passed through: /${path} is live from its beginning to its end, with its heartbeats`, async () => {
    await using edge = await scene(() => [
      gate("head"),
      ...streamHead(),
      gate("text"),
      data({ choices: [{ delta: { content: "Well." } }] }),
      gate("end"),
    ]);
    const before = edge.history.changes.live;
    const answer = edge.ask(`/v1/${path}`, { model: "m-2", messages: [], stream: true });
    await untilTrue(() => edge.provider.posts.length === 1);
    const told = { model: "m-2", upstream: "b", client: "sdk 2.0", helper: path };
    const who = `127.0.0.1:${edge.provider.port}`;
    assert.deepEqual(running(edge.history), [
      { ...told, doing: "asked", says: `${who} has the request` },
    ]);
    edge.provider.open("head");
    const reader = (await answer).body?.getReader();
    await reader?.read();
    await untilTrue(() => (edge.history.live().live[0]?.heartbeats ?? 0) > 0);
    edge.provider.open("text");
    let text = "";
    while (!text.includes("Well.")) text += new TextDecoder().decode((await reader?.read())?.value);
    assert.deepEqual(running(edge.history), [
      { ...told, doing: "answering", says: `${who} is answering` },
    ]);
    edge.provider.open("end");
    while (!(await reader?.read())?.done);
    await untilTrue(() => edge.history.live().live.length === 0);
    const [turn] = edge.history.state().turns;
    assert.deepEqual([turn?.model, turn?.helper, turn?.outcome], ["m-2", path, "passed"]);
    assert.ok((turn?.timeline.spans.length ?? 0) > 0, "its course is kept");
    assert.equal(edge.records[0]?.model, "m-2");
    assert.ok(edge.history.changes.live > before + 1, "a page that watches is told");
  });
}

Deno.test("passed through: a path of anybody's choice is no name, and is gone when it is over", async () => {
  await using edge = await scene(() => [gate("go"), ...body(200, "text/plain", "ok")]);
  const answer = edge.ask("/u/a/v1/any<img src=x>/path-7", {});
  await untilTrue(() => edge.provider.posts.length === 1);
  const [one] = running(edge.history);
  assert.deepEqual([one?.helper, one?.upstream], ["passed through", "a"]);
  assert.doesNotMatch(JSON.stringify(edge.history.state()), /img|path-7/);
  edge.provider.open("go");
  assert.equal(await (await answer).text(), "ok");
  await untilTrue(() => edge.history.live().live.length === 0);
  assert.deepEqual(edge.history.state().turns, [], "no model was asked");
});

Deno.test("passed through: what breaks, and who leaves, is live no more", async () => {
  await using broken = await scene(() => [...streamHead(), data({}), cut]);
  const response = await broken.ask("/v1/chat/completions", { model: "m-1", stream: true });
  await assert.rejects(response.text());
  await untilTrue(() => broken.history.live().live.length === 0);
  assert.deepEqual(broken.history.state().turns.map(({ outcome }) => outcome), ["failed"]);
  await using left = await scene(() => [...streamHead(), data({}), gate("never")]);
  const body = (await left.ask("/v1/messages", { model: "m-1", stream: true })).body;
  assert.equal(running(left.history).length, 1);
  await body?.cancel();
  await untilTrue(() => left.history.live().live.length === 0);
});

Deno.test("passed through: a team's requests are live too", async () => {
  const users = new Map([["ann", { token: { from: "env", name: "ANN" } as const, models: [] }]]);
  await using edge = await scene(() => [gate("go"), ...body(200, "application/json", "{}")], {
    users,
  });
  const authorization = "Bearer Quiet.Otter.41.Crossing.River";
  const answer = edge.ask("/v1/chat/completions", { model: "m-1" }, { authorization });
  await untilTrue(() => edge.provider.posts.length === 1);
  assert.deepEqual(running(edge.history).map(({ model, doing }) => [model, doing]), [
    ["m-1", "asked"],
  ]);
  edge.provider.open("go");
  assert.equal(await (await answer).text(), "{}");
  await untilTrue(() => edge.history.live().live.length === 0);
  assert.equal(edge.history.state().turns[0]?.user, "ann");
});
