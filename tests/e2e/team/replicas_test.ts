/**
 * A team of real processes: three replicas, haproxy by the compose file's settings, a Redis with a password, 60 clients and
 * three real Codexes. A replica that is killed breaks the answers that run on it; clients ask again, as Codex does.
 * `startSidecarProcess` starts the replicas: the sources, or the binary under test.
 */

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { spread } from "../../../lib/proxy/failover/affinity.ts";
import { type Provider, startProvider } from "../../../lib/simulate/provider.ts";
import { gate, wait } from "../../../lib/simulate/script.ts";
import { insertAt } from "../../../lib/simulate/transform_script.ts";
import { startCodex } from "../../helpers/codex/codex.ts";
import {
  type Balanced,
  balancedHere,
  balancedWords,
  SECRETS,
  startBalanced,
  turn,
} from "./balanced.ts";
import { pool, type PoolCase } from "../../helpers/pool.ts";
import { until } from "../gated.ts";
import { ANSWER, say, TEXT, TOOL } from "../say.ts";
import { outputsIn, toolsOf } from "../seen.ts";

const CLIENTS = 60;
const LIMIT = 16;

/** A provider that counts how many answers run at once, and on which key. */
async function countingProvider(script: Parameters<typeof startProvider>[0]["script"]) {
  const most = new Map<string, number>();
  const running = new Map<string, number>();
  const provider = await startProvider({
    script: (request, n) => {
      if (request.method !== "POST") return script(request, n);
      const key = request.headers.authorization ?? "";
      const now = (running.get(key) ?? 0) + 1;
      running.set(key, now);
      most.set(key, Math.max(most.get(key) ?? 0, now));
      void request.over.then(() => running.set(key, (running.get(key) ?? 0) - 1));
      return script(request, n);
    },
  });
  return { provider, most };
}

function users(more = ""): string {
  return `users:
  alice: { token: env:ALICE${more} }
  bob: { token: env:BOB, requests_per_minute: 30 }
`;
}

function upstreamOf({ url }: Provider, more: string): string {
  return `upstreams:
  sim: { base_url: "${url}", wire: responses, provider: generic, models: [sim-1], ${more} }
`;
}

