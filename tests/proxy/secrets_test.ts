import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/clock.ts";
import { logExchanges, startLog, stopLog } from "../../lib/observe/log.ts";
import { metrics as keepMetrics } from "../../lib/observe/metrics.ts";
import { combineObservers } from "../../lib/observe/observer.ts";
import { recorder } from "../../lib/observe/recorder/recorder.ts";
import { createApp } from "../../lib/proxy/app.ts";
import { testConfig, upstream } from "../helpers/proxy/app.ts";
import { seededRandom } from "../helpers/clock/fake_clock.ts";
import { serve } from "../helpers/peers/sockets.ts";

/** No form tells that these are keys: they are hidden because the exchange knows them. */
const KEY = "Quiet.Otter.41.Crossing.River.8";
const QUERY = "walnut~Drawer~77~lamp~opens";
const PATH = "gw-Zq81xT5rLm02vNc7yBd4";

interface Shown {
  /** All that anybody could read: answer, headers, log, recording, metrics. */
  readonly all: string;
  readonly answer: string;
  readonly status: number;
}

/** Sends one request with the keys through a real app to a provider that answers as `handler` does. */
async function through(
  path: string,
  handler: (request: Request) => Response,
  {
    env = KEY,
    body = { model: "m", input: "hi", stream: true } as object | undefined,
    headers = {},
  } = {},
): Promise<Shown> {
  const lines: string[] = [];
  const output = { color: false, write: (line: string) => void lines.push(line) };
  startLog({ level: "debug", format: "text", outputs: [output] });
  const metrics = keepMetrics({ version: "1" });
  const tape = recorder({
    clock: systemClock,
    version: "1",
    keepContent: true,
    onlyFailures: false,
    salt: "s",
    homes: [],
    save: (_, kept) => (lines.push(...kept), Promise.resolve()),
    notice: (_, message) => lines.push(message),
  });
  await using provider = serve(handler);
  const app = createApp({
    config: testConfig({
      retry: { attempts: 1, maxWait: 10 },
      upstreams: new Map([[
        "a",
        upstream(`http://127.0.0.1:${provider.port}/${PATH}/v1`, {
          apiKeyEnv: "A_KEY",
          wire: "responses",
        }),
      ]]),
    }),
    clock: systemClock,
    random: seededRandom(1),
    observer: combineObservers(logExchanges(), metrics, tape),
    env: (name) => name === "A_KEY" ? env : undefined,
    version: "1",
    metrics,
  });
  try {
    const response = await app.fetch(
      new Request(`http://127.0.0.1:8411${path}`, {
        method: body ? "POST" : "GET",
        headers: { host: "127.0.0.1:8411", "content-type": "application/json", ...headers },
        ...(body && { body: JSON.stringify(body) }),
      }),
    );
    const answer = await response.text();
    await app.drain();
    await tape.flush();
    const shown = await metrics.expose(0);
    return {
      status: response.status,
      answer,
      all: [answer, ...[...response.headers].flat(), ...lines, shown].join("\n"),
    };
  } finally {
    app.close();
    stopLog();
  }
}

function hold(text: string, secrets: readonly string[]): void {
  for (const secret of secrets) {
    for (let at = 0; at + 9 <= secret.length; at++) {
      const part = secret.slice(at, at + 9);
      assert.ok(!text.includes(part), `${part} of ${secret} stands in ${text}`);
    }
  }
}

const letters = (key: string, form: (code: number) => string) =>
  [...key].map((letter) => form(letter.charCodeAt(0))).join("");
