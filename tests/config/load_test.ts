import assert from "node:assert/strict";
import type { Config } from "../../lib/config/config.ts";
import type { FlagOverrides } from "../../lib/config/env.ts";
import { Failure } from "../../lib/base/errors.ts";
import { loadConfig } from "../../lib/config/load.ts";
import type { Env } from "../../lib/config/paths.ts";
import { envOf } from "../../lib/config/process_env.ts";

interface Given {
  yaml?: string;
  env?: Env;
  flags?: FlagOverrides;
}

function load({ yaml, env = {}, flags = {} }: Given): Promise<Config> {
  const readFile = () => Promise.resolve(yaml);
  return loadConfig({ ...(yaml === undefined ? {} : { file: "c.yaml" }), env, flags, readFile });
}

async function problems(given: Given): Promise<string[]> {
  try {
    await load(given);
  } catch (error) {
    assert.ok(error instanceof Failure);
    assert.equal(error.code, "bad_config");
    return error.message.split("\n  ").slice(1);
  }
  return [];
}

const defaults: Config = {
  listen: { host: "127.0.0.1", port: 8411, token: null, trustedProxies: [] },
  users: new Map(),
  heartbeat: { interval: 10_000 },
  status: { after: 8_000, language: "auto" },
  headGrace: 45_000,
  clientTimeout: 30_000,
  timeouts: {
    connect: 15_000,
    head: 300_000,
    firstEvent: 480_000,
    silence: 180_000,
    progress: 480_000,
  },
  chosenTimeouts: {},
  retry: { attempts: 6, maxWait: 600_000, beforeFallback: 2 },
  limits: { body: 64 * 1024 ** 2, event: 16 * 1024 ** 2, toolCalls: 128 },
  relay: { hosts: [], fallback: [] },
  search: { via: "provider", url: null, apiKeyEnv: null },
  helpers: { model: null },
  vision: { model: null },
  images: { upstream: null },
  upstreams: new Map(),
  state: { from: "memory" },
  drain: { notice: 0, limit: 80_000 },
  history: null,
  prices: [],
  log: { level: "info", format: "text", dir: null },
};

Deno.test("load: with nothing set, every setting has the default of the contract", async () => {
  assert.deepEqual(await load({}), defaults);
});

for (const yaml of ["", "# nothing\n", "\uFEFFlisten:\r\n  # port: 1\r\nupstreams:\r\n", "---\n"]) {
  Deno.test(`load: ${JSON.stringify(yaml)} is an empty configuration`, async () => {
    assert.deepEqual(await load({ yaml }), defaults);
  });
}

Deno.test("load: users, by file and by environment", async () => {
  const yaml = `
listen: { host: 0.0.0.0, trusted_proxies: [10.0.0.0/8, "::1"] }
users:
  alice: { token: env:SIDECAR_TOKEN_ALICE, models: [big, acme/small], tokens_per_day: 1000000 }
  bob-2:
    token: file:/run/secrets/bob
`;
  const warned: string[] = [];
  const env = {
    SIDECAR_TOKEN_ALICE: "x",
    SIDECAR_USERS_BOB_2_REQUESTS_PER_MINUTE: "5",
    SIDECAR_USERS_CAROL_TOKEN: "env:SIDECAR_TOKEN_CAROL",
    SIDECAR_TOKEN_CAROL: "y",
  };
  const { users, listen } = await loadConfig({
    file: "c.yaml",
    env,
    flags: {},
    readFile: () => Promise.resolve(yaml),
    warn: (sentence) => warned.push(sentence),
  });
  assert.deepEqual(warned, []);
  assert.deepEqual(listen.trustedProxies, ["10.0.0.0/8", "::1"]);
  assert.deepEqual(Object.fromEntries(users ?? []), {
    alice: {
      token: { from: "env", name: "SIDECAR_TOKEN_ALICE" },
      models: ["big", "acme/small"],
      tokensPerDay: 1_000_000,
    },
    "bob-2": {
      token: { from: "file", name: "/run/secrets/bob" },
      models: [],
      requestsPerMinute: 5,
    },
    carol: { token: { from: "env", name: "SIDECAR_TOKEN_CAROL" }, models: [] },
  });
});

