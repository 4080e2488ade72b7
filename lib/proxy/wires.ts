/**
 * What each wire does with a request and with the answer to it: the pure stages, in order, for one attempt.
 *
 * @module
 */

import type { Chance } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import { isObject, type JsonObject } from "../base/json.ts";
import { pipe, type Stage } from "../base/stage.ts";
import type { Wire } from "../config/config.ts";
import { lower } from "../translate/lower.ts";
import { raiser } from "../translate/raise.ts";
import { repairer } from "../translate/repair.ts";
import { type Judge, responsesReader } from "../translate/responses_reader.ts";
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
  /** A complete answer that came as one JSON body, as the messages it would have been. */
  readonly whole: (json: JsonObject) => SseMessage[] | undefined;
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
    const { toolTypes, drop, emptySummary } = target.profile.responses;
    const lowered = lower({ ...request, stream: true }, toolTypes, { drop, emptySummary });
    return {
      path: "/responses",
      body: lowered.request,
      read: pipe(responsesReader({ judge }), repairer(limits)),
      raise: lowered.tools.empty ? undefined : raiser(lowered.tools),
      whole: wholeResponse,
    };
  },
  chat(_request, { target }) {
    throw new Failure("bad_config", `${target.title}: wire chat is not part of this version`);
  },
};

/** A Response object stands for the terminal event that would have carried it. */
function wholeResponse(json: JsonObject): SseMessage[] | undefined {
  if (json.object !== "response" || !Array.isArray(json.output) || isObject(json.error)) {
    return undefined;
  }
  const type = json.status === "incomplete" ? "response.incomplete" : "response.completed";
  return [{ event: type, data: JSON.stringify({ type, response: json }) }];
}