const echoes: Readonly<Record<string, (key: string) => string>> = {
  plain: (key) => key,
  "in base64": (key) => btoa(`Bearer ${key}`),
  "in hex": (key) => letters(key, (code) => code.toString(16)),
  "percent-encoded": (key) => letters(key, (code) => `%${code.toString(16)}`),
  "in entities": (key) => letters(key, (code) => `&#${code};`),
  "in \\u": (key) => letters(key, (code) => `\\u00${code.toString(16)}`),
  "with zero-width spaces": (key) => [...key].join("\u200b"),
};
const JSON_TYPE = { "content-type": "application/json" };
const forms: Readonly<Record<string, (echo: string) => Response>> = {
  "a 401 in JSON": (echo) =>
    new Response(
      JSON.stringify({
        error: { message: `bad key ${echo} here`, code: echo, param: `in ${echo}` },
      }),
      {
        status: 401,
        headers: JSON_TYPE,
      },
    ),
  "a 400 in text": (echo) => new Response(`Who is ${echo}?`, { status: 400 }),
  "a page": (echo) =>
    new Response(`<html><title>no ${echo}</title></html>`, {
      status: 403,
      headers: { "content-type": "text/html" },
    }),
  "an error event": (echo) =>
    new Response(
      `event: error\ndata: ${
        JSON.stringify({
          type: "error",
          error: { message: `no ${echo}`, type: "invalid_request_error", code: "bad" },
        })
      }\n\n`,
      { headers: { "content-type": "text/event-stream" } },
    ),
  "an error in a 200": (echo) =>
    new Response(JSON.stringify({ error: { message: `no ${echo}` } }), { headers: JSON_TYPE }),
};

for (const [form, answer] of Object.entries(forms)) {
  for (const [how, write] of Object.entries(echoes)) {
    Deno.test(`secrets: ${form} that echoes key, query and path ${how} tells nobody any of them`, async () => {
      const shown = await through(
        `/v1/responses?key=${encodeURIComponent(QUERY)}`,
        () => answer([KEY, QUERY, PATH].map(write).join(" and ")),
      );
      hold(shown.all, [KEY, QUERY, PATH, ...[KEY, QUERY, PATH].map(write)]);
      assert.match(shown.answer, /…|\[redacted\]/);
    });
  }
}

for (const [form, answer] of Object.entries(forms).slice(0, 3)) {
  for (const [how, write] of Object.entries(echoes)) {
    Deno.test(`secrets: passed on as it is, ${form} that echoes the key ${how} does not hold it either`, async () => {
      const shown = await through("/v1/models", () => {
        const response = answer(write(KEY));
        response.headers.set("x-echo", /[^ -~]/.test(write(KEY)) ? "" : write(KEY));
        return response;
      }, { body: undefined });
      assert.ok(shown.status >= 400);
      hold(shown.all, [KEY, write(KEY)]);
    });
  }
}

Deno.test("secrets: a good answer and a refusal without a key are passed on byte for byte", async () => {
  const bytes = '{"data":[{"id":"m"}], "odd":"\\u00e9 \ufffd"}';
  for (const status of [200, 404]) {
    const shown = await through(
      "/v1/models",
      () => new Response(bytes, { status, headers: JSON_TYPE }),
      { body: undefined },
    );
    assert.deepEqual([shown.status, shown.answer], [status, bytes]);
  }
});

const faulty: readonly (readonly [fault: string, key: string, says: RegExp])[] = [
  ["a line break", `${KEY}\n${QUERY}`, /A_KEY has a line break in it/],
  ["a carriage return", `${KEY}\rX-Evil: 1`, /A_KEY has a line break in it/],
  ["a NUL", `${KEY}\0`, /A_KEY has a control character in it/],
  [
    "an invisible space",
    `${KEY.slice(0, 9)}\u200b${KEY.slice(9)}`,
    /A_KEY has a character in it that is no plain ASCII/,
  ],
  ["letters of another script", `ключ${KEY}`, /A_KEY has a character in it that is no plain ASCII/],
  ["nothing but blanks", " \n ", /A_KEY is empty/],
];
for (const [fault, key, says] of faulty) {
  Deno.test(`secrets: a key of the environment with ${fault} is reported by a message that does not hold it`, async () => {
    let asked = 0;
    const shown = await through("/v1/responses", () => (asked++, new Response("{}")), { env: key });
    assert.equal(asked, 0);
    assert.match(shown.answer, says);
    hold(shown.all, [KEY, QUERY]);
  });
}

Deno.test("secrets: a line break behind a key is none of it", async () => {
  let seen: string | null = null;
  await through("/v1/models", (request) => {
    seen = request.headers.get("authorization");
    return new Response("{}");
  }, { env: `${KEY}\r\n`, body: undefined });
  assert.equal(seen, `Bearer ${KEY}`);
});
