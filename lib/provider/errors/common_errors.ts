/**
 * Errors that mean the same at every provider: providers copy each other's messages, relays pass them on.
 *
 * The order matters. A phrase stands before every wider phrase that would match the same message.
 *
 * @module
 */

import { OVERFLOW_PHRASES } from "./overflow.ts";
import type { ErrorKind, Phrase } from "../profile.ts";

/** A failure behind the provider's own gateway, sometimes sent as a 400 (docs/facts/providers.md §1.7). */
const LEAKED: readonly Phrase[] = [
  [/connection (?:refused|reset by peer)|finishConnect\(|no route to host/i, "transient"],
  [/upstream connect error|no healthy upstream|upstream request timeout/i, "transient"],
];

/** Money and plans. They stand before rate limits, which share some words with them. */
const QUOTA: readonly Phrase[] = [
  [/exceeded your current (?:token )?quota/i, "quota"],
  [/insufficient (?:account )?(?:balance|credits?|funds|user quota)/i, "quota"],
  [/credit balance is too low|balance is (?:insufficient|not enough)/i, "quota"],
  [/(?:credits?|plan quota|token plan\w*)[^.]{0,24}\b(?:exhausted|used up|run out)/i, "quota"],
  [
    /(?:reached|exceeded|hit) your (?:\S+ ){0,3}usage limit|usage limit (?:reached|exceeded)/i,
    "quota",
  ],
  [/account (?:has an? overdue|is in arrears|is overdue)/i, "quota"],
  [
    /余额不足|(?:已|账户|账号)欠费|额度(?:不足|已?用[完尽]|已?耗尽)|配额(?:已?用[完尽]|已?耗尽)/,
    "quota",
  ],
  [/套餐.{0,12}(?:到期|过期|用完|用尽|耗尽)|使用上限/, "quota"],
];

const MODERATION: readonly Phrase[] = [
  [/content management policy|ContentSecurityDetection/i, "moderated"],
  [
    /(?:flagged as potentially|potentially) violating (?:our|the) (?:usage|content) polic/i,
    "moderated",
  ],
  [/rejected as a result of our safety system|blocked by (?:our )?content filter/i, "moderated"],
  [/(?:input|output) data may contain inappropriate content/i, "moderated"],
  [
    /系统检测到.{0,20}(?:不安全|敏感|违规)|(?:输入|输出|生成)内容(?:涉敏|涉及敏感|包含敏感)/,
    "moderated",
  ],
];

/** Messages that resemble an overflow, but that a shorter history does not cure. */
const LOOKALIKES: readonly Phrase[] = [
  // Everyone, for the other end: more output asked for than the model can write.
  [
    /^(?![\s\S]*\bcontext\b)[\s\S]*\bmax_(?:completion_|output_)?tokens\b.{0,40}(?:too large|exceeds?\b|should be|must be|at most)/i,
    "refused",
  ],
  // OpenAI, Groq: one request larger than a whole minute's tokens; waiting does not shrink it.
  [/request too large for\b.{0,300}(?:tokens per min|\bTPM\b)/i, "refused"],
];

const LIMITS: readonly Phrase[] = [
  [/\b(?:tokens?|requests?) per (?:sec|min|hour|day)|每(?:秒|分钟)/i, "rate_limited"],
  [/\b[RT]P[MDS]\b/, "rate_limited"],
  [
    /rate limit(?:ed|s)? (?:reached|exceeded|hit)|rate-limited|too many (?:concurrent )?requests/i,
    "rate_limited",
  ],
  [/(?:concurren(?:cy|t requests?)) limit|too many tokens, please wait/i, "rate_limited"],
  [/(?:请求|访问|调用)(?:过于)?(?:频繁|频率过高|过快)|并发数?过高|速率限制|限流/, "rate_limited"],
];

const BUSY: readonly Phrase[] = [
  [
    /(?:system|server|service|model|engine) is (?:currently )?(?:too )?(?:busy|overloaded)/i,
    "transient",
  ],
  [/\bsystem busy\b|\bserver busy\b|temporarily (?:unavailable|overloaded)/i, "transient"],
  [/(?:系统|服务器?|模型)(?:正?繁忙|过载)|访问量过大|服务暂时不可用/, "transient"],
];

/** What a phrase means, tried after the provider's own; the first match wins. */
export const COMMON_PHRASES: readonly Phrase[] = [
  ...LEAKED,
  ...QUOTA,
  ...MODERATION,
  ...LOOKALIKES,
  ...LIMITS,
  ...OVERFLOW_PHRASES,
  ...BUSY,
];

/** What a `code` or `type` means, in lower case, tried after the provider's own. */
export const COMMON_CODES: Readonly<Record<string, ErrorKind>> = kinds({
  quota: "insufficient_quota billing_hard_limit_reached billing_not_active insufficient_balance " +
    "insufficient_balance_error exceeded_current_quota_error insufficient_user_quota arrearage " +
    "accountoverdueerror usage_limit_reached usage_not_included payment_required billing_error",
  overflow: "context_length_exceeded context_window_exceeded model_context_window_exceeded " +
    "prompt_too_long input_too_long",
  moderated:
    "content_filter content_policy_violation data_inspection_failed datainspectionfailed " +
    "responsibleaipolicyviolation risk_control cyber_policy bio_policy invalid_prompt",
  refused:
    "string_above_max_length model_not_found invalid_api_key invalidapikey invalid_key token_expired " +
    "invalid_authentication_error unsupported_parameter unsupported_value " +
    "responses_feature_not_supported",
  rate_limited: "rate_limit_exceeded rate_limit_error rate_limit_reached_error too_many_requests " +
    "toomanyrequests throttling throttlingexception slow_down",
  transient:
    "overloaded_error engine_overloaded_error server_is_overloaded server_overloaded serveroverloaded " +
    "service_unavailable timeout upstream_error bad_gateway gateway_timeout network_error " +
    // Groq: the model called no tool or a wrong one; asked again it may do better
    "tool_use_failed",
});

/** Types so general that an HTTP status says more; they decide where there is none. */
export const GENERAL_TYPES: Readonly<Record<string, ErrorKind>> = kinds({
  refused: "invalid_request_error invalid_request authentication_error permission_error " +
    "not_found_error badrequesterror request_too_large",
  transient: "server_error internal_error internal_server_error",
});

/** Inverts `kind: "code code"` to a table from code to kind. */
function kinds(listed: Partial<Record<ErrorKind, string>>): Record<string, ErrorKind> {
  const table: Record<string, ErrorKind> = {};
  for (const [kind, codes] of Object.entries(listed)) {
    for (const code of codes.split(" ")) table[code] = kind as ErrorKind;
  }
  return table;
}
