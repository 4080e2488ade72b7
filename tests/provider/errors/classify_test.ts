import assert from "node:assert/strict";
import { type Classification, classifyAnswer } from "../../../lib/provider/errors/classify.ts";
import type { ErrorKind } from "../../../lib/provider/profile.ts";
import { GENERIC, profileNamed, PROFILES } from "../../../lib/provider/profiles.ts";
import { fc } from "../../helpers/fast_check.ts";
import { worked } from "../../helpers/rules/growth.ts";

type Case = readonly [
  name: string,
  provider: string,
  status: number | null,
  body: unknown,
  verdict: Classification,
];

const named = (name: string) => profileNamed(name) ?? assert.fail(`no profile ${name}`);
const text = (body: unknown) => typeof body === "string" ? body : JSON.stringify(body);

/** Whole verdicts: what the user reads is as much part of the contract as the kind. */
const cases: Case[] = [
  ["an OpenAI overflow", "openai", 400, {
    error: {
      message: "Your input exceeds the context window of this model. Please adjust your input.",
      type: "invalid_request_error",
      param: "input",
      code: "context_length_exceeded",
    },
  }, {
    kind: "overflow",
    message:
      "Your input exceeds the context window of this model. Please adjust your input (code context_length_exceeded)",
    code: "context_length_exceeded",
    type: "invalid_request_error",
  }],
  ["MiMo's reason in param", "mimo", 400, {
    error: {
      code: "400",
      message: "Param Incorrect",
      param: "The reasoning_content in the thinking mode must be passed back to the API.",
      type: "",
    },
  }, {
    kind: "refused",
    message:
      "Param Incorrect: The reasoning_content in the thinking mode must be passed back to the API.",
    code: "400",
  }],
  [
    "MiMo's JSON behind data: without SSE",
    "mimo",
    400,
    'data:{"error":{"code":"400","message":"Param Incorrect","param":"`text` is not set","type":""}}',
    { kind: "refused", message: "Param Incorrect: `text` is not set", code: "400" },
  ],
  ["MiMo's output limit, which is no overflow", "mimo", 400, {
    code: "400",
    message: "Param Incorrect",
    param:
      "max_completion_tokens is too large: 131100. This model supports at most 131072 completion tokens, whereas you provided 131100.",
    type: "",
  }, {
    kind: "refused",
    message:
      "Param Incorrect: max_completion_tokens is too large: 131100. This model supports at most 131072 completion tokens, whereas you provided 131100.",
    code: "400",
  }],
  ["MiMo's moderation as HTTP 400", "mimo", 400, {
    error: { code: "421", message: "Moderation Block", param: "", type: "content_filter" },
  }, { kind: "moderated", message: "Moderation Block", code: "421", type: "content_filter" }],
  ["MiMo's risk control by code alone", "mimo", 400, {
    error: { code: "441", message: "blocked", type: "x" },
  }, { kind: "moderated", message: "blocked", code: "441", type: "x" }],
  ["MiMo's leaked backend failure", "mimo", 400, {
    error: {
      code: "400",
      message: "finishConnect(..) failed: Connection refused: /10.1.2.3:8080",
      param: "",
      type: "",
    },
  }, {
    kind: "transient",
    message: "finishConnect(..) failed: Connection refused: /10.1.2.3:8080",
    code: "400",
  }],
  ["a status inside the body of a 200", "generic", null, {
    error: { message: "no", code: "401" },
  }, { kind: "refused", message: "no", code: "401" }],
  ["DeepSeek out of money", "deepseek", 402, {
    error: {
      message: "Insufficient Balance",
      type: "unknown_error",
      param: null,
      code: "invalid_request_error",
    },
  }, {
    kind: "quota",
    message: "Insufficient Balance (code invalid_request_error)",
    code: "invalid_request_error",
    type: "unknown_error",
  }],
  ["Kimi's overflow", "kimi", 400, {
    error: {
      message:
        "Invalid request: Your request exceeded model token limit: 262144 (requested: 269030)",
      type: "invalid_request_error",
    },
  }, {
    kind: "overflow",
    message: "Invalid request: Your request exceeded model token limit: 262144 (requested: 269030)",
    type: "invalid_request_error",
  }],
  ["Kimi's overload as 429", "kimi", 429, {
    error: {
      message: "The engine is currently overloaded, please try again later",
      type: "engine_overloaded_error",
    },
  }, {
    kind: "transient",
    message: "The engine is currently overloaded, please try again later",
    type: "engine_overloaded_error",
  }],
  ["Kimi's empty account as 429", "kimi", 429, {
    error: {
      message: "Your account org-1 is suspended, please check your plan and billing details",
      type: "exceeded_current_quota_error",
    },
  }, {
    kind: "quota",
    message: "Your account org-1 is suspended, please check your plan and billing details",
    type: "exceeded_current_quota_error",
  }],
  ["GLM's overdue account as 429", "glm", 429, {
    error: { code: "1113", message: "您的账户已欠费,请充值后重试" },
  }, { kind: "quota", message: "您的账户已欠费,请充值后重试 (code 1113)", code: "1113" }],
  ["GLM's concurrency as 429", "glm", 429, {
    error: { code: "1302", message: "您的账户已达到速率限制,请您控制请求频率" },
  }, {
    kind: "rate_limited",
    message: "您的账户已达到速率限制,请您控制请求频率 (code 1302)",
    code: "1302",
  }],
  ["GLM's overflow by code", "glm", 400, { error: { code: "1261", message: "Prompt 超长" } }, {
    kind: "overflow",
    message: "Prompt 超长 (code 1261)",
    code: "1261",
  }],
  ["Qwen's minute limit in quota's clothes", "qwen", 429, {
    error: {
      message: "Workspace allocated quota exceeded, please increase your quota limit.",
      type: "invalid_request_error",
      code: "insufficient_quota",
    },
  }, {
    kind: "rate_limited",
    message:
      "Workspace allocated quota exceeded, please increase your quota limit (code insufficient_quota)",
    code: "insufficient_quota",
    type: "invalid_request_error",
  }],
  ["Qwen's plan used up", "qwen", 429, {
    code: "Throttling.AllocationQuota",
    message: "month allocated quota exceeded.",
    request_id: "1",
  }, {
    kind: "quota",
    message: "month allocated quota exceeded (code Throttling.AllocationQuota)",
    code: "Throttling.AllocationQuota",
  }],
  ["Qwen's throttling by the code's first part", "qwen", 400, {
    code: "Throttling.BurstRate",
    message: "slower",
  }, {
    kind: "rate_limited",
    message: "slower (code Throttling.BurstRate)",
    code: "Throttling.BurstRate",
  }],
  ["MiniMax's error inside a 200", "minimax", null, {
    base_resp: { status_code: 1008, status_msg: "insufficient balance" },
  }, { kind: "quota", message: "insufficient balance (code 1008)", code: "1008" }],
  ["MiniMax's overflow under invalid params", "minimax", null, {
    type: "error",
    error: {
      type: "bad_request_error",
      message: "invalid params, context window exceeds limit (2013)",
      http_code: "400",
    },
    request_id: "06",
  }, {
    kind: "overflow",
    message: "invalid params, context window exceeds limit (2013)",
    type: "bad_request_error",
  }],
  ["Ark's moderation", "ark", 400, {
    error: {
      code: "InputTextRiskDetection",
      message: "The request could not be processed.",
      param: "",
      type: "BadRequest",
    },
  }, {
    kind: "moderated",
    message: "The request could not be processed (code InputTextRiskDetection)",
    code: "InputTextRiskDetection",
    type: "BadRequest",
  }],
  ["Ark's limit with a suffix", "ark", 429, {
    error: {
      code: "RateLimitExceeded.EndpointRPMExceeded",
      message: "slow",
      type: "TooManyRequests",
    },
  }, {
    kind: "rate_limited",
    message: "slow (code RateLimitExceeded.EndpointRPMExceeded)",
    code: "RateLimitExceeded.EndpointRPMExceeded",
    type: "TooManyRequests",
  }],
  ["OpenRouter's provider behind it", "openrouter", 400, {
    error: {
      message: "Provider returned error",
      code: 400,
      metadata: {
        raw:
          '{"error":{"message":"This model\'s maximum context length is 131072 tokens.","code":"too_long"}}',
        provider_name: "Xiaomi",
      },
    },
  }, {
    kind: "overflow",
    message:
      "Provider returned error: This model's maximum context length is 131072 tokens (code too_long)",
    code: "too_long",
  }],
  ["an error wrapped as text by a relay", "generic", 500, {
    error: {
      message: 'upstream said: {"error":{"message":"Incorrect key","code":"invalid_api_key"}}',
      type: "new_api_error",
    },
  }, {
    kind: "refused",
    message: "upstream said: Incorrect key (code invalid_api_key)",
    code: "invalid_api_key",
    type: "new_api_error",
  }],
  ["response.failed", "generic", null, {
    type: "response.failed",
    response: {
      id: "r",
      status: "failed",
      error: { code: "server_is_overloaded", message: "At capacity" },
    },
  }, {
    kind: "transient",
    message: "At capacity (code server_is_overloaded)",
    code: "server_is_overloaded",
  }],
  ["a bare error event", "generic", null, {
    type: "error",
    message: "Too bad",
    code: "server_error",
    param: null,
    sequence_number: 3,
  }, { kind: "transient", message: "Too bad (code server_error)", code: "server_error" }],
  ["an error without a known meaning in a stream", "generic", null, {
    error: { message: "hm" },
  }, { kind: "transient", message: "hm" }],
  ["a general type where no status is known", "generic", null, {
    error: { message: "bad tools", type: "invalid_request_error", param: "tools[0].name" },
  }, {
    kind: "refused",
    message: "bad tools (param tools[0].name)",
    type: "invalid_request_error",
  }],
  ["a general type against a status", "generic", 503, {
    error: { message: "later", type: "invalid_request_error" },
  }, { kind: "transient", message: "later", type: "invalid_request_error" }],
  ["error as a string", "generic", 400, { error: "model 'x' not found" }, {
    kind: "refused",
    message: "model 'x' not found",
  }],
  ["error as a label beside message", "generic", 400, {
    statusCode: 400,
    error: "Bad Request",
    message: "input is required",
  }, { kind: "refused", message: "input is required", type: "Bad Request" }],
  ["an array around it", "generic", 429, [{
    error: { code: 429, message: "Resource has been exhausted", status: "RESOURCE_EXHAUSTED" },
  }], {
    kind: "rate_limited",
    message: "Resource has been exhausted",
    code: "429",
    type: "RESOURCE_EXHAUSTED",
  }],
  ["FastAPI's detail", "generic", 422, {
    detail: [{ loc: ["body", "messages", 0], msg: "Field required", type: "missing", input: "sk" }],
  }, {
    kind: "refused",
    message: "Field required (param body.messages.0)",
    type: "missing",
  }],
  ["detail as text", "generic", 404, { detail: "Not Found" }, {
    kind: "refused",
    message: "Not Found",
  }],
  ["a list of errors", "generic", 400, { errors: ["first", "second"] }, {
    kind: "refused",
    message: "first",
  }],
  ["a string too long in history", "openai", 400, {
    error: {
      message:
        "Invalid 'input[3].content[0].text': string too long. Expected a string with maximum length 10485760.",
      code: "string_above_max_length",
      type: "invalid_request_error",
    },
  }, {
    kind: "overflow",
    message:
      "Invalid 'input[3].content[0].text': string too long. Expected a string with maximum length 10485760 (code string_above_max_length)",
    code: "string_above_max_length",
    type: "invalid_request_error",
  }],
  ["a string too long elsewhere", "openai", 400, {
    error: {
      message: "Invalid 'input[3].call_id': string too long.",
      code: "string_above_max_length",
    },
  }, {
    kind: "refused",
    message: "Invalid 'input[3].call_id': string too long (code string_above_max_length)",
    code: "string_above_max_length",
  }],
  [
    "an HTML 404",
    "mimo",
    404,
    "<html>\r\n<head><title>404 Not Found</title></head>\r\n<body><center><h1>404 Not Found</h1></center><hr><center>openresty</center></body></html>",
    {
      kind: "refused",
      message: "HTTP 404 with an HTML page: 404 Not Found",
      hint: "The path of base_url is probably wrong: the server knows no such address",
    },
  ],
  [
    "an HTML page without a title",
    "generic",
    524,
    "<!DOCTYPE html><body><style>p{}</style><script>x<1</script><p>A timeout&nbsp;occurred &amp; more</p>",
    { kind: "transient", message: "HTTP 524 with an HTML page: A timeout occurred & more" },
  ],
  ["an empty body", "generic", 502, " \n", {
    kind: "transient",
    message: "HTTP 502 with an empty body",
  }],
  ["plain text", "generic", 503, "upstream connect error or disconnect/reset before headers", {
    kind: "transient",
    message: "upstream connect error or disconnect/reset before headers",
  }],
  ["a redirect", "generic", 301, "", {
    kind: "refused",
    message: "HTTP 301 with an empty body",
    hint: "The address redirects: put the final address into base_url",
  }],
  ["a JSON object that names no error", "generic", 400, { foo: 1 }, {
    kind: "refused",
    message: '{"foo":1}',
  }],
  ["an echoed key", "openai", 401, {
    error: {
      message: "Incorrect API key provided: sk-abcd1234********wxyz. You can find your key at x.",
      type: "invalid_request_error",
      code: "invalid_api_key",
    },
  }, {
    kind: "refused",
    message: "Incorrect API key provided: sk-…. You can find your key at x (code invalid_api_key)",
    code: "invalid_api_key",
    type: "invalid_request_error",
  }],
  ["a request larger than a minute", "openai", 429, {
    error: {
      message:
        "Request too large for gpt-5 in organization org-1 on tokens per min (TPM): Limit 10000, Requested 12000.",
      code: "rate_limit_exceeded",
      type: "tokens",
    },
  }, {
    kind: "refused",
    message:
      "Request too large for gpt-5 in organization org-1 on tokens per min (TPM): Limit 10000, Requested 12000 (code rate_limit_exceeded)",
    code: "rate_limit_exceeded",
    type: "tokens",
  }],
];