/** The sum of a metric over all replicas. */
async function sum({ replicas, page }: Balanced, metric: RegExp): Promise<number> {
  const pages = await Promise.all(replicas.map((_, at) => page(at, "/metrics")));
  return pages.flatMap((text) => text.split("\n").filter((line) => metric.test(line)))
    .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/** How often a replica said that Redis is gone. */
function lost(team: Balanced): number {
  return team.logs().match(/Redis at .* does not answer/g)?.length ?? 0;
}

async function noSecrets(team: Balanced): Promise<void> {
  const pages = await Promise.all(
    team.replicas.flatMap((_, at) =>
      ["/metrics", "/readyz", "/healthz"].map((path) => team.page(at, path))
    ),
  );
  const places = { log: team.logs(), redis: team.sent(), pages: pages.join("\n") };
  for (const [place, text] of Object.entries(places)) {
    assert.ok(text.length > 100, `nothing came from ${place}`);
    for (const [name, secret] of Object.entries(SECRETS)) {
      assert.ok(!text.includes(secret), `${name} stands in ${place}`);
    }
  }
  assert.doesNotMatch(
    places.redis,
    /Thursday|forty-two|thread-\d/,
    "a text of a conversation, or its id, is in Redis",
  );
}

const cases: PoolCase[] = [];

function test(name: string, run: () => Promise<void>): void {
  cases.push({ name, run });
}

test("a rolling restart, a kill -9 and a Redis that dies lose no turn, and never more than concurrency is upstream", async () => {
  const { provider, most } = await countingProvider((request) => {
    // Codex offers tools and brings back what they gave; the other clients do not
    const calls = toolsOf(request).length > 0 && outputsIn(request).length === 0;
    return insertAt(say(request, calls ? TOOL : ANSWER), calls ? "created" : "mid-text", [
      wait(400),
    ]);
  });
  await using team = await startBalanced(
    users() + upstreamOf(provider, `api_key: env:KEY_1, concurrency: ${LIMIT}`),
  );
  try {
    let over = false;
    const turns: Awaited<ReturnType<typeof turn>>[] = [];
    const client = async (at: number) => {
      while (!over) {
        turns.push(await turn(team.url, { token: SECRETS.ALICE, thread: `thread-${at}` }));
      }
    };
    const clients = Array.from({ length: CLIENTS }, (_, at) => client(at));
    const codexes = await Promise.all(Array.from({ length: 3 }, () =>
      startCodex({
        baseUrl: `${team.url}/v1`,
        prompt: "What is the answer, Thursday?",
        provider: `experimental_bearer_token = "${SECRETS.ALICE}"
request_max_retries = 10
stream_max_retries = 10
stream_idle_timeout_ms = 30000`,
      })));
    await until(() => turns.length > CLIENTS);
    for (const at of [0, 1]) {
      assert.equal(await team.stop(at, "SIGTERM"), 0, "it ends when its answers have ended");
      await team.start(at);
    }
    const atOnce = () => most.get(`Bearer ${SECRETS.KEY_1}`) ?? 0;
    // On a machine that is too busy for 250 ms each goes by its own limit, as it should
    assert.ok(atOnce() === LIMIT || lost(team) > 0, `${atOnce()} at once, of ${LIMIT}`);
    // Where the balancer took it for slow, nothing runs on it
    await until(async () => JSON.parse(await team.page(2, "/healthz")).live > 3);
    await team.stop(2, "SIGKILL");
    await team.start(2);
    await sleep(1_000);
    assert.ok(atOnce() === LIMIT || lost(team) > 0, `${atOnce()} at once, of ${LIMIT}`);
    await team.redis.kill();
    const count = turns.length;
    await until(() => turns.length > count + CLIENTS);
    await team.redis.start();
    await until(async () => await sum(team, /^sidecar_shared_state_up/) === 3);
    over = true;
    await Promise.all(clients);
    const failed = turns.filter(({ done }) => !done);
    assert.deepEqual(failed, [], `${failed.length} of ${turns.length} turns were lost`);
    for (const { result } of codexes) {
      const { code, messages, errors } = await result;
      assert.deepEqual([code, messages.at(-1)], [0, TEXT], errors.join("\n"));
    }
    const again = turns.filter(({ asked }) => asked > 1).length;
    assert.ok(again > 0, "the kill broke no answer");
    assert.match(team.logs(), /Redis at .* does not answer/);
    assert.match(team.logs(), /Redis at .* answers again/);
    await noSecrets(team);
  } finally {
    await provider.stop();
  }
});

test("a budget is one budget, through a Redis that dies and comes back empty", async () => {
  const day = 400_000;
  const provider = await startProvider({
    script: (request) =>
      say(request, { ...ANSWER, reasoning: "Yes.", text: "42", inputTokens: 500 } as never),
  });
  await using team = await startBalanced(
    users(`, tokens_per_day: ${day}`) + upstreamOf(provider, "api_key: env:KEY_1"),
  );
  try {
    const used = () =>
      sum(team, /^sidecar_user_tokens_total\{user="alice",kind="(?:input|output)"\}/);
    const refused: string[] = [];
    let resumed = Promise.resolve();
    const spend = async (at: number) => {
      const { url } = team.replicas[at]!;
      while (refused.length === 0) {
        await resumed;
        const { done, last } = await turn(url, { token: SECRETS.ALICE, thread: `thread-${at}` });
        if (!done) refused.push(last);
      }
    };
    const spending = [0, 1, 2].map(spend);
    await until(async () => await used() > day / 3);
    await team.redis.kill();
    await until(async () => await used() > day / 2);
    // The outage ends before the budget does
    const resume = Promise.withResolvers<void>();
    resumed = resume.promise;
    await team.redis.start();
    await until(async () => await sum(team, /^sidecar_shared_state_up/) === 3);
    const outages = lost(team);
    resume.resolve();
    await Promise.all(spending);
    const total = await used();
    // On a machine that is too busy for 250 ms each counts by itself, as it should
    const own = () => lost(team) > outages;
    // What was on its way when Redis died is counted twice at worst
    assert.ok(Math.abs(total - day) <= 0.01 * day || own(), `${total} of ${day}`);
    assert.match(refused[0] ?? "", /^400 .*alice has used \d+ tokens today, of 400000/);
    for (const at of [0, 1, 2]) {
      const { last } = await turn(team.replicas[at]!.url, {
        token: SECRETS.ALICE,
        thread: "thread-9",
      });
      assert.match(last, /tokens today/, "every replica refuses");
    }

    // Requests of one minute: as many as are allowed, whoever counts them
    await until(() => Date.now() % 60_000 < 40_000);
    const before = provider.posts.length;
    const asked = Array.from({ length: CLIENTS }, async () => {
      const response = await fetch(`${team.url}/v1/responses`, {
        method: "POST",
        headers: { "content-type": "application/json", authorization: `Bearer ${SECRETS.BOB}` },
        body: JSON.stringify({ model: "sim-1", stream: true, input: "Hi" }),
      });
      await response.text();
      return response.status;
    });
    const statuses = await Promise.all(asked);
    const passed = provider.posts.length - before;
    assert.ok(passed === 30 || own(), `${passed} of 30`);
    assert.equal(statuses.filter((status) => status === 429).length, CLIENTS - passed);
    await noSecrets(team);
  } finally {
    await provider.stop();
  }
});

test("the slots of a replica that was killed come back; those of one that lives do not", async () => {
  const { provider, most } = await countingProvider((request, n) =>
    n <= 2 ? insertAt(say(request, ANSWER), "created", [gate(`${n}`)]) : say(request, ANSWER)
  );
  await using team = await startBalanced(
    users() + upstreamOf(provider, "api_key: env:KEY_1, concurrency: 2"),
  );
  try {
    const at = (replica: number, thread: string) =>
      turn(team.replicas[replica]!.url, { token: SECRETS.ALICE, thread });
    const killed = fetch(`${team.replicas[0]!.url}/v1/responses`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${SECRETS.ALICE}` },
      body: JSON.stringify({ model: "sim-1", stream: true, input: "Hi" }),
    }).then((response) => response.text()).catch(() => "broken");
    await until(() => provider.posts.length === 1);
    const lives = at(1, "thread-1");
    await until(() => provider.posts.length === 2);
    const waits = at(2, "thread-2");
    await until(async () => await sum(team, /^sidecar_key_waiting/) === 1);
    await team.stop(0, "SIGKILL");
    await killed;
    await until(() => provider.posts.length === 3);
    assert.equal((await waits).done, true);
    assert.equal(most.get(`Bearer ${SECRETS.KEY_1}`), 2);
    provider.open("2");
    assert.equal((await lives).done, true);
    await team.start(0);
  } finally {
    await provider.stop();
  }
});

test("a thread keeps its key through whichever replica it comes, and a limit that one met is known to all", async () => {
  let limited = false;
  const provider = await startProvider({
    script: (request, n) => {
      if (limited && request.headers.authorization === `Bearer ${SECRETS.KEY_2}`) {
        return [
          { do: "head", status: 429, headers: { "retry-after": "600" }, framing: "close" },
          { do: "send", body: '{"error":{"message":"slow down","code":"rate_limit_exceeded"}}' },
        ];
      }
      return n === 1
        ? insertAt(say(request, ANSWER), "created", [gate("busy")])
        : say(request, ANSWER);
    },
  });
  await using team = await startBalanced(
    users() + upstreamOf(provider, "api_key: [env:KEY_1, env:KEY_2, env:KEY_3], concurrency: 1"),
  );
  try {
    const keys = () =>
      provider.posts.map(({ headers }) => headers.authorization?.slice("Bearer ".length));
    const at = (replica: number, thread: string) =>
      turn(team.replicas[replica]!.url, { token: SECRETS.ALICE, thread });
    // The first thread holds the key that the second one, alike in the spread, would take
    const alike = Array.from({ length: 50 }, (_, n) => `thread-${n}`)
      .filter((name) => spread(name, 3) === spread("thread-0", 3));
    const [one = "", other = ""] = alike;
    const first = at(0, one);
    await until(() => provider.posts.length === 1);
    await at(0, other);
    const [busy, own] = keys();
    assert.notEqual(own, busy);
    provider.open("busy");
    await first;
    for (const replica of [1, 2, 0, 1]) await at(replica, other);
    assert.deepEqual(keys().slice(2), Array(4).fill(own), "it stays where its prompt cache is");

    limited = true;
    const before = keys().length;
    for (let n = 0; n < 12; n++) await at(n % 3, `thread-${n}`);
    const met = keys().slice(before).filter((key) => key === SECRETS.KEY_2).length;
    assert.ok(met <= 1 || lost(team) > 0, `${met} requests ran into a limit that one had met`);
    await noSecrets(team);
  } finally {
    await provider.stop();
  }
});

// Two at a time: one of them waits for the leases of a replica that was killed
Deno.test({
  name: `replicas: a team's gateway is one gateway, whatever becomes of its parts${balancedWords}`,
  ignore: !balancedHere,
  fn: (t) => pool(t, cases, 2),
});
