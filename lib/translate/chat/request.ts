/**
 * A lowered Responses request to a Chat Completions body.
 *
 * Pure, and closed: a field goes out only if these modules or the provider's rules name it, so whatever Codex adds
 * tomorrow cannot turn into a 400.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { type ChatRules, chatRulesFor } from "../../provider/chat_rules.ts";
import { answerFormat } from "./answer_format.ts";
import { toMessages } from "./messages.ts";
import { flagged } from "./prefix.ts";
import { toolFields } from "./tools.ts";

/** A request as it goes to a Chat server, and what the answer's reader must know of it. */
interface ChatRequest {
  readonly body: JsonObject;
  /** The ids of all calls in the history, as Codex knows them. New ones must differ. */
  readonly taken: ReadonlySet<string>;
  /** The answer, by its id, that the request asks to go on with. */
  readonly unfinished: string | undefined;
}

/**
 * Translates a request whose tools are all functions.
 *
 * @param request what Codex sent, lowered
 * @param rules the provider's; those of the model are applied here
 * @param context `model`: the id under which the provider knows the model; `prefix`: how the answer begins, only where
 * {@link takesPrefix}
 */
export function toChat(
  request: JsonObject,
  rules: ChatRules,
  { model, prefix }: { readonly model: string; readonly prefix?: string },
): ChatRequest {
  const own = chatRulesFor(rules, model);
  const form = answerFormat(request, own);
  const lead = [filled(request.instructions), ...form.words].filter((text) => text !== undefined);
  const begun = prefix === undefined
    ? []
    : [{ type: "message", role: "assistant", content: prefix }];
  const conversation = toMessages([...inputOf(request), ...begun], lead, own);
  const { taken, unfinished } = conversation;
  const messages = prefix === undefined || !own.prefix
    ? conversation.messages
    : flagged(conversation.messages, own.prefix);
  const body: JsonObject = {
    model: own.modelNoise ? model.replace(own.modelNoise, "") : model,
    messages,
    ...toolFields(request, own),
    ...form.fields,
    ...kept(request, own),
    ...limit(request, own),
    ...effort(request, own),
    ...own.extra,
    stream: true,
    ...(own.includeUsage ? { stream_options: { include_usage: true } } : {}),
  };
  return { body, taken, unfinished };
}

/**
 * Whether the provider goes on in an answer to this request when it is given its beginning. Not where the request asks for
 * a form of its own: the two do not mix (see the rows).
 *
 * @param context `base`: the base URL
 */
export function takesPrefix(
  request: JsonObject,
  rules: ChatRules,
  { model, base }: { readonly model: string; readonly base: string },
): boolean {
  const own = chatRulesFor(rules, model);
  if (!own.prefix) return false;
  const { path, unless = {} } = own.prefix;
  if (path && !(URL.canParse(base) && path.test(new URL(base).pathname))) return false;
  const form = answerFormat(request, own);
  if (form.words.length > 0 || Object.keys(form.fields).length > 0) return false;
  const fields = effort(request, own);
  const against = Object.entries(unless);
  return against.length === 0 ||
    against.some(([name, value]) => JSON.stringify(fields[name]) !== JSON.stringify(value));
}

function inputOf({ input }: JsonObject): readonly Json[] {
  if (typeof input === "string") return [{ type: "message", role: "user", content: input }];
  return Array.isArray(input) ? input : [];
}

function kept(request: JsonObject, { sends }: ChatRules): JsonObject {
  const tools = Array.isArray(request.tools) && request.tools.length > 0;
  const fields = sends.filter((field) =>
    request[field] !== undefined && request[field] !== null &&
    (tools || field !== "parallel_tool_calls")
  );
  return Object.fromEntries(fields.map((field) => [field, request[field]]));
}

function limit({ max_output_tokens: asked }: JsonObject, { output }: ChatRules): JsonObject {
  const max = output.max ?? Infinity;
  const value = typeof asked === "number" ? Math.min(asked, max) : max;
  return Number.isFinite(value) ? { [output.field]: value } : {};
}

function effort({ reasoning }: JsonObject, { efforts }: ChatRules): JsonObject {
  const word = isObject(reasoning) ? filled(reasoning.effort) : undefined;
  const key = word !== undefined && Object.hasOwn(efforts, word) ? word : "default";
  return efforts[key] ?? {};
}