for (const [name, provider, status, body, verdict] of cases) {
  Deno.test(`classify: ${name}`, () => {
    assert.deepEqual(classifyAnswer(named(provider), { status, text: text(body) }), verdict);
  });
}

/** Kinds of sentences, each as the message of a 400 from a host nobody knows. */
const sentences: Readonly<Record<ErrorKind, readonly string[]>> = {
  overflow: [
    "This model's maximum context length is 131072 tokens. However, you requested 140000 tokens (9000 in the messages, 131000 in the completion). Please reduce the length of the messages or completion.",
    "This endpoint's maximum context length is 1048576 tokens. However, you requested about 1293741 tokens",
    "Requested token count exceeds the model's maximum context length of 40960 tokens.",
    "Input length (265330) exceeds model's maximum context length (262144).",
    "prompt is too long: 213462 tokens > 200000 maximum",
    "input length and `max_tokens` exceed context limit: 199999 + 21333 > 200000",
    "The input token count (1196265) exceeds the maximum number of tokens allowed (1048575).",
    "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 300000 tokens.",
    "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
    "Please reduce the length of the messages or completion.",
    "the request exceeds the available context size, try increasing it",
    "The number of tokens to keep is greater than the context length",
    "The input (300 tokens) is longer than the model's context length (200 tokens).",
    "Prompt contains 40000 tokens, too large for model with 32768 maximum context length",
    "invalid params, context window exceeds limit (2013)",
    "Your request exceeded model token limit: 128000",
    "prompt token count of 5000 exceeds the limit of 4096",
    "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 983616]",
    "Input is too long for requested model.",
    "prompt too long; exceeded max context length by 4 tokens",
    "context size has been exceeded",
    "too many tokens in the request",
    "error: context_length_exceeded",
    "'max_tokens' is too large: 131072. This model's maximum context length is 131072 tokens and your request has 90000 input tokens",
    "抱歉，您发送的文本超长啦！建议您适当简化内容",
    "输入长度超过模型上限",
    "请求超长，请缩短后重试",
    "输入内容超出了模型的最大上下文长度",
    "上下文长度超出限制",
  ],
  rate_limited: [
    "Rate limit reached for gpt-5 in organization org-x on tokens per min (TPM): Limit 30000, Used 29000, Requested 4000. Please try again in 6s.",
    "This request would exceed your organization's rate limit of 50,000 input tokens per minute.",
    "Your account reached max TPM: 500000, current: 500012",
    "Input tokens per minute limit exceeded",
    "token数超过每分钟限制",
    "Your account request reached organization max RPM: 3, please try again after 1 seconds",
    "xiaomi/mimo is temporarily rate-limited upstream",
    "Too many requests, please slow down",
    "Too many tokens, please wait before trying again.",
    "您的请求过于频繁，请稍后再试",
    "当前并发数过高，请降低并发",
  ],
  quota: [
    "You exceeded your current quota, please check your plan and billing details.",
    "You exceeded your current token quota: 0, please check your account balance",
    "Insufficient Balance",
    "账户余额不足，请充值",
    "Your credit balance is too low to access the API",
    "You've reached your usage limit for this billing cycle.",
    "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.",
    "Usage limit reached for 5 hour. Your limit will reset at 2026-09-10 10:00:00",
    "已达到 5 小时 的使用上限。您的限额将在 12:00 重置",
    "Your Token plan quota has been exhausted. You can upgrade",
    "您的 GLM Coding Plan 套餐已到期，暂无法使用",
  ],
  moderated: [
    "Input data may contain inappropriate content.",
    "系统检测到输入或生成内容可能包含不安全或敏感内容",
    "The response was filtered due to the prompt triggering the content management policy.",
    "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
    "Your request was rejected as a result of our safety system.",
    "Output blocked by content filtering policy",
    "输入内容涉敏",
  ],
  transient: [
    "finishConnect(..) failed: Connection refused",
    "upstream connect error or disconnect/reset before headers. reset reason: overflow",
    "no healthy upstream",
    "system busy",
    "系统繁忙，请稍后重试",
    "The server is overloaded or not ready yet.",
    "该模型当前访问量过大，请您稍后再试",
  ],
  refused: [
    "max_tokens exceeds the limit of 8192",
    "Range of max_tokens should be [1, 8192]",
    "Unsupported model",
    "`function` is not set",
    "tool type 'web_search' is not supported by this gateway phase",
    "Invalid 'tools[0].function.name': string too long. Expected a string with maximum length 64",
    "Unknown parameter: 'context_window'.",
  ],
};