Deno.test("load: a user's model that no upstream lists is told, and a wildcard refused", async () => {
  const load = async (yaml: string) => {
    const told: string[] = [];
    const readFile = () => Promise.resolve(yaml);
    const sources = { file: "c.yaml", env: {}, flags: {}, readFile };
    const config = await loadConfig({ ...sources, warn: (sentence) => told.push(sentence) })
      .catch(({ message }: Error) => message.split("\n").slice(1).join());
    return typeof config === "string" ? config : told;
  };
  const yaml = (models: string, more = "") =>
    `users: { alice: { token: env:A, models: ${models} } }
upstreams: { a: { base_url: "https://a.example", models: [big, Small] }${more} }`;
  assert.deepEqual(await load(yaml("[big, small, a/big, nope, b/big]")), [
    "users.alice.models has nope, which no upstream lists",
    "users.alice.models has b/big, which no upstream lists",
  ]);
  assert.deepEqual(await load(yaml("[nope]", `, b: { base_url: "https://b.example" }`)), []);
  assert.match(
    String(await load(yaml("['bi*']"))),
    /is \["bi\*"\], but takes a list of model names, without wildcards/,
  );
});

Deno.test("load: what is wrong with users is told with its place, and no token is shown", async () => {
  const yaml = `
listen: { trusted_proxies: [10.0.0.0/33] }
users:
  alice: { token: the-token-itself }
  bob: { models: [big], token_per_day: 5 }
  BOB: { token: env:X, tokens_per_day: 0 }
  "c d": { token: env:X }
`;
  assert.deepEqual(await problems({ yaml, env: { SIDECAR_USERS_ALICE_TOKN: "env:X" } }), [
    'c.yaml:2:28: listen.trusted_proxies is ["10.0.0.0/33"], but takes a list of addresses or networks, such as 10.0.0.0/8',
    "c.yaml:4:19: users.alice.token takes env:NAME, the environment variable that holds the token, or file:PATH, the file (0600); what was written is not shown",
    "c.yaml:5:25: users.bob.token_per_day is not a setting. Did you mean tokens_per_day?",
    "c.yaml:6:3: users.BOB has the same name as users.bob: letter case, - and _ do not count",
    "c.yaml:6:40: users.BOB.tokens_per_day is 0, but takes a whole number from 1 to 1000000000000, or null",
    "c.yaml:7:3: users.c d cannot be a user's name, which takes letters, digits, dots, hyphens and underscores, a letter first",
    "c.yaml:5:3: users.bob makes a user without token, such as env:NAME or file:PATH",
  ]);
});

