/**
 * What to do about a failure, in the words of the doctor's hints and of docs/troubleshooting.md, in both languages.
 *
 * @module
 */

import type { FailureCode } from "../../base/errors.ts";

/** A sentence in both languages. */
type Advice = { readonly en: string; readonly zh: string };

const NETWORK: Advice = {
  en:
    "Check the network, the proxy variables and base_url; sidecar doctor follows the way to the provider",
  zh: "请检查网络、代理环境变量和 base_url；sidecar doctor 会逐段检查到服务商的链路",
};
const PROVIDER_SLOW: Advice = {
  en:
    "The provider takes longer than the deadlines allow; raise timeouts in config.yaml, or add a fallback",
  zh: "服务商的响应超过了等待时限；请在 config.yaml 中调大 timeouts，或配置 fallback",
};
const PROVIDER_BUSY: Advice = {
  en: "The provider is busy; wait, lower the number of sessions, or add a fallback",
  zh: "服务商繁忙；请稍候、减少并发会话，或配置 fallback",
};
const PROVIDER_BROKEN: Advice = {
  en:
    "The provider's answers break off; sidecar stress measures how often, sidecar serve --record keeps one for a report",
  zh:
    "服务商的回答中途断开；用 sidecar stress 统计频率，用 sidecar serve --record 记录一次以便反馈",
};
const REFUSED: Advice = {
  en: "The provider refuses the request; sidecar doctor checks key, host and model",
  zh: "服务商拒绝了请求；sidecar doctor 会检查密钥、地址和模型",
};
const QUOTA: Advice = {
  en: "The balance or plan is used up; top it up at the provider, or use another upstream",
  zh: "余额或套餐已用完；请到服务商处充值，或换一个 upstream",
};
const CONTEXT: Advice = {
  en:
    "The conversation is longer than the model's context; use /compact in Codex, or start a new session",
  zh: "对话超出了模型的上下文长度；请在 Codex 中使用 /compact，或新建会话",
};
const OTHER: Advice = {
  en: "Run sidecar doctor: it names the hop that fails and what to do",
  zh: "请运行 sidecar doctor：它会指出出错的环节和解决办法",
};

const ADVICE: Partial<Record<FailureCode, Advice>> = {
  unreachable: NETWORK,
  connect_timeout: NETWORK,
  head_timeout: PROVIDER_SLOW,
  first_event_timeout: PROVIDER_SLOW,
  silence: PROVIDER_SLOW,
  no_progress: PROVIDER_SLOW,
  overloaded: PROVIDER_BUSY,
  rate_limited: PROVIDER_BUSY,
  broken_stream: PROVIDER_BROKEN,
  truncated: PROVIDER_BROKEN,
  empty_answer: PROVIDER_BROKEN,
  bad_answer: PROVIDER_BROKEN,
  not_a_stream: PROVIDER_BROKEN,
  refused: REFUSED,
  moderated: REFUSED,
  quota: QUOTA,
  context_overflow: CONTEXT,
};

/** What to do about a failure with this code. */
export function adviceFor(code: string | null): Advice {
  return (ADVICE as Readonly<Record<string, Advice>>)[code ?? ""] ?? OTHER;
}

/** The heading of docs/troubleshooting.md about a failure. */
const HEADINGS: Partial<Record<FailureCode, string>> = {
  overloaded: "were-currently-experiencing-high-demand",
  rate_limited: "exceeded-retry-limit-last-status-429-too-many-requests",
  refused: "a-key-is-refused",
  quota: "quota-exceeded-check-your-plan-and-billing-details",
  context_overflow: "codex-ran-out-of-room-in-the-models-context-window",
};

/** The page that explains a failure. @param docs where the documentation is, with a slash at its end */
export function pageAbout(code: string | null, docs: string): string {
  const heading = (HEADINGS as Readonly<Record<string, string>>)[code ?? ""] ??
    "stream-disconnected-before-completion";
  return `${docs}troubleshooting.md#${heading}`;
}
