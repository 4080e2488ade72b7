/**
 * `POST alpha/search` over real sockets: who is asked, with whose key, and what the model reads when it fails.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { isObject, type JsonObject, parseJson } from "../../../lib/base/json.ts";
import type { SearchConfig } from "../../../lib/config/config.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { startFakeWeb } from "../../helpers/peers/fake_web.ts";
import { sidecarConfig, startSidecar, type TestSidecar } from "../../helpers/program/sidecar.ts";

const KEY = "sk-test-0123456789abcdef";

interface Asked {
  readonly path: string;
  readonly headers: Headers;
  readonly body: JsonObject;
}

interface Place {
  readonly sidecar: TestSidecar;
  /** What the fake provider was asked. */
  readonly asked: Asked[];
  search(body: JsonObject, path?: string): Promise<{ status: number; output: string }>;
  readonly port: number;
}

/** A sidecar with one upstream that answers as `answer` does. */
async function at(
  provider: string,
  answer: (asked: Asked) => Response,
  use: (place: Place) => Promise<void>,
  search: Partial<SearchConfig> = {},
  more: Parameters<typeof startSidecar>[2] = {},
): Promise<void> {
  const asked: Asked[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    const body = parseJson(await request.text());
    const seen = {
      path: new URL(request.url).pathname,
      headers: request.headers,
      body: isObject(body) ? body : {},
    };
    asked.push(seen);
    return answer(seen);
  });
  const { port } = server.addr;
  const entry = upstream(`http://127.0.0.1:${port}/v1`, { provider });
  const sidecar = startSidecar(
    sidecarConfig(entry, {
      search: { via: "provider", url: null, apiKeyEnv: null, ...search },
      relay: { hosts: [`127.0.0.1:${port}`] },
    }),
    {},
    more,
  );
  try {
    await use({
      sidecar,
      asked,
      port,
      async search(body, path = "/v1/alpha/search") {
        const response = await fetch(sidecar.url + path, {
          method: "POST",
          headers: {
            authorization: `Bearer ${KEY}`,
            "content-type": "application/json",
            originator: "codex_exec",
          },
          body: JSON.stringify({ id: "thread-1", model: "m-1", ...body }),
        });
        const text = await response.text();
        const json = parseJson(text);
        const output = isObject(json) ? json.output : undefined;
        return { status: response.status, output: typeof output === "string" ? output : text };
      },
    });
  } finally {
    await sidecar.stop();
    await server.shutdown();
  }
}

const query = { commands: { search_query: [{ q: "capital of Denmark" }] } };
const notThere = () => new Response("no", { status: 404 });

Deno.test("search endpoint: the provider's own search is asked with the user's key and the session's model", async () => {
  const answer = () =>
    Response.json({
      choices: [{
        message: {
          content: "Copenhagen.",
          annotations: [{ type: "url_citation", url: "https://x.example/a", title: "Denmark" }],
        },
      }],
    });
  await at("mimo", answer, async ({ search, asked, sidecar, port }) => {
    for (const path of ["/v1", "/u/sim/v1", `/r/http/127.0.0.1:${port}/v1`]) {
      const { status, output } = await search(query, `${path}/alpha/search`);
      equal(status, 200);
      if (path.startsWith("/r/")) {
        match(output, /has no web search/); // a relay knows the host alone
        continue;
      }
      match(
        output,
        /Results for: capital of Denmark \(1\)\n\nCopenhagen\.\n\n\[1\] Denmark\nURL: https:\/\/x\.example\/a\nref_id: turn\dsearch0/,
      );
    }
    const [first] = asked;
    equal(first?.path, "/v1/chat/completions");
    equal(first?.headers.get("authorization"), `Bearer ${KEY}`);
    equal(first?.body.model, "m-1");
    deepEqual(sidecar.records.map(({ path, outcome }) => [path, outcome])[0], [
      "/alpha/search",
      "passed",
    ]);
    ok(!sidecar.log.join().includes(KEY));
  });
});

Deno.test("search endpoint: of a provider's searches the first that is there is asked", async () => {
  const answer = ({ path }: Asked) =>
    path === "/v1/chat/completions"
      ? Response.json({
        choices: [{ message: {} }],
        web_search: [{ link: "https://x.example", title: "T" }],
      })
      : notThere();
  await at("glm", answer, async ({ search, asked }) => {
    match((await search(query)).output, /\[1\] T\nURL: https:\/\/x\.example/);
    deepEqual(asked.map(({ path }) => path), ["/api/paas/v4/web_search", "/v1/chat/completions"]);
  });
});

Deno.test("search endpoint: a provider that answers Codex's search itself does; one that has none is said to have none", async () => {
  const own = ({ path, body }: Asked) =>
    path === "/v1/alpha/search" ? Response.json({ output: `own ${body.id}` }) : notThere();
  await at("generic", own, async ({ search }) => {
    deepEqual(await search(query), { status: 200, output: "own thread-1" });
  });
  await at("generic", notThere, async ({ search }) => {
    const { status, output } = await search(query);
    equal(status, 200);
    match(output, /has no web search that the sidecar could ask\. Go on without it/);
  });
  await at("minimax", notThere, async ({ search }) => {
    match(
      (await search(query)).output,
      /MiniMax has no web search at 127\.0\.0\.1:\d+ \(HTTP 404\)\. Set search\.via/,
    );
  });
});

