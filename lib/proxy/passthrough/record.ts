/**
 * What is reported of a request that was passed through.
 *
 * @module
 */

import type { Failure } from "../../base/errors.ts";
import type { ExchangeRecord } from "../../observe/observer.ts";

/** Counts what an answer costs while it passes. */
export interface Meter {
  push(bytes: Uint8Array): void;
  /** @param broke whether the answer broke off, or the client left */
  cost(broke: boolean): Pick<ExchangeRecord, "usage" | "estimate">;
}

/** The facts of one request. */
type Passed =
  & Pick<
    ExchangeRecord,
    "id" | "upstream" | "status" | "head" | "longestSilence" | "heartbeats" | "duration"
  >
  & {
    readonly model: string | undefined;
    readonly rest: string;
    readonly failure: Failure | undefined;
    readonly meter: Meter | undefined;
  };

/** The record of it, as observers get it. */
export function passedRecord(
  { rest, failure, model = "", meter, ...facts }: Passed,
): ExchangeRecord {
  const gone = failure?.code === "client_gone";
  const answered = facts.status >= 200 && facts.status <= 299;
  return {
    ...facts,
    model,
    path: `/${rest}`,
    firstContent: null,
    replays: 0,
    attempts: 1,
    outcome: gone ? "client_gone" : failure ? "failed" : "passed",
    ...answered && meter?.cost(failure !== undefined),
    ...failure && !gone && { code: failure.code, message: failure.fullMessage },
  };
}
