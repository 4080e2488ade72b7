/**
 * The Responses wire: the request is sent as it came, without the parts that this provider refuses. The events that come
 * back are normalized, because many providers leave required fields out.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../base/json.ts";
import { pipe } from "../../base/stage.ts";
import { withAgentText } from "../../translate/items/agent_text.ts";
import { withoutEncryptedMarks } from "../../translate/items/encrypted_marks.ts";
import { chatRulesFor } from "../../provider/chat_rules.ts";
import { writtenTools } from "../../translate/calls/written_tools.ts";
import { adaptRequest } from "../../translate/request/adapt.ts";
import { adapted as withAdaptations, FUNCTION_TOOLS } from "../../translate/refused/adaptations.ts";
import { refusedPart } from "../../translate/refused/refused_part.ts";
import { outputIndexer } from "../../translate/response/output_index.ts";
import { toolsLeftOut } from "../../translate/left_out.ts";
import { limitBody } from "../../translate/request/body_limit.ts";
import { toFunctionTools } from "../../translate/request/function_tools.ts";
import { applyInputOrder, fixUpInputOrder } from "../../translate/request/input_order.ts";
import { applyRemembered, fixUpRemembered } from "../../translate/request/remembered.ts";
import { adaptToolSchemas } from "../../translate/schemas/schemas.ts";
import { answerSchema } from "../../translate/response/json_answer.ts";
import { senderName } from "../../translate/opaque/state.ts";
import { keepState, restoreState } from "../../translate/response/keep_state.ts";
import { normalizer } from "../../translate/response/normalize.ts";
import { responsesReader } from "../../translate/response/read_events.ts";
import { isResponsesAnswer, openEnvelope } from "../../wire/envelope.ts";
import { writtenEvents } from "../../translate/messages/written_events.ts";
import { NO_TOOLS } from "../../translate/written/tools.ts";
import type { SseMessage } from "../../wire/sse.ts";
import type { WireAdapter } from "./adapter.ts";
import { noteSeals } from "./seals.ts";
import { decoder } from "./decoder.ts";

/** What asks for an answer's format; where it is refused, words do. */
const FORMAT_FIELD = "field text.format";
/** As far as a refusal is read: what it is about stands at its beginning. */
const MAX_WORDS = 1500;

const ORDERS = { fixUp: fixUpInputOrder, apply: applyInputOrder };

/** `POST {base}/responses`. */
export const responses: WireAdapter = {
  path: "/responses",

  authHeaders: (key) => ({ authorization: `Bearer ${key}` }),

  encode(request, context) {
    const { profile, title, classify, limits, adaptations = new Set(), sealed } = context;
    const { tolerates = () => false, base = "", random } = context;
    const model = filled(request.model) ?? "";
    const sender = senderName({ row: profile.name, base, wire: "responses", model });
    const isOpenAI = profile.openaiModels === "all";
    const schema = isOpenAI ? undefined : answerSchema(request);
    const rules = adaptations.has(FORMAT_FIELD)
      ? { ...profile.responses, textFormats: [] }
      : profile.responses;
    const { drop, emptySummary } = rules;
    const plain = withAgentText(restoreState(request, sender), isOpenAI);
    const marked = isOpenAI ? plain : withoutEncryptedMarks(plain);
    const taken = adaptRequest(marked, rules, sealed?.isForeign);
    const others = [...adaptations].filter((what) => what !== FUNCTION_TOOLS);
    const toolTypes = adaptations.has(FUNCTION_TOOLS) ? ["function"] : rules.toolTypes;
    const adapted = toFunctionTools(taken, toolTypes, { drop, emptySummary });
    const normalized = pipe(
      pipe(responsesReader({ classify }), outputIndexer()),
      normalizer(limits),
    );
    const noted = sealed ? pipe(normalized, noteSeals(sealed)) : normalized;
    const reader = pipe(noted, keepState(sender, random));
    const sent = withAdaptations(adapted.request, others);
    const dialect = adaptToolSchemas(sent, profile.schemas);
    const remembered = applyRemembered(dialect, others, ORDERS);
    const limited = limitBody(remembered.body, profile.maxBody);
    const { textCalls, escapes } = chatRulesFor(profile.chat, model);
    const tools = textCalls ? writtenTools(adapted.request, adapted.tools) : NO_TOOLS;
    const written = writtenEvents({ tools, limits, random });
    return {
      body: limited.body,
      decoder: decoder(
        reader,
        adapted,
        { title, tolerates, schema, written, escapes },
        () => "open",
      ),
      tail: false,
      leftOut: [...toolsLeftOut(adapted.dropped), ...remembered.leftOut, ...limited.leftOut],
    };
  },

  continues: () => false,

  decodeComplete: completeResponse,

  fixUp(body, message, already) {
    const words = message.slice(0, MAX_WORDS);
    const fixed = fixUpRemembered(words, body, already, ORDERS);
    if (fixed) return fixed;
    const adaptation = refusedPart(message, body, already);
    return adaptation && { what: adaptation.what, body, adaptation };
  },
};

/** A Response object is read like the terminal event that would have held it. */
function completeResponse(sent: JsonObject): SseMessage[] | undefined {
  const json = openEnvelope(sent, isResponsesAnswer);
  if (json.object !== "response" || !Array.isArray(json.output) || isObject(json.error)) {
    return undefined;
  }
  const type = json.status === "incomplete" ? "response.incomplete" : "response.completed";
  return [{ event: type, data: JSON.stringify({ type, response: json }) }];
}
