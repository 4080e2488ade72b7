/** A real Redis: passwords, TLS, a stop in the middle, and what it says when it will not. */

import assert from "node:assert/strict";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { createSecureContext } from "node:tls";
import { systemRandom } from "../../lib/base/clock.ts";
import { parseRedisUrl, type RedisAddress } from "../../lib/base/state/redis_url.ts";
import { openRedisState } from "../../lib/state/open.ts";
import { tryRedis } from "../../lib/state/try_store.ts";
import { until } from "../e2e/gated.ts";
import { redisHere, redisWords, startRedis } from "../helpers/peers/redis.ts";
import { fastClock } from "../helpers/clock/fast_clock.ts";
import { freePort } from "../helpers/free_port.ts";

const DAY = 86_400_000;
/** Counts no time in which this process did not run. */
const clock = fastClock(1);
/** Half as fast as the machine's: a call may take 250 ms, and a busy machine takes longer. */
const slow = fastClock(0.5);
const certs = new URL("../upstream/transport/certs/", import.meta.url);
const path = (name: string) => new URL(name, certs).pathname;
const trusted = () => createSecureContext({ ca: Deno.readTextFileSync(path("ca.pem")) });

function test(name: string, fn: () => Promise<void>): void {
  Deno.test({ name: `redis: ${name}${redisWords}`, ignore: !redisHere, fn });
}

async function open(url: string, secureContext = trusted, at = clock) {
  const said: string[] = [];
  const state = await openRedisState(parseRedisUrl(url) as RedisAddress, {
    clock: at,
    random: systemRandom,
    secureContext,
    say: (_, sentence) => void said.push(sentence),
  });
  return { state, said };
}

test("a password and a database of its own", async () => {
  const redis = await startRedis("--requirepass", "correct horse");
  const { state, said } = await open(`redis://:correct%20horse@127.0.0.1:${redis.port}/3`);
  assert.match(said.join(), /^Redis at 127\.0\.0\.1:\d+ answers: limits are shared/);
  assert.equal(await state.counters.add("x", 2, DAY), 2);
  state.close();
  await redis.kill();
});

test("two databases of one Redis are two teams, their news too", async () => {
  const redis = await startRedis();
  const [one, same, other] = [
    await open(redis.url),
    await open(`${redis.url}/0`),
    await open(`${redis.url}/1`),
  ];
  const heard: string[] = [];
  for (const [name, { state }] of Object.entries({ same, other })) {
    state.lanes.listen({ news: (lane, { is }) => void heard.push(`${name}: ${lane} is ${is}`) });
  }
  await one.state.counters.add("x", 2, DAY);
  assert.equal(await other.state.counters.add("x", 0, DAY), 0);
  one.state.lanes.tell("acme", { is: "open", ms: 30_000, next: 60_000 });
  other.state.lanes.tell("kimi", { is: "open", ms: 30_000, next: 60_000 });
  await other.state.counters.add("x", 1, DAY); // Redis has carried out what came before
  await until(() => heard.length > 0);
  assert.deepEqual(heard, ["same: acme is open"]);
  for (const { state } of [one, same, other]) state.close();
  await redis.kill();
});

const refused: readonly [string, string, RegExp][] = [
  ["without its password", "redis://127.0.0.1:PORT", /NOAUTH/],
  ["with another password", "redis://:wrong-horse-staple@127.0.0.1:PORT", /WRONGPASS/],
  ["for a database that it does not have", "redis://:correct-horse@127.0.0.1:PORT/99", /DB index/],
  ["of a user who may read only", "redis://reader:reader-password@127.0.0.1:PORT", /NOPERM/],
];
for (const [how, url, says] of refused) {
  test(`asked ${how} it says why, and the sidecar counts for itself`, async () => {
    const redis = await startRedis(
      ...["--requirepass", "correct-horse", "--user", "reader", "on", ">reader-password", "~*"],
      ...["&*", "+@read", "+@connection", "+@pubsub"],
    );
    const { state, said } = await open(url.replace("PORT", `${redis.port}`));
    await until(() => said.length > 0);
    assert.match(said[0] ?? "", says);
    assert.doesNotMatch(said.join(), /horse-staple|reader-password/);
    assert.equal(await state.counters.add("x", 2, DAY), 2);
    assert.equal(said.length, 1);
    const address = parseRedisUrl(url.replace("PORT", `${redis.port}`)) as RedisAddress;
    await assert.rejects(tryRedis(address, { clock }), says);
    state.close();
    await redis.kill();
  });
}

