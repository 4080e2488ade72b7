/**
 * About how many tokens events bring: what a rate that people read is made of. The provider's own count comes at the end only.
 *
 * A token is about four letters of a Latin script, or one sign of Chinese, Japanese or Korean. The first sign of a delta
 * stands for all of it, so that a delta costs the same however long it is.
 *
 * @module
 */

import type { JsonObject } from "../../base/json.ts";
import type { Progress } from "../../observe/observer.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";

const LETTERS_A_TOKEN = 4;
/** Where the scripts begin of which a sign is about a token. */
const IDEOGRAPHS = 0x2e80;

/** About how many tokens a request is, its fields and quotes included. */
export function tokensSent(body: JsonObject): number {
  return JSON.stringify(body).length / LETTERS_A_TOKEN;
}

/** What events bring: the tokens of reasoning, and of text and calls. */
export function contentIn(
  events: readonly ResponsesEvent[],
): Extract<Progress, { readonly kind: "content" }> {
  let thought = 0;
  let said = 0;
  for (const { type, data: { delta } } of events) {
    if (typeof delta !== "string" || delta === "") continue;
    const tokens = delta.charCodeAt(0) >= IDEOGRAPHS
      ? delta.length
      : delta.length / LETTERS_A_TOKEN;
    if (type.startsWith("response.reasoning")) thought += tokens;
    else said += tokens;
  }
  return { kind: "content", thought, said };
}
