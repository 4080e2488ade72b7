/**
 * What one upstream offers in an answer of `GET models`.
 *
 * @module
 */

import type { Failure } from "../../base/errors.ts";
import type { ModelFacts } from "../../provider/catalog/facts.ts";

/** Most entries of one upstream; Codex shows them all in one list. */
export const MAX_ENTRIES = 200;

/** What one upstream offers. */
export interface Offer {
  readonly name: string;
  readonly models: readonly ModelFacts[];
  /** Why its own list could not be had. */
  readonly failure: Failure | undefined;
}
