/**
 * What a run measures of one upstream: what its clients saw, and what the sidecar reported.
 *
 * @module
 */

import type { AttemptNote, ExchangeRecord } from "../observe/observer.ts";
import type { Sample } from "./sample.ts";
import { Spread } from "./figures/spread.ts";

/** An upstream under stress. */
export interface Subject {
  /** Its name in the configuration. */
  readonly upstream: string;
  readonly model: string;
}

/** The exchange of one turn. */
export interface TurnExchange {
  readonly conversation: number;
  readonly turn: number;
  readonly record: ExchangeRecord;
  /** Its requests that failed while it went on, at whichever upstream, in order. */
  readonly notes: readonly AttemptNote[];
}

/** What was measured of one subject. */
export interface Measured {
  readonly subject: Subject;
  readonly samples: Sample[];
  /** Of its turns, whoever answered them. */
  readonly exchanges: TurnExchange[];
  /** Waits between two events behind the first token, in milliseconds, without heartbeats. */
  readonly gaps: Spread;
}

/** Nothing measured yet. */
export function nothingOf(subject: Subject): Measured {
  return { subject, samples: [], exchanges: [], gaps: new Spread() };
}