Deno.test("load: a file may set everything, in units of its own", async () => {
  const yaml = `
listen: { host: "[::1]", port: 0, token: abcdefghijklmnop, trusted_proxies: [192.0.2.1] }
heartbeat: { interval: 500ms }
status: { after: 30s, language: zh }
head_grace: 0s
timeouts: { connect: 1s, head: 1m, first_event: 1h, silence: 1.5s, progress: 250ms, client: 45s }
retry: { attempts: 1, max_wait: 0s }
limits: { body: 1GiB, event: 1KiB, tool_calls: 1 }
relay: { hosts: [Gateway.Example.com, "localhost:3000", "[::1]:80"] }
search: { via: searxng, url: "http://127.0.0.1:8080/", api_key: env:SEARCH_KEY }
helpers: { model: small-1 }
vision: { model: First/sees/well }
images: { upstream: First }
state: rediss://team:pass%20word@redis.example.com:6380/3
drain: { notice: 10s, limit: 10m }
history: 7d
prices: [small-1 1 0.1 4.5 USD, "First/sees/well  0.2 0 1 CNY"]
log: { level: trace, format: json, dir: /var/log/sidecar }
upstreams:
  second-look:
    base_url: HTTPS://host.example/v1//
    wire: responses
    provider: qwen
    api_key: env:SIDECAR_OWN_KEY
    models: [a, b/c]
    timeouts: { silence: 8m }
    retry: { attempts: 4, max_wait: 1m }
  First: { base_url: "http://127.0.0.1:9/x" }
`;
  assert.deepEqual(await load({ yaml, env: { SIDECAR_OWN_KEY: "the user's own" } }), {
    listen: { host: "::1", port: 0, token: "abcdefghijklmnop", trustedProxies: ["192.0.2.1"] },
    users: new Map(),
    heartbeat: { interval: 500 },
    status: { after: 30_000, language: "zh" },
    headGrace: 0,
    clientTimeout: 45_000,
    timeouts: {
      connect: 1000,
      head: 60_000,
      firstEvent: 3_600_000,
      silence: 1500,
      progress: 250,
    },
    chosenTimeouts: {
      connect: 1000,
      head: 60_000,
      firstEvent: 3_600_000,
      silence: 1500,
      progress: 250,
    },
    retry: { attempts: 1, maxWait: 0, beforeFallback: 2 },
    limits: { body: 1024 ** 3, event: 1024, toolCalls: 1 },
    relay: { hosts: ["gateway.example.com", "localhost:3000", "[::1]:80"], fallback: [] },
    search: { via: "searxng", url: "http://127.0.0.1:8080", apiKeyEnv: "SEARCH_KEY" },
    helpers: { model: "small-1" },
    vision: { model: "First/sees/well" },
    images: { upstream: "First" },
    state: { from: "url", url: "rediss://team:pass%20word@redis.example.com:6380/3" },
    drain: { notice: 10_000, limit: 600_000 },
    history: 7 * 86_400_000,
    prices: [
      { model: "small-1", input: 1, cached: 0.1, output: 4.5, currency: "USD" },
      { model: "First/sees/well", input: 0.2, cached: 0, output: 1, currency: "CNY" },
    ],
    log: { level: "trace", format: "json", dir: "/var/log/sidecar" },
    upstreams: new Map([
      ["second-look", {
        baseUrl: "HTTPS://host.example/v1",
        wire: "responses",
        provider: "qwen",
        apiKeyEnv: "SIDECAR_OWN_KEY",
        models: ["a", "b/c"],
        timeouts: { silence: 480_000 },
        retry: { attempts: 4, maxWait: 60_000 },
      }],
      ["First", { baseUrl: "http://127.0.0.1:9/x", models: [], timeouts: {}, retry: {} }],
    ]),
  });
});

const statuses: [string, Given, after: number | null][] = [
  ["status: off", { yaml: "status: off" }, null],
  ["status: false", { yaml: "status: false" }, null],
  ["status.after: off", { yaml: "status: { after: off }" }, null],
  ["an empty section", { yaml: "status:" }, 8_000],
  ["SIDECAR_STATUS=off", { env: { SIDECAR_STATUS: "off" }, yaml: "status: { after: 9s }" }, null],
  ["SIDECAR_STATUS_AFTER=off", { env: { SIDECAR_STATUS_AFTER: "off" } }, null],
];
for (const [name, given, after] of statuses) {
  Deno.test(`load: ${name} is understood`, async () => {
    assert.deepEqual((await load(given)).status, { after, language: "auto" });
  });
}

for (
  const [yaml, words] of [
    ["status: on", /status takes keys below it, not a value/],
    ["status: { after: 0s }", /takes a duration from 1s to 1h, such as 10s, or off/],
    ["status: { language: fr }", /takes one of auto, en, zh/],
  ] as const
) {
  Deno.test(`load: ${yaml} is refused`, async () => {
    await assert.rejects(load({ yaml }), words);
  });
}