for (
  const command of [
    ...[
      "evalsha",
      "eval",
      "subscribe",
      "publish",
      "time",
      "set",
      "get",
      "incrby",
      "pttl",
      "pexpire",
    ],
    ...["zadd", "zrem", "zcard", "zrank", "zrange", "zrangebyscore", "zremrangebyscore"],
    ...["hset", "hdel", "hlen", "hgetall"],
  ]
) {
  test(`asked by a user who may not ${command} it says so, and which command, and the doctor too`, async () => {
    const redis = await startRedis(
      "--user",
      "some",
      "on",
      ">pw",
      "~*",
      "&*",
      "+@all",
      `-${command}`,
    );
    const url = `redis://some:pw@127.0.0.1:${redis.port}`;
    const { state, said } = await open(url);
    await until(() => said.length > 0);
    const named = new RegExp(`does not answer \\(.*\\b${command}\\b`, "i");
    for (let n = 0; n < 3; n++) assert.equal(await state.counters.add("x", 2, DAY), 2 * (n + 1));
    const address = parseRedisUrl(url) as RedisAddress;
    await assert.rejects(
      tryRedis(address, { clock }),
      new RegExp(`\\b${command}\\b`, "i"),
    );
    assert.match(said.at(-1) ?? "", named);
    state.close();
    await redis.kill();
  });
}

test("the ACL of docs/deployment.md is enough", async () => {
  const text = Deno.readTextFileSync(new URL("../../docs/deployment.md", import.meta.url));
  const [, rules = ""] = /`(~codex-sidecar:\* [^`]+)`/.exec(text) ?? [];
  const redis = await startRedis("--user", "some", "on", ">pw", ...rules.split(" "));
  const url = `redis://some:pw@127.0.0.1:${redis.port}/2`;
  const { state, said } = await open(url);
  const leases = state.lanes.leases("acme", 2, () => {});
  for (const lease of await leases.take(2)) lease.give();
  state.lanes.tell("acme", { is: "open", ms: 1_000, next: 1_000 });
  state.threads.write("one", { candidate: "acme", key: 1, until: 0 });
  assert.equal((await state.threads.read("one"))?.key, 1);
  assert.equal(await state.counters.add("x", 2, DAY), 2);
  assert.equal(said.length, 1, said.join("\n"));
  assert.equal(state.health.calls.failed, 0);
  const ms = await tryRedis(parseRedisUrl(url) as RedisAddress, { clock });
  assert.ok(ms >= 0);
  state.close();
  await redis.kill();
});

test("flushed while it answers, it is given back what was used", async () => {
  const redis = await startRedis();
  const { state, said } = await open(redis.url);
  const add = (by: number) => state.counters.add("tokens:alice:1", by, DAY);
  assert.equal(await add(10), 10);
  for (const words of [["flushall"], ["script", "flush"], ["flushdb", "async"]]) {
    const before = await add(0);
    await redis.cli(...words);
    assert.equal(await add(1), before + 1, words.join(" "));
  }
  const left = Number(await redis.cli("pttl", "codex-sidecar:sum:tokens:alice:1"));
  assert.ok(left > DAY - 60_000 && left <= DAY, `${left}`);
  assert.equal(said.length, 1);
  state.close();
  await redis.kill();
});