Deno.test("search endpoint: what fails is one sentence in a 200, without the key", async () => {
  const failures: [Response, RegExp][] = [
    [
      Response.json({ error: { message: `webSearchEnabled is false for ${KEY}` } }, {
        status: 400,
      }),
      /The search for "capital of Denmark" failed: MiMo refused the search \(HTTP 400\): webSearchEnabled is false for/,
    ],
    [new Response("<html>", { status: 200 }), /answered a search with something that is no JSON/],
    [new Response("x".repeat(5_000_000)), /something that is no JSON/],
    [Response.json({ error: { message: "busy" } }), /refused the search \(an error\): busy/],
    [new Response(null, { status: 302, headers: { location: "http://127.0.0.1/" } }), /HTTP 302/],
  ];
  for (const [response, words] of failures) {
    await at("mimo", () => response, async ({ search, sidecar }) => {
      const { status, output } = await search(query);
      equal(status, 200);
      match(output, words);
      ok(!output.includes(KEY) && !sidecar.log.join().includes(KEY));
    });
  }
  await at("mimo", notThere, async ({ search }) => {
    const { output } = await search({ commands: { weather: [{ location: "x" }] } });
    match(output, /weather is not supported here: only search_query, open, click and find are\./);
    match((await search({ commands: {} })).output, /Nothing was asked for/);
    match((await search({})).output, /Nothing was asked for/);
    match(
      (await search({ commands: { open: [{ ref_id: "turn7search9" }] } })).output,
      /"turn7search9" names no page that is known here/,
    );
    match(
      (await search({ commands: { open: [{ ref_id: "http://127.0.0.1:1/" }] } })).output,
      /was not opened: it is not on the public internet/,
    );
  });
});

Deno.test("search endpoint: off, or without its key, a service says so and nobody is asked", async () => {
  const rows: [Partial<SearchConfig>, RegExp][] = [
    [{ via: "off" }, /^Web search is switched off here/],
    [
      { via: "tavily" },
      /Tavily needs a key, and the environment variable TAVILY_API_KEY is not set where the sidecar runs\./,
    ],
    [
      { via: "exa", apiKeyEnv: "MINE" },
      /Exa needs a key, and the environment variable MINE is not set/,
    ],
    [{ via: "searxng" }, /search\.url is not set/],
  ];
  for (const [config, words] of rows) {
    await at("mimo", notThere, async ({ search, asked }) => {
      const { status, output } = await search({ commands: { ...query.commands, open: [] } });
      equal(status, 200);
      match(output, words);
      deepEqual(asked, []);
    }, config);
  }
});

Deno.test("search endpoint: a service gets its own key, and never the user's", async () => {
  const found = { results: [{ url: "https://x.example/a", title: "T", content: "C" }] };
  const asked: Headers[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    asked.push(request.headers);
    return Response.json(found);
  });
  const url = `http://127.0.0.1:${server.addr.port}`;
  const env = (name: string) => name === "TAVILY_API_KEY" ? " tvly-secret-123456 \n" : undefined;
  await at(
    "mimo",
    notThere,
    async ({ search, sidecar }) => {
      match((await search(query)).output, /\[1\] T\nURL: https:\/\/x\.example\/a\n/);
      equal(asked[0]?.get("authorization"), "Bearer tvly-secret-123456");
      ok(!sidecar.log.join().includes("tvly-secret"));
      ok(![...asked[0]?.values() ?? []].some((value) => value.includes(KEY)));
    },
    { via: "tavily", url },
    { env },
  );
  await server.shutdown();
});

Deno.test("search endpoint: without live access only pages are opened that somebody named", async () => {
  const fake = startFakeWeb();
  const cached = { settings: { external_web_access: false } };
  const open = (ref: string) => ({ commands: { open: [{ ref_id: ref }] } });
  await at(
    "mimo",
    notThere,
    async ({ search }) => {
      const other = `${fake.site}/copenhagen?secret=1`;
      match(
        (await search({ ...cached, ...open(other) })).output,
        /was not opened: no search named it/,
      );
      match((await search({ ...open(other), settings: {} })).output, /HTTP 404|Founded/);
      const input = [{
        type: "message",
        role: "user",
        content: [{ type: "input_text", text: `Read ${fake.site}/capital` }],
      }];
      match(
        (await search({ ...cached, ...open(`${fake.site}/capital`), input })).output,
        /The capital is/,
      );
      // its link is named by the page
      match(
        (await search({
          ...cached,
          commands: { click: [{ ref_id: `${fake.site}/capital`, id: 0 }] },
        })).output,
        /Founded in 1167/,
      );
      match(
        (await search({
          ...cached,
          commands: { find: [{ ref_id: `${fake.site}/capital`, pattern: "CAPITAL" }] },
        })).output,
        /1 matching lines for: CAPITAL/,
      );
      match(
        (await search({
          ...cached,
          commands: { click: [{ ref_id: `${fake.site}/capital`, id: 44 }] },
        })).output,
        /has no link 44/,
      );
      equal(
        fake.fetched.filter((path) => path === "/capital").length,
        1,
        "a page that was read is not fetched again",
      );
      await search({ ...cached, ...query });
      match((await search({ ...cached, ...open("2") })).output, /Founded in 1167/);
      match((await search({ ...query, max_output_tokens: 60 })).output, /cut here/);
    },
    { via: "searxng", url: fake.engine },
    { web: fake.web },
  );
  await fake.stop();
});

Deno.test("search endpoint: a request that is none is refused", async () => {
  await at("mimo", notThere, async ({ sidecar }) => {
    const response = await fetch(`${sidecar.url}/v1/alpha/search`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: "[1]",
    });
    equal(response.status, 400);
    await response.body?.cancel();
  });
});