Deno.test("load: writing a default down is not choosing it", async () => {
  const { chosenTimeouts } = await load({ yaml: "timeouts: { silence: 180s, head: 1m }" });
  assert.deepEqual(chosenTimeouts, { head: 60_000 });
});

const orders: [string, Given, port: number][] = [
  ["the file wins over the default", { yaml: "listen: { port: 1 }" }, 1],
  ["the environment wins over the file", {
    yaml: "listen: { port: 1 }",
    env: { SIDECAR_LISTEN_PORT: "2" },
  }, 2],
  ["a flag wins over the environment", {
    yaml: "listen: { port: 1 }",
    env: { SIDECAR_LISTEN_PORT: "2" },
    flags: { port: "3" },
  }, 3],
  ["an empty variable counts as not set", {
    yaml: "listen: { port: 1 }",
    env: { SIDECAR_LISTEN_PORT: "" },
  }, 1],
];
for (const [name, given, port] of orders) {
  Deno.test(`load: ${name}`, async () => assert.equal((await load(given)).listen.port, port));
}

Deno.test("load: the environment reaches every kind of setting", async () => {
  const env = {
    PATH: "/bin",
    SIDECAR_HEARTBEAT_INTERVAL: "1s",
    SIDECAR_HEAD_GRACE: "2s",
    SIDECAR_TIMEOUTS_FIRST_EVENT: "3s",
    SIDECAR_RETRY_MAX_WAIT: "4s",
    SIDECAR_LIMITS_BODY: "5KiB",
    SIDECAR_LOG_FORMAT: "json",
    SIDECAR_LOG_DIR: "null",
    SIDECAR_LISTEN_TOKEN: "1234567890123456",
    SIDECAR_RELAY_HOSTS: "a.example, b.example:81 ,",
  };
  assert.deepEqual(await load({ env }), {
    ...defaults,
    listen: { ...defaults.listen, token: "1234567890123456" },
    heartbeat: { interval: 1000 },
    headGrace: 2000,
    timeouts: { ...defaults.timeouts, firstEvent: 3000 },
    chosenTimeouts: { firstEvent: 3000 },
    retry: { ...defaults.retry, maxWait: 4000 },
    limits: { ...defaults.limits, body: 5120 },
    relay: { hosts: ["a.example", "b.example:81"], fallback: [] },
    log: { ...defaults.log, format: "json" },
  });
});

Deno.test("load: the environment makes upstreams and overrides those of the file", async () => {
  const config = await load({
    yaml: "upstreams: { My-Gateway: { base_url: http://127.0.0.1:1, wire: chat } }",
    env: {
      SIDECAR_UPSTREAMS_MY_GATEWAY_BASE_URL: "http://127.0.0.1:2/",
      SIDECAR_UPSTREAMS_MY_GATEWAY_MODELS: "a,b",
      SIDECAR_UPSTREAMS_MY_GATEWAY_TIMEOUTS_FIRST_EVENT: "9m",
      SIDECAR_UPSTREAMS_OTHER_ONE_API_KEY: "env:SIDECAR_MINE",
      SIDECAR_UPSTREAMS_OTHER_ONE_BASE_URL: "https://other.example/v1",
      SIDECAR_MINE: "not a setting",
    },
  });
  assert.deepEqual([...config.upstreams], [
    ["My-Gateway", {
      baseUrl: "http://127.0.0.1:2",
      wire: "chat",
      models: ["a", "b"],
      timeouts: { firstEvent: 540_000 },
      retry: {},
    }],
    ["other_one", {
      baseUrl: "https://other.example/v1",
      apiKeyEnv: "SIDECAR_MINE",
      models: [],
      timeouts: {},
      retry: {},
    }],
  ]);
});

