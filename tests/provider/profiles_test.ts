import assert from "node:assert/strict";
import { keyHint } from "../../lib/provider/key_hint.ts";
import {
  findProfile,
  GENERIC,
  profileNamed,
  PROFILES,
  wireFor,
} from "../../lib/provider/profiles.ts";

const named = (name: string) => profileNamed(name) ?? assert.fail(`no profile ${name}`);

Deno.test("profiles: every name of the design is there, each once", () => {
  assert.deepEqual(
    PROFILES.map(({ name }) => name),
    [
      "mimo",
      "deepseek",
      "kimi",
      "glm",
      "qwen",
      "minimax",
      "ark",
      "openrouter",
      "openai",
      "generic",
    ],
  );
  assert.equal(profileNamed("mimmo"), undefined);
});

Deno.test("profiles: a host belongs to one provider, is lower case and has no port", () => {
  const hosts = PROFILES.flatMap((profile) => profile.hosts);
  assert.deepEqual(hosts.filter((host) => !/^[a-z0-9.-]+\.[a-z]+$/.test(host)), []);
  assert.equal(new Set(hosts).size, hosts.length);
});

Deno.test("profiles: key rules name hosts of their own provider only", () => {
  for (const { name, hosts, keys } of PROFILES) {
    for (const key of keys) {
      assert.deepEqual(key.hosts.filter((host) => !hosts.includes(host)), [], name);
    }
  }
});

Deno.test("profiles: a ChatGPT login goes to OpenAI alone", () => {
  assert.deepEqual(PROFILES.filter(({ takesLogin }) => takesLogin).map(({ name }) => name), [
    "openai",
  ]);
});

const hosts: readonly (readonly [string, string | undefined])[] = [
  ["api.xiaomimimo.com", "mimo"],
  ["token-plan-sgp.xiaomimimo.com", "mimo"],
  ["API.DeepSeek.com", "deepseek"],
  ["api.kimi.com.", "kimi"],
  ["open.bigmodel.cn", "glm"],
  ["coding.dashscope.aliyuncs.com", "qwen"],
  ["api.minimaxi.com", "minimax"],
  ["ark.cn-beijing.volces.com", "ark"],
  ["openrouter.ai", "openrouter"],
  ["chatgpt.com", "openai"],
  ["evil-api.xiaomimimo.com", undefined],
  ["xiaomimimo.com", undefined],
  ["api.xiaomimimo.com.evil.example", undefined],
  ["localhost", undefined],
  ["", undefined],
];

Deno.test("profiles: hosts are found exactly", () => {
  assert.deepEqual(hosts.map(([host]) => [host, findProfile(host)?.name]), hosts);
});

const wires: readonly (readonly [string, string, string])[] = [
  ["mimo", "https://api.xiaomimimo.com/v1", "chat"],
  ["deepseek", "https://api.deepseek.com", "responses"],
  ["deepseek", "https://api.deepseek.com/", "responses"],
  ["deepseek", "https://api.deepseek.com/v1", "chat"],
  ["deepseek", "https://api.deepseek.com/v1/", "chat"],
  ["deepseek", "https://api.deepseek.com/v10", "responses"],
  ["glm", "https://api.z.ai/api/v1", "responses"],
  ["glm", "https://api.z.ai/api/paas/v4", "chat"],
  ["glm", "https://api.z.ai/api/coding/paas/v4", "chat"],
  ["ark", "https://ark.cn-beijing.volces.com/api/plan/v3", "responses"],
  ["ark", "https://ark.cn-beijing.volces.com/api/v3", "chat"],
  ["openai", "https://api.openai.com/v1", "responses"],
  ["generic", "http://127.0.0.1:9/v1", "responses"],
  ["kimi", "no url", "chat"],
];

Deno.test("profiles: the wire follows the base URL's path where a path speaks one only", () => {
  const found = wires.map(([name, url]) => [name, url, wireFor(named(name), url)]);
  assert.deepEqual(found, wires);
});

Deno.test("profiles: MiMo's Responses endpoint gets function tools and empty summaries", () => {
  assert.deepEqual(named("mimo").responses, {
    toolTypes: ["function"],
    drop: ["previous_response_id", "conversation", "background", "context_management"],
    emptySummary: true,
    textFormats: ["text", "json_object"],
    maxOutputTokens: 131_072,
  });
  assert.deepEqual(GENERIC.responses, { toolTypes: "all", drop: [], emptySummary: false });
  assert.deepEqual(named("openai").responses, GENERIC.responses);
});

const [plan, pay] = named("mimo").keys.map(({ hint }) => hint);
const coding = named("kimi").keys[0]?.hint;
const hints: readonly (readonly [string, string, string, string | undefined])[] = [
  ["mimo", "api.xiaomimimo.com", "tp-abc", plan],
  ["mimo", "API.xiaomimimo.com", "tp-abc", plan],
  ["mimo", "token-plan-cn.xiaomimimo.com", "tp-abc", undefined],
  ["mimo", "token-plan-ams.xiaomimimo.com", "sk-abc", pay],
  ["mimo", "api.xiaomimimo.com", "sk-abc", undefined],
  ["mimo", "my-gateway.example", "tp-abc", undefined],
  ["mimo", "api.xiaomimimo.com", "something", undefined],
  ["mimo", "api.xiaomimimo.com", "", undefined],
  ["kimi", "api.moonshot.cn", "sk-kimi-1", coding],
  ["kimi", "api.kimi.com", "sk-kimi-1", undefined],
  ["kimi", "api.moonshot.cn", "sk-1", undefined],
  ["generic", "api.xiaomimimo.com", "tp-abc", undefined],
];

Deno.test("key_hint: speaks up only when prefix and host of one provider disagree", () => {
  assert.ok(plan && pay && coding);
  const found = hints.map(([name, host, key]) => [
    name,
    host,
    key,
    keyHint(named(name), host, key),
  ]);
  assert.deepEqual(found, hints);
});
