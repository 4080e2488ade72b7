import { deepEqual, equal, match, ok } from "node:assert/strict";
import type { JsonObject } from "../../lib/base/json.ts";
import { runChecks, type Status } from "../../lib/doctor/check.ts";
import { askBounded } from "../../lib/doctor/live/ask_bounded.ts";
import type { DoctorFacts, World } from "../../lib/doctor/facts.ts";
import type { Hop } from "../../lib/doctor/hops.ts";
import { askBoth, checkStream, type LiveAnswer } from "../../lib/doctor/live/ask.ts";
import {
  checkHeartbeats,
  type HeartbeatsAt,
  heartbeatsCheck,
} from "../../lib/doctor/live/heartbeats.ts";
import { routeTarget, upstreamTargets } from "../../lib/doctor/live/targets.ts";
import { SELF_TEST_MODEL, selfTest } from "../../lib/doctor/live/self_test.ts";
import type { Who } from "../../lib/doctor/who/who.ts";
import { silent } from "../../lib/observe/observer.ts";
import { startServer } from "../../lib/proxy/server.ts";
import { goodScript } from "../../lib/simulate/good_script.ts";
import { startProvider } from "../../lib/simulate/provider.ts";
import { cut } from "../../lib/simulate/script.ts";
import { testConfig, upstream } from "../helpers/proxy/app.ts";
import { endless } from "../helpers/peers/endless.ts";
import { FakeClock, seededRandom } from "../helpers/clock/fake_clock.ts";
import { fastClock } from "../helpers/clock/fast_clock.ts";
import { codexToml, patient, RELAY } from "./world.ts";

/** Counts no time in which this process did not run. */
const clock = fastClock(1);

const at = (who: Hop["who"], heartbeats: number, failure?: string): HeartbeatsAt => ({
  hop: { url: `http://127.0.0.1:${who === "sidecar" ? 8411 : 15_721}/v1`, who, up: true },
  heartbeats,
  failure,
});

const verdicts: [name: string, received: HeartbeatsAt[], status: Status, told: RegExp][] = [
  [
    "beats at the sidecar alone",
    [at("sidecar", 2)],
    "ok",
    /^2 heartbeats and the complete answer arrived, asked/,
  ],
  [
    "beats through a hop",
    [at("sidecar", 2), at("cc-switch", 2)],
    "ok",
    /arrived through cc-switch/,
  ],
  [
    "a hop that swallows them",
    [at("sidecar", 2), at("cc-switch", 0)],
    "fail",
    /^cc-switch at 127\.0\.0\.1:15721 drops the heartbeats: .* none of the 2 heartbeats/,
  ],
  [
    "a hop that breaks the answer",
    [at("sidecar", 2), at("cc-switch", 1, "stream closed")],
    "fail",
    /did not pass the slow answer on: stream closed/,
  ],
  [
    "a sidecar that does not know the model",
    [at("sidecar", 0, "HTTP 404: no such model")],
    "fail",
    /did not answer its own doctor: HTTP 404/,
  ],
  ["nobody asked", [], "warn", /nobody/],
];
for (const [name, received, status, told] of verdicts) {
  Deno.test(`live_beats: ${status} of ${name}`, () => {
    const said = checkHeartbeats(received);
    equal(said.status, status);
    match(said.fact, told);
  });
}

/** A hop in front of a sidecar: passes bytes on, or only what a converter would have kept. */
function front(target: string, swallow: boolean) {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const answer = await fetch(`${target}/responses`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: await request.text(),
    });
    if (!swallow) return new Response(answer.body, { headers: answer.headers });
    const kept = (await answer.text()).split("\n\n").filter((one) => !one.includes("keepalive"));
    return new Response(kept.join("\n\n"), { headers: answer.headers });
  });
}

/** A sidecar that answers its doctor, its heartbeats 60 ms apart. */
function testSidecar() {
  const test = selfTest(clock, 60);
  const config = testConfig({
    listen: { host: "127.0.0.1", port: 0, token: null },
    heartbeat: { interval: 60 },
    limits: { body: 2 ** 20, event: 2 ** 20, toolCalls: 8 },
    upstreams: new Map([["a", upstream("http://127.0.0.1:1/v1")]]),
  });
  const server = startServer(config, {
    clock,
    random: seededRandom(1),
    observer: silent,
    env: () => undefined,
    version: "1.0.0",
    divert: test.divert,
  });
  const stop = async () => {
    await server.abort();
    await test.stop();
  };
  return { server, config, stop };
}

