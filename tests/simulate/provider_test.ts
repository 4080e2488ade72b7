import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { startProvider } from "../../lib/simulate/provider.ts";
import {
  cut,
  gate,
  hang,
  head,
  json,
  raw,
  reset,
  type Script,
  streamHead,
  wait,
} from "../../lib/simulate/script.ts";
import { FakeClock } from "../helpers/clock/fake_clock.ts";

async function withProvider(
  script: Script,
  use: (provider: Awaited<ReturnType<typeof startProvider>>) => Promise<void>,
): Promise<void> {
  const provider = await startProvider({ script: () => script });
  try {
    await use(provider);
  } finally {
    await provider.stop();
  }
}

const post = (url: string, body = "{}", init: RequestInit = {}) =>
  fetch(`${url}/responses`, { method: "POST", body, ...init });

Deno.test("provider: keeps every request, and counts those of each method apart", async () => {
  const provider = await startProvider({ script: (_, n) => json(200, { n }) });
  const answers = [
    await (await fetch(`${provider.url}/models?x=1`, { headers: { "X-Key": "k" } })).json(),
    await (await post(provider.url, '{"model":"m"}')).json(),
    await (await post(provider.url, "no json")).json(),
  ];
  deepEqual(answers, [{ n: 1 }, { n: 1 }, { n: 2 }]);
  deepEqual(
    provider.requests.map(({ n, method, path, json, text }) => ({ n, method, path, json, text })),
    [
      { n: 1, method: "GET", path: "/v1/models?x=1", json: undefined, text: "" },
      { n: 1, method: "POST", path: "/v1/responses", json: { model: "m" }, text: '{"model":"m"}' },
      { n: 2, method: "POST", path: "/v1/responses", json: undefined, text: "no json" },
    ],
  );
  equal(provider.requests[0]?.headers["x-key"], "k");
  equal(provider.posts.length, 2);
  await provider.stop();
});

Deno.test("provider: reads a large body and a chunked one whole", async () => {
  await withProvider(json(200, {}), async (provider) => {
    const large = JSON.stringify({ input: "é".repeat(300_000) });
    await (await post(provider.url, large)).text();
    const pieces = ['{"input":', '"in pieces"', "}"].map((piece) =>
      new TextEncoder().encode(piece)
    );
    await (await fetch(provider.url, { method: "POST", body: ReadableStream.from(pieces) })).text();
    equal(provider.posts[0]?.text, large);
    deepEqual(provider.posts[1]?.json, { input: "in pieces" });
  });
});

Deno.test("provider: a clean end, a cut and a reset are three things to a client", async () => {
  const start = [...streamHead(), raw("hello")];
  await withProvider(start, async ({ url }) => equal(await (await post(url)).text(), "hello"));
  for (const end of [cut, reset]) {
    await withProvider([...start, end], async ({ url }) => {
      const response = await post(url);
      await rejects(response.text(), TypeError);
    });
  }
  for (const [script, words] of [[[cut], /closed|EOF|incomplete/i], [[reset], /reset/i]] as const) {
    await withProvider(script, async ({ url }) => {
      const error: Error = await post(url).then(() => new Error("answered"), (reason) => reason);
      match(`${error.message} ${error.cause ?? ""}`, words);
    });
  }
});

Deno.test("provider: bytes outside the framing go out as they are", async () => {
  const script: Script = [head(200), { do: "wire", bytes: "zz\r\n" }, cut];
  await withProvider(script, async ({ url }) => {
    const response = await post(url);
    await rejects(response.text(), TypeError);
  });
});

Deno.test("provider: a gate holds the script until it is opened, also when it is opened before", async () => {
  await withProvider([...streamHead(), raw("a"), gate("x"), raw("b")], async (provider) => {
    const response = await post(provider.url);
    const reader = response.body!.getReader();
    equal(new TextDecoder().decode((await reader.read()).value), "a");
    provider.open("x");
    equal(new TextDecoder().decode((await reader.read()).value), "b");
    equal((await reader.read()).done, true);
    equal(await (await post(provider.url)).text(), "ab");
  });
});

Deno.test("provider: knows when the client leaves before the end", async () => {
  await withProvider([...streamHead(), hang], async (provider) => {
    const left = new AbortController();
    const response = await post(provider.url, "{}", { signal: left.signal });
    left.abort();
    await response.body?.cancel().catch(() => undefined);
    equal((await provider.posts[0]!.over).how, "left");
  });
});

Deno.test("provider: waits on its clock alone", async () => {
  const clock = new FakeClock();
  const script = [...streamHead(), raw("a"), wait(3_600_000), raw("b")];
  const provider = await startProvider({ clock, script: () => script });
  const reader = (await post(provider.url)).body!.getReader();
  equal(new TextDecoder().decode((await reader.read()).value), "a");
  while (clock.armed === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  await clock.advance(3_600_000);
  equal(new TextDecoder().decode((await reader.read()).value), "b");
  equal((await reader.read()).done, true);
  deepEqual(await provider.posts[0]!.over, { how: "played", at: 3_600_000 });
  equal(clock.armed, 0);
  await provider.stop();
});

Deno.test("provider: a script that throws answers with its error, so that the test sees it", async () => {
  const provider = await startProvider({
    script() {
      throw new Error("no such mark");
    },
  });
  const response = await post(provider.url);
  equal(response.status, 500);
  match(await response.text(), /no such mark/);
  await provider.stop();
});
