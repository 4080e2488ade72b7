/** Images for models that see none: through the whole app, on real sockets, against two simulated providers. */

import assert from "node:assert/strict";
import { testConfig, upstream } from "../../helpers/proxy/app.ts";
import { eventsOf } from "../../helpers/proxy/exchange.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import type { UpstreamConfig, Wire } from "../../../lib/config/config.ts";
import { createApp } from "../../../lib/proxy/app.ts";
import { Descriptions } from "../../../lib/proxy/vision/descriptions.ts";
import { MOST_DESCRIBED } from "../../../lib/proxy/vision/vision.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { type Provider, type SeenRequest, startProvider } from "../../../lib/simulate/provider.ts";
import { json, type Script } from "../../../lib/simulate/script.ts";
import { FakeClock, seededRandom } from "../../helpers/clock/fake_clock.ts";

const IMAGE = `data:image/png;base64,${"iVBORw0KGgo".repeat(8)}`;

function withImage(url = IMAGE): JsonObject {
  return {
    type: "message",
    role: "user",
    content: [
      { type: "input_text", text: "What is wrong?" },
      { type: "input_image", image_url: url },
    ],
  };
}

/** A tool's output with an image, as `view_image` gives it. */
function looked(url = IMAGE): JsonObject[] {
  return [
    { type: "function_call", call_id: "c", name: "view_image", arguments: "{}" },
    {
      type: "function_call_output",
      call_id: "c",
      output: [{ type: "input_image", image_url: url }],
    },
  ];
}

interface World {
  /** The provider of the session. */
  readonly main: Provider;
  /** The one that sees. */
  readonly eyes: Provider;
  readonly notices: string[];
  send(
    input: JsonObject[],
    model?: string,
  ): Promise<{ text: string; sent: string; events: string }>;
}

interface WorldOptions {
  readonly wire?: Wire;
  readonly upstream?: Partial<UpstreamConfig>;
  readonly see?: (request: SeenRequest, n: number) => Script;
  readonly say?: (request: SeenRequest, n: number) => Script;
  readonly vision?: string | null;
}

async function world(
  { wire = "chat", upstream: more, see, say, vision = "eyes/see-1" }: WorldOptions,
  use: (world: World) => Promise<void>,
): Promise<void> {
  const answer = (text: string, on: Wire) => (_: SeenRequest, n: number) =>
    goodScript({ wire: on, text, seed: `${n}` });
  const main = await startProvider({ script: say ?? answer("Done.", wire) });
  const eyes = await startProvider({ script: see ?? answer("A stack trace: E0308.", "responses") });
  const notices: string[] = [];
  const app = createApp({
    config: testConfig({
      limits: { body: 1 << 24, event: 1 << 24, toolCalls: 128 },
      retry: { attempts: 2, maxWait: 10 },
      vision: { model: vision },
      upstreams: new Map([
        ["main", upstream(main.url, { wire, provider: "mimo", ...more })],
        ["eyes", upstream(eyes.url, { wire: "responses", provider: "generic", apiKeyEnv: "EYES" })],
      ]),
    }),
    clock: systemClock,
    random: seededRandom(1),
    observer: {
      finished() {},
      attemptFailed() {},
      notice: (_, message) => notices.push(message),
    },
    env: (name) => name === "EYES" ? "eyes-key" : undefined,
    version: "0.0.0",
  });
  try {
    await use({
      main,
      eyes,
      notices,
      async send(input, model = "mimo-v2.5-pro") {
        const response = await app.fetch(
          new Request("http://127.0.0.1:8411/u/main/v1/responses", {
            method: "POST",
            headers: {
              host: "127.0.0.1:8411",
              "content-type": "application/json",
              authorization: "Bearer client-key",
            },
            body: JSON.stringify({ model, stream: true, input }),
          }),
        );
        const text = await response.text();
        const last = eventsOf(text).at(-1)?.type ?? `${response.status}`;
        return { text, sent: main.posts.at(-1)?.text ?? "", events: last };
      },
    });
  } finally {
    app.close();
    await main.stop();
    await eyes.stop();
  }
}