for (const [kind, messages] of Object.entries(sentences)) {
  for (const message of messages) {
    Deno.test(`classify: reads ${kind} in ${JSON.stringify(message.slice(0, 60))}`, () => {
      const json = { error: { message } };
      const verdict = classifyAnswer(GENERIC, { status: 400, text: "", json });
      assert.deepEqual(verdict, { kind, message });
    });
  }
}

const statuses: readonly (readonly [ErrorKind, readonly number[]])[] = [
  ["refused", [300, 301, 307, 400, 401, 403, 404, 405, 413, 415, 422, 434, 511]],
  ["quota", [402]],
  ["rate_limited", [429]],
  ["transient", [408, 409, 425, 499, 500, 502, 503, 504, 507, 520, 521, 522, 523, 524, 529]],
];

for (const [kind, list] of statuses) {
  Deno.test(`classify: HTTP ${list.join(", ")} without a word is ${kind}`, () => {
    const assessed = list.map((status) => classifyAnswer(GENERIC, { status, text: "" }).kind);
    assert.deepEqual(assessed, list.map(() => kind));
  });
}

/** Prose that comes near the phrases; a relay may send it as text/plain with any status. */
const ordinary = [
  "I shortened the prompt so that the conversation fits into the context window again.",
  "The maximum context length of a model decides how much history you can send; see the table below.",
  "Tests pass. The input length is validated before parsing, and longer strings are rejected with a 400.",
  "We should handle the case where a tool returns too many tokens by truncating its output.",
  "The content filter in nginx.conf is disabled, so uploads are not scanned for unsafe files.",
  "I moved the API key out of the repository; sensitive data now lives in the environment.",
  "这个函数的参数列表过长，我把它拆成了一个配置对象。",
  "请不要把敏感信息写进日志，我已经加上了脱敏处理。",
  "上下文窗口越大，模型能参考的历史就越多，但是费用也会增加。",
  "我检查了输入长度的校验逻辑，超过限制时会返回清楚的错误提示。",
];

