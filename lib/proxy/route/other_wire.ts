/**
 * The other way to an upstream whose address has no `/responses`: the same target, asked for chat completions.
 *
 * Its rule: a model that is not there is not asked for in another way; an address that is not there is, once.
 *
 * @module
 */

import type { Failure } from "../../base/errors.ts";
import { WIRES } from "../wires/wires.ts";
import type { Route } from "./route.ts";

/** Nothing at this address, or nothing that takes a POST. */
const NOT_THERE = new Set([404, 405, 501]);
const ABOUT_A_MODEL = /\b(?:models?|deployments?|tools?|items?|previous_response)\b/i;
const PAGE = /\bHTML page\b/;
/** What the page of a gateway in trouble says: there is something behind it, only not now. */
const PASSING =
  /\b5\d\d\b|gateway|unavailable|error|time-?out|timed out|maintenance|moment|later|busy|overload|denied|blocked/i;

/** Whether what came instead of an answer is that of a server without `/responses`. */
export function mayHaveChat(failure: Failure, { target }: Route): boolean {
  // Only OpenAI itself takes logins, and it has both.
  if (target.wire !== "responses" || target.profile.takesLogin) return false;
  return isNotThere(failure);
}

/** Whether nothing that answers was found at the address. */
export function isNotThere({ code, message, facts }: Failure): boolean {
  const { upstreamStatus: status } = facts;
  // A site that shows its start page for every address says 200 with it.
  if (status === undefined) return PAGE.test(message) && !PASSING.test(message);
  return code === "refused" && NOT_THERE.has(status) &&
    (PAGE.test(message) || !ABOUT_A_MODEL.test(message));
}

/** The route on the Chat wire. */
export function onChat(route: Route): Route {
  if (route.target.wire === "chat") return route;
  return { ...route, target: { ...route.target, wire: "chat" }, adapter: WIRES.chat };
}
