/**
 * What each wire does with a request and with the answer to it: the pure stages, in order, for one attempt.
 *
 * @module
 */

import type { Chance } from "../base/clock.ts";
import { filled, isObject, type JsonObject } from "../base/json.ts";
import { pipe, type Stage } from "../base/stage.ts";
import type { Wire } from "../config/config.ts";
import { chatReader } from "../translate/chat/machine.ts";
import { mend, type Mended } from "../translate/chat/mend.ts";
import { toChat } from "../translate/chat/request.ts";
import { declaredTools } from "../translate/chat/tools_to_chat.ts";
import { fit } from "../translate/fit.ts";
import { itemPlacer } from "../translate/item_places.ts";
import { lower } from "../translate/lower.ts";
import { raiser } from "../translate/raise.ts";
import { repairer } from "../translate/repair.ts";
import { type Judge, responsesReader } from "../translate/responses_reader.ts";
import type { ToolTable } from "../translate/tool_table.ts";
import type { ResponsesEvent } from "../wire/responses.ts";
import type { SseMessage } from "../wire/sse.ts";
import type { Target } from "./target.ts";

/** A request ready to be sent, and how to read what comes back. */
export interface Prepared {
  /** Below the target's base. */
  readonly path: string;
  readonly body: JsonObject;
  /** Messages to repaired events in the shapes that were asked for. Made anew for each attempt: stages have state. */
  readonly read: Stage<SseMessage, ResponsesEvent>;
  /** Those events to the shapes that Codex knows; `undefined` where they are the same. */
  readonly raise: Stage<ResponsesEvent, ResponsesEvent> | undefined;
  /** Whether a last message without its blank line counts: it does where each line is judged by itself. */
  readonly tail: boolean;
  /** Whether the provider has said why it stopped; all that may still come is a count of tokens. */
  readonly finished: () => boolean;
  /** A complete answer that came as one JSON body, as the messages it would have been. */
  readonly whole: (json: JsonObject) => SseMessage[] | undefined;
  /** The body without what a refusal complains about; `undefined` where nothing can be mended. */
  readonly mend: (words: string, already: ReadonlySet<string>) => Mended | undefined;
}

/** What preparing needs besides the request. */
export interface WireContext {
  readonly target: Target;
  readonly chance: Chance;
  readonly judge: Judge;
  readonly limits: { readonly event: number; readonly toolCalls: number };
}

/** Prepares a request of Codex for one attempt, by the target's wire. */
export const WIRES: Readonly<
  Record<Wire, (request: JsonObject, context: WireContext) => Prepared>
> = {
  responses(request, { target, judge, limits }) {
    const rules = target.profile.responses;
    const { drop, emptySummary } = rules;
    const lowered = lower(fit(request, rules), rules.toolTypes, { drop, emptySummary });
    return {
      path: "/responses",
      body: lowered.request,
      read: pipe(pipe(responsesReader({ judge }), itemPlacer()), repairer(limits)),
      raise: raising(lowered.tools),
      tail: false,
      finished: () => false,
      whole: wholeResponse,
      mend: () => undefined,
    };
  },

  chat(request, { target, chance, judge, limits }) {
    const rules = target.profile.chat;
    const model = filled(request.model) ?? "";
    const lowered = lower(request, ["function"]);
    const { body, taken } = toChat(lowered.request, rules, { model });
    const reader = chatReader({
      rules,
      model,
      chance,
      limits,
      title: target.title,
      toolNames: declaredTools(lowered.request),
      takenCallIds: taken,
      classify: (error) =>
        isObject(error) ? judge(error, JSON.stringify(error)) : judge({ error }, String(error)),
    });
    return {
      path: "/chat/completions",
      body,
      read: pipe(reader, repairer(limits)),
      raise: raising(lowered.tools),
      tail: true,
      finished: () => reader.finished,
      whole: wholeCompletion,
      mend: (words, already) => mend(rules, words, body, already),
    };
  },
};

function raising(tools: ToolTable): Prepared["raise"] {
  return tools.empty ? undefined : raiser(tools);
}

/** A Response object stands for the terminal event that would have carried it. */
function wholeResponse(json: JsonObject): SseMessage[] | undefined {
  if (json.object !== "response" || !Array.isArray(json.output) || isObject(json.error)) {
    return undefined;
  }
  const type = json.status === "incomplete" ? "response.incomplete" : "response.completed";
  return [{ event: type, data: JSON.stringify({ type, response: json }) }];
}

/** A whole completion is read like the one chunk that says everything. */
function wholeCompletion(json: JsonObject): SseMessage[] | undefined {
  return Array.isArray(json.choices) && json.choices.length > 0
    ? [{ data: JSON.stringify(json) }]
    : undefined;
}
