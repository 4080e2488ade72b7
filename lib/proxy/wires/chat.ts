/**
 * The Chat Completions wire: the request is translated, and so is the answer. The decoder writes every event itself,
 * so nothing behind it has anything to normalize.
 *
 * @module
 */

import { filled, type JsonObject } from "../../base/json.ts";
import { modelFacts } from "../../provider/catalog/facts.ts";
import { chatRulesFor } from "../../provider/chat_rules.ts";
import { chatReader } from "../../translate/chat/decoder.ts";
import { applyFixUp, fixUp, ORDERS } from "../../translate/chat/fix_up/fix_up.ts";
import { OPAQUE_STATE } from "../../translate/chat/fix_up/state.ts";
import { takesPrefix, toChat } from "../../translate/chat/request.ts";
import { partsLeftOut, toolsLeftOut } from "../../translate/left_out.ts";
import { answerSchema } from "../../translate/response/json_answer.ts";
import { withAgentText } from "../../translate/items/agent_text.ts";
import { withoutEncryptedMarks } from "../../translate/items/encrypted_marks.ts";
import { limitBody } from "../../translate/request/body_limit.ts";
import { applyRemembered } from "../../translate/request/remembered.ts";
import { toFunctionTools } from "../../translate/request/function_tools.ts";
import { adaptToolSchemas } from "../../translate/schemas/schemas.ts";
import { senderName } from "../../translate/opaque/state.ts";
import { isCompletion, openEnvelope } from "../../wire/envelope.ts";
import type { SseMessage } from "../../wire/sse.ts";
import type { WireAdapter } from "./adapter.ts";
import { decoder } from "./decoder.ts";
import { readerOptions } from "./reader_options.ts";

/** `POST {base}/chat/completions`. */
export const chat: WireAdapter = {
  path: "/chat/completions",

  authHeaders: (key) => ({ authorization: `Bearer ${key}` }),

  encode(request, context) {
    const { profile, title, prefix } = context;
    const { tolerates = () => false, base = "", sealed } = context;
    const schema = profile.openaiModels === "all" ? undefined : answerSchema(request);
    const rules = profile.chat;
    const model = filled(request.model) ?? "";
    // What is known of the model itself wins over what its name looks like
    const images = context.images ?? modelFacts(profile, model).images ??
      chatRulesFor(rules, model).images;
    const sender = senderName({ row: profile.name, base, wire: "chat", model });
    const plain = withoutEncryptedMarks(withAgentText(request, false));
    const adapted = toFunctionTools(plain, ["function"]);
    const sent = adaptToolSchemas(adapted.request, profile.schemas);
    const { body, taken, unfinished } = toChat(sent, rules, {
      model,
      receiver: { name: sender, ...(sealed && { refused: sealed.isForeign }) },
      images,
      formatInWords: context.adaptations?.has(CHAT + FORMAT_FIELD) ?? false,
      ...(prefix !== undefined && { prefix }),
    });
    const { escapes } = chatRulesFor(rules, model);
    const reader = chatReader({
      ...readerOptions(context, adapted, { taken, unfinished, sender }),
      rules,
    });
    const fixUps = [...context.adaptations ?? []].filter((what) => what.startsWith(CHAT));
    const fixed = fixUps.reduce(
      (sent, what) => applyFixUp(rules, sent, what.slice(CHAT.length)),
      body,
    );
    const remembered = applyRemembered(fixed, context.adaptations ?? [], ORDERS);
    const limited = limitBody(remembered.body, profile.maxBody);
    return {
      body: limited.body,
      decoder: decoder(reader, adapted, { title, tolerates, schema, escapes }, () => reader.ending),
      tail: true,
      leftOut: [
        ...toolsLeftOut(adapted.dropped),
        ...partsLeftOut(request, images),
        ...remembered.leftOut,
        ...limited.leftOut,
      ],
    };
  },

  continues: (request, { profile, base }) =>
    takesPrefix(request, profile.chat, { model: filled(request.model) ?? "", base }),

  decodeComplete: completeCompletion,

  fixUp(body, message, already, { chat: rules }) {
    const before = [...already].map((what) =>
      what.startsWith(CHAT) ? what.slice(CHAT.length) : what
    );
    const fixed = fixUp(rules, message, body, new Set(before));
    if (!fixed || "adaptation" in fixed) return fixed;
    if (applyFixUp(rules, body, fixed.what) === body || RENAMED.test(fixed.what)) {
      return fixed;
    }
    const { what } = fixed;
    const scope = what === OPAQUE_STATE ? "conversation" : "model";
    const adaptation = { what: CHAT + what, how: `without ${what}`, scope } as const;
    return { ...fixed, adaptation };
  },
};

/** Begins the adaptations of this wire, which are fix-ups of the body as it stands here. */
const CHAT = "chat ";
/** What asks for an answer's format; without it, words do. */
const FORMAT_FIELD = "field response_format";
/** A field that may have been given another name: which, only the refusal says. */
const RENAMED = /^field max_/;

/** A complete completion is read like a stream of one chunk. */
function completeCompletion(sent: JsonObject): SseMessage[] | undefined {
  const json = openEnvelope(sent, isCompletion);
  return Array.isArray(json.choices) && json.choices.length > 0
    ? [{ data: JSON.stringify(json) }]
    : undefined;
}
