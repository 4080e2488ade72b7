/**
 * What a check is, and how a list of them is run: in order, one after the other, each with a time limit.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { asFailure } from "../base/errors.ts";
import { showDuration } from "../base/units.ts";

/** `warn`: it works, or may; `fail`: it does not. */
export type Status = "ok" | "warn" | "fail";

/** What one check found. */
export interface CheckFinding {
  readonly name: string;
  readonly status: Status;
  /** What was found, one line. */
  readonly fact: string;
  /** What to do, one sentence; `null` where there is nothing to do. */
  readonly hint: string | null;
}

/** What a check returns; where it has no name, the check's is added. */
export type CheckResult = Omit<CheckFinding, "name"> & { readonly name?: string };

/** One check over `F`, everything that is known. */
export interface Check<F> {
  readonly name: string;
  /** Returns one result or several, `undefined` where it does not apply. An error it throws is a failed check. */
  run(
    facts: F,
  ): CheckResult[] | CheckResult | undefined | Promise<CheckResult[] | CheckResult | undefined>;
}

/** A result: no problem. */
export function ok(fact: string): CheckResult {
  return { status: "ok", fact, hint: null };
}

/** A result: it works or may work, and the user should look at it. */
export function warn(fact: string, hint: string): CheckResult {
  return { status: "warn", fact, hint };
}

/** A result: it does not work. */
export function fail(fact: string, hint: string): CheckResult {
  return { status: "fail", fact, hint };
}

/** What a run needs. */
export interface CheckRunOptions {
  readonly clock: Clock;
  /** The longest a check may take, in milliseconds. @default 10_000 */
  readonly limit?: number;
  /** Called with every finding as it comes. */
  readonly onFinding?: (finding: CheckFinding) => void;
}

/** Runs every check in turn. Never rejects. */
export async function runChecks<F>(
  checks: readonly Check<F>[],
  facts: F,
  { clock, limit = 10_000, onFinding }: CheckRunOptions,
): Promise<CheckFinding[]> {
  const findings: CheckFinding[] = [];
  for (const check of checks) {
    for (const result of await runOne(check, facts, clock, limit)) {
      const finding = { ...result, name: result.name ?? check.name };
      findings.push(finding);
      onFinding?.(finding);
    }
  }
  return findings;
}

async function runOne<F>(
  check: Check<F>,
  facts: F,
  clock: Clock,
  limit: number,
): Promise<CheckResult[]> {
  let cancel = () => {};
  const late = new Promise<CheckResult>((resolve) => {
    cancel = clock.after(
      limit,
      () => resolve(warn(`no answer within ${showDuration(limit)}`, "Run the doctor again")),
    );
  });
  try {
    const results = await Promise.race([Promise.resolve().then(() => check.run(facts)), late]);
    return results === undefined ? [] : Array.isArray(results) ? results : [results];
  } catch (thrown) {
    const { message, facts: { hint } } = asFailure(thrown);
    return [
      fail(message, hint ?? "If this looks wrong, it is a bug of the sidecar: report it"),
    ];
  } finally {
    cancel();
  }
}

/** The exit code of a run: 1 where a check failed. */
export function exitOf(findings: readonly CheckFinding[]): 0 | 1 {
  return findings.some(({ status }) => status === "fail") ? 1 : 0;
}
