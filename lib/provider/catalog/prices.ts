/**
 * What tokens cost, as data: list prices with their source and date. They are an estimate of a bill, never the bill: plans,
 * discounts and hours of the day are not known here, and config.yaml (`prices`) wins over every row.
 *
 * Source of all rows: genai-prices 0.2.3 on PyPI (Pydantic, MIT), read 2026-11-25 (docs/facts/prices.md).
 *
 * @module
 */

/** The price of a model, for a million tokens each. */
export interface Price {
  readonly currency: string;
  /** Input that the provider did not find in its cache. */
  readonly input: number;
  /** Input that it found there. */
  readonly cached: number;
  /** Output, reasoning included. */
  readonly output: number;
}

/** When the rows were read. */
export const PRICES_READ = "2026-11-25";

type Row = readonly [model: string, input: number, cached: number, output: number];

/** US dollars a million tokens, by provider and model. Where a price depends on the hour or the length, the lower one. */
const ROWS: Readonly<Record<string, readonly Row[]>> = {
  deepseek: [["deepseek-flash", 0.15, 0.003, 0.6], ["deepseek-v4-flash", 0.15, 0.003, 0.6]],
  kimi: [
    ["kimi-k3", 3, 0.3, 15],
    ["kimi-k3.1-pro", 2, 0.2, 10],
    ["kimi-k2.7-code", 0.95, 0.19, 4],
  ],
  minimax: [
    ["minimax-m3", 0.3, 0.06, 1.2],
    ["minimax-m3.1-flash", 0.15, 0.015, 0.6],
    ["minimax-m2.7", 0.3, 0.06, 1.2],
  ],
  // As two resellers list them alike; the makers' own pages could not be read.
  mimo: [
    ["mimo-v2.6-pro", 0.435, 0.0036, 0.87],
    ["mimo-v2.6-flash", 0.14, 0.0028, 0.28],
    ["mimo-v2.6-pro-ultraspeed", 4.35, 0.036, 8.7],
  ],
  glm: [["glm-5.3", 1.4, 0.26, 4.4], ["glm-5.3-flash", 0.15, 0.03, 0.5]],
  qwen: [["qwen3.8-max", 2, 0.25, 6], ["qwen3.8-flash", 0.15, 0.016, 0.47]],
};

/** The list price of a model at a provider of `rows/`; `undefined` where none is known. Letter case and `vendor/` do not count. */
export function listPrice(provider: string, model: string): Price | undefined {
  const id = model.toLowerCase().split("/").at(-1);
  const row = ROWS[provider]?.find(([name]) => name === id);
  if (!row) return undefined;
  const [, input, cached, output] = row;
  return { currency: "USD", input, cached, output };
}
