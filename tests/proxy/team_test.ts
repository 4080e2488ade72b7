/** A team's gateway through the real app and a real socket to the provider: who comes in, what they may do, what is told. */

import assert from "node:assert/strict";
import { type Clock, systemClock } from "../../lib/base/clock.ts";
import type { Config, UserConfig } from "../../lib/config/config.ts";
import { logExchanges, startLog, stopLog } from "../../lib/observe/log.ts";
import { metrics as keepMetrics } from "../../lib/observe/metrics.ts";
import { combineObservers, type ExchangeRecord } from "../../lib/observe/observer.ts";
import { recorder } from "../../lib/observe/recorder/recorder.ts";
import { createApp } from "../../lib/proxy/app.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import { type SeenRequest, startProvider } from "../../lib/simulate/provider.ts";
import { testApp, testConfig, upstream } from "../helpers/proxy/app.ts";
import { seededRandom } from "../helpers/clock/fake_clock.ts";
import { serve } from "../helpers/peers/sockets.ts";

/** No form tells that these are secrets. */
const TOKENS: Record<string, string> = {
  ALICE: "Quiet.Otter.41.Crossing.River",
  BOB: "Amber.Finch.77.Under.Bridge",
};
const KEY = "walnut~Drawer~77~lamp~opens";
const NOON = Date.UTC(2026, 10, 25, 12, 0, 5);

const user = (variable: string, more: Partial<UserConfig> = {}): UserConfig => ({
  token: { from: "env", name: variable },
  models: [],
  ...more,
});

interface Team {
  ask(options?: Asked): Promise<Response>;
  /** What a provider, a log, a recording, the metrics and the answers were given. */
  readonly seen: string[];
  readonly records: ExchangeRecord[];
  readonly requests: readonly SeenRequest[];
  pass(ms: number): void;
}

interface Asked {
  path?: string;
  token?: string;
  model?: string | undefined;
  headers?: Record<string, string>;
  method?: string;
  host?: string;
  peer?: string;
}

async function withTeam(
  users: Record<string, UserConfig>,
  run: (team: Team) => Promise<void>,
  listen: Partial<Config["listen"]> = {},
): Promise<void> {
  const seen: string[] = [];
  const records: ExchangeRecord[] = [];
  let passed = 0;
  const started = systemClock.now();
  const clock: Clock = {
    now: () => systemClock.now() + passed,
    wall: () => NOON + systemClock.now() - started + passed,
    after: (ms, run) => systemClock.after(ms, run),
  };
  startLog({
    level: "trace",
    format: "json",
    outputs: [{ color: false, write: (line) => void seen.push(line) }],
  });
  const metrics = keepMetrics({ version: "1" });
  const tape = recorder({
    clock,
    version: "1",
    keepContent: true,
    onlyFailures: false,
    salt: "s",
    homes: [],
    save: (_, kept) => (seen.push(...kept), Promise.resolve()),
    notice: (_, message) => seen.push(message),
  });
  const provider = await startProvider({
    script: (_, n) => goodScript({ wire: "chat", text: "Hi.", seed: `${n}` }),
  });
  const kept = { finished: (record: ExchangeRecord) => void records.push(record) };
  const nothing = { attemptFailed() {}, notice() {} };
  const app = createApp({
    config: testConfig({
      retry: { attempts: 1, maxWait: 10 },
      listen: { host: "127.0.0.1", port: 8411, token: null, ...listen },
      users: new Map(Object.entries(users)),
      upstreams: new Map([[
        "acme",
        upstream(provider.url, {
          apiKeyEnv: "KEY",
          wire: "chat",
          models: ["big", "small"],
        }),
      ]]),
    }),
    clock,
    random: seededRandom(1),
    observer: combineObservers(logExchanges(), metrics, tape, { ...nothing, ...kept }),
    env: (name) => name === "KEY" ? KEY : TOKENS[name],
    version: "1",
    metrics,
  });
  const ask = async (asked: Asked = {}) => {
    const { path = "/v1/responses", token, headers = {}, host = "127.0.0.1:8411", peer } = asked;
    const { method = "POST" } = asked;
    const body = { model: "model" in asked ? asked.model : "big", input: "hi", stream: true };
    const request = new Request(`http://${host}${path}`, {
      method,
      headers: {
        host,
        "content-type": "application/json",
        ...token !== undefined && { authorization: `Bearer ${token}` },
        ...headers,
      },
      ...method === "POST" && { body: JSON.stringify(body) },
    });
    const end = (hostname: string) => ({ transport: "tcp", hostname, port: 1 }) as const;
    const response = await app.fetch(
      request,
      peer === undefined ? undefined : { local: end("127.0.0.1"), remote: end(peer) },
    );
    const text = await response.text();
    seen.push(text, JSON.stringify([...response.headers]));
    await app.drain();
    const { status } = response;
    return new Response(text, { status, headers: response.headers });
  };
  try {
    await run({
      ask,
      seen,
      records,
      requests: provider.requests,
      pass: (ms) => passed += ms,
    });
    await tape.flush();
    const all = seen.join("\n") + await metrics.expose(0) + JSON.stringify(records);
    const sent = JSON.stringify(provider.requests);
    for (const secret of Object.values(TOKENS)) {
      assert.ok(!all.includes(secret), `a token was shown:\n${all}`);
      assert.ok(!sent.includes(secret), "a token went to the provider");
    }
    assert.ok(!all.includes(KEY), "the provider's key was shown");
  } finally {
    stopLog();
    await app.drain();
    app.close();
    await provider.stop();
  }
}