for (const swallow of [false, true]) {
  Deno.test(`live_beats: over real sockets, a hop that ${swallow ? "swallows heartbeats is named" : "passes bytes on is proved to"}`, async () => {
    const { server, config, stop } = testSidecar();
    const hop = front(`${server.url}/v1`, swallow);
    await using one = await patient({ listening: [15_721] });
    const facts: DoctorFacts = {
      ...one.facts,
      port: server.port,
      config,
      codex: { ...one.facts.codex, baseUrl: `http://127.0.0.1:${hop.addr.port}/v1` },
      world: {
        ...one.facts.world,
        context: { ...one.facts.world.context, clock },
        // The test's hop plays a sidecar too: what is told of it is only who it is and where it leads
        who: (port) =>
          Promise.resolve(
            [server.port, hop.addr.port].includes(port)
              ? { is: "sidecar", version: "1.0.0", live: 0 }
              : { is: "nobody" },
          ),
      },
    };
    const direct = { ...facts, codex: { ...facts.codex, baseUrl: `${server.url}/v1` } };
    const [straight] = await runChecks([heartbeatsCheck()], direct, { clock });
    const [through] = await runChecks([heartbeatsCheck()], facts, { clock });
    await hop.shutdown();
    await stop();
    equal(straight?.status, "ok", JSON.stringify(straight));
    match(straight?.fact ?? "", /^[1-9]\d* heartbeats and the complete answer/);
    equal(through?.status, swallow ? "fail" : "ok", JSON.stringify(through));
  });
}

/** Every header that a hop got with a POST, for a chain whose ports are who `who` says. */
async function headersAt(front: Who["is"]) {
  const seen: Headers[] = [];
  const hop = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ headers }) => {
    seen.push(headers);
    return new Response("no", { status: 401 });
  });
  const { port } = hop.addr;
  await using one = await patient({ yaml: "listen: { token: hush-hush-hush }" });
  const world: World = {
    ...one.facts.world,
    context: { ...one.facts.world.context, clock },
    who: (asked) =>
      Promise.resolve(
        asked !== port
          ? { is: "sidecar", version: "1.0.0", live: 0 }
          : front === "sidecar"
          ? { is: "sidecar", version: "1.0.0", live: 0 }
          : { is: "stranger", answer: "x" },
      ),
  };
  const baseUrl = `http://localhost:${port}/r/https/api.example.com/v1`;
  const facts: DoctorFacts = { ...one.facts, port, codex: { ...one.facts.codex, baseUrl }, world };
  const [heartbeats] = await runChecks([heartbeatsCheck()], facts, { clock });
  const way = await routeTarget(facts);
  await hop.shutdown();
  return { seen, heartbeats, way };
}

Deno.test("live_beats: the question of the doctor's own carries the token to a proved sidecar, and no key", async () => {
  const { seen, way } = await headersAt("sidecar");
  deepEqual(seen.map((one) => [one.get("x-sidecar-token"), one.get("authorization")]), [
    ["hush-hush-hush", null],
  ]);
  deepEqual(way?.headers, {
    "x-sidecar-token": "hush-hush-hush",
    authorization: "Bearer sk-abcdefgh12345678",
  });
  match(way?.url ?? "", /^http:\/\/127\.0\.0\.1:\d+\/r\/https\/api\.example\.com\/v1$/);
});

Deno.test("live_beats: a stranger on the way is asked nothing, and sent neither token nor key", async () => {
  const { seen, way, heartbeats } = await headersAt("stranger");
  deepEqual([seen, way, heartbeats?.status], [[], undefined, "warn"]);
});

Deno.test("live_targets: a front that is not the sidecar is asked without key and token", async () => {
  await using one = await patient({
    yaml: "listen: { token: hush-hush-hush }",
    listening: [15_721],
    files: {
      ".codex/config.toml": codexToml({ base_url: `"http://127.0.0.1:15721/v1"` }),
    },
    ccSwitch: {
      url: RELAY,
      proxy: { enabled: 1, auto_failover_enabled: 0 },
    },
  });
  const way = await routeTarget(one.facts);
  deepEqual([way?.name, way?.headers], ["Codex's route, asked without a key", {}]);
});

const hostile: [name: string, answer: () => Response, says: RegExp][] = [
  [
    "a redirect",
    () => new Response(null, { status: 307, headers: { location: "http://127.0.0.1:1/" } }),
    /^HTTP 307: $/,
  ],
  [
    "an error without an end",
    () => new Response(endless("x".repeat(64 * 1024)).body, { status: 500 }),
    /^HTTP 500: x{300}$/,
  ],
  [
    "events without an end",
    () => new Response(endless(`data: {"type":"a","x":"${"x".repeat(256 * 1024)}"}\n\n`).body),
    /^the answer is larger than the doctor reads: 16 MiB$/,
  ],
];
for (const [name, answer, says] of hostile) {
  Deno.test(`ask_bounded: ${name} ends in words, and is asked once`, async () => {
    let asked = 0;
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, () => {
      asked++;
      return answer();
    });
    const url = `http://127.0.0.1:${server.addr.port}/v1`;
    const received = await askBounded({ url, body: {}, idle: 60_000, clock }, 60_000);
    await server.shutdown();
    match(received.failure ?? "", says);
    equal(asked, 1);
  });
}

Deno.test("ask_bounded: events that drip for ever end in words when the time is over", async () => {
  const clock = new FakeClock();
  const { body, left } = endless(`data: {"type":"keepalive"}\n\n`, 5);
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(body),
  );
  const url = `http://127.0.0.1:${server.addr.port}/v1`;
  let events = 0;
  const enough = Promise.withResolvers<void>();
  const onEvent = () => void (++events === 5 && enough.resolve());
  const asking = askBounded({ url, body: {}, idle: 600_000, clock, onEvent }, 90_000);
  await enough.promise;
  await clock.advance(90_000);
  const { failure } = await asking;
  await left;
  await server.shutdown();
  match(failure ?? "", /^no complete answer within /);
  equal(clock.armed, 0);
});

