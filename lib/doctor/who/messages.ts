/**
 * Messages about who answers on a port: the fact, and what to do about it.
 *
 * @module
 */

import type { Who } from "./who.ts";

/** A program that is not proved to be the user's own sidecar. */
export type Other = Exclude<Who, { is: "nobody" | "sidecar" }>;

/** Whether something answers that is not proved to be the user's own sidecar. */
export function isOther(who: Who): who is Other {
  return who.is === "unproved" || who.is === "stranger";
}

/** The fact, without a full stop. */
export function otherFact(who: Other, port: number): string {
  return who.is === "unproved"
    ? `a sidecar ${who.version} answers on port ${port} without a proof that it is yours: ${who.why}`
    : `another program (or another user's sidecar) has port ${port}; it answered ${who.answer}`;
}

/** What to do, without a full stop. */
export function otherHint(who: Other): string {
  return who.is === "unproved"
    ? "Restart it with this version: stop it and run sidecar; a service: sidecar service install"
    : "Stop it, or choose another port (listen.port) and run sidecar init again. " +
      "If it is your own, started with another state folder (XDG_STATE_HOME): restart it";
}

/** The fact and what to do, as two sentences. */
export function otherMessage(who: Other, port: number): string {
  return `${otherFact(who, port)}. ${otherHint(who)}`;
}