const refusals: [string, Given, string[]][] = [
  ["an unknown key", { yaml: "lisen:\n  port: 1" }, [
    "c.yaml:1:1: lisen is not a setting. Did you mean listen?",
  ]],
  ["an unknown key inside a section", { yaml: "timeouts:\n  firstevnt: 1s" }, [
    "c.yaml:2:3: timeouts.firstevnt is not a setting. Did you mean first_event?",
  ]],
  ["a key in the wrong place", { yaml: "port: 80" }, [
    "c.yaml:1:1: port is not a setting. Did you mean listen.port?",
  ]],
  ["a key with dots", { yaml: "listen.port: 80" }, [
    "c.yaml:1:1: listen.port is not a setting. Write it as listen: { port: … }",
  ]],
  ["a duration without unit", { yaml: "head_grace: 45" }, [
    "c.yaml:1:13: head_grace is 45, but takes a duration from 0s to 1h, such as 10s",
  ]],
  ["a duration beyond its bound", { yaml: "heartbeat: { interval: 5m }" }, [
    'c.yaml:1:24: heartbeat.interval is "5m", but takes a duration from 100ms to 60s, such as 10s',
  ]],
  ["a size in the wrong unit", { yaml: "limits:\n  body: 64MB" }, [
    'c.yaml:2:9: limits.body is "64MB", but takes a size from 1KiB to 1GiB, such as 16MiB',
  ]],
  ["a port beyond its bound", { flags: { port: "70000" } }, [
    "--port is 70000, but takes a whole number from 0 to 65535",
  ]],
  ["a port that is text", { yaml: 'listen: { port: "80" }' }, [
    'c.yaml:1:17: listen.port is "80", but takes a whole number from 0 to 65535',
  ]],
  ["a word that is none of the choices", { flags: { logLevel: "warn" } }, [
    '--log-level is "warn", but takes one of trace, debug, info, warning, error. Did you mean warning?',
  ]],
  ["an empty value", { yaml: "listen:\n  port:\n" }, [
    "c.yaml:2:8: listen.port is empty, but takes a whole number from 0 to 65535",
  ]],
  ["a list in place of a section", { yaml: "retry: [1]" }, [
    "c.yaml:1:1: retry takes keys below it, not a value",
  ]],
  ["a list in place of everything", { yaml: "- a" }, [
    "c.yaml:1:1: the file must hold keys, such as listen:",
  ]],
  ["a relay host with a scheme", { env: { SIDECAR_RELAY_HOSTS: "http://a.example" } }, [
    'SIDECAR_RELAY_HOSTS is ["http://a.example"], but takes a list of hosts, each host or host:port',
  ]],
  ["a model that sees, of an upstream that is not there", {
    yaml: "vision: { model: acne/m }\nupstreams: { acme: { base_url: http://h } }",
  }, [
    'c.yaml:1:18: vision.model names the upstream "acne", which upstreams does not hold; there is acme. Did you mean acme?',
  ]],
  ["a model that sees, without an upstream", { env: { SIDECAR_VISION_MODEL: "m" } }, [
    'SIDECAR_VISION_MODEL is "m", but takes upstream/model, or null',
  ]],
  ["an upstream for images where there is none", { env: { SIDECAR_IMAGES_UPSTREAM: "acme" } }, [
    'SIDECAR_IMAGES_UPSTREAM names the upstream "acme", which upstreams does not hold; there is none',
  ]],
  ["a bad value in the environment", { env: { SIDECAR_RETRY_ATTEMPTS: "many" } }, [
    'SIDECAR_RETRY_ATTEMPTS is "many", but takes a whole number from 1 to 100',
  ]],
  ["an upstream without base_url", { yaml: "upstreams:\n  a:\n    wire: chat" }, [
    "c.yaml:2:3: upstreams.a makes an upstream without base_url, such as https://host/v1",
  ]],
  ["a variable that makes half an upstream", { env: { SIDECAR_UPSTREAMS_A_WIRE: "chat" } }, [
    "SIDECAR_UPSTREAMS_A_WIRE makes an upstream without base_url, such as https://host/v1",
  ]],
  ["an unknown provider", {
    yaml: "upstreams:\n  a:\n    base_url: http://h\n    provider: deepsek",
  }, [
    'c.yaml:4:15: upstreams.a.provider is "deepsek", but takes one of mimo, deepseek, kimi, glm, ' +
    "qwen, minimax, ark, tencent, stepfun, qianfan, bailing, siliconflow, modelscope, nvidia, " +
    "opencode, openrouter, ollama, lmstudio, llamacpp, vllm, sglang, openai, anthropic, generic. Did you mean deepseek?",
  ]],
  ["an upstream's name that cannot stand in a URL", { yaml: "upstreams: { a/b: {} }" }, [
    "c.yaml:1:14: upstreams.a/b cannot be an upstream's name, which takes letters, digits, dots, " +
    "hyphens and underscores, a letter first",
  ]],
  ["two upstreams that the environment cannot tell apart", {
    yaml: "upstreams:\n  a-b: { base_url: http://h }\n  A_b: { base_url: http://i }",
  }, [
    "c.yaml:3:3: upstreams.A_b has the same name as upstreams.a-b: letter case, - and _ do not count",
  ]],
  ["listening beyond loopback without a token", { flags: { host: "0.0.0.0" } }, [
    '--host is "0.0.0.0", beyond loopback, where anyone could use your keys. ' +
    "Set listen.token, or listen on 127.0.0.1",
  ]],
  ["an alias", { yaml: "head_grace: &a 1s\nlisten: { host: *a }" }, [
    "c.yaml:2:11: listen.host is an alias; write the value out",
  ]],
];
for (const [name, given, expected] of refusals) {
  Deno.test(`load: refuses ${name}`, async () => {
    assert.deepEqual(await problems(given), expected);
  });
}

