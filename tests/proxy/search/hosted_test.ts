/**
 * The hosted tool, carried out between two upstream requests, over real sockets: what the client gets, what the provider
 * is asked, and what becomes of both where something breaks.
 */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import type { Wire } from "../../../lib/config/config.ts";
import { faultNamed } from "../../../lib/simulate/faults/faults.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { type SeenRequest, startProvider } from "../../../lib/simulate/provider.ts";
import type { Script } from "../../../lib/simulate/script.ts";
import { Grammar } from "../../../lib/translate/grammar.ts";
import { callsIn, outputsIn, toolsOf, wireOf } from "../../e2e/seen.ts";
import { upstream } from "../../helpers/proxy/app.ts";
import { eventsOf } from "../../helpers/proxy/exchange.ts";
import { type FakeWeb, startFakeWeb } from "../../helpers/peers/fake_web.ts";
import { eventFault } from "../../helpers/streams/openai_schema.ts";
import { sidecarConfig, startSidecar, type TestSidecar } from "../../helpers/program/sidecar.ts";

const TOOL = { type: "web_search", external_web_access: true };
const SEARCH = { query: "capital of Denmark" };
const PACE = { silence: 300, drip: 100 };

interface Ran {
  posts(): readonly SeenRequest[];
  readonly fake: FakeWeb;
  readonly sidecar: TestSidecar;
  /** Sends another request to the same sidecar. */
  send(body: JsonObject, init?: RequestInit): Promise<Response>;
}

type Answer = (request: SeenRequest, n: number) => Script;

/** The model searches, then answers. */
const searches: Answer = (request) =>
  goodScript({
    wire: wireOf(request),
    seed: `${request.n}`,
    ...(outputsIn(request).length > 0 ? { text: "Copenhagen it is." } : {
      reasoning: "Look.",
      calls: [{ kind: "function", name: "web_search", arguments: SEARCH }],
    }),
  });

async function run(
  wire: Wire,
  script: Answer,
  use: (ran: Ran) => Promise<void>,
  { fake = startFakeWeb(), via = "searxng", provider = "mimo", heartbeat = 60_000 }: {
    fake?: FakeWeb;
    via?: "searxng" | "off" | "provider";
    provider?: string;
    heartbeat?: number;
  } = {},
): Promise<void> {
  const upstreamProvider = await startProvider({ script });
  const entry = upstream(upstreamProvider.url, { wire, provider });
  const sidecar = startSidecar(
    sidecarConfig(entry, {
      search: { via, url: fake.engine, apiKeyEnv: null },
      heartbeat: { interval: heartbeat },
      headGrace: 100,
    }),
    {},
    { web: fake.web },
  );
  try {
    await use({
      posts: () => upstreamProvider.posts,
      fake,
      sidecar,
      send: (body, init) =>
        fetch(`${sidecar.url}/v1/responses`, {
          method: "POST",
          headers: { "content-type": "application/json", "session-id": "s-1" },
          body: JSON.stringify({ model: "m-1", stream: true, tools: [TOOL], ...body }),
          ...init,
        }),
    });
  } finally {
    await sidecar.stop();
    await upstreamProvider.stop();
    await fake.stop();
  }
}

const QUESTION = {
  type: "message",
  role: "user",
  content: [{ type: "input_text", text: "Where?" }],
};

/** The finished items of a stream that keeps the grammar and OpenAI's schema. */
function itemsOf(text: string): JsonObject[] {
  const events = eventsOf(text);
  const grammar = new Grammar();
  for (const event of events) {
    if (event.type === "keepalive") continue;
    equal(grammar.push(event), undefined);
    const ours = JSON.stringify(event.data.item ?? event.type).includes("web_search_call");
    if (ours) equal(eventFault(event), undefined);
  }
  equal(grammar.end(), undefined);
  equal(events.at(-1)?.type, "response.completed");
  return events.flatMap(({ type, data: { item } }) =>
    type === "response.output_item.done" && isObject(item) ? [item] : []
  );
}

const action = (item: JsonObject | undefined) => item?.action;

