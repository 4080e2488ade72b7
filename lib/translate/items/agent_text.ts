/**
 * What agents of Codex say to each other, for models that are not OpenAI's.
 *
 * Codex marks the text that one agent gives another as encrypted, in the schema of the tool (`"encrypted": true`) and in the
 * message that arrives (`encrypted_content`). OpenAI's models do encrypt it; any other model writes plain text there, and
 * whoever drops that loses the task (docs/facts/codex.md §7). So a part that is no token of OpenAI's is text.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

/** How OpenAI's tokens look: Fernet's version byte in base64, and nothing but its letters. */
const TOKEN = /^gAAAA[\w-]+={0,2}$/;

/** Stands where a text was that only OpenAI can read. */
export const SEALED = "[A text stood here that only the provider which wrote it can read.]";

/** The text of an `encrypted_content` part; `undefined` where it is a token, or nothing. */
export function plainText({ encrypted_content: text }: JsonObject): string | undefined {
  const own = filled(text);
  return own === undefined || TOKEN.test(own) ? undefined : own;
}

/**
 * An `agent_message` item as a message that every provider takes.
 *
 * @returns `undefined` where it says nothing
 */
export function agentMessage(item: JsonObject): JsonObject | undefined {
  const parts = Array.isArray(item.content) ? item.content.filter(isObject) : [];
  let text = "";
  const rest: JsonObject[] = [];
  for (const part of parts) {
    const own = filled(part.text) ??
      (part.type === "encrypted_content" ? readable(part) : undefined);
    if (own === undefined) {
      if (part.type === "input_image") rest.push(part);
    } else text += text === "" || text.endsWith("\n") ? own : `\n${own}`;
  }
  if (text === "" && rest.length === 0) return undefined;
  const head = `Message from ${item.author} to ${item.recipient}:\n`;
  const content = [{ type: "input_text", text: head + text }, ...rest];
  return { type: "message", role: "user", content };
}

/**
 * The request with all such text in plain parts.
 *
 * @param openai whether it goes to OpenAI, which reads its own tokens and takes `agent_message` items
 * @returns the same request where nothing changes
 */
export function withAgentText(request: JsonObject, openai: boolean): JsonObject {
  const { input } = request;
  if (!Array.isArray(input)) return request;
  const items = input.flatMap((item): Json[] => {
    if (!isObject(item)) return [item];
    if (item.type === "agent_message" && !openai) {
      const message = agentMessage(item);
      return message ? [message] : [];
    }
    const content = plainParts(item.content, openai);
    const output = plainParts(item.output, openai);
    if (content === item.content && output === item.output) return [item];
    return [{
      ...item,
      ...(content !== undefined && { content }),
      ...(output !== undefined && { output }),
    }];
  });
  const same = items.length === input.length && items.every((item, at) => item === input[at]);
  return same ? request : { ...request, input: items };
}

/** A list of parts without encrypted ones that hold plain text; the same list where it has none. */
function plainParts(parts: Json | undefined, openai: boolean): Json | undefined {
  if (!Array.isArray(parts)) return parts;
  const plain = parts.flatMap((part): Json[] => {
    if (!isObject(part) || part.type !== "encrypted_content") return [part];
    const text = openai ? plainText(part) : readable(part);
    if (text === undefined) return openai ? [part] : [];
    return [{ type: "input_text", text }];
  });
  const same = plain.length === parts.length && plain.every((part, at) => part === parts[at]);
  return same ? parts : plain;
}

/** The text of an encrypted part for a provider that is not OpenAI; `undefined` where the part is empty. */
function readable(part: JsonObject): string | undefined {
  return plainText(part) ?? (filled(part.encrypted_content) && SEALED);
}
