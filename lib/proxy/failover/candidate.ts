/**
 * Who may answer a request: an upstream with the model asked for there, and a route for each of its keys.
 *
 * @module
 */

import type { Lane } from "../../upstream/pool/lanes.ts";
import type { Route } from "../route/route.ts";

/** A route with one key, and what is known of that key. */
export interface KeyedRoute {
  readonly route: Route;
  readonly lane: Lane;
}

/** One upstream that may answer. */
export interface Candidate {
  /** `upstream`, or `upstream/model` where another model is asked for there. */
  readonly name: string;
  /** The model that is asked for there; absent: the one that the client named. */
  readonly model?: string;
  /** Tokens of that model's window, where they are known. */
  readonly window?: number;
  /** One for each key of the upstream. */
  readonly keyed: readonly [KeyedRoute, ...KeyedRoute[]];
}

/** Everybody who may answer a request. */
export interface Candidates {
  /** The one that the client asked for. */
  readonly first: Candidate;
  /** Finds the others, in order: their keys are read, and their routes made. */
  others(): readonly Candidate[];
}
