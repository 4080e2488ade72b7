/**
 * Every setting of one upstream, once; `schema.ts` has those outside `upstreams` and says what a row is.
 *
 * @module
 */

import type { InferOutput } from "valibot";
import * as kind from "./kinds.ts";
import { row, type Setting, type SettingKey, settings, upstreamOrModel } from "./schema.ts";

/** The names of the providers; `lib/provider/` holds a row for each. */
export const providerNames = [
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
] as const;

/** Where a key or a token is read from. */
export const keySource: kind.Kind<string> = kind.text(
  "env:NAME, the environment variable that holds the key, or file:PATH, the file that holds it",
  /^(?:env:[A-Za-z_]\w*|file:[^\s].*)$/,
);
const model = kind.text("a model's name", /^\S+$/);
/** The settings of one entry under `upstreams`, by key path below its name. */
export const upstreamSettings = {
  "base_url": row(kind.baseUrl, undefined, "base of the provider's API; required"),
  "wire": row(
    kind.choice(["responses", "chat", "anthropic"]),
    undefined,
    "the form of its API; the provider's own where nothing is set",
  ),
  "provider": row(
    kind.choice(providerNames),
    undefined,
    "which row of facts applies; found by the host where nothing is set",
  ),
  "api_key": row(
    kind.hidden(kind.oneOrMore(`${keySource.takes}; or a list of these`, keySource)),
    undefined,
    "where the key is read that replaces the client's, or a list: the keys of one pool; the client's key where nothing is set",
  ),
  "models": row(
    kind.list("a list of model names", model),
    [],
    "models that `/v1` sends here",
  ),
  "fallback": row(
    kind.list("a list of upstreams, each upstream or upstream/model", upstreamOrModel),
    [],
    "who answers, in this order, where this one cannot; they need keys of their own",
  ),
  "concurrency": row(
    kind.orNone(kind.wholeNumber(1, 10_000)),
    null,
    "requests at once for each of its keys; the others wait their turn",
  ),
  "timeouts.connect": inherited("timeouts.connect"),
  "timeouts.head": inherited("timeouts.head"),
  "timeouts.first_event": inherited("timeouts.first_event"),
  "timeouts.silence": inherited("timeouts.silence"),
  "timeouts.progress": inherited("timeouts.progress"),
  "retry.attempts": inherited("retry.attempts"),
  "retry.max_wait": inherited("retry.max_wait"),
  "retry.before_fallback": inherited("retry.before_fallback"),
} as const satisfies Record<string, Setting>;

/** A key path below an upstream's name, such as `timeouts.silence`. */
type UpstreamKey = keyof typeof upstreamSettings;

/** What the user set of one upstream, once read. */
export type UpstreamValues = {
  readonly [K in UpstreamKey]?: InferOutput<(typeof upstreamSettings)[K]["kind"]["schema"]>;
};

function inherited<K extends SettingKey>(key: K) {
  return { ...settings[key], fallback: undefined };
}
