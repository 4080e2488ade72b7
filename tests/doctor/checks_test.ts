import { Failure } from "../../lib/base/errors.ts";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { exitOf, runChecks, type Status } from "../../lib/doctor/check.ts";
import { CHECKS } from "../../lib/doctor/checks.ts";
import { metadataOf } from "../../lib/doctor/model_slugs.ts";
import { codexToml, examine, patient, RELAY, type Setup } from "./world.ts";

const toml = (...parts: Parameters<typeof codexToml>): Setup => ({
  files: { ".codex/config.toml": codexToml(...parts) },
});
const base = (url: string, more: Setup = {}): Setup => ({
  ...more,
  ...toml({ base_url: `"${url}"` }),
});
const LOGIN = '{"auth_mode":"chatgpt","tokens":{"access_token":"x"}}';
const PAY_HOST = "api.xiaomimimo.com";
const FRONT = "http://127.0.0.1:15721/v1";
const PLUS = "http://127.0.0.1:57321/v1";
const plus = (protocol: string) => ({
  ".codex-session-delete/settings.json": JSON.stringify({
    activeRelayId: "a",
    relayProfiles: [{ id: "a", protocol, upstreamBaseUrl: RELAY }],
  }),
  ".codex/config.toml": codexToml({ base_url: `"${PLUS}"` }),
});
const TIMEOUTS = {
  streaming_first_byte_timeout: 60,
  streaming_idle_timeout: 120,
  non_streaming_timeout: 1_200,
};
const certificate = new Error("invalid peer certificate: UnknownIssuer");

