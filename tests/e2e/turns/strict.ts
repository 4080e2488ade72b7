/**
 * A Chat or Messages provider as strict as the strictest: it refuses what any of them is known to refuse
 * (docs/facts/providers.md §1.4, §1.6, §2, §15).
 *
 * Every such request of a case that `turn.ts` plays has to pass here first.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../../lib/base/json.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { json, type Script } from "../../../lib/simulate/script.ts";
import { inputOf, toolsOf, wireOf } from "../seen.ts";
import { messagesRule } from "../strict_messages.ts";

/** The refusal of a request that breaks a rule; `undefined` where none is broken. */
export function complaint(request: SeenRequest): Script | undefined {
  const wire = wireOf(request);
  if (request.method !== "POST" || wire === "responses") return undefined;
  const words = wire === "anthropic"
    ? messagesRule(request.json ?? {})
    : toolRule(request) ?? contentRule(inputOf(request)) ?? orderRule(inputOf(request));
  return words === undefined ? undefined : no(words);
}

/** The refusal of a request that does not bring all reasoning back: each message with calls must carry its own. */
export function reasoningComplaint(
  request: SeenRequest,
  reasoning: readonly string[],
): Script | undefined {
  const thoughts = inputOf(request).filter(({ tool_calls }) => tool_calls !== undefined).map((
    message,
  ) => message.reasoning_content);
  const right = thoughts.every((thought, at) => thought === reasoning[at]);
  return right ? undefined : no(
    "The reasoning_content in the thinking mode must be passed back to the API.",
  );
}

/** HTTP 400 with these words. */
export function no(message: string): Script {
  return json(400, { error: { message, type: "invalid_request_error", param: null, code: "400" } });
}

function toolRule(request: SeenRequest): string | undefined {
  const tools = toolsOf(request);
  const names = tools.map(({ name }) => name);
  const strange = tools.find(({ type }) => type !== "function");
  if (strange) return `Tool type ${strange.type} is not known here`;
  const bad = names.find((name) => !/^[a-zA-Z0-9_-]{1,64}$/.test(name));
  if (bad !== undefined) return `${bad} is no name for a function`;
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  return twice === undefined ? undefined : `Two functions are called ${twice}`;
}

function contentRule(messages: readonly JsonObject[]): string | undefined {
  const bad = messages.find(({ role, content }) =>
    typeof content !== "string" && !(role === "user" && Array.isArray(content))
  );
  return bad && `The content of a message of role ${bad.role} is ${JSON.stringify(bad.content)}`;
}

/** Calls have their outputs directly behind them, all of them, in order; outputs stand nowhere else. */
function orderRule(messages: readonly JsonObject[]): string | undefined {
  let due: string[] = [];
  for (const message of messages) {
    if (message.role === "tool") {
      const id = due.shift();
      if (id === undefined || message.tool_call_id !== id) {
        return `Tool message ${message.tool_call_id} does not follow its call`;
      }
      continue;
    }
    if (due.length > 0) return `Calls ${due.join(", ")} have no output behind them`;
    due = idsOf(message);
    if (new Set(due).size < due.length) return `Two calls have one id: ${due.join(", ")}`;
  }
  return due.length > 0 ? `Calls ${due.join(", ")} have no output behind them` : undefined;
}

function idsOf({ tool_calls: calls }: JsonObject): string[] {
  return Array.isArray(calls) ? calls.filter(isObject).map(({ id }) => filled(id) ?? "") : [];
}