for (const wire of ["chat", "responses"] as const) {
  Deno.test(`vision: ${wire}, an image is described once, and the text stands where it was`, async () => {
    await world({ wire }, async ({ send, eyes, main }) => {
      const { sent, events } = await send([withImage()]);
      assert.equal(events, "response.completed");
      assert.match(sent, /What is wrong\?.*eyes\/see-1 describes it:.*E0308/);
      assert.equal(sent.includes("base64"), false);
      await send([withImage(), withImage()]);
      assert.deepEqual([eyes.posts.length, main.posts.length], [1, 2]);
      const [asked] = eyes.posts;
      assert.equal(asked?.headers.authorization, "Bearer eyes-key");
      assert.deepEqual([asked?.json?.model, asked?.text.includes(IMAGE)], ["see-1", true]);
    });
  });

  Deno.test(`vision: ${wire}, an image in a tool's output is described too`, async () => {
    await world({ wire }, async ({ send }) => {
      const { sent, events } = await send([withImage("data:image/png;base64,AAAA"), ...looked()]);
      assert.equal(events, "response.completed");
      assert.equal(sent.split("E0308").length - 1, 2);
      assert.equal(sent.includes("base64"), false);
    });
  });

  Deno.test(`vision: ${wire}, an image that nobody can describe leaves the reason, and the turn goes on`, async () => {
    const see = () =>
      json(401, { error: { message: "The key is wrong", code: "invalid_api_key" } });
    await world({ wire, see }, async ({ send, eyes }) => {
      const { sent, events } = await send([withImage()]);
      assert.equal(events, "response.completed");
      assert.match(sent, /eyes\/see-1 could not describe it: .*The key is wrong/);
      await send([withImage()]);
      assert.equal(eyes.posts.length, 1);
    });
  });

  Deno.test(`vision: ${wire}, a model that sees gets the image itself`, async () => {
    await world({ wire }, async ({ send, eyes }) => {
      const { sent } = await send([withImage()], "mimo-v2.5");
      assert.deepEqual([sent.includes(IMAGE), eyes.posts.length], [true, 0]);
    });
  });

  Deno.test(`vision: ${wire}, a model that refuses an image is asked again with its description`, async () => {
    const say = (request: SeenRequest, n: number) =>
      request.text.includes(IMAGE)
        ? json(400, { error: { message: "This model does not support image input" } })
        : goodScript({ wire, text: "Done.", seed: `${n}` });
    const unknown = { provider: "generic" };
    await world({ wire, say, upstream: unknown }, async ({ send, eyes, main }) => {
      const { sent, events } = await send([withImage()], "m");
      assert.equal(events, "response.completed");
      assert.match(sent, /E0308/);
      assert.deepEqual([eyes.posts.length, main.posts.length], [1, 2]);
    });
  });
}

Deno.test("vision: a model that was named to see and refuses images describes nothing", async () => {
  const see = (request: SeenRequest, n: number) =>
    request.text.includes(IMAGE)
      ? json(400, { error: { message: "This model does not support image input" } })
      : goodScript({ wire: "responses", text: "I see nothing at all.", seed: `${n}` });
  await world({ see }, async ({ send }) => {
    const { sent } = await send([withImage()]);
    assert.match(sent, /could not describe it: .*does not support image input/);
    assert.equal(sent.includes("I see nothing"), false);
  });
});

Deno.test("vision: without the setting a text says that an image was left out", async () => {
  await world({ vision: null }, async ({ send, eyes }) => {
    const { sent } = await send([withImage()]);
    assert.match(sent, /An image stood here\. It was left out/);
    assert.equal(eyes.posts.length, 0);
  });
});

Deno.test("vision: an image that is stored elsewhere is said to be", async () => {
  await world({}, async ({ send, eyes }) => {
    const stored = {
      type: "message",
      role: "user",
      content: [{ type: "input_image", file_id: "f" }],
    };
    const { sent } = await send([stored]);
    assert.match(sent, /stored at another provider/);
    assert.equal(eyes.posts.length, 0);
  });
});

Deno.test("vision: of many new images the newest are described", async () => {
  await world({}, async ({ send, eyes }) => {
    const images = Array.from({ length: MOST_DESCRIBED + 2 }, (_, n) => withImage(`${IMAGE}${n}`));
    const { sent } = await send(images);
    assert.equal(eyes.posts.length, MOST_DESCRIBED);
    assert.equal(sent.split("too many new ones").length - 1, 2);
    const asked = eyes.posts.map(({ text }) => text).join();
    assert.ok(!asked.includes(`${IMAGE}1"`) && asked.includes(`${IMAGE}${MOST_DESCRIBED + 1}"`));
  });
});

Deno.test("vision: descriptions are bounded, and a failure is kept for five minutes", async () => {
  const clock = new FakeClock();
  const known = new Descriptions(clock);
  known.set("a", { failure: "no" });
  known.set("b", { text: "x".repeat(9_000) });
  assert.deepEqual(known.of("a"), { failure: "no" });
  await clock.advance(5 * 60_000 + 1);
  assert.equal(known.of("a"), undefined);
  assert.deepEqual(known.of("b"), { text: "x".repeat(8_000) });
  for (let n = 0; n < 256; n++) known.set(`${n}`, { text: "t" });
  assert.equal(known.of("b"), undefined);
  assert.deepEqual(known.of("0"), { text: "t" });
});
