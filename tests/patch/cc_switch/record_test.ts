import assert from "node:assert/strict";
import { patchRecord, type SwitchRecord } from "../../../lib/patch/cc_switch/record.ts";
import { revertRecord } from "../../../lib/patch/cc_switch/record_revert.ts";

const PORT = 8411;
const KNOWN = "https://open.bigmodel.cn/api/coding/paas/v4";
const UNKNOWN = "https://relay.example.com/v1";

function toml(url: string, rest = ""): string {
  return `model_provider = "custom"\n${rest}\n[model_providers.custom]\nname = "x"\nbase_url = "${url}"\n`;
}

function relayed(url: string, rest = ""): string {
  const own =
    "stream_idle_timeout_ms = 3600000\nstream_max_retries = 100\nrequest_max_retries = 10\n";
  return toml(url.replace(/^(https?):\//, `http://127.0.0.1:${PORT}/r/$1`), rest) + own;
}

function record(settings: unknown, changes: Partial<SwitchRecord> = {}): SwitchRecord {
  const text = typeof settings === "string" ? settings : JSON.stringify(settings);
  return { id: "1", name: "X", category: undefined, meta: "{}", settings: text, ...changes };
}

function of(config: string, meta: unknown = {}, settings: object = {}): SwitchRecord {
  return record({ auth: { OPENAI_API_KEY: "sk-TESTKEY" }, config, ...settings }, {
    meta: typeof meta === "string" ? meta : JSON.stringify(meta),
  });
}

const patched: { name: string; from: SwitchRecord; to: SwitchRecord; edits: string[] }[] = [
  {
    name: "a provider that speaks Responses",
    from: of(toml(UNKNOWN), { apiFormat: "openai_responses" }),
    to: of(relayed(UNKNOWN), { apiFormat: "openai_responses" }),
    edits: ["base_url", "stream_idle_timeout_ms", "stream_max_retries", "request_max_retries"],
  },
  {
    name: "one that says nothing of its dialect",
    from: of(toml(UNKNOWN)),
    to: of(relayed(UNKNOWN)),
    edits: ["base_url", "stream_idle_timeout_ms", "stream_max_retries", "request_max_retries"],
  },
  {
    name: "one that speaks Chat and is converted from now on",
    from: of(toml(KNOWN), { commonConfigEnabled: true, apiFormat: "openai_chat", x: 1 }),
    to: of(relayed(KNOWN), { commonConfigEnabled: true, apiFormat: "openai_responses", x: 1 }),
    edits: [
      "base_url",
      "stream_idle_timeout_ms",
      "stream_max_retries",
      "request_max_retries",
      "apiFormat",
    ],
  },
  {
    name: "one whose TOML alone says that it speaks Chat",
    from: of(toml(KNOWN) + `wire_api = "chat"\n`),
    to: of(relayed(KNOWN) + `wire_api = "chat"\n`, { apiFormat: "openai_responses" }),
    edits: [
      "base_url",
      "stream_idle_timeout_ms",
      "stream_max_retries",
      "request_max_retries",
      "apiFormat",
    ],
  },
  {
    name: "a URL beside the TOML, which cc-switch's proxy prefers",
    from: of(toml(UNKNOWN), {}, {
      base_url: "https://a.example.com",
      baseURL: "http://127.0.0.1:15721/v1",
    }),
    to: of(relayed(UNKNOWN), {}, {
      base_url: "http://127.0.0.1:8411/r/https/a.example.com",
      baseURL: "http://127.0.0.1:15721/v1",
    }),
    edits: [
      "base_url",
      "stream_idle_timeout_ms",
      "stream_max_retries",
      "request_max_retries",
      "base_url",
    ],
  },
];

for (const { name, from, to, edits } of patched) {
  Deno.test(`cc-switch record: pointed at the sidecar: ${name}`, () => {
    const patch = patchRecord(from, PORT, "it");
    assert.equal(patch.left, undefined);
    assert.deepEqual({ settings: patch.settings, meta: patch.meta }, {
      settings: to.settings,
      meta: to.meta,
    });
    assert.deepEqual(patch.edits.map(({ key }) => key.at(-1)), edits);
    const there = { ...from, settings: patch.settings, meta: patch.meta };
    assert.deepEqual(patchRecord(there, PORT, "it").edits, []);
    const back = revertRecord(there, patch.edits, "it");
    assert.deepEqual({ settings: back.settings, meta: back.meta }, {
      settings: from.settings,
      meta: from.meta,
    });
    assert.deepEqual(revertRecord(from, patch.edits, "it").edits, []);
  });
}

const left: { name: string; record: SwitchRecord; why: string }[] = [
  {
    name: "OpenAI's own row",
    record: { ...of(""), id: "codex-official" },
    why: "it is OpenAI's own: left alone",
  },
  {
    name: "its category",
    record: { ...of(toml(UNKNOWN)), category: "official" },
    why: "it is OpenAI's own: left alone",
  },
  {
    name: "a managed login",
    record: of(toml(UNKNOWN), { providerType: "codex_oauth" }),
    why: "it signs in with a login: left alone",
  },
  {
    name: "a ChatGPT login",
    record: of(toml(UNKNOWN), {}, { auth: { tokens: { access_token: "x" } } }),
    why: "it signs in with a ChatGPT login: left alone",
  },
  {
    name: "a whole address",
    record: of(toml(UNKNOWN), { isFullUrl: true }),
    why: "it has a whole address, not a base: left alone",
  },
  {
    name: "a whole address that nobody marked",
    record: of(toml(`${UNKNOWN}/chat/completions`)),
    why: "it has a whole address, not a base: left alone",
  },
  {
    name: "Anthropic's dialect",
    record: of(toml(UNKNOWN), { apiFormat: "anthropic" }),
    why: "it speaks Anthropic's dialect: left alone",
  },
  {
    name: "Chat from a host that nobody knows",
    record: of(toml(UNKNOWN), { apiFormat: "openai_chat" }),
    why:
      "it speaks Chat Completions, which the sidecar does not convert for relay.example.com: left alone",
  },
  {
    name: "Chat, and details that are no JSON",
    record: of(toml(KNOWN), "{oops", { apiFormat: "openai_chat" }),
    why: "it has details that cannot be read: left alone",
  },
  {
    name: "a config held by cc-switch's proxy",
    record: of(`experimental_bearer_token = "PROXY_MANAGED"\n${toml(UNKNOWN)}`),
    why: "it is held by cc-switch's own proxy: left alone",
  },
  {
    name: "a config that leads to cc-switch's proxy",
    record: of(toml("http://127.0.0.1:15721/v1")),
    why: "it: custom goes through cc-switch's own proxy, which stays in front: left alone",
  },
  {
    name: "no provider in use",
    record: of(`model = "m"\n`),
    why: "it names no model_provider, so it uses OpenAI: left alone",
  },
  { name: "no config", record: record({ auth: {} }), why: "it has no config.toml: left alone" },
  {
    name: "broken TOML",
    record: of(`model_provider = "custom"\nbase_url = \n`),
    why: "it:2:12: this is not valid TOML: left alone",
  },
  {
    name: "settings that are no JSON",
    record: record("{oops"),
    why: "it cannot be read: left alone",
  },
  {
    name: "settings that are no text",
    record: record({}, { settings: undefined }),
    why: "it cannot be read: left alone",
  },
];

for (const { name, record, why } of left) {
  Deno.test(`cc-switch record: left alone: ${name}`, () => {
    const { url: _, toml: __, ...patch } = patchRecord(record, PORT, "it");
    assert.deepEqual(patch, { settings: record.settings, meta: record.meta, edits: [], left: why });
    const back = revertRecord(record, [], "it");
    assert.deepEqual([back.settings, back.meta, back.edits], [record.settings, record.meta, []]);
  });
}

const back: {
  name: string;
  now: SwitchRecord;
  without?: SwitchRecord;
  made?: SwitchRecord;
  gives: SwitchRecord;
}[] = [
  {
    name: "without memory the relay URL holds the original URL, and our limits go with it",
    now: of(relayed(UNKNOWN)),
    gives: of(toml(UNKNOWN)),
  },
  {
    name: "without memory the settings of Chat's reasoning say which dialect it was",
    now: of(relayed(KNOWN), {
      apiFormat: "openai_responses",
      codexChatReasoning: { thinkingParam: "thinking" },
    }),
    gives: of(toml(KNOWN), {
      apiFormat: "openai_chat",
      codexChatReasoning: { thinkingParam: "thinking" },
    }),
  },
  {
    name: "without memory and such settings the dialect stays",
    now: of(relayed(KNOWN), { apiFormat: "openai_responses" }),
    gives: of(toml(KNOWN), { apiFormat: "openai_responses" }),
  },
  {
    name: "a dialect that no URL of ours stands beside is not ours either",
    now: of(toml(KNOWN), { apiFormat: "openai_responses", codexChatReasoning: {} }),
    gives: of(toml(KNOWN), { apiFormat: "openai_responses", codexChatReasoning: {} }),
  },
  {
    name: "what others wrote since stays",
    made: of(toml(KNOWN), { apiFormat: "openai_chat" }),
    now: of(relayed(KNOWN, `model = "other"`).replace("3600000", "900000"), {
      apiFormat: "openai_responses",
      limitDailyUsd: 5,
    }),
    gives: of(toml(KNOWN, `model = "other"`) + "stream_idle_timeout_ms = 900000\n", {
      apiFormat: "openai_chat",
      limitDailyUsd: 5,
    }),
  },
  {
    name: "a URL of somebody else's stays, and the dialect that belongs to it",
    made: of(toml(KNOWN), { apiFormat: "openai_chat" }),
    now: of(toml(UNKNOWN), { apiFormat: "openai_responses" }),
    gives: of(toml(UNKNOWN), { apiFormat: "openai_responses" }),
  },
  {
    name: "the URL that cc-switch itself wrote back takes its dialect along",
    made: of(toml(KNOWN), { apiFormat: "openai_chat" }),
    now: of(toml(KNOWN), { apiFormat: "openai_responses" }),
    gives: of(toml(KNOWN), { apiFormat: "openai_chat" }),
  },
];

for (const { name, now, made, gives } of back) {
  Deno.test(`cc-switch record: reverted: ${name}`, () => {
    const edits = made ? patchRecord(made, PORT, "it").edits : [];
    const { settings, meta } = revertRecord(now, edits, "it");
    assert.deepEqual({ settings, meta }, { settings: gives.settings, meta: gives.meta });
  });
}
