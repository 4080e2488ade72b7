/**
 * About how many tokens events bring: what a rate that people read is made of. The provider's own count comes at the end only.
 *
 * A token is about four letters of a Latin script, or one sign of Chinese, Japanese or Korean. The first sign of a delta
 * stands for all of it, so that a delta costs the same however long it is.
 *
 * @module
 */

import type { Progress } from "../../observe/observer.ts";
import type { ResponsesEvent } from "../../wire/responses.ts";

const LETTERS_A_TOKEN = 4;
const BYTES_A_TOKEN = 4;
/** A file in a request; its bytes are no text. */
const PICTURE = /"data:[^"]*"/g;
/** About what a picture costs. */
const PICTURE_TOKENS = 1_000;
/** Where the scripts begin of which a sign is about a token. */
const IDEOGRAPHS = 0x2e80;

/** About how many tokens a request is as JSON, its fields and quotes included: one for four bytes, and some for each picture. */
export function tokensSent(json: string): number {
  let pictures = 0;
  const text = json.replace(PICTURE, () => {
    pictures++;
    return "";
  });
  return new TextEncoder().encode(text).length / BYTES_A_TOKEN + pictures * PICTURE_TOKENS;
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
