/**
 * The Messages wire (Anthropic's API): the request is translated, and so is the answer. The decoder writes every event itself,
 * so nothing behind it has anything to normalize.
 *
 * @module
 */

import { filled, type JsonObject } from "../../base/json.ts";
import { modelFacts } from "../../provider/catalog/facts.ts";
import { anthropicReader } from "../../translate/anthropic/decoder.ts";
import {
  applyAnthropicFixUp,
  fitAnthropicOutput,
  fixUpAnthropic,
} from "../../translate/anthropic/fix_up.ts";
import { takesPrefill, toAnthropic } from "../../translate/anthropic/request.ts";
import { withAgentText } from "../../translate/items/agent_text.ts";
import { withoutEncryptedMarks } from "../../translate/items/encrypted_marks.ts";
import { partsLeftOut, toolsLeftOut } from "../../translate/left_out.ts";
import { answerSchema } from "../../translate/response/json_answer.ts";
import { senderName } from "../../translate/opaque/state.ts";
import { MAX_REFUSAL } from "../../translate/refusals.ts";
import { toFunctionTools } from "../../translate/request/function_tools.ts";
import { applyRemembered, fixUpRemembered, NO_ORDERS } from "../../translate/request/remembered.ts";
import { adaptToolSchemas } from "../../translate/schemas/schemas.ts";
import { ANTHROPIC_VERSION } from "../../wire/anthropic.ts";
import { isCompletion, isMessagesAnswer, openEnvelope } from "../../wire/envelope.ts";
import type { SseMessage } from "../../wire/sse.ts";
import type { WireAdapter } from "./adapter.ts";
import { decoder } from "./decoder.ts";
import { readerOptions } from "./reader_options.ts";

/** Begins the adaptations of this wire, which are fix-ups of the body as it stands here. */
const OWN = "anthropic ";
/** "input_schema does not support oneOf, allOf, or anyOf at the top level" (docs/facts/providers.md §15). */
const ROOT_IS_OBJECT = { unions: "apart" } as const;
/** A base that names the version already. */
const VERSIONED = /\/v\d+$/;

/** `POST {base}/v1/messages`; a base may name the version itself. */
export const anthropic: WireAdapter = {
  path: "/messages",
  base: (base) => VERSIONED.test(base) ? base : `${base}/v1`,
  ownAuth: true,

  authHeaders: (key, { anthropic: { auth } }) => ({
    ...(auth === "bearer" ? { authorization: `Bearer ${key}` } : { "x-api-key": key }),
    "anthropic-version": ANTHROPIC_VERSION,
  }),

  encode(request, context) {
    const { profile, title, prefix } = context;
    const { tolerates = () => false, base = "", sealed } = context;
    const schema = profile.openaiModels === "all" ? undefined : answerSchema(request);
    const model = filled(request.model) ?? "";
    const sees = context.images ?? modelFacts(profile, model).images ?? profile.anthropic.images;
    const rules = { ...profile.anthropic, images: sees };
    const sender = senderName({ row: profile.name, base, wire: "anthropic", model });
    const plain = withoutEncryptedMarks(withAgentText(request, false));
    const adapted = toFunctionTools(plain, ["function"]);
    const sent = adaptToolSchemas(adapted.request, { ...profile.schemas, ...ROOT_IS_OBJECT });
    const { body, taken, unfinished } = toAnthropic(sent, rules, {
      to: { name: sender, ...(sealed && { refused: sealed.isForeign }) },
      ...(prefix !== undefined && { prefix }),
    });
    const reader = anthropicReader({
      ...readerOptions(context, adapted, { taken, unfinished, sender }),
      rules,
    });
    const fixUps = [...context.adaptations ?? []].filter((what) => what.startsWith(OWN));
    const fixed = fixUps.reduce(
      (sent, what) => applyAnthropicFixUp(sent, what.slice(OWN.length)),
      body,
    );
    const fitted = applyRemembered(fixed, context.adaptations ?? [], NO_ORDERS);
    return {
      body: fitted.body,
      decoder: decoder(
        reader,
        adapted,
        { title, tolerates, schema },
        () => reader.finished ? "sure" : "open",
      ),
      tail: true,
      leftOut: [
        ...toolsLeftOut(adapted.dropped),
        ...partsLeftOut(request, rules.images),
        ...fitted.leftOut,
      ],
    };
  },

  continues: (request, { profile }) => takesPrefill(request, profile.anthropic),

  decodeComplete: completeMessage,

  fitOutput: (body, message) => fitAnthropicOutput(message, body),

  fixUp(body, message, already) {
    const fitted = fitAnthropicOutput(message, body);
    if (fitted) return fitted;
    const size = fixUpRemembered(message.slice(0, MAX_REFUSAL), body, already, NO_ORDERS);
    if (size?.adaptation.scope === "upstream") return size; // what schemas demand is read below
    const before = [...already].map((what) => what.startsWith(OWN) ? what.slice(OWN.length) : what);
    const fixed = fixUpAnthropic(message, body, new Set(before));
    return fixed && {
      ...fixed,
      adaptation: { what: OWN + fixed.what, how: `without ${fixed.what}`, scope: "model" },
    };
  },
};

/** A complete message is read like a stream of one event, whatever its envelope. */
function completeMessage(json: JsonObject): SseMessage[] | undefined {
  const message = openEnvelope(json, isMessagesAnswer);
  if (isCompletion(message)) return [{ data: JSON.stringify(message) }]; // whose reader says so
  if (!isMessagesAnswer(message) || message.content === undefined) return undefined;
  return [{ data: JSON.stringify({ ...message, type: "message" }) }];
}
