/** A model that an upstream turns out not to have: refused once, answered by another one, on real sockets. */

import assert from "node:assert/strict";
import { testConfig, upstream } from "../../helpers/proxy/app.ts";
import { eventsOf } from "../../helpers/proxy/exchange.ts";
import { seededRandom } from "../../helpers/clock/fake_clock.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import type { ExchangeRecord } from "../../../lib/observe/observer.ts";
import { createApp } from "../../../lib/proxy/app.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { json } from "../../../lib/simulate/script.ts";

const REFUSALS = [
  [404, { error: { message: "The model `gpt-5.6` does not exist", code: "model_not_found" } }],
  [400, { error: { message: "Not supported model gpt-5.6" } }],
  [503, { error: { message: "No available channel for model gpt-5.6 under group default" } }],
] as const;

for (const wire of ["chat", "responses"] as const) {
  for (const [status, body] of REFUSALS) {
    Deno.test(`stand-in: ${wire}, after a ${status} another model answers, and is asked at once from then on`, async () => {
      const provider = await startProvider({
        script: (request, n) =>
          request.json?.model === "m1"
            ? goodScript({ wire, text: "Done.", seed: `${n}` })
            : json(status, body),
      });
      const records: ExchangeRecord[] = [];
      const app = createApp({
        config: testConfig({
          limits: { body: 1 << 20, event: 1 << 20, toolCalls: 128 },
          upstreams: new Map([
            ["main", upstream(provider.url, { wire, provider: "generic", models: ["m1"] })],
          ]),
        }),
        clock: systemClock,
        random: seededRandom(1),
        observer: {
          finished: (record) => records.push({ ...record }),
          attemptFailed() {},
          notice() {},
        },
        env: () => undefined,
        version: "0.0.0",
      });
      const ask = async () => {
        const response = await app.fetch(
          new Request("http://127.0.0.1:8411/v1/responses", {
            method: "POST",
            headers: { host: "127.0.0.1:8411", "content-type": "application/json" },
            body: JSON.stringify({ model: "gpt-5.6", stream: true, input: "hi" }),
          }),
        );
        return eventsOf(await response.text()).at(-1)?.type;
      };
      try {
        assert.deepEqual([await ask(), await ask()], ["response.completed", "response.completed"]);
        assert.deepEqual(provider.posts.map(({ json }) => json?.model), ["gpt-5.6", "m1", "m1"]);
        assert.deepEqual(records.map(({ model, attempts }) => [model, attempts]), [
          ["m1", 2],
          ["m1", 1],
        ]);
      } finally {
        app.close();
        await provider.stop();
      }
    });
  }
}

Deno.test("stand-in: the first model of the provider's own list answers a session that nobody knows", async () => {
  const list = { object: "list", data: [{ id: "first-1", object: "model" }] };
  const provider = await startProvider({
    script: (request) =>
      request.method === "GET"
        ? json(200, list)
        : request.json?.model === "first-1"
        ? goodScript({ wire: "chat", text: "Done." })
        : json(404, { error: { message: "no such model" } }),
  });
  const app = createApp({
    config: testConfig({
      limits: { body: 1 << 20, event: 1 << 20, toolCalls: 128 },
      upstreams: new Map([
        ["main", upstream(provider.url, { wire: "chat", provider: "generic" })],
      ]),
    }),
    clock: systemClock,
    random: seededRandom(1),
    observer: { finished() {}, attemptFailed() {}, notice() {} },
    env: () => undefined,
    version: "0.0.0",
  });
  try {
    const response = await app.fetch(
      new Request("http://127.0.0.1:8411/v1/responses", {
        method: "POST",
        headers: {
          host: "127.0.0.1:8411",
          "content-type": "application/json",
          "x-openai-subagent": "guardian",
        },
        body: JSON.stringify({ model: "codex-auto-review", stream: true, input: "hi" }),
      }),
    );
    assert.equal(eventsOf(await response.text()).at(-1)?.type, "response.completed");
    assert.deepEqual(provider.posts.map(({ json }) => json?.model), ["first-1"]);
  } finally {
    app.close();
    await provider.stop();
  }
});