const messageOf = async (response: Response) => (await response.json()).error.message as string;

Deno.test("team: a user's token leads to the provider with the server's key, and goes nowhere", () =>
  withTeam({ alice: user("ALICE"), bob: user("BOB") }, async (team) => {
    const { ask, records } = team;
    for (
      const headers of [
        { authorization: `Bearer ${TOKENS.ALICE}` },
        { "x-sidecar-token": TOKENS.ALICE! },
        { "x-sidecar-token": TOKENS.ALICE!, "x-api-key": TOKENS.BOB!, "api-key": TOKENS.ALICE! },
      ]
    ) {
      assert.equal((await ask({ headers })).status, 200);
    }
    assert.deepEqual(
      team.requests.map(({ headers }) => headers.authorization),
      Array(3).fill(`Bearer ${KEY}`),
    );
    assert.deepEqual(records.map(({ user }) => user), ["alice", "alice", "alice"]);
    await ask({ token: TOKENS.BOB! });
    assert.equal(records.at(-1)?.user, "bob");
  }));

Deno.test("team: an upstream without a key of its own gets the client's, and never a user's token", async () => {
  const seen: (string | null)[][] = [];
  const names = ["authorization", "api-key", "x-api-key", "x-sidecar-token"];
  await using provider = serve(({ headers }) => {
    seen.push(names.map((name) => headers.get(name)));
    return Response.json({});
  });
  const users = new Map([["alice", user("ALICE")], ["bob", user("BOB")]]);
  const upstreams = new Map([["a", upstream(`http://127.0.0.1:${provider.port}/v1`)]]);
  using app = testApp({ users, upstreams }, { env: (name) => TOKENS[name] });
  const [alice, bob] = [TOKENS.ALICE!, TOKENS.BOB!];
  for (
    const headers of [
      { authorization: `Bearer ${alice}` },
      { authorization: `bearer ${alice}`, "x-api-key": bob, "api-key": `Bearer ${alice}` },
      { authorization: "Bearer sk-own", "x-sidecar-token": alice },
    ]
  ) {
    const post = {
      method: "POST",
      body: '{"model":"m"}',
      headers: { ...headers, "content-type": "application/json" },
    };
    assert.equal((await app.ask("/v1/embeddings", post)).status, 200);
  }
  const none = [null, null, null, null];
  assert.deepEqual(seen, [none, none, ["Bearer sk-own", null, null, null]]);
});

