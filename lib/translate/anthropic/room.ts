/**
 * How much output a conversation leaves room for, by the refusal of a server that adds the limit of the answer to the input.
 *
 * Its rule: where the input alone fits, it is no overflow. The request names a limit because the API demands one.
 *
 * @module
 */

import type { JsonObject } from "../../base/json.ts";
import { MAX_REFUSAL } from "../refusals.ts";

const N = String.raw`(\d[\d,_]{0,11})`;

/** What servers say. Each names the input, the limit of the answer and the window. */
const FORMS: readonly RegExp[] = [
  // Anthropic, Bedrock: "exceed context limit: 178959 + 64000 > 200000"
  new RegExp(`(?<input>${N}) \\+ (?<output>${N}) > (?<window>${N})`),
  // vLLM: "(64000 > 32768 - 2000)"
  new RegExp(`(?<output>${N}) > (?<window>${N}) - (?<input>${N})`),
  // OpenAI, older vLLM, SGLang: "is 32768 tokens. However, you requested 66000 tokens (2000 in the messages, 64000 in the completion)"
  new RegExp(
    `context length (?:is|of) (?<window>${N})\\b.{0,120}?(?<input>${N}) (?:tokens )?(?:in|from) the (?:input )?messages\\D{1,12}(?<output>${N})`,
    "is",
  ),
];

/** The least room for which it is asked again. */
const LEAST_ROOM = 2_048;
/** Kept free: servers count the same text a little differently. */
const SPARE = 64;

/**
 * The limit of the answer that a refused request has room for.
 *
 * @returns `undefined` where the refusal does not say, or where the conversation itself is too long
 */
export function roomLeft(refusal: string, { max_tokens: sent }: JsonObject): number | undefined {
  const text = refusal.slice(0, MAX_REFUSAL);
  const found = FORMS.map((form) => form.exec(text)?.groups).find((each) => each !== undefined);
  if (!found || typeof sent !== "number") return undefined;
  const [input, output, window] = [found.input, found.output, found.window]
    .map((digits) => Number(digits?.replace(/[,_]/g, ""))) as [number, number, number];
  const room = window - input - SPARE;
  return output === sent && room >= LEAST_ROOM && room < sent ? room : undefined;
}
