/**
 * Requests that are refused for opaque state: some is missing, or what is there cannot be opened (docs/facts/providers.md §11).
 *
 * Its rule: state is never made up but for the value that its reader documents for that.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../../base/json.ts";
import { withoutOpaqueFields } from "../../opaque/fields.ts";
import { REFUSALS } from "../../refusals.ts";

/** Names the fix-up for state that cannot be opened: it is a matter of the conversation that brings it. */
export const OPAQUE_STATE = "opaque state";

/** Stands where a call has no signature of its own: it was made by another model, or its answer was lost. */
const NO_SIGNATURE = "skip_thought_signature_validator";

const MISSING =
  /(?:missing|without|requires?|lacks?|no) (?:an? |the )?[`'"]?thought_?signature|thought_?signature\b.{0,40}\b(?:missing|required|must be)/i;
const UNREADABLE =
  /(?:invalid|corrupt\w*|malformed|not valid|n't valid|fail\w*|unable|could not|cannot|mismatch\w*|modified)\b.{0,60}\b(?:thought_?signature|signature|reasoning_(?:details|opaque)|encrypted|thinking)\b|\b(?:thought_?signature|signature|reasoning_(?:details|opaque)|thinking[`'"]? (?:or\b.{0,40} )?blocks?)\b.{0,60}\b(?:invalid|corrupt\w*|not valid|n't valid|fail\w*|mismatch\w*|cannot|could not|modified|verif\w*)/i;

/** The fix-ups, tried in order. */
export const STATE_FIX_UPS = [
  {
    what: "calls without a signature",
    refusal: MISSING,
    change: (messages: readonly Json[]): readonly Json[] => each(messages, signed),
  },
  {
    what: OPAQUE_STATE,
    refusal: new RegExp(`${UNREADABLE.source}|${REFUSALS.sealed.source}`, "is"),
    change: (messages: readonly Json[]): readonly Json[] => each(messages, bare),
  },
] as const;

function each(
  messages: readonly Json[],
  change: (message: JsonObject) => JsonObject,
): readonly Json[] {
  const changed = messages.map((message) => isObject(message) ? change(message) : message);
  return changed.some((message, at) => message !== messages[at]) ? changed : messages;
}

/** The first call of a message carries the signature of all. */
function signed(message: JsonObject): JsonObject {
  const calls = callsOf(message);
  const [first] = calls;
  if (first === undefined || JSON.stringify(calls).includes("ignature")) return message;
  const extra = isObject(first.extra_content) ? first.extra_content : {};
  const google = isObject(extra.google) ? extra.google : {};
  const call = {
    ...first,
    extra_content: { ...extra, google: { ...google, thought_signature: NO_SIGNATURE } },
  };
  return { ...message, tool_calls: [call, ...calls.slice(1)] };
}

function bare(message: JsonObject): JsonObject {
  const calls = callsOf(message);
  const rest = withoutOpaqueFields(message);
  const restOfCalls = calls.map(bareCall);
  if (restOfCalls.every((call, at) => call === calls[at])) return rest;
  return { ...rest, tool_calls: restOfCalls };
}

function bareCall(call: JsonObject): JsonObject {
  if (JSON.stringify(call).includes(NO_SIGNATURE)) return call;
  const { function: inside } = call;
  const rest = withoutOpaqueFields(call);
  const restInside = isObject(inside) ? withoutOpaqueFields(inside) : inside;
  return restInside === inside ? rest : { ...rest, function: restInside };
}

function callsOf({ tool_calls: calls }: JsonObject): JsonObject[] {
  return Array.isArray(calls) ? calls.filter(isObject) : [];
}