test("with TLS, its certificate checked", async () => {
  const port = freePort();
  const redis = await startRedis(
    ...["--tls-port", `${port}`, "--tls-cert-file", path("good.pem"), "--tls-key-file"],
    ...[path("good.key"), "--tls-ca-cert-file", path("ca.pem"), "--tls-auth-clients", "no"],
  );
  const { state, said } = await open(`rediss://localhost:${port}`);
  assert.equal(await state.counters.add("x", 2, DAY), 2);
  assert.equal(state.health.reachable, true, said.join());
  state.close();
  const stranger = await open(`rediss://localhost:${port}`, () => createSecureContext({ ca: [] }));
  await until(() => stranger.said.length > 0);
  assert.match(
    stranger.said[0] ?? "",
    /does not answer \(.*(certificate|issuer|signed|signature)/i,
  );
  stranger.state.close();
  await redis.kill();
});

test("stopped in the middle it costs one call 250 ms; back again it has every sum, also when it forgot", async () => {
  const redis = await startRedis();
  const { state, said } = await open(redis.url, trusted, slow);
  const add = (by: number) => state.counters.add("tokens:alice:1", by, DAY);
  assert.equal(await add(10), 10);
  redis.signal("SIGSTOP");
  assert.equal(await add(1), 11);
  assert.equal(await add(1), 12);
  assert.match(said[1] ?? "", /does not answer \(no answer within 250 ms\)/);
  redis.signal("SIGCONT");
  await until(() => state.health.reachable);
  // The call that was not answered was carried out all the same: it counts twice, once at most
  assert.ok([12, 13].includes(await add(0)));
  await redis.kill();
  await until(() => !state.health.reachable);
  const before = await add(5);
  await redis.start();
  await until(() => state.health.reachable);
  assert.equal(await add(0), before);
  state.close();
  await redis.kill();
});

test("connections whose other end is gone without a word are given up, and new ones are made", async () => {
  const redis = await startRedis();
  await using way = await forwardTo(redis.port);
  const { state, said } = await open(`redis://127.0.0.1:${way.port}`);
  const add = () => state.counters.add("tokens:alice:1", 1, DAY);
  assert.equal(await add(), 1);
  way.swallow();
  assert.equal(await add(), 2);
  await until(() => state.health.reachable);
  // The one that was on its way may have been carried out, or not
  assert.ok([2, 3].includes(await state.counters.add("tokens:alice:1", 0, DAY)));
  assert.equal(said.length, 3, said.join("\n"));
  state.close();
  await redis.kill();
});

test("after a failover it goes where the name leads, and does not stay with a replica", async () => {
  const [old, primary] = [await startRedis(), await startRedis()];
  await using way = await forwardTo(old.port);
  const { state, said } = await open(`redis://127.0.0.1:${way.port}`);
  assert.equal(await state.counters.add("tokens:alice:1", 5, DAY), 5);
  way.leadTo(primary.port);
  await old.cli("replicaof", "127.0.0.1", `${primary.port}`);
  assert.equal(await state.counters.add("tokens:alice:1", 1, DAY), 6);
  assert.match(said[1] ?? "", /READONLY/);
  await until(() => state.health.reachable);
  assert.equal(await state.counters.add("tokens:alice:1", 0, DAY), 6);
  assert.equal(await primary.cli("get", "codex-sidecar:sum:tokens:alice:1"), "6");
  state.close();
  for (const redis of [old, primary]) await redis.kill();
});

test("a large team's sums are back in time, however far Redis is", async () => {
  const redis = await startRedis();
  await using way = await forwardTo(redis.port, 20);
  const { state, said } = await open(`redis://127.0.0.1:${way.port}`);
  const users = Array.from({ length: 20_000 }, (_, n) => `tokens:u${n}:1`);
  await Promise.all(users.map((key) => state.counters.add(key, 7, DAY)));
  await redis.kill();
  await until(() => !state.health.reachable);
  for (let n = 0; n < 200; n++) state.lanes.tell(`a key ${n}`, { is: "paused", ms: 60_000 });
  await redis.start();
  await until(() => state.health.reachable);
  assert.equal(await redis.cli("get", "codex-sidecar:sum:tokens:u19999:1"), "7");
  assert.equal(await redis.cli("hlen", "codex-sidecar:lanes"), "200");
  assert.ok(said.length >= 3, said.join("\n"));
  state.close();
  await redis.kill();
});

/** A way to a port; those who are on it when it swallows hear nothing any more, those who come later do. */
async function forwardTo(port: number, delay = 0) {
  let swallowed = 0;
  const ends = new Set<Socket>();
  const server = createServer((came) => {
    const since = swallowed;
    const there = connect(port, "127.0.0.1");
    for (const [from, to] of [[came, there], [there, came]] as const) {
      ends.add(from);
      from.on("data", (bytes) => {
        if (since !== swallowed) return;
        if (delay === 0) to.write(bytes);
        else setTimeout(() => to.write(bytes), delay);
      });
      from.on("error", () => {}); // the end is gone, which its close tells
      from.on("close", () => {
        ends.delete(from);
        to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    swallow: () => void swallowed++,
    /** Those who come from now on go there. */
    leadTo: (other: number) => void (port = other),
    async [Symbol.asyncDispose]() {
      for (const end of ends) end.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

test("a doctor's question is answered in milliseconds, and one that nobody answers ends", async () => {
  const redis = await startRedis();
  assert.ok(await tryRedis(parseRedisUrl(redis.url) as RedisAddress, { clock }) >= 0);
  await redis.kill();
  const dead = parseRedisUrl(`redis://127.0.0.1:${freePort()}`) as RedisAddress;
  await assert.rejects(tryRedis(dead, { clock }), /ECONNREFUSED/);
});