for (const host of ["127.0.0.1", "127.8.8.8", "localhost", "::1", "[::1]"]) {
  Deno.test(`load: ${host} needs no token`, async () => {
    assert.deepEqual(await problems({ flags: { host } }), []);
  });
}

Deno.test("load: a token allows listening anywhere", async () => {
  const env = { SIDECAR_LISTEN_TOKEN: "0123456789abcdef", SIDECAR_LISTEN_HOST: "0.0.0.0" };
  assert.deepEqual(await problems({ env }), []);
});

const urls = [
  "ftp://h/v1",
  "host.example/v1",
  "https://",
  "https://u:topsecret@h/v1",
  "https://h/v1?key=topsecret",
  "https://h/v1#topsecret",
  "https://h /v1",
];
for (const url of urls) {
  Deno.test(`load: refuses the base URL ${url} and shows no secret`, async () => {
    const [line, ...more] = await problems({
      yaml: `upstreams:\n  a:\n    base_url: ${JSON.stringify(url)}`,
    });
    assert.match(line ?? "", /^c\.yaml:3:15: upstreams\.a\.base_url .*takes an http or https URL/);
    assert.doesNotMatch(line ?? "", /topsecret/);
    assert.deepEqual(more, []);
  });
}

Deno.test("load: a literal key or a token with a space is refused without being shown", async () => {
  const lines = await problems({
    yaml: "upstreams: { a: { base_url: http://h, api_key: sk-topsecret } }",
    env: { SIDECAR_LISTEN_TOKEN: "top secret" },
  });
  assert.deepEqual(lines, [
    "c.yaml:1:48: upstreams.a.api_key takes env:NAME, the environment variable that holds the key, or file:PATH, the file that holds it; or a list of these; " +
    "what was written is not shown",
    "SIDECAR_LISTEN_TOKEN takes visible ASCII characters without spaces, the more the better, or null; " +
    "what was written is not shown",
  ]);
});