for (const wire of ["responses", "chat", "anthropic"] as const) {
  Deno.test(`hosted search: the client sees a search, the provider a call and its output (${wire})`, async () => {
    await run(wire, searches, async ({ send, posts, fake }) => {
      const items = itemsOf(await (await send({ input: [QUESTION] })).text());
      deepEqual(items.map(({ type }) => type), ["reasoning", "web_search_call", "message"]);
      deepEqual(action(items[1]), { type: "search", query: SEARCH.query });
      match(`${items[1]?.id}`, /^ws_[0-9a-f]{32}$/);
      deepEqual(fake.queries, [SEARCH.query]);
      deepEqual(toolsOf(posts()[0]), [{ type: "function", name: "web_search" }]);
      const [call] = callsIn(posts()[1]);
      const [output] = outputsIn(posts()[1]);
      equal(call?.id, output?.id);
      match(`${output?.text}`, /\[1\] Denmark\nURL: /);
      // The next turn sends the item back: the provider sees the same call and output, byte for byte
      const next = [...items.map((item) => item), QUESTION];
      await (await send({ input: [QUESTION, ...next] })).text();
      const field = wire === "chat" ? "messages" : "input";
      const [second, third] = [posts()[1], posts()[2]].map((post) =>
        post?.json?.[field] as JsonObject[]
      );
      deepEqual(third?.slice(0, second?.length), second);
      equal(fake.queries.length, 1);
    });
  });

  Deno.test(`hosted search: what breaks before, between and after is asked again, and searched once (${wire})`, async () => {
    const cases = ["eof-mid-text", "reset-mid-text", "eof-before-head"].flatMap((fault) =>
      [1, 2].map((broken) => ({ fault, broken }))
    );
    await Promise.all(cases.map(async ({ fault, broken }) => {
      const script: Answer = (request, n) => {
        if (n !== broken) return searches(request, n);
        const words = outputsIn(request).length > 0 ? { text: "Copenhagen it is." } : {
          text: "I look.",
          calls: [{ kind: "function", name: "web_search", arguments: SEARCH }],
        } as const;
        return faultNamed(fault).script({ wire: wireOf(request), seed: `b${n}`, ...words }, PACE);
      };
      await run(wire, script, async ({ send, posts, fake }) => {
        const response = await send({ input: [QUESTION] }, {
          headers: { "content-type": "application/json", originator: "codex_exec" },
        });
        const events = eventsOf(await response.text());
        equal(events.at(-1)?.type, "response.completed", `${fault} ${broken}`);
        deepEqual(fake.queries, [SEARCH.query], `${fault} ${broken}`);
        equal(outputsIn(posts().at(-1)).length, 1);
        const searched = events.filter(({ type, data: { item } }) =>
          type === "response.output_item.done" && isObject(item) &&
          item.type === "web_search_call"
        );
        equal(searched.length, 1);
      });
    }));
  });

  Deno.test(`hosted search: a model that never stops searching is not offered the tool any more (${wire})`, async () => {
    const script: Answer = (request) =>
      goodScript({
        wire: wireOf(request),
        seed: `${request.n}`,
        ...(toolsOf(request).length > 0
          ? {
            calls: [{
              kind: "function",
              name: "web_search",
              arguments: { query: `q${request.n}` },
            }],
          }
          : { text: "Enough." }),
      });
    await run(wire, script, async ({ send, posts, fake }) => {
      const items = itemsOf(await (await send({ input: [QUESTION] })).text());
      equal(items.filter(({ type }) => type === "web_search_call").length, 10);
      equal(items.at(-1)?.type, "message");
      deepEqual([posts().length, fake.queries.length], [11, 10]);
    });
  });

  Deno.test(`hosted search: a client that waits for a complete answer gets one (${wire})`, async () => {
    await run(wire, searches, async ({ send, posts }) => {
      const response = await send({ input: [QUESTION], stream: false });
      const json = await response.json();
      equal(json.output.at(-1).content[0].text, "Copenhagen it is.");
      equal(posts().length, 2);
    });
  });
}

