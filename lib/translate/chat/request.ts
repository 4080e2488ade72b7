/**
 * Translates a Responses request with function tools to a Chat Completions body.
 *
 * A field is sent only if these modules or the provider's rules name it, so that a field which Codex adds in a later version
 * cannot cause a 400.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import { type ChatRules, chatRulesFor } from "../../provider/chat_rules.ts";
import { answerFormat } from "./answer_format.ts";
import { type Receiver, toMessages } from "./messages.ts";
import { flagged } from "./prefix.ts";
import { toolFields } from "./tools.ts";

/** A request as it goes to a Chat server, and what the decoder of its answer needs to know. */
interface ChatRequest {
  readonly body: JsonObject;
  /** The ids of all calls in the history, as Codex knows them. New ones must differ. */
  readonly taken: ReadonlySet<string>;
  /** The id of the answer that the request asks to continue. */
  readonly unfinished: string | undefined;
}

/**
 * Translates a request whose tools are all functions.
 *
 * @param request what Codex sent, with its tools turned into function tools
 * @param rules the provider's rules; those of the model are applied here
 * @param context `model`: the id under which the provider knows the model; `prefix`: how the answer begins, only where
 * {@link takesPrefix}; `receiver`: to whom it goes; `formatInWords`: whether the answer's format may only be asked for in
 * words; `images`: whether the model sees images, where more is known than the rules say
 */
export function toChat(
  request: JsonObject,
  rules: ChatRules,
  { model, prefix, receiver, images, formatInWords = false }: {
    readonly model: string;
    readonly prefix?: string;
    readonly receiver?: Receiver;
    readonly formatInWords?: boolean;
    readonly images?: boolean;
  },
): ChatRequest {
  const named = chatRulesFor(rules, model);
  const own = images === undefined ? named : { ...named, images };
  const format = answerFormat(request, formatInWords ? { ...own, schema: "prompt" } : own);
  const lead = [filled(request.instructions), ...format.instructions].filter((text) =>
    text !== undefined
  );
  const begun = prefix === undefined
    ? []
    : [{ type: "message", role: "assistant", content: prefix }];
  const conversation = toMessages([...inputOf(request), ...begun], lead, own, receiver);
  const { taken, unfinished } = conversation;
  const messages = prefix === undefined || !own.prefix
    ? conversation.messages
    : flagged(conversation.messages, own.prefix);
  const body: JsonObject = {
    model: own.modelNoise ? model.replace(own.modelNoise, "") : model,
    messages,
    ...toolFields(request, own),
    ...format.fields,
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
 * Whether the provider continues an answer to this request when it is given its beginning. Not where the request asks for
 * a format: providers do not combine the two (see the rows).
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
  const format = answerFormat(request, own);
  if (format.instructions.length > 0 || Object.keys(format.fields).length > 0) return false;
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
