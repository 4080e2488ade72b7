/**
 * The Responses wire: the request goes up as it came but for what this provider cannot take; its events come back
 * normalized, because providers are careless with them.
 *
 * @module
 */

import { isObject, type JsonObject } from "../../base/json.ts";
import { pipe } from "../../base/stage.ts";
import { fit } from "../../translate/request/adapt.ts";
import { itemPlacer } from "../../translate/response/output_index.ts";
import { toolsLeftOut } from "../../translate/left_out.ts";
import { lower } from "../../translate/request/function_tools.ts";
import { repairer } from "../../translate/response/normalize.ts";
import { responsesReader } from "../../translate/response/read_events.ts";
import type { SseMessage } from "../../wire/sse.ts";
import type { WireAdapter } from "./adapter.ts";
import { decoder } from "./decoder.ts";

/** `POST {base}/responses`. */
export const responses: WireAdapter = {
  path: "/responses",

  authHeaders: (key) => ({ authorization: `Bearer ${key}` }),

  encode(request, { profile, classify, limits }) {
    const rules = profile.responses;
    const { drop, emptySummary } = rules;
    const lowered = lower(fit(request, rules), rules.toolTypes, { drop, emptySummary });
    const reader = pipe(pipe(responsesReader({ judge: classify }), itemPlacer()), repairer(limits));
    return {
      body: lowered.request,
      decoder: decoder(reader, lowered.tools, () => false),
      tail: false,
      leftOut: toolsLeftOut(lowered.dropped),
    };
  },

  continues: () => false,

  decodeComplete: completeResponse,

  fixUp: () => undefined,
};

/** A Response object stands for the terminal event that would have carried it. */
function completeResponse(json: JsonObject): SseMessage[] | undefined {
  if (json.object !== "response" || !Array.isArray(json.output) || isObject(json.error)) {
    return undefined;
  }
  const type = json.status === "incomplete" ? "response.incomplete" : "response.completed";
  return [{ event: type, data: JSON.stringify({ type, response: json }) }];
}
