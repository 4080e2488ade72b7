import assert from "node:assert/strict";
import type { Env, System } from "../../lib/config/paths.ts";
import { missingLines, serviceEnvironment } from "../../lib/service/environment.ts";

const none = new Map<string, string>();
const loopback = { NO_PROXY: "127.0.0.1,localhost,::1", no_proxy: "127.0.0.1,localhost,::1" };
const proxy = "http://127.0.0.1:7890";
const secret = "it holds a password or a key";

const cases: [
  name: string,
  system: System,
  env: Env,
  keys: ReadonlyMap<string, string>,
  kept: Record<string, string>,
  missing: [name: string, why: string][],
][] = [
  ["nothing", "linux", { PATH: "/bin", HOME: "/h", EDITOR: "vi" }, none, {}, []],
  ["a proxy", "linux", { https_proxy: proxy }, none, { https_proxy: proxy, ...loopback }, []],
  [
    "a proxy and what goes past it",
    "darwin",
    { HTTPS_PROXY: proxy, NO_PROXY: "a.example, localhost", no_proxy: "b.example" },
    none,
    {
      HTTPS_PROXY: proxy,
      NO_PROXY: "a.example,localhost,b.example,127.0.0.1,::1",
      no_proxy: "a.example,localhost,b.example,127.0.0.1,::1",
    },
    [],
  ],
  [
    "a proxy with a password",
    "linux",
    { ALL_PROXY: "socks5://me:pa%20ss@p.example:1" },
    none,
    loopback,
    [["ALL_PROXY", secret]],
  ],
  [
    "a proxy with a token for a name",
    "linux",
    { HTTP_PROXY: "http://abc@p.example" },
    none,
    loopback,
    [["HTTP_PROXY", secret]],
  ],
  ["no proxy, and hosts that go past it", "linux", { NO_PROXY: "a.example" }, none, {}, []],
  [
    "keys that the settings name",
    "linux",
    { B_KEY: "sk-1234567890abcdef" },
    new Map([["B_KEY", "b"], ["A_KEY", "a"]]),
    {},
    [["A_KEY", "the key of upstreams.a"], ["B_KEY", "the key of upstreams.b"]],
  ],
  [
    "settings, of which some are secret",
    "linux",
    {
      SIDECAR_HEARTBEAT_INTERVAL: "5s",
      SIDECAR_LISTEN_TOKEN: "hush",
      SIDECAR_UPSTREAMS_A_API_KEY: "env:SIDECAR_MINE",
      SIDECAR_UPSTREAMS_A_BASE_URL: "https://me:hush@a.example/v1",
      SIDECAR_MINE: "hush",
    },
    new Map([["SIDECAR_MINE", "a"]]),
    { SIDECAR_HEARTBEAT_INTERVAL: "5s", SIDECAR_UPSTREAMS_A_API_KEY: "env:SIDECAR_MINE" },
    [
      ["SIDECAR_LISTEN_TOKEN", secret],
      ["SIDECAR_MINE", "the key of upstreams.a"],
      ["SIDECAR_UPSTREAMS_A_BASE_URL", secret],
    ],
  ],
  [
    "folders and certificates",
    "linux",
    { XDG_STATE_HOME: "/s", SSL_CERT_FILE: "/c.pem", CODEX_HOME: "" },
    none,
    { SSL_CERT_FILE: "/c.pem", XDG_STATE_HOME: "/s" },
    [],
  ],
  [
    "Windows, whose tasks have no variables of their own",
    "windows",
    { HTTPS_PROXY: proxy, SIDECAR_LOG_LEVEL: "debug", CODEX_HOME: "C:\\c" },
    none,
    {},
    [["HTTPS_PROXY", "set in this window"], ["SIDECAR_LOG_LEVEL", "set in this window"]],
  ],
];
for (const [name, system, env, keys, kept, missing] of cases) {
  Deno.test(`environment: ${name}`, () => {
    assert.deepEqual(serviceEnvironment(system, env, keys), {
      kept,
      missing: missing.map(([name, why]) => ({ name, why })),
    });
  });
}

Deno.test("environment: what is missing is named, with the way of each system", () => {
  const missing = [{ name: "A_KEY", why: "the key of upstreams.a" }];
  const ways: [System, RegExp][] = [
    ["linux", /A_KEY=… into ~\/c\/service\.env, .*\(chmod 600\).*systemctl --user restart/s],
    ["darwin", /launchctl setenv A_KEY '…' lasts until you log out/],
    ["windows", /setx A_KEY "…"/],
  ];
  for (const [system, way] of ways) {
    const text = missingLines(missing, { system, envFile: "~/c/service.env" }).join("\n");
    assert.match(text, /^Not written .*\n {2}A_KEY: the key of upstreams\.a\n/);
    assert.match(text, way);
    assert.deepEqual(missingLines([], { system, envFile: "" }), []);
  }
});
