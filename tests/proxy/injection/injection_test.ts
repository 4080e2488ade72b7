import assert from "node:assert/strict";
import { Failure } from "../../../lib/base/errors.ts";
import { parseAddress } from "../../../lib/proxy/inbound/address.ts";
import { type InjectedUpstream, injectionFor } from "../../../lib/proxy/injection/injection.ts";
import { startProvider } from "../../../lib/simulate/provider.ts";
import { json } from "../../../lib/simulate/script.ts";
import { testApp } from "../../helpers/proxy/app.ts";

const TOKEN = "sidecar-pass-0123456789abcdef";
const row = (name: string, baseUrl: string, models: string[] = []): InjectedUpstream => ({
  name,
  baseUrl,
  key: `key-${name}`,
  models,
  localToken: TOKEN,
});
const ROWS = [row("a", "https://a.example/v1"), row("b", "https://b.example/v1/")];

const cases: [what: string, path: string, key: string | undefined, rows: string, sent: string][] = [
  ["its own key at its own address", "r/https/a.example/v1", "key-a", "a b", "a.example key-a"],
  ["the other's own comes first", "r/https/b.example/v1", "key-b", "b a", "b.example key-b"],
  ["a key at another's address", "r/https/b.example/v1", "key-a", "", "b.example key-a"],
  ["another path of that host", "r/https/a.example/v2", "key-a", "", "a.example key-a"],
  ["another scheme", "r/http/a.example/v1", "key-a", "", "a.example key-a"],
  ["a stranger's key", "r/https/a.example/v1", "other", "", "a.example other"],
  ["no key", "r/https/a.example/v1", undefined, "", "a.example undefined"],
  ["the local token", "r/https/b.example/v1", TOKEN, "b a", "b.example key-b"],
  [
    "the local token at an address that is gone",
    "r/https/c.example/v1",
    TOKEN,
    "a b",
    "a.example key-a",
  ],
];

for (const [what, path, key, rows, sent] of cases) {
  Deno.test(`injection: ${what}`, () => {
    const headers = new Headers(key === undefined ? {} : { authorization: `Bearer ${key}` });
    const address = parseAddress(`http://127.0.0.1:8411/${path}/responses`);
    const injection = injectionFor(address, headers, () => ROWS);
    assert.equal(injection.rows.map(({ name }) => name).join(" "), rows);
    const host = injection.address.kind === "relay" ? injection.address.host : undefined;
    const shown = injection.asked.get("authorization")?.replace("Bearer ", "");
    assert.equal(`${host} ${shown}`, sent);
    assert.equal(injection.address.rest, "responses");
  });
}

Deno.test("injection: a local token that is not this sidecar's, or that has no upstreams, goes nowhere", () => {
  const a = "r/https/a.example/v1";
  for (
    const [path, key, rows] of [[a, `${TOKEN}x`, ROWS], [a, TOKEN, []], [
      "v1",
      TOKEN,
      ROWS,
    ]] as const
  ) {
    const address = parseAddress(`http://127.0.0.1:8411/${path}/responses`);
    const headers = new Headers({ authorization: `Bearer ${key}` });
    assert.throws(
      () => injectionFor(address, headers, () => rows),
      (error) => error instanceof Failure && error.code === "no_route",
    );
  }
});

async function listing(...ids: string[]) {
  const data = ids.map((id) => ({ id }));
  const provider = await startProvider({ script: () => json(200, { data }) });
  return Object.assign(provider, { [Symbol.asyncDispose]: () => provider.stop() });
}

Deno.test("injection: a model goes to its own row first, to row/model, to who names or lists it, else to its own", async () => {
  await using a = await listing("shared", "only-a");
  await using b = await listing("shared", "only-b");
  await using c = await listing();
  const rows = [
    row("a", a.url),
    row("b", b.url, ["named-b"]),
    row("c", c.url, ["c/deep", "shared"]),
  ];
  using app = testApp({}, { injected: () => rows });
  const at = (url: string) => `/r/http/${new URL(url).host}/v1`;
  const catalog = await app.ask(`${at(b.url)}/models?client_version=0.169.0`, {
    headers: { authorization: "Bearer key-b" },
  });
  const { models } = await catalog.json();
  assert.deepEqual(models.map(({ slug }: { slug: string }) => slug), [
    ...["shared", "only-b", "named-b"],
    ...["a/shared", "only-a"],
    ...["c/deep", "c/shared"],
  ]);
  const went: [model: string, who: typeof a, name: string][] = [
    ["shared", b, "shared"],
    ["a/shared", a, "shared"],
    ["c/shared", c, "shared"],
    ["only-a", a, "only-a"],
    ["c/deep", c, "c/deep"],
    ["named-b", b, "named-b"],
    ["nobody-has-it", b, "nobody-has-it"],
  ];
  for (const [model, who, name] of went) {
    // What is passed through shows where it went
    const response = await app.ask(`${at(b.url)}/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer key-b" },
      body: JSON.stringify({ model, messages: [] }),
    });
    assert.equal(response.status, 200, await response.text());
    const post = who.posts.at(-1);
    const key = who === a ? "key-a" : who === b ? "key-b" : "key-c";
    assert.deepEqual(
      [post?.json?.model, post?.headers.authorization],
      [name, `Bearer ${key}`],
      model,
    );
  }
  // A stranger's key is relayed as ever, and learns of no other row
  const stranger = await app.ask(`${at(a.url)}/models?client_version=0.169.0`, {
    headers: { authorization: "Bearer other" },
  });
  const { models: own } = await stranger.json();
  assert.deepEqual(own.map(({ slug }: { slug: string }) => slug), ["shared", "only-a"]);
});

Deno.test("injection: a helper that asks for a model of OpenAI's stays with its own row", async () => {
  await using a = await listing("acme-1");
  await using b = await listing("gpt-5.5");
  using app = testApp({}, { injected: () => [row("a", a.url), row("b", b.url)] });
  const ask = (more: Record<string, string>) =>
    app.ask(`/r/http/${new URL(a.url).host}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer key-a", ...more },
      body: JSON.stringify({ model: "gpt-5.5", messages: [] }),
    }).then((response) => response.text());
  await ask({ "x-openai-subagent": "guardian" });
  assert.deepEqual([a.posts.length, b.posts.length], [1, 0]);
  await ask({});
  assert.deepEqual([a.posts.length, b.posts.length], [1, 1]);
});
