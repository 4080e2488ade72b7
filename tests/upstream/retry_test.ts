import assert from "node:assert/strict";
import { fc } from "../helpers/fast_check.ts";
import { Failure, type FailureCode } from "../../lib/base/errors.ts";
import { decide, RETRYABLE } from "../../lib/upstream/retry.ts";

const retry = { attempts: 6, maxWait: 600_000 };

const cases: { name: string; tried: Parameters<typeof decide>[0]; verdict: unknown }[] = [
  {
    name: "half a second after the first failure",
    tried: { failure: new Failure("overloaded", "x"), attempts: 1, waited: 0, random: 0.5 },
    verdict: { again: true, wait: 500 },
  },
  {
    name: "doubled each time",
    tried: { failure: new Failure("truncated", "x"), attempts: 4, waited: 0, random: 0.5 },
    verdict: { again: true, wait: 4_000 },
  },
  {
    name: "as long as the provider asks",
    tried: {
      failure: new Failure("rate_limited", "x", { retryAfter: 2_500 }),
      attempts: 1,
      waited: 0,
      random: 0,
    },
    verdict: { again: true, wait: 2_500 },
  },
  ...[0, 499].map((retryAfter) => ({
    name: `its own wait where the provider asks for ${retryAfter} ms`,
    tried: {
      failure: new Failure("rate_limited", "x", { retryAfter }),
      attempts: 4,
      waited: 0,
      random: 0.5,
    },
    verdict: { again: true, wait: 4_000 },
  })),
  {
    name: "not longer than max_wait leaves",
    tried: {
      failure: new Failure("rate_limited", "x", { retryAfter: 3_600_000 }),
      attempts: 1,
      waited: 60_000,
      random: 0,
    },
    verdict: { again: false, why: "it asks to wait 1 h, and retry.max_wait leaves 9 m" },
  },
  {
    name: "never after the last attempt",
    tried: { failure: new Failure("overloaded", "x"), attempts: 6, waited: 0, random: 0 },
    verdict: { again: false },
  },
  {
    name: "never for a refusal",
    tried: { failure: new Failure("refused", "x"), attempts: 1, waited: 0, random: 0 },
    verdict: { again: false },
  },
];
for (const { name, tried, verdict } of cases) {
  Deno.test(`retry: ${name}`, () => assert.deepEqual(decide(tried, retry), verdict));
}

Deno.test("retry: waits stay within their bounds and are never shorter than asked", () => {
  const codes = Object.entries(RETRYABLE).filter(([, yes]) => yes).map(([code]) =>
    code as FailureCode
  );
  fc.assert(fc.property(
    fc.constantFrom(...codes),
    fc.option(fc.integer({ min: 0, max: 10_000_000 }), { nil: undefined }),
    fc.integer({ min: 1, max: 10 }),
    fc.integer({ min: 0, max: 600_000 }),
    fc.double({ min: 0, max: 0.999, noNaN: true }),
    (code, retryAfter, attempts, waited, random) => {
      const failure = new Failure(code, "x", retryAfter === undefined ? {} : { retryAfter });
      const verdict = decide({ failure, attempts, waited, random }, retry);
      if (!verdict.again) return attempts >= 6 || verdict.why !== undefined;
      return attempts < 6 && verdict.wait + waited <= 600_000 && verdict.wait >= (retryAfter ?? 0);
    },
  ));
});
