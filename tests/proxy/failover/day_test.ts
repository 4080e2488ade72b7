/**
 * A day of four threads on two providers, on the fake clock: outages of twenty minutes of every kind, limits of requests a
 * minute, streams that break by chance. No turn is lost; what that cost is printed.
 */

import assert from "node:assert/strict";
import { type Clock, sleep } from "../../../lib/base/clock.ts";
import { silent } from "../../../lib/observe/observer.ts";
import { createApp } from "../../../lib/proxy/app.ts";
import { goodScript } from "../../../lib/simulate/good_script.ts";
import { eof, hang, json, type Script } from "../../../lib/simulate/script.ts";
import { breakAt, insertAt } from "../../../lib/simulate/transform_script.ts";
import { testConfig, upstream } from "../../helpers/proxy/app.ts";
import { eventsOf } from "../../helpers/proxy/exchange.ts";
import { FakeClock, seededRandom } from "../../helpers/clock/fake_clock.ts";
import { scriptClient, type Sent } from "../../helpers/peers/script_client.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const TEXT = "The answer is forty-two.";
const THREADS = 4;
/** Tokens of a turn's input and output, and dollars for a million of each; what is cached costs a tenth. */
const TOKENS = { input: 40_000, output: 800 };
const PRICES: Readonly<Record<string, { readonly input: number; readonly output: number }>> = {
  first: { input: 0.4, output: 2 },
  second: { input: 0.6, output: 2.4 },
};

type Outage = "refused" | "busy" | "silent" | "mid-text" | "quota" | "html";

/** When which provider is out, in minutes of the day, for twenty minutes each. */
const OUTAGES: readonly (readonly [at: number, host: string, how: Outage])[] = [
  [60, "first", "busy"],
  [200, "first", "refused"],
  [320, "second", "busy"],
  [410, "first", "mid-text"],
  [555, "first", "quota"],
  [700, "first", "silent"],
  [820, "second", "refused"],
  [930, "first", "html"],
  [1_100, "first", "busy"],
  [1_300, "first", "mid-text"],
];
const OUT_MINUTES = 20;
/** Requests a minute. */
const LIMIT = 4;

