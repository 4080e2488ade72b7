/**
 * Names of models that only OpenAI has. Codex asks for them beside the session's own model: `codex-auto-review` reviews
 * approvals, `gpt-5.6-luna` and `gpt-5.6-terra` write titles and memory (docs/facts/codex.md §7).
 *
 * A closed list, as data. A name that others give to a model of their own (`gpt-oss-120b`) is not in it.
 *
 * @module
 */

/** Forms of names, a vendor's prefix taken off. */
const NAMES: readonly RegExp[] = [
  /^codex-(?:auto-review|mini(?:-latest)?)$/,
  /^gpt-\d[\d.]*[a-z]?(?:-[a-z\d.]+)*$/,
  /^chatgpt-[\w.-]+$/,
  /^o[1-9](?:-[a-z\d.]+)*$/,
];

/** Longest name that is looked at, in characters. */
const MAX_NAME = 128;

/** Whether a model is one of OpenAI's, by its name in any case, with or without `openai/` before it. */
export function isOpenAIModel(model: string): boolean {
  if (model.length > MAX_NAME) return false;
  const name = model.toLowerCase().replace(/^openai\//, "");
  return NAMES.some((form) => form.test(name));
}

/**
 * How providers and gateways say that they have no such model. Statuses and codes differ (404, 400, 503), so that only the
 * words tell.
 */
const NO_SUCH_MODEL: readonly RegExp[] = [
  /\bmodel(?:[_ ]id|[_ ]name)?s?\b(?:(?!param|tool|image|field|schema|effort|stream|input|function).){0,160}?(?:not[_ ](?:found|exist|supported|available|valid|a valid)|(?:does|do) ?n[o']t exist|unknown|unsupported|retired|deprecated|decommissioned|discontinued|no longer|n[o']t have access|invalid)/is,
  /(?:no such|unknown|unsupported|invalid|not support(?:ed)?|no) (?:[\w-]+ )?models?\b/i,
  /no (?:available |endpoints? )(?:channels?|providers?|endpoints?|found)?\b.{0,80}\bmodel/is,
  /no endpoints found for|not a valid model|model_not_found|model_retired/i,
  /模型.{0,80}(?:不存在|无可用渠道|未找到|不支持|已下线)|(?:不存在|不支持|未找到).{0,20}模型/s,
];

/** As far as a refusal is read. */
const MAX_REFUSAL = 1500;

/** Whether a refusal says that there is no such model. @param message the provider's words */
export function saysNoSuchModel(message: string): boolean {
  const words = message.slice(0, MAX_REFUSAL);
  return NO_SUCH_MODEL.some((form) => form.test(words));
}