Deno.test("team: a token stands nowhere else in a request that goes on", () =>
  withTeam({ alice: user("ALICE"), bob: user("BOB") }, async ({ ask, requests }) => {
    const token = TOKENS.ALICE!;
    const headers = { "x-request-id": token, cookie: `a=${token}`, "x-own": `Token ${token}!` };
    assert.equal((await ask({ token, headers })).status, 200);
    for (const path of [`/v1/responses?key=${token}`, `/v1/files/${token}`]) {
      const refused = await ask({ token, path });
      assert.equal(refused.status, 400);
      assert.match(await messageOf(refused), /^The address of the request holds the user's token/);
    }
    assert.equal(requests.length, 1);
  }));

Deno.test("team: who has no token stays outside, whatever is asked", () =>
  withTeam({ alice: user("ALICE"), gone: user("UNSET") }, async ({ ask, requests, seen }) => {
    const wrong: Asked[] = [
      {},
      { token: "" },
      { token: `${TOKENS.ALICE}x` },
      { token: TOKENS.ALICE!.toLowerCase() },
      { headers: { authorization: `Basic ${TOKENS.ALICE}` } },
      { headers: { authorization: TOKENS.ALICE! } },
      { headers: { "x-api-key": TOKENS.ALICE! } },
      { path: "/u/acme/v1/responses" },
      { path: "/v1/models", method: "GET" },
      { path: "/r/https/api.openai.com/v1/responses" },
    ];
    for (const asked of wrong) {
      const response = await ask(asked);
      assert.equal(response.status, 401, JSON.stringify(asked));
      assert.match(
        await messageOf(response),
        /does not carry the token of a user.*Authorization: Bearer/,
      );
    }
    assert.deepEqual(requests.filter(({ method }) => method === "POST"), []);
    assert.match(
      seen.join("\n"),
      /users\.gone cannot come in: environment variable UNSET is not set/,
    );
  }));

Deno.test("team: a model that is not on the user's list is refused in words with the list", () =>
  withTeam({ alice: user("ALICE", { models: ["small"] }) }, async ({ ask, requests }) => {
    const token = TOKENS.ALICE!;
    for (const model of ["big", "acme/big", "BIG", undefined]) {
      const refused = await ask({ token, model });
      assert.equal(refused.status, 403, model);
      assert.match(await messageOf(refused), /^alice may .*Allowed: small$/);
    }
    for (const path of ["/v1/chat/completions", "/v1/embeddings", "/u/acme/v1/files"]) {
      assert.equal((await ask({ token, path })).status, 403, path);
    }
    assert.equal((await ask({ token, path: "/v1/files", method: "GET" })).status, 403);
    const codex = await ask({ token, headers: { originator: "codex_cli_rs" } });
    assert.equal(codex.status, 400);
    assert.equal(await codex.text(), "alice may not ask the model big. Allowed: small");
    assert.deepEqual(requests.filter(({ method }) => method === "POST"), []);
    for (const model of ["small", "Small"]) {
      assert.equal((await ask({ token, model })).status, 200, model);
    }
    const list = await ask({ token, path: "/v1/models?client_version=0.169.0", method: "GET" });
    const { models } = await list.json();
    assert.deepEqual(models.map(({ slug }: { slug: string }) => slug), ["small"]);
  }));

Deno.test("team: requests a minute end with the minute, and the refusal says when", () =>
  withTeam({ alice: user("ALICE", { requestsPerMinute: 2 }), bob: user("BOB") }, async (team) => {
    const token = TOKENS.ALICE!;
    for (const status of [200, 200, 429]) assert.equal((await team.ask({ token })).status, status);
    const refused = await team.ask({ token });
    assert.match(
      await messageOf(refused),
      /^alice may send 2 requests a minute, and has\. Ask again in 5\d(\.\d)? s, at 2026-11-25T12:01:00Z$/,
    );
    assert.match(refused.headers.get("retry-after") ?? "", /^5\d$/);
    const codex = await team.ask({ token, headers: { originator: "codex_cli_rs" } });
    assert.deepEqual([codex.status, /^5\d$/.test(codex.headers.get("retry-after") ?? "")], [
      503,
      true,
    ]);
    assert.equal(
      (await team.ask({ token, path: "/v1/models?client_version=1", method: "GET" })).status,
      200,
    );
    assert.equal((await team.ask({ token: TOKENS.BOB! })).status, 200, "bob has no limit");
    team.pass(60_000);
    assert.equal((await team.ask({ token })).status, 200);
  }));

Deno.test("team: tokens a day end with the day in UTC, and the refusal says when", () =>
  withTeam({ alice: user("ALICE", { tokensPerDay: 2 }) }, async (team) => {
    const token = TOKENS.ALICE!;
    assert.equal((await team.ask({ token })).status, 200);
    const { input = 0, output = 0 } = team.records[0]?.usage ?? {};
    const refused = await team.ask({ token });
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("retry-after"), "43195");
    assert.match(
      await messageOf(refused),
      new RegExp(`^alice has used ${input + output} tokens today, of 2 .*at 2026-11-26T00:00:00Z$`),
    );
    const codex = await team.ask({ token, headers: { originator: "codex_cli_rs" } });
    assert.deepEqual([codex.status, codex.headers.get("retry-after")], [400, null]);
    assert.match(await codex.text(), /^alice has used .*2026-11-26T00:00:00Z$/);
    team.pass(12 * 3_600_000);
    assert.equal((await team.ask({ token })).status, 200);
  }));

