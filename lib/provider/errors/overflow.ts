/**
 * The phrases with which providers say that a conversation is longer than the model's window.
 *
 * A phrase names both the window and its being exceeded: a rate limit, a `max_tokens` out of range or an answer
 * that merely talks about context windows must not match, because Codex answers an overflow by rewriting history.
 *
 * @module
 */

import type { Phrase } from "../profile.ts";

const WINDOW =
  "context (?:length|window|size|limit)|(?:prompt|input) length|allowed input|model(?:'s)? token limit";

/** Tried in order; each states whose wording it is. */
export const OVERFLOW_PHRASES: readonly Phrase[] = [
  // OpenAI, DeepSeek, OpenRouter, vLLM, xAI: "maximum context length is 131072 tokens".
  [/maximum (?:context|model|prompt) (?:length|window)\D{1,12}\d/i, "overflow"],
  // OpenAI, llama.cpp, LM Studio, SGLang, Together, Mistral, Kimi, Anthropic.
  [
    new RegExp(
      `(?:exceed(?:s|ed|ing)?|(?:longer|larger|greater) than|too (?:long|large) for)\\b.{0,60}?\\b(?:${WINDOW})`,
      "i",
    ),
    "overflow",
  ],
  // MiniMax ("context window exceeds limit"), llama.cpp, codes repeated in a message.
  [
    /context[ _](?:length|window|size)[ _](?:limit[ _])?(?:has been |was |is )?(?:exceed|overflow)/i,
    "overflow",
  ],
  [/context (?:length|size) is (?:only )?[\d,]+ tokens/i, "overflow"],
  // Anthropic, Ollama, Bedrock.
  [/prompt (?:is )?too long\b|input is too long for requested model/i, "overflow"],
  // OpenAI, Gemini, Ark: "Input tokens exceed the configured limit", "The input token count (1196265) exceeds".
  [/\binput (?:tokens?|token count|length)\b(?! per\b)[^.]{0,24}\bexceeds?\b/i, "overflow"],
  [/prompt token count of [\d,]+ exceeds/i, "overflow"],
  // OpenAI: a string longer than the API takes, but only where history stands.
  [
    /Invalid '(?:input|messages)(?:\[\d+\](?:\.(?:content|output)[^']{0,60})?)?': string too long/i,
    "overflow",
  ],
  [/reduce the length of (?:the|your) (?:messages|input|prompt)\b/i, "overflow"],
  // DashScope and its relays.
  [/range of input length should be/i, "overflow"],
  // Bedrock throttles with "Too many tokens, please wait".
  [/too many (?:input )?tokens in (?:the|your) (?:request|prompt|input)/i, "overflow"],
  // GLM ("Prompt 超长"), MiMo's web front ("文本超长"), relays.
  [/(?:prompt|请求|输入|上下文|文本|提示词)\s*(?:内容|长度|文本)?\s*超长/i, "overflow"],
  [
    /(?:输入|上下文|提示词|文本)(?:内容)?(?:的)?(?:总)?(?:长度|token\s*数量?|窗口)[^，。；,;]{0,8}(?:超出|超过|超限)/i,
    "overflow",
  ],
  [
    /(?:超出|超过|大于)了?(?:该|此|当前)?(?:模型)?的?(?:最大|支持的)*(?:上下文|输入)(?:长度|窗口|限制|上限)/,
    "overflow",
  ],
];