Deno.test("load: all problems of all sources are reported together, the file's in its order", async () => {
  const lines = await problems({
    yaml: "a: 1\nlisten: { port: x }\nb: 2",
    env: { SIDECAR_RETRY_ATTEMPTS: "many" },
    flags: { logFormat: "xml" },
  });
  assert.deepEqual(lines.map((line) => line.split(" ")[0]), [
    "c.yaml:1:1:",
    "c.yaml:2:17:",
    "c.yaml:3:1:",
    "SIDECAR_RETRY_ATTEMPTS",
    "--log-format",
  ]);
});

const broken: [string, string, string][] = [
  [
    "a key given twice",
    "log:\n  level: info\nlog: {}",
    "c.yaml:3:1: this key stands here for the second time",
  ],
  ["a tab", "log:\n\tlevel: info", "c.yaml:2:1: a tab indents this line; use blanks"],
  [
    "an open bracket",
    "relay: { hosts: [a",
    "c.yaml:1:19: the indentation does not fit the lines above, or a bracket is not closed",
  ],
  [
    "two documents",
    "log: {}\n---\nlog: {}",
    "c.yaml:2:1: a second document begins; there may be one only",
  ],
  ["a tag", "head_grace: !secret 5s", "c.yaml:1:13: a tag (`!…`) stands here; none is known"],
];
for (const [name, yaml, expected] of broken) {
  Deno.test(`load: ${name} is reported with its position and a message`, async () => {
    assert.equal((await problems({ yaml }))[0], expected);
  });
}

Deno.test("load: a named file that is not there is an error, the usual one is not", async () => {
  const readFile = (path: string) => Promise.resolve(path === "/h" ? "" : undefined);
  const usual = { env: { HOME: "/h" }, flags: {}, readFile, system: "linux" } as const;
  assert.deepEqual(await loadConfig(usual), defaults);
  await assert.rejects(
    loadConfig({ ...usual, file: "/x.yaml" }),
    /\n {2}\/x\.yaml does not exist$/,
  );
});

Deno.test("load: the usual file is read when it is there", async () => {
  const asked: string[] = [];
  const readFile = (path: string) => (asked.push(path), Promise.resolve("listen: { port: 1 }"));
  const config = await loadConfig({ env: { HOME: "/h" }, flags: {}, readFile, system: "linux" });
  assert.deepEqual([asked, config.listen.port], [["/h/.config/codex-sidecar/config.yaml"], 1]);
});

Deno.test("load: a file that cannot be read is a problem like any other", async () => {
  const readFile = () => Promise.reject(new Error("permission denied"));
  await assert.rejects(
    loadConfig({ file: "c.yaml", env: {}, flags: { port: "x" }, readFile }),
    /2 problems:\n {2}c\.yaml cannot be read: permission denied\n {2}--port is "x"/,
  );
});

const versions: [name: string, yaml: string, messages: string[]][] = [
  ["the version that is known", "version: 1\nlisten: { port: 1 }", []],
  [
    "a newer one, whatever else stands there, with its place",
    "listen:\n  prot: 1\nversion:  2\nnew_thing: true",
    ["c.yaml:3:11: version is 2: written for a newer sidecar; this one knows 1. Upgrade the sidecar"],
  ],
  ["one that never was", "version: 0", ["c.yaml:1:1: version takes 1 and nothing else"]],
  ["a text", "version: v1", ["c.yaml:1:1: version takes 1 and nothing else"]],
  ["a text with a number", 'version: "2"', ["c.yaml:1:1: version takes 1 and nothing else"]],
  ["nothing", "version:", ["c.yaml:1:1: version takes 1 and nothing else"]],
  ["a misspelt key", "versoin: 1", ["c.yaml:1:1: versoin is not a setting. Did you mean version?"]],
  [
    "an upstream's own",
    "upstreams: { a: { base_url: 'https://a.example', version: 2 } }",
    ["c.yaml:1:50: upstreams.a.version is not a setting"],
  ],
];
for (const [name, yaml, messages] of versions) {
  Deno.test(`load: the version of a settings file: ${name}`, async () => {
    assert.deepEqual(await problems({ yaml }), messages);
  });
}

