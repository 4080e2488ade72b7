import assert from "node:assert/strict";
import { keyHint } from "../../lib/provider/key_hint.ts";
import {
  findProfile,
  GENERIC,
  profileFor,
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
      "tencent",
      "stepfun",
      "qianfan",
      "bailing",
      "siliconflow",
      "modelscope",
      "nvidia",
      "opencode",
      "openrouter",
      "ollama",
      "lmstudio",
      "llamacpp",
      "vllm",
      "sglang",
      "openai",
      "anthropic",
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
  ["api.minimax.cn", "minimax"],
  ["token-plan.ap-southeast-1.maas.aliyuncs.com", "qwen"],
  ["tokenhub.tencentmaas.com", "tencent"],
  ["tokenhub.tencentmaas.cn", "tencent"],
  ["tokenhub-intl.tencentcloudmaas.com", "tencent"],
  ["api.lkeap.cloud.tencent.com", "tencent"],
  ["api.stepfun.com", "stepfun"],
  ["api.stepfun.ai", "stepfun"],
  ["qianfan.baidubce.com", "qianfan"],
  ["api.ant-ling.com", "bailing"],
  ["api.tbox.cn", "bailing"],
  ["api.siliconflow.cn", "siliconflow"],
  ["api.siliconflow.com", "siliconflow"],
  ["api-inference.modelscope.cn", "modelscope"],
  ["integrate.api.nvidia.com", "nvidia"],
  ["opencode.ai", "opencode"],
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

const addresses: readonly (readonly [string, string])[] = [
  ["http://127.0.0.1:11434/v1", "ollama"],
  ["http://localhost:1234/v1", "lmstudio"],
  ["http://[::1]:8080/v1", "llamacpp"],
  ["http://127.0.0.1:8000/v1", "vllm"],
  ["http://127.0.0.1:30000/v1", "sglang"],
  ["http://127.0.0.1:11435/v1", "generic"],
  ["http://192.168.1.2:11434/v1", "generic"],
  ["https://127.0.0.1:11434/v1", "generic"],
  ["http://127.0.0.1/v1", "generic"],
  ["https://api.deepseek.com", "deepseek"],
];

Deno.test("profiles: a server on this machine is found by its port, all others by their host", () => {
  assert.deepEqual(addresses.map(([url]) => [url, profileFor(new URL(url)).name]), addresses);
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
  ["ark", "https://ark.cn-beijing.volces.com/api/coding/v3", "responses"],
  ["tencent", "https://tokenhub.tencentmaas.com/v1", "responses"],
  ["tencent", "https://api.lkeap.cloud.tencent.com/coding/v3", "chat"],
  ["tencent", "https://api.lkeap.cloud.tencent.com/plan/v3", "chat"],
  ["ollama", "http://127.0.0.1:11434/v1", "chat"],
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