/** A machine, the check that names what is so there, and its words; every check, every status it can have. */
const cases: [name: string, setup: Setup, check: string, status: Status, told: RegExp][] = [
  ["a healthy machine", {}, "sidecar", "ok", /^version 1\.0\.0 on linux/],
  [
    "settings with which Codex does not start",
    { loads: { loads: false, why: "model_providers.gcp only supports changing `base_url`" } },
    "codex settings",
    "fail",
    /^Codex does not start with ~\/\.codex\/config\.toml: model_providers\.gcp only/,
  ],
  [
    "settings with which Codex starts",
    { loads: { loads: true, why: "" } },
    "codex settings",
    "ok",
    /is valid$/,
  ],
  [
    "openai_base_url in place of a provider",
    { files: { ".codex/config.toml": `model = "m"\nopenai_base_url = "${RELAY}"\n` } },
    "provider",
    "ok",
    /^openai at .*, as openai_base_url says$/,
  ],
  [
    "a profile that leads past the sidecar",
    {
      files: {
        ".codex/x.config.toml":
          'model_provider = "b"\n[model_providers.b]\nname = "b"\nbase_url = "https://b.example/v1"\n',
      },
    },
    "other settings",
    "warn",
    /x\.config\.toml: b goes straight to https:\/\/b\.example\/v1/,
  ],
  [
    "another home that leads past the sidecar",
    {
      files: {
        ".codex-session-delete/codex-home/config.toml": codexToml({
          base_url: '"https://o.example/v1"',
        }),
      },
    },
    "other settings",
    "warn",
    /codex-home\/config\.toml: custom goes straight to https:\/\/o\.example\/v1/,
  ],
  [
    "a project's file with keys that Codex ignores",
    { files: { "p/.codex/config.toml": 'model_provider = "b"\n' }, folder: "p/q" },
    "other settings",
    "warn",
    /^~\/p\/\.codex\/config\.toml sets model_provider, which Codex ignores in a project$/,
  ],
  [
    "a background app-server without the key",
    {
      files: {
        ".codex/config.toml": codexToml({
          experimental_bearer_token: undefined,
          env_key: '"A_KEY"',
        }),
        ".codex/app-server-daemon/daemon.pid": '{"pid":77,"processStartTime":"Wed Nov 25 2026"}',
      },
      env: { A_KEY: "sk-abcdefgh12345678" },
      daemon: {},
    },
    "background server",
    "warn",
    /without A_KEY: Codex's terminal interface attaches to it/,
  ],
  [
    "a local proxy that is known",
    base("http://127.0.0.1:10100/v1", { listening: [10_100], proxy: "opencodex" }),
    "hop 1",
    "warn",
    /^opencodex answers at 127\.0\.0\.1:10100/,
  ],
  ["good settings", {}, "settings", "ok", /^valid/],
  [
    "a typo in the settings",
    { yaml: "listen: { prot: 1 }" },
    "settings",
    "fail",
    /Did you mean port/,
  ],
  [
    "a list of changes of a newer sidecar",
    { files: { "state/manifest.json": '{"version":2,"edits":[]}' } },
    "list of changes",
    "fail",
    /manifest\.json has version 2, and this sidecar knows version 1/,
  ],
  [
    "a list of changes that cannot be read",
    { files: { "state/manifest.json": "{" } },
    "list of changes",
    "warn",
    /manifest\.json cannot be read as a list of changes$/,
  ],
  ["the usual beat", {}, "heartbeat", "ok", /every 10 s/],
  ["a slow beat", { yaml: "heartbeat: { interval: 50s }" }, "heartbeat", "warn", /every 50 s/],
  [
    "a key variable that is not set",
    { yaml: "upstreams: { a: { base_url: 'https://a.example/v1', api_key: env:NO_KEY } }" },
    "key a",
    "warn",
    /^NO_KEY is not set/,
  ],
  [
    "one key of a pool that is not set",
    {
      yaml:
        "upstreams: { a: { base_url: 'https://a.example/v1', api_key: ['env:ONE', 'env:TWO'] } }",
      env: { ONE: "sk-one-0123456789" },
    },
    "key a",
    "warn",
    /^TWO is not set here, so that key of the pool is not used$/,
  ],
  [
    "a key file that is not there",
    { yaml: "upstreams: { a: { base_url: 'https://a.example/v1', api_key: 'file:/no/such' } }" },
    "key a",
    "warn",
    /^the file \/no\/such does not exist, so requests to a are refused$/,
  ],
  [
    "a key with a line break in it",
    {
      yaml: "upstreams: { a: { base_url: 'https://a.example/v1', api_key: env:K } }",
      env: { K: "quiet-otter\ncrossing" },
    },
    "key a",
    "fail",
    /^K has a line break in it, so requests to a are refused$/,
  ],
  [
    "a key of a pool that can be sent",
    {
      yaml:
        "upstreams: { a: { base_url: 'https://a.example/v1', api_key: ['env:ONE', 'env:TWO'] } }",
      env: { TWO: "sk-two-0123456789" },
    },
    "key for a",
    "ok",
    /^TWO, and its form matches the host$/,
  ],
  [
    "a shared state that answers",
    { yaml: "state: redis://10.0.0.5" },
    "shared state",
    "ok",
    /^Redis at 10\.0\.0\.5:6379 answers in 1\.0 ms: limits are shared$/,
  ],
  [
    "a shared state that is far away",
    { yaml: "state: redis://10.0.0.5", state: 80 },
    "shared state",
    "warn",
    /^Redis at 10\.0\.0\.5:6379 answers in 80\.0 ms$/,
  ],
  [
    "a shared state that is too far away",
    { yaml: "state: redis://10.0.0.5", state: 300 },
    "shared state",
    "fail",
    /^Redis at 10\.0\.0\.5:6379 answers in 300\.0 ms, and nobody waits longer than 250 ms for it/,
  ],
  [
    "a shared state that does not answer",
    {
      yaml: "state: redis://:hunter22@10.0.0.5",
      state: new Failure("unreachable", "connect ECONNREFUSED 10.0.0.5:6379"),
    },
    "shared state",
    "fail",
    /^Redis at 10\.0\.0\.5:6379 cannot be used: connect ECONNREFUSED 10\.0\.0\.5:6379$/,
  ],
  [
    "a shared state whose variable is not set",
    { yaml: "state: env:NO_URL" },
    "shared state",
    "fail",
    /^The setting state cannot be used: environment variable NO_URL is not set$/,
  ],
  [
    "a fallback without a key",
    { yaml: fallbackTo("b", "base_url: 'https://b.example/v1'") },
    "fallback b",
    "fail",
    /^upstreams\.a\.fallback names b, which has no key of its own and is never asked/,
  ],
  [
    "a fallback whose key is not set",
    { yaml: fallbackTo("b/m", "base_url: 'https://b.example/v1', api_key: env:NO_KEY") },
    "fallback b/m",
    "fail",
    /^upstreams\.a\.fallback names b\/m, which cannot be asked: .*NO_KEY is not set$/,
  ],
  [
    "a fallback for which no model is known",
    { yaml: fallbackTo("b", "base_url: 'http://127.0.0.1:9/v1'") },
    "fallback b",
    "warn",
    /without a model, and none is known there/,
  ],
  [
    "a fallback with a model that its provider does not list",
    {
      yaml: fallbackTo("b/gone", "base_url: 'https://b.example/v1', api_key: env:K"),
      env: { K: "sk-one-0123456789" },
      models: { status: 200, text: '{"data":[{"id":"here"}]}' },
    },
    "models of b",
    "warn",
    /^upstreams\.a\.fallback names gone, which is not in the provider's list$/,
  ],
  [
    "an upstream on the Messages wire, asked as that wire is",
    {
      yaml:
        "upstreams:\n  a: { base_url: 'https://api.anthropic.com', api_key: env:K, models: [opus] }",
      env: { K: "sk-ant-api03-0123456789" },
      models: (url, headers) =>
        url === "https://api.anthropic.com/v1/models" && "x-api-key" in headers &&
          "anthropic-version" in headers
          ? { status: 200, text: '{"data":[{"id":"opus"},{"id":"haiku"}]}' }
          : { status: 401, text: "" },
    },
    "models of a",
    "ok",
    /^2 models$/,
  ],
  [
    "a key of a pool that the provider refuses",
    {
      yaml:
        "upstreams:\n  a: { base_url: 'https://a.example/v1', api_key: [env:K1, env:K2, env:K3] }",
      env: { K1: "sk-one-0123456789", K2: "sk-two-0123456789", K3: "sk-three-0123456789" },
      models: (_, { authorization }) =>
        authorization === "Bearer sk-two-0123456789"
          ? { status: 401, text: "" }
          : { status: 200, text: '{"data":[{"id":"m"}]}' },
    },
    "models of a",
    "fail",
    /^HTTP 401: the key of K2 is refused, another one of the pool is not$/,
  ],
  [
    "an answer that is no list of models",
    {
      yaml: "upstreams:\n  a: { base_url: 'https://a.example/v1' }",
      models: { status: 200, text: 'data: {"id":"x"}\n\ndata: {"id":"y"}\n\n' },
    },
    "models of a",
    "ok",
    /^HTTP 200$/,
  ],
  ["a sidecar that runs", {}, "port", "ok", /answers on 127\.0\.0\.1:8411/],
  ["no sidecar", { sidecars: {} }, "port", "warn", /is free/],
  [
    "another program on the port",
    { sidecars: {}, listening: [8411] },
    "port",
    "fail",
    /^another program \(or another user's sidecar\) has port 8411; it answered HTTP 404, text\/html: <p>$/,
  ],
  [
    "an older sidecar, which proves nothing",
    { sidecars: { 8411: { is: "unproved", version: "0.1.0", why: "it is old" } } },
    "port",
    "fail",
    /^a sidecar 0\.1\.0 answers on port 8411 without a proof that it is yours: it is old$/,
  ],
  [
    "another program on the way",
    { sidecars: {}, listening: [8411] },
    "hop 1",
    "fail",
    /^another program .* has port 8411; it answered HTTP 404/,
  ],
  [
    "an old sidecar",
    { sidecars: { 8411: { is: "sidecar", version: "0.9.0", live: 0 } } },
    "port",
    "warn",
    /is 0\.9\.0, this one is 1\.0\.0/,
  ],
  ["codex", {}, "codex", "ok", /^codex-cli 0\.169\.0$/],
  ["no codex", { codex: null }, "codex", "warn", /no codex on the PATH/],
  ["good settings of codex", {}, "codex settings", "ok", /config\.toml is valid/],
  [
    "no settings of codex",
    { env: { CODEX_HOME: "/nowhere" } },
    "codex settings",
    "warn",
    /there is no/,
  ],
  [
    "settings that are no TOML",
    { files: { ".codex/config.toml": "a = = 1" } },
    "codex settings",
    "fail",
    /:1:5: this is not valid TOML/,
  ],
  [
    "a profile of old",
    toml({}, { profile: '"fast"' }),
    "codex settings",
    "fail",
    /profile = "fast"/,
  ],
  ["a provider", {}, "provider", "ok", /^custom at http/],
  [
    "no provider",
    { files: { ".codex/config.toml": 'model = "m"\n' } },
    "provider",
    "warn",
    /no model_provider/,
  ],
  [
    "a provider without a table",
    toml({}, { model_provider: '"other"' }),
    "provider",
    "fail",
    /no \[model_providers\.other\]/,
  ],
  [
    "Codex's own provider",
    toml({}, { model_provider: '"ollama"' }),
    "provider",
    "warn",
    /its own ollama/,
  ],
  [
    "a reserved id",
    { files: { ".codex/config.toml": `${codexToml()}[model_providers.openai]\nname = "x"\n` } },
    "provider",
    "fail",
    /table for openai/,
  ],
  ["a table that lost its URL", toml({ base_url: undefined }), "provider", "fail", /no base_url/],
  ["wire_api responses", {}, "wire_api", "ok", /^responses$/],
  ["wire_api chat", toml({ wire_api: '"chat"' }), "wire_api", "fail", /"chat"/],
  ["a name", {}, "provider name", "ok", /^Some$/],
  ["no name", toml({ name: undefined }), "provider name", "fail", /no name/],
  ["the name OpenAI", toml({ name: '"OpenAI"' }), "provider name", "fail", /called "OpenAI"/],
  ["a model", {}, "model", "ok", /^some-model$/],
  ["no model", toml({}, { model: undefined }), "model", "warn", /no model/],
  [
    "a model in a catalog",
    toml({}, { model: '"gpt-6-sol"', model_catalog_json: '"c.json"' }),
    "model",
    "ok",
    /catalog/,
  ],
  [
    "a model of code mode",
    toml({}, { model: '"gpt-6.1-solar"' }),
    "model",
    "fail",
    /gpt-6\.1-sol /,
  ],
  [
    "a model that looks like OpenAI's",
    toml({}, { model: '"custom/gpt-5.5"' }),
    "model",
    "warn",
    /for OpenAI's gpt-5\.5/,
  ],
  ["an hour of patience", {}, "idle limit", "ok", /after 1 h/],
  ["a short limit", toml({ stream_idle_timeout_ms: "30000" }), "idle limit", "warn", /after 30 s/],
  [
    "a limit below the beat",
    toml({ stream_idle_timeout_ms: "9000" }),
    "idle limit",
    "fail",
    /after 9 s/,
  ],
  [
    "a limit of nothing",
    toml({ stream_idle_timeout_ms: "0" }),
    "idle limit",
    "fail",
    /0 is not "off"/,
  ],
  ["retries", {}, "retries", "ok", /stream 5 times and a request 4/],
  ["no retries", toml({ stream_max_retries: "0" }), "retries", "warn", /a stream 0 times/],
  [
    "websockets",
    toml({ supports_websockets: "true" }),
    "websockets",
    "warn",
    /supports_websockets is on/,
  ],
  [
    "a login on its way to a stranger",
    { files: { ".codex/auth.json": LOGIN, ...toml({ requires_openai_auth: "true" }).files } },
    "login",
    "fail",
    /ChatGPT login/,
  ],
  [
    "a plain key in auth.json",
    toml({ requires_openai_auth: "true" }),
    "login",
    "ok",
    /not a ChatGPT login/,
  ],
  [
    "a key variable",
    { ...toml({ env_key: '"K"' }), env: { K: "sk-abcdefgh12345678" } },
    "key variable",
    "ok",
    /^K is set$/,
  ],
  [
    "an unset key variable",
    toml({ env_key: '"K"' }),
    "key variable",
    "warn",
    /K, which is not set/,
  ],
  ["no proxy", {}, "proxy variables", "ok", /none takes/],
  [
    "a proxy over loopback",
    { env: { HTTP_PROXY: "http://p:1" } },
    "proxy variables",
    "fail",
    /HTTP_PROXY is set and NO_PROXY/,
  ],
  [
    "a proxy that spares loopback",
    { env: { HTTP_PROXY: "http://p:1", NO_PROXY: "127.0.0.1" } },
    "proxy variables",
    "ok",
    /none takes/,
  ],
  [
    "a proxy and no loopback",
    base("https://api.example.com/v1", { env: { ALL_PROXY: "http://p:1" } }),
    "proxy variables",
    "warn",
    /ALL_PROXY/,
  ],
  ["a way through the sidecar", {}, "hop 1", "ok", /^sidecar answers at 127\.0\.0\.1:8411$/],
  ["its end", {}, "hop 2", "ok", /^the provider at api\.example\.com$/],
  ["a way to a dead sidecar", { sidecars: {} }, "hop 1", "fail", /sidecar should listen/],
  [
    "a way to nobody",
    base("http://127.0.0.1:9999/v1"),
    "hop 1",
    "fail",
    /nobody listens at 127\.0\.0\.1:9999/,
  ],
  [
    "a way to a stranger",
    base("http://127.0.0.1:9999/v1", { listening: [9999] }),
    "hop 1",
    "warn",
    /does not know/,
  ],
  [
    "a way past the sidecar",
    base("https://api.example.com/v1"),
    "route",
    "warn",
    /bypasses the sidecar/,
  ],
  [
    "a dead local provider",
    base("http://127.0.0.1:8411/r/http/127.0.0.1:1234/v1"),
    "hop 2",
    "fail",
    /127\.0\.0\.1:1234 does not listen/,
  ],
  [
    "cc-switch in front",
    base(FRONT, {
      listening: [15_721],
      ccSwitch: { url: RELAY, proxy: { enabled: 1, auto_failover_enabled: 0 } },
    }),
    "hop 2",
    "ok",
    /^sidecar answers/,
  ],
  [
    "cc-switch gone",
    base(FRONT, { ccSwitch: { url: RELAY, proxy: { enabled: 1 } } }),
    "hop 1",
    "fail",
    /cc-switch should listen/,
  ],
  [
    "cc-switch in front of what is not known",
    base(FRONT, { listening: [15_721] }),
    "route",
    "warn",
    /where cc-switch leads is not known/,
  ],
  [
    "cc-switch without its proxy",
    { ccSwitch: { url: RELAY, proxy: { enabled: 0 } } },
    "cc-switch",
    "ok",
    /proxy is off/,
  ],
  [
    "cc-switch with short clocks",
    base(FRONT, {
      listening: [15_721],
      ccSwitch: { url: RELAY, proxy: { enabled: 1, auto_failover_enabled: 1, ...TIMEOUTS } },
    }),
    "cc-switch",
    "warn",
    /streaming_first_byte_timeout 60 s, streaming_idle_timeout 120 s$/,
  ],
  [
    "cc-switch without failover",
    base(FRONT, {
      listening: [15_721],
      ccSwitch: { url: RELAY, proxy: { enabled: 1, auto_failover_enabled: 0, ...TIMEOUTS } },
    }),
    "cc-switch",
    "ok",
    /failover off/,
  ],
  [
    "a takeover that Codex goes past",
    { ccSwitch: { url: RELAY, proxy: { enabled: 1 } } },
    "cc-switch",
    "warn",
    /writes its own address back/,
  ],
  [
    "a database that is none",
    { files: { ".cc-switch/cc-switch.db": "no" } },
    "cc-switch",
    "warn",
    /cc-switch\.db/,
  ],
  [
    "Codex++ in front",
    { files: plus("responses"), listening: [57_321] },
    "Codex++",
    "ok",
    /passes events on/,
  ],
  [
    "its way on",
    { files: plus("responses"), listening: [57_321] },
    "hop 2",
    "ok",
    /^sidecar answers/,
  ],
  [
    "Codex++ that converts",
    { files: plus("chatCompletions"), listening: [57_321] },
    "Codex++",
    "warn",
    /drops the heartbeats/,
  ],
  [
    "a head that Codex++ does not wait for",
    { files: plus("responses"), yaml: "head_grace: 3m" },
    "Codex++",
    "fail",
    /waits 2 m for a head/,
  ],
  ["nothing patched", {}, "drift", "ok", /changed nothing/],
  [
    "places unchanged since init",
    { places: [{ place: "codex", state: "patched", facts: [] }] },
    "drift",
    "ok",
    /codex unchanged since init/,
  ],
  [
    "a place that drifted",
    { places: [{ place: "cc-switch", state: "drifted", facts: ["its row changed"] }] },
    "drift",
    "fail",
    /its row changed/,
  ],
  ["a name", {}, "name of api.example.com", "ok", /192\.0\.2\.1/],
  [
    "a name without an address",
    { resolve: new Error("ENOTFOUND") },
    "name of api.example.com",
    "fail",
    /no address: ENOTFOUND/,
  ],
  ["a handshake", {}, "handshake with api.example.com", "ok", /TLS works/],
  [
    "a handshake left to a proxy",
    { env: { HTTPS_PROXY: "http://p:1", NO_PROXY: "127.0.0.1" } },
    "handshake with api.example.com",
    "ok",
    /not checked: HTTPS_PROXY/,
  ],
  [
    "a certificate of a stranger",
    { handshake: certificate },
    "handshake with api.example.com",
    "fail",
    /UnknownIssuer/,
  ],
  [
    "a key that fits",
    base(`http://127.0.0.1:8411/r/https/${PAY_HOST}/v1`),
    `key for ${PAY_HOST}`,
    "ok",
    /matches the host/,
  ],
  [
    "a key for another host",
    toml({
      base_url: `"http://127.0.0.1:8411/r/https/${PAY_HOST}/v1"`,
      experimental_bearer_token: '"tp-abcdefgh12345678"',
    }),
    `key for ${PAY_HOST}`,
    "fail",
    /for another host/,
  ],
  [
    "a key nobody knows",
    toml({ experimental_bearer_token: undefined }),
    "key for api.example.com",
    "warn",
    /auth\.json/,
  ],
  [
    "a key where the name of a variable belongs",
    toml({ env_key: '"0a1b2c3d4e5f60718293a4b5c6d7e8f9"' }),
    "key variable",
    "fail",
    /^env_key holds no variable's name/,
  ],
  [
    "a key that cannot be sent",
    { ...toml({ env_key: '"K"' }), env: { K: "quiet-otter\ncrossing" } },
    "key for api.example.com",
    "fail",
    /^the key of K has a line break in it$/,
  ],
  ["a list of models", {}, "models of api.example.com", "ok", /^2 models$/],
  [
    "a model that is not in the list",
    { models: { status: 200, text: '{"data":[{"id":"a"},{"id":"b"}]}' } },
    "models of api.example.com",
    "warn",
    /config\.toml names some-model, which is not in the provider's list$/,
  ],
  [
    "a retired model, whatever the network says",
    {
      files: {
        ".codex/config.toml": codexToml(
          { base_url: '"http://127.0.0.1:8411/r/https/api.xiaomimimo.com/v1"' },
          { model: '"mimo-v2.5-pro"' },
        ),
      },
      models: new Error("connection refused"),
    },
    "models of api.xiaomimimo.com",
    "fail",
    /config\.toml names mimo-v2\.5-pro: MiMo retired mimo-v2\.5-pro on 2026-10-21; mimo-v2\.6-pro takes its place$/,
  ],
  [
    "a retired model of the sidecar's own settings",
    {
      yaml: "upstreams:\n  ds: { base_url: https://api.deepseek.com, models: [deepseek-v4-pro] }",
      models: { status: 404, text: "" },
    },
    "models of ds",
    "fail",
    /the upstream ds names deepseek-v4-pro: DeepSeek retired deepseek-v4-pro on 2026-09-14/,
  ],
  [
    "no list of models",
    { models: { status: 404, text: "" } },
    "models of api.example.com",
    "ok",
    /proves nothing/,
  ],
  [
    "a refused key",
    { models: { status: 401, text: "" } },
    "models of api.example.com",
    "fail",
    /key is refused/,
  ],
  [
    "no balance",
    { models: { status: 402, text: "" } },
    "models of api.example.com",
    "warn",
    /no balance/,
  ],
  [
    "a provider in trouble",
    { models: { status: 503, text: "" } },
    "models of api.example.com",
    "warn",
    /HTTP 503/,
  ],
  [
    "a provider that does not answer",
    { models: new Error("connection refused") },
    "models of api.example.com",
    "fail",
    /connection refused/,
  ],
];

for (const [name, setup, check, status, told] of cases) {
  Deno.test(`checks: "${check}" says ${status} of ${name}`, async () => {
    const findings = await examine(setup);
    const found = findings.filter((finding) => finding.name === check);
    equal(found.length, 1, JSON.stringify(findings, null, 1));
    equal(found[0]?.status, status, JSON.stringify(found));
    match(found[0]?.fact ?? "", told);
    equal(
      found[0]?.hint === null,
      status === "ok",
      "a hint where something is to be done, and only there",
    );
  });
}

Deno.test("checks: a healthy machine is all ok, and the exit code 0", async () => {
  const findings = await examine({});
  deepEqual(findings.filter(({ status }) => status !== "ok"), []);
  ok(findings.length >= 18, `${findings.length} findings`);
  equal(exitOf(findings), 0);
  equal(exitOf(await examine({ sidecars: {} })), 1);
});

Deno.test("checks: no key is in any finding", async () => {
  const said = JSON.stringify([
    await examine({}),
    await examine({ models: { status: 401, text: "sk-abcdefgh12345678" } }),
    await examine(toml({ wire_api: '"chat"' })),
  ]);
  ok(!said.includes("abcdefgh"), said);
});

Deno.test("checks: none of them hangs; one that does not answer is told of", async () => {
  await using one = await patient({});
  const never = new Promise<never>(() => {});
  const facts = {
    ...one.facts,
    world: { ...one.facts.world, who: () => never, resolve: () => never },
  };
  const running = runChecks(CHECKS, facts, { clock: one.clock, limit: 1_000 });
  let over = false;
  running.then(() => over = true);
  for (let step = 0; step < 200 && !over; step++) {
    await new Promise((resolve) => setTimeout(resolve, 5)); // real files are read in between
    await one.clock.advance(1_000);
  }
  const slow = (await running).filter(({ fact }) => fact === "no answer within 1 s");
  ok(slow.some(({ name }) => name === "port"), JSON.stringify(slow));
  equal(one.clock.armed, 0);
});

Deno.test("checks: one that throws is a failed check, not the end", async () => {
  await using one = await patient({});
  const findings = await runChecks(
    [
      { name: "a", run: () => Promise.reject(new TypeError("boom")) },
      { name: "b", run: () => undefined },
      { name: "c", run: () => ({ status: "ok", fact: "fine", hint: null }) },
    ],
    one.facts,
    { clock: one.clock },
  );
  deepEqual(findings.map(({ name, status }) => [name, status]), [["a", "fail"], ["c", "ok"]]);
  match(findings[0]?.fact ?? "", /boom/);
});

const slugs: [model: string, slug: string | undefined][] = [
  ["gpt-6.1-solar", "gpt-6.1-sol"],
  ["openai/gpt-6.1-sol", "gpt-6.1-sol"],
  ["gpt-5.5-2026", "gpt-5.5"],
  ["custom/gpt-5.5", "gpt-5.5"],
  ["my-gpt-5.5", undefined],
  ["a/b/gpt-5.5", undefined],
];
for (const [model, slug] of slugs) {
  Deno.test(`model_slugs: Codex takes ${model} for ${slug ?? "what it is"}`, () => {
    equal(metadataOf(model)?.slug, slug);
  });
}

/** Settings in which `a` has a fallback, and `b` is as said. */
function fallbackTo(written: string, b: string): string {
  return `upstreams: { a: { base_url: 'http://127.0.0.1:8/v1', fallback: ['${written}'] }, b: { ${b} } }`;
}

Deno.test("doctor: a fallback that can answer is not worth a line", async () => {
  const found = await examine({
    yaml: fallbackTo("b/m", "base_url: 'https://b.example/v1', api_key: env:K"),
    env: { K: "sk-one-0123456789" },
  });
  ok(found.every(({ name }) => !name.startsWith("fallback") && name !== "key b"));
});

Deno.test({
  name: "doctor: a key file that others may read is not used",
  ignore: Deno.build.os === "windows",
  async fn() {
    const file = await Deno.makeTempFile();
    await Deno.writeTextFile(file, "sk-one-0123456789\n");
    const yaml = fallbackTo("b/m", `base_url: 'https://b.example/v1', api_key: 'file:${file}'`);
    for (const [mode, status] of [[0o644, "fail"], [0o600, undefined]] as const) {
      await Deno.chmod(file, mode);
      const found = await examine({ yaml });
      const fallback = found.find(({ name }) => name === "fallback b/m");
      equal(fallback?.status, status);
      if (status) match(fallback?.fact ?? "", /can be read by others/);
      ok(!JSON.stringify(found).includes("sk-one"));
    }
    await Deno.remove(file);
  },
});
