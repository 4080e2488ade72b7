/**
 * A Messages provider as strict as Anthropic's: it refuses what the API is documented or known to refuse
 * (docs/facts/providers.md §15).
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../lib/base/json.ts";

const objects = (value: Json | undefined): JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
const blank = (value: Json | undefined) => typeof value !== "string" || value.trim() === "";
const NAME = /^[a-zA-Z0-9_-]{1,64}$/;

/** What is wrong with a request; `undefined`: nothing. */
export function messagesRule(body: JsonObject): string | undefined {
  const messages = objects(body.messages);
  return fieldRule(body) ?? toolRule(body, messages) ?? orderRule(messages) ??
    messages.map(contentRule).find((words) => words !== undefined) ?? cacheRule(body, messages) ??
    thinkingRule(body);
}

function fieldRule({ max_tokens, system, messages }: JsonObject): string | undefined {
  if (typeof max_tokens !== "number" || max_tokens < 1) return "max_tokens: Field required";
  if (objects(messages).length === 0) return "messages: at least one message is required";
  return objects(system).some(({ text }) => blank(text))
    ? "system: text content blocks must be non-empty"
    : undefined;
}

function toolRule({ tools, tool_choice }: JsonObject, messages: JsonObject[]): string | undefined {
  const names = objects(tools).map(({ name }) => filled(name) ?? "");
  const bad = names.find((name, at) => !NAME.test(name) || names.indexOf(name) !== at);
  if (bad !== undefined) return `tools: ${bad} is no name, or one that another tool has`;
  const schema = objects(tools).find(({ input_schema: it }) =>
    !isObject(it) || it.type !== "object" || "anyOf" in it || "oneOf" in it || "allOf" in it
  );
  if (schema) return `tools: the input_schema of ${schema.name} is no object`;
  if (names.length === 0 && messages.some((each) => blocks(each, "tool_use").length > 0)) {
    return "Requests which have `tool_use` or `tool_result` blocks in messages must define tools";
  }
  const choice = isObject(tool_choice) ? tool_choice : undefined;
  if (choice && names.length === 0) {
    return "tool_choice may only be specified while providing tools";
  }
  return choice?.type === "tool" && !names.includes(`${choice.name}`)
    ? `Tool '${choice.name}' not found in provided tools`
    : undefined;
}

const blocks = ({ content }: JsonObject, type: string) =>
  objects(content).filter((block) => block.type === type);

function orderRule(messages: JsonObject[]): string | undefined {
  const ids = new Set<Json | undefined>();
  for (const [at, message] of messages.entries()) {
    const { role } = message;
    const before = messages[at - 1];
    if (role !== "user" && role !== "assistant") return `messages.${at}.role: ${role}`;
    if (role === (before?.role ?? "assistant")) return `messages: roles must alternate (${at})`;
    if (role === "assistant") {
      for (const { id } of blocks(message, "tool_use")) {
        if (ids.has(id)) return `messages.${at}: \`tool_use\` ids must be unique (${id})`;
        ids.add(id);
      }
      continue;
    }
    const called = before ? blocks(before, "tool_use").map(({ id }) => id) : [];
    const content = objects(message.content);
    const results = content.slice(0, called.length).map(({ tool_use_id }) => tool_use_id);
    if (called.some((id) => !results.includes(id))) {
      return `messages.${at}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after`;
    }
    if (blocks(message, "tool_result").length !== called.length) {
      return `messages.${at}: unexpected \`tool_use_id\` found in \`tool_result\` blocks`;
    }
  }
  return undefined;
}

function contentRule({ role, content }: JsonObject): string | undefined {
  const all = objects(content);
  if (all.length === 0) return `A message of role ${role} is empty`;
  const inside = all.flatMap((block) => [block, ...objects(block.content)]);
  for (const { type, text, id, name, input, source } of inside) {
    if (type === "text" && blank(text)) return "text content blocks must be non-empty";
    if (type === "tool_use" && !/^[a-zA-Z0-9_-]+$/.test(`${id}`)) return `tool_use.id: ${id}`;
    if (type === "tool_use" && !NAME.test(`${name}`)) return `tool_use.name: ${name}`;
    if (type === "tool_use" && !isObject(input)) return "tool_use.input: not an object";
    if (type === "image" && isObject(source) && source.type === "base64") {
      const known = /^image\/(?:png|jpeg|gif|webp)$/.test(`${source.media_type}`);
      if (!known) return `image.source.media_type: ${source.media_type}`;
    }
  }
  const last = all.at(-1);
  if (role === "assistant" && /thinking/.test(`${last?.type}`)) {
    return "The final block in an assistant message cannot be `thinking`";
  }
  return undefined;
}

function cacheRule({ system, tools }: JsonObject, messages: JsonObject[]): string | undefined {
  const all = [system, tools, ...messages.map(({ content }) => content)].flatMap(objects);
  const marked = all.filter(({ cache_control: mark }) => mark !== undefined);
  if (marked.length > 4) {
    return `A maximum of 4 blocks with cache_control may be provided. Found ${marked.length}`;
  }
  return marked.some(({ type }) => /thinking/.test(`${type}`))
    ? "cache_control cannot be set for `thinking` blocks"
    : undefined;
}

/** With thinking, the turn that goes on must have begun with it. */
function thinkingRule(
  { thinking, max_tokens, temperature, top_p, tool_choice, messages }: JsonObject,
): string | undefined {
  if (!isObject(thinking) || thinking.type !== "enabled") return undefined;
  const { budget_tokens: budget } = thinking;
  if (typeof budget !== "number" || budget < 1_024) return "thinking.budget_tokens: at least 1024";
  if (budget >= Number(max_tokens)) {
    return "`max_tokens` must be greater than `thinking.budget_tokens`";
  }
  if (temperature !== undefined || top_p !== undefined) {
    return "`temperature` may only be set to 1 when thinking is enabled";
  }
  if (isObject(tool_choice) && /^(?:any|tool)$/.test(`${tool_choice.type}`)) {
    return "Thinking may not be enabled when tool_choice forces tool use";
  }
  const all = objects(messages);
  const since = all.findLastIndex((each) =>
    each.role === "user" && objects(each.content).some(({ type }) => type !== "tool_result")
  );
  const bare = all.slice(since + 1).find((each) =>
    blocks(each, "tool_use").length > 0 && !/thinking/.test(`${objects(each.content)[0]?.type}`)
  );
  if (bare) return "Expected `thinking` or `redacted_thinking`, but found `tool_use`";
  const unsigned = all.some((each) =>
    blocks(each, "thinking").some(({ signature: s }) => blank(s))
  );
  return unsigned ? "Invalid `signature` in `thinking` block" : undefined;
}