Deno.test("classify: no ordinary sentence is an overflow or moderation by phrase", () => {
  for (const profile of [GENERIC, named("mimo"), named("glm"), named("qwen"), named("minimax")]) {
    for (const sentence of ordinary) {
      const { kind } = classifyAnswer(profile, { status: null, text: sentence });
      assert.equal(kind, "transient", `${profile.name}: ${sentence}`);
    }
  }
});

/** Groq's error events as recorded; they end their streams without a finish reason. */
const GROQ = [
  '{"error":{"message":"Tool choice is required, but model did not call a tool","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"","status_code":400}}',
  String
    .raw`{"error":{"message":"Tool call validation failed: tool call validation failed: parameters for tool get_something_by_name did not match schema: errors: [missing properties: 'name', additionalProperties 'invalid_param' not allowed]","type":"invalid_request_error","code":"tool_use_failed","failed_generation":"{\"name\": \"get_something_by_name\", \"arguments\": {\n  \"invalid_param\": \"value\"\n}}","status_code":400}}`,
];

Deno.test("classify: recorded errors keep their message and meaning", async () => {
  const file = new URL("../../streams/openai-responses-error.sse", import.meta.url);
  const events = (await Deno.readTextFile(file)).split("\n").filter((line) =>
    line.startsWith("data: ")
  );
  const openai = events.slice(-2).map((line) => line.slice(6));
  const verdicts = [...openai, ...GROQ].map((text) =>
    classifyAnswer(GENERIC, { status: null, text })
  );
  const message = "You exceeded your current quota, please check your plan and billing details. " +
    "For more information on this error, read the docs: " +
    "https://platform.openai.com/docs/guides/error-codes/api-errors (code insufficient_quota)";
  const groq = { kind: "transient", code: "tool_use_failed", type: "invalid_request_error" };
  assert.deepEqual(verdicts, [
    { kind: "quota", message, code: "insufficient_quota", type: "insufficient_quota" },
    { kind: "quota", message, code: "insufficient_quota" },
    {
      ...groq,
      message: "Tool choice is required, but model did not call a tool (code tool_use_failed)",
    },
    {
      ...groq,
      message: "Tool call validation failed: tool call validation failed: parameters for tool " +
        "get_something_by_name did not match schema: errors: [missing properties: 'name', " +
        "additionalProperties 'invalid_param' not allowed] (code tool_use_failed)",
    },
  ]);
});

