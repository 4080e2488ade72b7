/**
 * The phrases with which providers refuse a conversation that ends with the assistant's own message.
 *
 * They are searched for only where such a conversation was sent. So a phrase may be wide: its subject is known.
 *
 * @module
 */

/** Characters of a refusal that are searched: its subject stands at its beginning. */
const MAX_SEARCHED = 2_000;

/** The comment above each names the servers that send it. */
const PHRASES: readonly RegExp[] = [
  // Anthropic, Bedrock, Copilot: "This model does not support assistant message prefill. The conversation must end with
  // a user message."; llama.cpp: "Assistant response prefill is incompatible with enable_thinking."
  /\bassistant\b.{0,60}\bpre-?fill|\bpre-?fill.{0,60}\b(?:not|un\w+|incompatible)\b/is,
  // "last message must be user"; vLLM: "Cannot set `add_generation_prompt` to True when the last message is from the
  // assistant"; Mistral: "Expected last role User or Tool (or Assistant with prefix True) for serving but got assistant"
  /\b(?:last|final|ends?|ending)\b.{0,80}\b(?:user|assistant|tool)\b/is,
  // llama.cpp: "Cannot have 2 or more assistant messages at the end of the list."
  /\bassistant\b.{0,80}\b(?:last|final|end)\b/is,
  // Templates of Gemma, Mistral, Llama: "Conversation roles must alternate user/assistant/user/assistant/..."
  /\broles?\b.{0,40}\balternat|\balternat\w+\b.{0,40}\b(?:roles?|user|assistant)\b/is,
  // vLLM, SGLang, TGI: errors of the model's own template
  /TemplateError|chat[ _]template|jinja|add_generation_prompt|continue_final_message/i,
  /最后一(?:条|个|轮).{0,20}(?:user|assistant|用户|助手)|(?:user|用户).{0,10}(?:结尾|结束)/i,
];

/** Whether the message of a refusal may say that the conversation's last message must not be the assistant's. */
export function complainsOfAssistantLast(message: string): boolean {
  const text = message.slice(0, MAX_SEARCHED);
  return PHRASES.some((phrase) => phrase.test(text));
}
