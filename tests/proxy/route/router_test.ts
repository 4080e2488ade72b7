import assert from "node:assert/strict";
import type { Config } from "../../../lib/config/config.ts";
import { type Address, parseAddress } from "../../../lib/proxy/inbound/address.ts";
import { upstreamOf } from "../../../lib/proxy/route/model_upstream.ts";
import { Router } from "../../../lib/proxy/route/router.ts";
import { findProfile, GENERIC, profileNamed, wireFor } from "../../../lib/provider/profiles.ts";
import { testConfig, upstream } from "../../helpers/proxy/app.ts";

const env = (name: string) => ({ KEY: "sk-1", EMPTY: "" })[name];

function router(config: Partial<Config>, recorded: string[] = []): Router {
  return new Router({ config: testConfig(config), env, recorded });
}

function at(path: string): Address {
  return parseAddress(`http://127.0.0.1:8411${path}`);
}

const listing = new Map([
  ["first", upstream("https://a.example/v1", { models: ["alpha", "Beta"] })],
  ["second", upstream("https://b.example/v1", { models: ["beta", "gamma", "v/delta"] })],
]);
const choices: [string, string][] = [
  ["alpha", "first"],
  ["beta", "second"],
  ["Beta", "first"],
  ["BETA", "first"],
  ["GAMMA", "second"],
  ["vendor/gamma", "second"],
  ["a/b/Gamma", "second"],
  ["v/delta", "second"],
  ["delta", "first"],
  ["unheard-of", "first"],
];
for (const [model, name] of choices) {
  Deno.test(`route: the model ${model} goes to ${name}`, () => {
    assert.equal(upstreamOf(listing, model)?.name, name);
  });
}

const rows = new Map([
  ["first", upstream("https://gateway.example/v1")],
  ["mimo", upstream("https://api.xiaomimimo.com/v1")],
  ["ds", upstream("https://api.deepseek.com", { models: ["my-own"] })],
]);
const byRow: [model: string, name: string, there: string, guessed: boolean][] = [
  ["mimo-v2.6-flash", "mimo", "mimo-v2.6-flash", false],
  ["mimo-v2.5-pro", "mimo", "mimo-v2.5-pro", false],
  ["ds/deepseek-flash", "ds", "deepseek-flash", false],
  // Settings that list models speak for themselves
  ["deepseek-flash", "first", "deepseek-flash", true],
  ["first/a/b", "first", "a/b", false],
  ["stranger", "first", "stranger", true],
];
for (const [model, name, there, guessed] of byRow) {
  Deno.test(`route: ${model} goes to ${name} by what is known of it`, () => {
    assert.deepEqual(upstreamOf(rows, model), { name, model: there, guessed });
  });
}

Deno.test("route: an upstream's own list wins over a prefix and a row", () => {
  const lists = (name: string, model: string) =>
    name === "first" && ["mimo-v2.6-flash", "mimo/x"].includes(model);
  for (const model of ["mimo-v2.6-flash", "mimo/x"]) {
    assert.deepEqual(upstreamOf(rows, model, lists), { name: "first", model, guessed: false });
  }
});

Deno.test("route: the model is asked for only where it decides", () => {
  const one = router({ upstreams: new Map([["a", upstream("https://a.example/v1")]]) });
  const two = router({ upstreams: listing });
  assert.deepEqual(
    [one.asksModel(at("/v1/x")), two.asksModel(at("/v1/x")), two.asksModel(at("/u/first/v1/x"))],
    [false, true, false],
  );
});

Deno.test("route: the upstream's settings come before its provider's, and those before the global ones", () => {
  const mimo = profileNamed("mimo")!;
  const config = testConfig();
  const upstreams = new Map([[
    "m",
    upstream("https://gate.example/v1/", {
      wire: "responses",
      provider: "mimo",
      apiKeyEnv: "KEY",
      timeouts: { silence: 7 },
      retry: { attempts: 2 },
    }),
  ]]);
  assert.deepEqual(router({ upstreams }).target(at("/v1/responses")), {
    name: "m",
    title: mimo.title,
    base: "https://gate.example/v1",
    wire: "responses",
    profile: mimo,
    timeouts: { ...config.timeouts, ...mimo.timeouts, silence: 7 },
    retry: { attempts: 2, maxWait: config.retry.maxWait },
    key: "sk-1",
  });
});

Deno.test("route: an unknown host is called by its name and taken as generic", () => {
  const upstreams = new Map([["g", upstream("http://127.0.0.1:9/v1")]]);
  const { title, profile, wire, key } = router({ upstreams }).target(at("/u/g/v1/models"));
  assert.deepEqual({ title, profile, wire, key }, {
    title: "127.0.0.1:9",
    profile: GENERIC,
    wire: GENERIC.wire,
    key: undefined,
  });
});

Deno.test("route: a relay has its provider's profile and the global settings", () => {
  const config = testConfig();
  const profile = findProfile("api.deepseek.com")!;
  const target = router({}).target(at("/r/https/api.deepseek.com/v1/responses"));
  assert.deepEqual(target, {
    name: "api.deepseek.com",
    title: profile.title,
    base: "https://api.deepseek.com/v1",
    wire: wireFor(profile, "https://api.deepseek.com/v1"),
    profile,
    timeouts: { ...config.timeouts, ...profile.timeouts },
    retry: config.retry,
    key: undefined,
  });
});

Deno.test("route: a relay goes where init recorded, and nowhere else", () => {
  const target = router({}, ["127.0.0.1:9"]).target(at("/r/http/127.0.0.1:9/responses"));
  assert.equal(target.base, "http://127.0.0.1:9");
  assert.throws(() => router({}).target(at("/r/http/127.0.0.1:9/responses")), {
    code: "relay_refused",
  });
});

Deno.test("route: a login is for OpenAI's own hosts, whatever config.yaml calls a gateway", () => {
  const upstreams = new Map([
    ["own", upstream("https://api.openai.com/v1")],
    ["gate", upstream("https://gate.example/v1", { provider: "openai" })],
    ["plain", upstream("http://api.openai.com/v1")],
    ["port", upstream("https://api.openai.com:444/v1")],
  ]);
  const takes = [...upstreams.keys()].filter((name) =>
    router({ upstreams }).target(at(`/u/${name}/v1/x`)).profile.takesLogin
  );
  assert.deepEqual(takes, ["own"]);
});

const refusals: [string, Partial<Config>, string, string, RegExp][] = [
  ["no upstreams", {}, "/v1/responses", "no_route", /under upstreams in config\.yaml/],
  ["no upstreams by name", {}, "/u/mimo/v1/responses", "no_route", /under upstreams/],
  ["an unknown name", { upstreams: listing }, "/u/mimo/v1/x", "no_route", /first, second/],
  [
    "a key that is not set",
    { upstreams: new Map([["a", upstream("https://a.example/v1", { apiKeyEnv: "NONE" })]]) },
    "/v1/x",
    "bad_config",
    /environment variable NONE is not set/,
  ],
  [
    "a key that is empty",
    { upstreams: new Map([["a", upstream("https://a.example/v1", { apiKeyEnv: "EMPTY" })]]) },
    "/v1/x",
    "bad_config",
    /environment variable EMPTY is not set/,
  ],
];
for (const [name, config, path, code, fullMessage] of refusals) {
  Deno.test(`route: ${name} is refused with a way out`, () => {
    assert.throws(() => router(config).target(at(path)), { code, fullMessage });
  });
}