Deno.test("hosted search: several calls, pages and nonsense in one answer are carried out side by side", async () => {
  const script: Answer = (request) =>
    goodScript({
      wire: wireOf(request),
      seed: `${request.n}`,
      ...(outputsIn(request).length > 0 ? { text: "Done." } : {
        calls: [
          { query: "one" },
          { open: "http://127.0.0.1:1/" },
          { open: "https://nowhere.example/", find: "x" },
          {},
        ].map((args) => ({ kind: "function", name: "web_search", arguments: args as JsonObject })),
      }),
    });
  await run("chat", script, async ({ send, posts }) => {
    const items = itemsOf(await (await send({ input: [QUESTION] })).text());
    deepEqual(items.slice(0, 4).map(action), [
      { type: "search", query: "one" },
      { type: "open_page", url: "http://127.0.0.1:1/" },
      { type: "find_in_page", url: "https://nowhere.example/", pattern: "x" },
      { type: "search", query: "" },
    ]);
    const outputs = outputsIn(posts()[1]);
    match(`${outputs[1]?.text}`, /not opened/);
    match(`${outputs[3]?.text}`, /Nothing was asked for/);
    deepEqual(outputs.map(({ id }) => id), callsIn(posts()[1]).map(({ id }) => id));
  });
});

Deno.test("hosted search: a forced search is forced once, and another tool of its name keeps it", async () => {
  const mine = {
    type: "function",
    name: "web_search",
    parameters: { type: "object" },
    strict: false,
  };
  const script: Answer = (request) =>
    goodScript({
      wire: wireOf(request),
      seed: `${request.n}`,
      ...(outputsIn(request).length > 0
        ? { text: "Done." }
        : { calls: [{ kind: "function", name: "web_search_2", arguments: SEARCH }] }),
    });
  await run("responses", script, async ({ send, posts }) => {
    const include = ["web_search_call.action.sources", "reasoning.encrypted_content"];
    const body = {
      input: "Where?",
      tools: [mine, TOOL],
      tool_choice: { type: "web_search" },
      include,
    };
    itemsOf(await (await send(body)).text());
    deepEqual(toolsOf(posts()[0]).map(({ name }) => name), ["web_search", "web_search_2"]);
    deepEqual(posts().map(({ json }) => json?.tool_choice), [{
      type: "function",
      name: "web_search_2",
    }, "auto"]);
    deepEqual(posts()[0]?.json?.include, ["reasoning.encrypted_content"]);
    equal(outputsIn(posts()[1]).length, 1);
  });
});

Deno.test("hosted search: it is left alone where nobody searches, and where the provider does", async () => {
  const answers: Answer = (request) => goodScript({ wire: wireOf(request), text: "From memory." });
  await run("responses", answers, async ({ send, posts, sidecar }) => {
    itemsOf(await (await send({ input: [QUESTION] })).text());
    deepEqual(toolsOf(posts()[0]), []);
    match(sidecar.log.join("\n"), /the hosted tool web_search/);
  }, { via: "off" });
  await run("responses", answers, async ({ send, posts }) => {
    itemsOf(await (await send({ input: [QUESTION] })).text());
    deepEqual(toolsOf(posts()[0]).map(({ type }) => type), ["web_search"]);
  }, { via: "provider", provider: "deepseek" });
});

Deno.test("hosted search: a slow engine is waited for with heartbeats, and a client that leaves ends it", async () => {
  const arrived = Promise.withResolvers<void>();
  const left = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const engine = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, async (request) => {
    request.signal.addEventListener("abort", () => left.resolve());
    arrived.resolve();
    await released.promise;
    return Response.json({ results: [] });
  });
  const fake = { ...startFakeWeb(), engine: `http://127.0.0.1:${engine.addr.port}` };
  await run("chat", searches, async ({ send, sidecar }) => {
    const response = await send({ input: [QUESTION] });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    while (!/web_search_call\.searching[^]*event: keepalive[^]*event: keepalive/.test(text)) {
      const { value, done } = await reader?.read() ?? { done: true };
      ok(!done, text);
      text += value;
    }
    await arrived.promise;
    await reader?.cancel();
    await left.promise;
    released.resolve();
    while (sidecar.records.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    equal(sidecar.records[0]?.outcome, "client_gone");
  }, { fake, heartbeat: 100 });
  await engine.shutdown();
});
