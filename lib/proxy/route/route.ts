/**
 * A route: a target made ready for one request, with wire adapter, headers, secrets and the classifier of its errors.
 *
 * The three files of a destination: `router.ts` resolves an address to a target, `target.ts` is that target (the same for
 * every request), `route.ts` joins the target with one client's request. An exchange has a list of routes and takes one
 * for each attempt.
 *
 * @module
 */

import type { Failure } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import { keyHint } from "../../provider/key_hint.ts";
import type { BadAnswer } from "../../upstream/attempt_call.ts";
import { keyOf } from "./headers.ts";
import { secretsOf } from "./known_secrets.ts";
import { answerFailure, type ClassifyContext, eventFailure } from "./classify.ts";
import type { Target } from "./target.ts";
import type { WireAdapter } from "../wires/adapter.ts";
import { WIRES } from "../wires/wires.ts";

/** What one attempt needs to know of its destination. The headers come from the client's request, the rest from the target. */
export interface Route {
  readonly target: Target;
  readonly adapter: WireAdapter;
  /** The headers for the upstream, key included. */
  readonly headers: Headers;
  /** Every secret that is sent along, or known: what the upstream may echo. */
  readonly secrets: readonly string[];
  /** What an HTTP answer that is no stream means. */
  classifyAnswer(answer: BadAnswer): Failure;
  /** What an error inside the stream means. */
  classifyEvent(error: JsonObject, text: string): Failure;
}

/**
 * Makes the route of one request to a target.
 *
 * @param headers for the upstream, key included
 * @param wall time since the epoch in milliseconds, for dates in Retry-After
 * @param sent what else may hold a secret: the query of the client's address, the sidecar's own token
 */
export function routeTo(
  target: Target,
  headers: Headers,
  wall: () => number,
  { query = "", token = null }: { query?: string; token?: string | null } = {},
): Route {
  const key = keyOf(headers) ?? "";
  const secrets = secretsOf({ target, headers, query }, token);
  const context: ClassifyContext = {
    target,
    wall,
    keyHint: keyHint(target.profile, new URL(target.base).hostname, key),
    secrets,
  };
  return {
    target,
    headers,
    secrets,
    adapter: WIRES[target.wire],
    classifyAnswer: (answer) => answerFailure(answer, context),
    classifyEvent: (error, text) => eventFailure(error, text, context),
  };
}