const remarks: [string, Env, string[]][] = [
  ["the install script's own", {
    SIDECAR_VERSION: "0.1.0",
    SIDECAR_INSTALL_DIR: "/opt/bin",
    SIDECAR_BASE_URL: "https://mirror.example",
  }, []],
  ["a misspelt one", { SIDECAR_LISTEN_PROT: "1" }, [
    "SIDECAR_LISTEN_PROT is not a setting and has no effect. Did you mean SIDECAR_LISTEN_PORT?",
  ]],
  ["a misspelt one of an upstream", { SIDECAR_UPSTREAMS_A_B_BASE_URK: "1" }, [
    "SIDECAR_UPSTREAMS_A_B_BASE_URK is not a setting and has no effect. Did you mean SIDECAR_UPSTREAMS_A_B_BASE_URL?",
  ]],
  ["an upstream whose name is none", { SIDECAR_UPSTREAMS_1_WIRE: "chat" }, [
    "SIDECAR_UPSTREAMS_1_WIRE is not a setting and has no effect",
  ]],
  ["a cluster's, for a service called sidecar", {
    SIDECAR_PORT: "tcp://10.0.0.1:80",
    SIDECAR_PORT_80_TCP: "tcp://10.0.0.1:80",
    SIDECAR_PORT_80_TCP_ADDR: "10.0.0.1",
    SIDECAR_PORT_80_TCP_PORT: "80",
    SIDECAR_PORT_80_TCP_PROTO: "tcp",
    SIDECAR_SERVICE_HOST: "10.0.0.1",
    SIDECAR_SERVICE_PORT: "80",
  }, [
    "SIDECAR_PORT, SIDECAR_PORT_80_TCP, SIDECAR_PORT_80_TCP_ADDR, SIDECAR_PORT_80_TCP_PORT, " +
    "SIDECAR_PORT_80_TCP_PROTO and 2 more are not settings and have no effect",
  ]],
  ["an empty one", { SIDECAR_NONSENSE: "" }, []],
];
for (const [name, env, expected] of remarks) {
  Deno.test(`load: a variable that is no setting refuses nothing: ${name}`, async () => {
    const told: string[] = [];
    const warn = (sentence: string) => void told.push(sentence);
    const config = await loadConfig({
      env,
      flags: {},
      readFile: () => Promise.resolve(undefined),
      warn,
    });
    assert.deepEqual([told, config], [expected, defaults]);
  });
}

Deno.test("load: what has no effect is told also where loading fails", async () => {
  const told: string[] = [];
  await assert.rejects(loadConfig({
    env: { SIDECAR_LISTEN_PROT: "1", SIDECAR_LISTEN_PORT: "x" },
    flags: {},
    readFile: () => Promise.resolve(undefined),
    warn: (sentence) => void told.push(sentence),
  }));
  assert.equal(told.length, 1);
});

Deno.test("load: on Windows the case of a variable's name does not count", async () => {
  const raw = { Sidecar_Listen_Port: "81", Path: "p", ProgramData: "d" };
  const env = envOf("windows", raw);
  assert.equal((await load({ env })).listen.port, 81);
  assert.deepEqual([env.PATH, env.path, env.Path, env.PROGRAMDATA, env.none], [
    "p",
    "p",
    "p",
    "d",
    undefined,
  ]);
  assert.deepEqual(["Path" in env, Object.keys(env)], [true, [
    "SIDECAR_LISTEN_PORT",
    "PATH",
    "PROGRAMDATA",
  ]]);
  assert.deepEqual({ ...env }, { SIDECAR_LISTEN_PORT: "81", PATH: "p", PROGRAMDATA: "d" });
  assert.equal(envOf("linux", raw).PATH, undefined);
});