Deno.test("failover: a day with ten outages loses no turn", async (t) => {
  const clock = new FakeClock();
  const random = seededRandom(11);
  const minutes = new Map<string, number>();
  const spent: Record<string, number> = {};
  const requests: Record<string, number> = { first: 0, second: 0 };
  const duringOutages: number[] = OUTAGES.map(() => 0);
  const last = new Map<string, string>();
  let limited = 0;

  const pay = (host: string, thread: string, part: number) => {
    const { input = 0, output = 0 } = PRICES[host] ?? {};
    const known = last.get(thread) === host ? 0.1 : 1;
    last.set(thread, host);
    spent[host] = (spent[host] ?? 0) +
      (TOKENS.input * input * known + TOKENS.output * output * part) / 1e6;
  };

  const answer = ({ host, headers }: Sent): Script | undefined => {
    requests[host] = (requests[host] ?? 0) + 1;
    const thread = headers.get("thread-id") ?? "";
    const minute = Math.floor(clock.now() / MINUTE);
    const at = OUTAGES.findIndex(([from, who]) =>
      who === host && minute >= from && minute < from + OUT_MINUTES
    );
    const good = (seed: string) => {
      const script = goodScript({ wire: "responses", text: TEXT, seed });
      return insertAt(script, "mid-text", [{ do: "wait", ms: 5_000 }]);
    };
    const seed = `${host}${requests[host]}`;
    if (at >= 0) {
      duringOutages[at] = (duringOutages[at] ?? 0) + 1;
      switch (OUTAGES[at]?.[2]) {
        case "refused":
          return undefined;
        case "busy":
          return json(503, { error: { message: "Overloaded" } });
        case "quota":
          return json(429, { error: { message: "Quota", code: "insufficient_quota" } }, {
            "retry-after": `${
              (((OUTAGES[at]?.[0] ?? 0) + OUT_MINUTES) * MINUTE - clock.now()) / 1e3
            }`,
          });
        case "html":
          return json(502, "<html>Bad gateway</html>");
        case "silent":
          return [hang];
        default:
          pay(host, thread, 0.5);
          return breakAt(good(seed), "mid-text", [eof]);
      }
    }
    const key = `${host} ${minute}`;
    minutes.set(key, (minutes.get(key) ?? 0) + 1);
    if ((minutes.get(key) ?? 0) > LIMIT) {
      limited++;
      const left = Math.ceil(60 - (clock.now() % MINUTE) / 1_000);
      return json(429, { error: { message: "Rate limit" } }, { "retry-after": `${left}` });
    }
    const breaks = random.random() < 0.03;
    pay(host, thread, breaks ? 0.5 : 1);
    return breaks ? breakAt(good(seed), "mid-text", [eof]) : good(seed);
  };

  const entry = (host: string, more = {}) =>
    upstream(`http://${host}/v1`, { wire: "responses", provider: "generic", ...more });
  const records: { upstream: string; duration: number }[] = [];
  // As the real one, its functions need no object
  const net: Clock = {
    now: () => clock.now(),
    wall: () => clock.wall(),
    after: (ms, run) => clock.after(ms, run),
  };
  const app = createApp({
    config: testConfig({
      heartbeat: { interval: 30_000 },
      upstreams: new Map([
        ["first", entry("first", { fallback: ["second"], apiKeyEnv: "K", concurrency: 3 })],
        ["second", entry("second", { apiKeyEnv: "K" })],
      ]),
    }),
    clock: net,
    random,
    observer: { ...silent, finished: (record) => records.push({ ...record }) },
    env: () => "sk-a-day",
    version: "0",
    net: { clock: net, client: scriptClient(clock, answer) },
  });

  const ends: string[] = [];
  const ask = async (thread: string) => {
    const response = await app.fetch(
      new Request("http://127.0.0.1:8411/u/first/v1/responses", {
        method: "POST",
        headers: {
          host: "127.0.0.1:8411",
          "content-type": "application/json",
          originator: "codex_exec",
          "thread-id": thread,
        },
        body: JSON.stringify({ model: "m", stream: true, input: "hi" }),
      }),
    );
    const events = eventsOf(await response.text());
    const items = events.filter(({ type }) => type === "response.output_item.added").length;
    ends.push(`${response.status} ${events.at(-1)?.type} ${items}`);
  };
  const never = new AbortController().signal;
  const thread = async (name: string) => {
    while (clock.now() < DAY) {
      await ask(name);
      const pause = random.random() < 0.3 ? 2_000 : 20 * MINUTE * random.random();
      await sleep(clock, pause, never);
    }
  };
  let running = true;
  const all = Promise.all(Array.from({ length: THREADS }, (_, at) => thread(`t${at}`)))
    .finally(() => running = false);
  while (running) await clock.advance(clock.next ?? 1_000);
  await all;
  app.close();

  const turns = ends.length;
  const lost = ends.filter((end) => end !== "200 response.completed 1");
  const byFirst = records.filter(({ upstream }) => upstream === "first").length;
  const slowest = Math.max(...records.map(({ duration }) => duration)) / 1_000;
  const plain = turns * (TOKENS.input * 0.4 * 0.1 + TOKENS.output * 2) / 1e6;
  const paid = Object.values(spent).reduce((sum, each) => sum + each, 0);
  // deno-lint-ignore no-console -- what a day costs is worth a look
  console.log(
    `${turns} turns, ${lost.length} lost; ${byFirst} by the first, ${
      turns - byFirst
    } by the second; ` +
      `${requests.first} and ${requests.second} requests, ${limited} over a limit, ` +
      `${duringOutages.join(", ")} in the outages; the slowest took ${slowest.toFixed(0)} s; ` +
      `$${paid.toFixed(2)} instead of $${plain.toFixed(2)} for a day without any trouble`,
  );
  await t.step("no turn is lost", () => assert.deepEqual(lost, []));
  await t.step("every kind of trouble was met", () => {
    assert.ok(limited > 0);
    assert.ok(duringOutages.filter((_, at) => OUTAGES[at]?.[1] === "first").every((n) => n > 0));
  });
  await t.step("nobody runs into an outage again and again", () => {
    assert.ok(Math.max(...duringOutages) <= 20, `${duringOutages}`);
  });
  await t.step("threads go back to the first one", () => assert.ok(byFirst > turns * 0.75));
  await t.step("the price of it is bounded", () => assert.ok(paid < plain * 2));
  assert.equal(clock.armed, 0);
});