Deno.test("live_beats: no sidecar on the way is told, and nobody is asked", async () => {
  await using one = await patient({ sidecars: {} });
  const asked: unknown[] = [];
  const check = heartbeatsCheck((hop) => (asked.push(hop), Promise.resolve(at("sidecar", 2))));
  const [found] = await runChecks([check], one.facts, { clock: one.clock });
  deepEqual([found?.status, asked], ["warn", []]);
});

Deno.test("self_test: it takes its own model only, and no key goes along", async () => {
  const test = selfTest(clock, 10);
  const call = {
    id: "1",
    routes: [{ headers: new Headers({ authorization: "Bearer sk-abcdefgh12345678" }) }] as never,
    body: { model: "m" } as JsonObject,
    query: "?a",
    codex: false,
    signal: new AbortController().signal,
  };
  equal(await test.divert(call), call);
  const diverted = await test.divert({ ...call, body: { model: SELF_TEST_MODEL } });
  deepEqual([...diverted.routes[0].headers], [["content-type", "application/json"]]);
  match(diverted.routes[0].target.base, /^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  equal(diverted.routes[0].target.key, undefined);
  await test.stop();
});

Deno.test("live_ask: a tool call and its round trip, judged over real sockets", async () => {
  const provider = await startProvider({
    clock,
    script: ({ text }) =>
      text.includes("function_call_output")
        ? goodScript({ wire: "responses", text: "A carriage." })
        : goodScript({
          wire: "responses",
          reasoning: "Hm.",
          calls: [{ kind: "function", name: "look_up", arguments: { word: "sidecar" } }],
        }),
  });
  const target = { name: "a", url: provider.url, model: "m", headers: {} };
  const said = await askBoth(target, clock);
  await provider.stop();
  deepEqual(said.map(({ name, status }) => [name, status]), [
    ["stream of a", "ok"],
    ["usage of a", "ok"],
    ["tool call of a", "ok"],
  ]);
  match(said[0]?.fact ?? "", /^HTTP 200, first byte after .* 0 comments, no \[DONE\]/);
  match(said[2]?.fact ?? "", /reasoning went back/);
  const input = provider.posts[1]?.json?.input;
  deepEqual(Array.isArray(input) && input.map((item) => (item as JsonObject).type), [
    "message",
    "reasoning",
    "function_call",
    "function_call_output",
  ]);
});

Deno.test("live_ask: a stream that breaks is one failed finding, and no second question is asked", async () => {
  const provider = await startProvider({
    clock,
    script: () => [...goodScript({ wire: "responses", text: "x" }).slice(0, 4), cut],
  });
  const said = await askBoth(
    { name: "a", url: provider.url, model: "m", headers: {} },
    clock,
  );
  await provider.stop();
  deepEqual(said.map(({ status }) => status), ["fail"]);
  equal(provider.posts.length, 1);
});

const answer = (changes: Partial<LiveAnswer>): LiveAnswer => ({
  received: { failure: undefined, items: [], messages: [], events: [], heartbeats: 0, ms: 1 },
  status: 200,
  contentType: "text/event-stream; charset=utf-8",
  firstByte: 1,
  longestSilence: 1,
  comments: 0,
  done: false,
  ...changes,
});
Deno.test("live_ask: a stream without its terminal event and one of another content type are told apart", () => {
  equal(checkStream(answer({})).status, "fail");
  const received = {
    ...answer({}).received,
    events: [{
      type: "response.completed",
      data: { type: "response.completed", response: { id: "r" } },
    }],
  };
  equal(checkStream(answer({ received })).status, "ok");
  const odd = checkStream(
    answer({ received, contentType: "application/json", done: true, comments: 3 }),
  );
  equal(odd.status, "warn");
  match(odd.fact, /3 comments, \[DONE\] at the end.*content type is application\/json$/);
});

Deno.test("live_targets: only those with a model and a key are asked for real", async () => {
  const upstreams = new Map([
    ["good", upstream("https://a/v1", { models: ["m"], apiKeyEnv: "K" })],
    ["no-key", upstream("https://b/v1", { models: ["m"], apiKeyEnv: "NONE" })],
    ["no-model", upstream("https://c/v1", { apiKeyEnv: "K" })],
  ]);
  const config = testConfig({ upstreams, listen: { host: "127.0.0.1", port: 1, token: "t" } });
  deepEqual(upstreamTargets(config, { K: "k" }, "http://s"), [
    { name: "good", url: "http://s/u/good/v1", model: "m", headers: { "x-sidecar-token": "t" } },
  ]);
  await using whole = await patient({});
  const way = await routeTarget(whole.facts);
  deepEqual([way?.model, way?.headers], ["some-model", {
    authorization: "Bearer sk-abcdefgh12345678",
  }]);
  await using broken = await patient({ sidecars: {} });
  ok(await routeTarget(broken.facts) === undefined);
});
