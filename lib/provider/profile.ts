/**
 * What a provider is, as data: adding one is a row, never an `if`.
 *
 * Facts come from `providers.md`; each row names its section. This module holds the shape only.
 *
 * @module
 */

import type { Timeouts, Wire } from "../config/config.ts";

/** What an error of the provider means for the exchange. */
export type ErrorKind =
  /** Worth another try. */
  | "transient"
  /** Worth another try after the provider's own wait. */
  | "rate_limited"
  /** Money or plan used up; the same next time. */
  | "quota"
  /** The key, the model, the request: the same next time. */
  | "refused"
  /** The content was judged; the same next time. */
  | "moderated"
  /** The conversation is longer than the model's window. */
  | "overflow";

/** A key prefix that belongs to certain hosts only. */
export interface KeyRule {
  /** `tp-` */
  readonly prefix: string;
  /** Hosts on which such a key works. */
  readonly hosts: readonly string[];
  /** One sentence for the user whose key and host do not match. */
  readonly hint: string;
}

/** Which tools and items the provider takes on its Responses wire. */
export interface ResponsesRules {
  /** Tool types it accepts; everything else is lowered or dropped. `"all"`: nothing is touched. */
  readonly toolTypes: "all" | readonly string[];
  /** Top-level request fields it refuses. */
  readonly drop: readonly string[];
  /** Whether `summary` on reasoning items must be emptied because the server folds it into the context. */
  readonly emptySummary: boolean;
}

/** One provider. */
export interface Profile {
  /** Its key in config.yaml: `mimo`. */
  readonly name: string;
  /** Its name in sentences: `MiMo`. */
  readonly title: string;
  /** Hosts that are this provider, exact, lower case. A relay goes nowhere else. */
  readonly hosts: readonly string[];
  /** The wire used where config.yaml names none. */
  readonly wire: Wire;
  /** Whether a ChatGPT login token may be sent there. */
  readonly takesLogin: boolean;
  readonly keys: readonly KeyRule[];
  /** Clocks that differ from the global defaults. */
  readonly timeouts: Partial<Timeouts>;
  /** What an error `code` or `type` means, compared as strings, case-insensitively. */
  readonly codes: Readonly<Record<string, ErrorKind>>;
  /** What a phrase in an error's text means; the first match wins, before status and code. */
  readonly phrases: readonly (readonly [RegExp, ErrorKind])[];
  readonly responses: ResponsesRules;
}
