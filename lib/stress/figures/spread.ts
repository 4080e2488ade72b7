/**
 * How a measured quantity is spread, in a High Dynamic Range histogram: constant memory however long the run, and
 * percentiles that are right to three digits.
 *
 * @module
 */

import { build } from "hdr-histogram-js";

/** Percentiles in the unit that was recorded. */
export interface Percentiles {
  readonly count: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
  readonly max: number;
}

/** The histogram counts whole numbers: a hundredth is the smallest difference. */
const SCALE = 100;
const MOST = 24 * 3_600_000 * SCALE;

/** Gathers values of 0 and more. */
export class Spread {
  readonly #histogram = build({
    bitBucketSize: 32,
    lowestDiscernibleValue: 1,
    highestTrackableValue: MOST,
    numberOfSignificantValueDigits: 3,
    useWebAssembly: false,
  });

  record(value: number): void {
    this.#histogram.recordValue(Math.min(MOST, Math.max(0, Math.round(value * SCALE))));
  }

  /** `null` where nothing was recorded. */
  percentiles(): Percentiles | null {
    const { totalCount: count, maxValue } = this.#histogram;
    if (count === 0) return null;
    const at = (percent: number) =>
      Math.min(this.#histogram.getValueAtPercentile(percent), maxValue) / SCALE;
    return { count, p50: at(50), p90: at(90), p99: at(99), max: maxValue / SCALE };
  }
}

/** The percentiles of a few values. */
export function percentilesOf(values: Iterable<number | null>): Percentiles | null {
  const spread = new Spread();
  for (const value of values) if (value !== null) spread.record(value);
  return spread.percentiles();
}
