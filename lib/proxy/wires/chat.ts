/**
 * The Chat Completions wire: the request is translated, and so is the answer. The decoder writes every event itself,
 * so nothing behind it has anything to normalize.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../base/json.ts";
import { chatRulesFor } from "../../provider/chat_rules.ts";
import { chatReader } from "../../translate/chat/decoder.ts";
import { fixUp } from "../../translate/chat/fix_up.ts";
import { takesPrefix, toChat } from "../../translate/chat/request.ts";
import { declaredTools } from "../../translate/chat/tools.ts";
import { partsLeftOut, toolsLeftOut } from "../../translate/left_out.ts";
import { limitBody } from "../../translate/request/body_limit.ts";
import { toFunctionTools } from "../../translate/request/function_tools.ts";
import { adaptToolSchemas } from "../../translate/request/schemas.ts";
import type { SseMessage } from "../../wire/sse.ts";
import type { WireAdapter } from "./adapter.ts";
import { decoder } from "./decoder.ts";

/** `POST {base}/chat/completions`. */
export const chat: WireAdapter = {
  path: "/chat/completions",

  authHeaders: (key) => ({ authorization: `Bearer ${key}` }),

  encode(request, context) {
    const { profile, title, random, createdAt, limits, classify, rewrites, prefix } = context;
    const { tolerates = () => false } = context;
    const rules = profile.chat;
    const model = filled(request.model) ?? "";
    const adapted = toFunctionTools(request, ["function"]);
    const sent = adaptToolSchemas(adapted.request, profile.schemas);
    const { body, taken, unfinished } = toChat(sent, rules, {
      model,
      ...(prefix !== undefined && { prefix }),
    });
    const reader = chatReader({
      rules,
      model,
      createdAt,
      random,
      limits,
      title,
      toolNames: declaredTools(adapted.request),
      takenCallIds: taken,
      rewrites: rewrites ?? true,
      unfinished,
      tolerates,
      ...(prefix !== undefined && { prefix }),
      classify: (error) =>
        isObject(error)
          ? classify(error, JSON.stringify(error))
          : classify({ error }, String(error)),
    });
    const limited = limitBody(body, profile.maxBody);
    return {
      body: limited.body,
      decoder: decoder(reader, adapted, { title, tolerates }, () => reader.finished),
      tail: true,
      leftOut: [
        ...toolsLeftOut(adapted.dropped),
        ...partsLeftOut(request, chatRulesFor(rules, model).images),
        ...limited.leftOut,
      ],
    };
  },

  continues: (request, { profile, base }) =>
    takesPrefix(request, profile.chat, { model: filled(request.model) ?? "", base }),

  decodeComplete: completeCompletion,

  fixUp: (body, message, already, profile) => fixUp(profile.chat, message, body, already),
};

/** A complete completion is read like a stream of one chunk. */
function completeCompletion(json: JsonObject): SseMessage[] | undefined {
  return Array.isArray(json.choices) && json.choices.length > 0
    ? [{ data: JSON.stringify(json) }]
    : undefined;
}
