/**
 * What tokens cost at a price for a million of them.
 *
 * @module
 */

import type { Cost, Used } from "./document.ts";

/** A price for a million tokens each: input that was not cached, input that was, output with reasoning. */
interface TokenPrice {
  readonly currency: string;
  readonly input: number;
  readonly cached: number;
  readonly output: number;
}

const MILLION = 1_000_000;

/** The cost of the tokens of one turn; cached ones are part of the input, reasoning of the output. */
export function costAt(price: TokenPrice, { input, cached, output }: Used["tokens"]): Cost {
  const fresh = Math.max(0, input - cached);
  const amount = (fresh * price.input + cached * price.cached + output * price.output) / MILLION;
  return { currency: price.currency, amount };
}