Deno.test("classify: hides the keys that were sent, whatever they look like", () => {
  const key = "0123456789abcdefplain";
  const answer = { status: 401, text: `{"error":"no such key ${key}"}`, secrets: [key] };
  assert.equal(classifyAnswer(GENERIC, answer).message, "no such key …");
});

Deno.test("classify: hides a key that stands where the message is cut", () => {
  const said = `${"a".repeat(590)} sk-9f8e7d6c5b4a39281706`;
  const { message } = classifyAnswer(GENERIC, { status: 401, text: "", json: { error: said } });
  assert.equal(message, `${"a".repeat(590)} sk-…`);
});

Deno.test("classify: stays short and quick on 64 KiB of anything", () => {
  const page = `<html><p>${"input <".repeat(9_000)}`;
  for (const body of [page, "max_tokens ".repeat(6_000), `{"error":"${"x {".repeat(20_000)}"}`]) {
    const ms = worked(() => {
      const { message } = classifyAnswer(named("mimo"), { status: 400, text: body });
      assert.ok(message.length < 700, `${message.length} characters`);
    });
    assert.ok(ms < 500, `${ms} ms of work`);
  }
});

Deno.test("classify: takes whatever comes and never shows a key", () => {
  const key = "sk-9f8e7d6c5b4a39281706";
  const envelope = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ error: fc.jsonValue() }).map((value) => JSON.stringify(value)),
    fc.string().map((words) =>
      JSON.stringify({ error: { message: `${words} ${key}`, param: key } })
    ),
    fc.string().map((words) => `<html><title>${words} ${key}`),
  );
  fc.assert(fc.property(envelope, fc.constantFrom(null, 200, 400, 429, 502), (text, status) => {
    for (const profile of PROFILES) {
      const verdict = classifyAnswer(profile, { status, text });
      assert.ok(verdict.message.length > 0);
      assert.ok(!JSON.stringify(verdict).includes("9f8e7d6c"));
    }
  }));
});