Deno.test("team: what is passed through counts against the day too, by the provider's count or by its length", async () => {
  const cases = [
    [
      "chat/completions",
      'data: {"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}\n\n',
      10,
    ],
    [
      "messages",
      'data: {"message":{"usage":{"input_tokens":5,"cache_read_input_tokens":90,"output_tokens":1}}}\n\n' +
      'data: {"usage":{"output_tokens": 40}}\n\n',
      135,
    ],
    ["chat/completions", `data: {"text":"\\"prompt_tokens\\": 9 ${"x".repeat(400)}"}\n\n`, 120],
  ] as const;
  for (const [path, answer, tokens] of cases) {
    await using provider = serve(() =>
      new Response(answer, { headers: { "content-type": "text/event-stream" } })
    );
    const users = new Map([["alice", user("ALICE", { tokensPerDay: 1 })]]);
    const upstreams = new Map([["a", upstream(`http://127.0.0.1:${provider.port}/v1`)]]);
    using app = testApp({ users, upstreams }, { env: (name) => TOKENS[name] });
    const ask = () =>
      app.ask(`/v1/${path}`, {
        method: "POST",
        headers: { "content-type": "application/json", "x-sidecar-token": TOKENS.ALICE! },
        body: JSON.stringify({ model: "m" }),
      });
    assert.equal(await (await ask()).text(), answer);
    await app.drain();
    const refused = await ask();
    assert.equal(refused.status, 429);
    const used = Number(/has used (\d+) tokens/.exec(await messageOf(refused))?.[1]);
    assert.ok(
      Math.abs(used - tokens) < 15 && (tokens === 120 || used === tokens),
      `${path}: ${used}`,
    );
  }
});

Deno.test("team: metrics and the log count by user", () =>
  withTeam({ alice: user("ALICE", { requestsPerMinute: 1 }) }, async ({ ask, seen }) => {
    await ask({ token: TOKENS.ALICE! });
    await ask({ token: TOKENS.ALICE! });
    const text = await (await ask({ path: "/metrics", method: "GET" })).text();
    assert.match(text, /sidecar_user_exchanges_total\{user="alice",outcome="completed"\} 1/);
    assert.match(text, /sidecar_user_tokens_total\{user="alice",kind="output"\} [1-9]/);
    assert.match(text, /sidecar_user_refusals_total\{user="alice",code="too_many_requests"\} 1/);
    assert.match(seen.join("\n"), /"user":"alice"/);
  }));

Deno.test("team: the sidecar's own pages are the operator's", async () => {
  const users = { alice: user("ALICE") };
  const page = { path: "/metrics", method: "GET" };
  await withTeam(users, async ({ ask }) => {
    assert.equal((await ask(page)).status, 200, "from this machine");
    for (const header of ["x-forwarded-for", "forwarded"]) {
      assert.equal((await ask({ ...page, headers: { [header]: "10.0.0.1" } })).status, 401, header);
    }
    assert.equal((await ask({ ...page, host: "gateway.example.com" })).status, 403);
  });
  await withTeam(users, async ({ ask }) => {
    assert.equal((await ask({ ...page, token: TOKENS.ALICE! })).status, 401, "a user's token");
    assert.equal((await ask({ ...page, token: "root" })).status, 200);
    assert.equal((await ask({ path: "/healthz", method: "GET" })).status, 200);
    assert.equal((await ask({ token: "root" })).status, 200, "the operator asks without limits");
  }, { token: "root" });
  await withTeam(users, async ({ ask }) => {
    assert.equal((await ask(page)).status, 401);
    assert.equal((await ask({ token: TOKENS.ALICE!, host: "gateway.example.com" })).status, 200);
  }, { host: "0.0.0.0" });
});

Deno.test("team: behind a balancer the client's address is the one that it names, and any host may be asked", () =>
  withTeam(
    { alice: user("ALICE") },
    async ({ ask, records }) => {
      const host = "gateway.example.com";
      const headers = { "x-forwarded-for": "6.6.6.6, 203.0.113.9" };
      await ask({ token: TOKENS.ALICE!, host, headers, peer: "10.0.0.7" });
      await ask({ token: TOKENS.ALICE!, host, headers, peer: "192.168.1.1" });
      assert.deepEqual(records.map(({ client }) => client), ["203.0.113.9", "192.168.1.1"]);
    },
    { trustedProxies: ["10.0.0.0/8"] },
  ));

Deno.test("team: two with one token are refused at the start", () => {
  const users = new Map(Object.entries({ alice: user("ALICE"), bob: user("ALICE") }));
  const env = (name: string) => TOKENS[name];
  assert.throws(
    () => testApp({ users }, { env }),
    /The users alice and bob have the same token/,
  );
  const listen = { host: "127.0.0.1", port: 8411, token: TOKENS.ALICE! };
  assert.throws(
    () => testApp({ users: new Map([["alice", user("ALICE")]]), listen }, { env }),
    /The user alice has the same token as listen\.token/,
  );
});
