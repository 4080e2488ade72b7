/**
 * Marks how far a request stays the same from turn to turn, so that the provider reads that part from its cache.
 *
 * Three marks of the four that the API takes: the end of the instructions (and with it the tools before them), and the ends of
 * the last two user messages. The last one is where the next turn finds this one's cache.
 *
 * @module
 */

import type { AnthropicMessage, Block } from "../../wire/anthropic.ts";

const MARK = { type: "ephemeral" };
const USER_MARKS = 2;

/** The parts of a request that are marked. */
interface Cached {
  readonly system: readonly Block[];
  readonly messages: readonly AnthropicMessage[];
}

/** Marks a request. Nothing that is passed in is changed. */
export function withCacheMarks({ system, messages }: Cached): Cached {
  let left = USER_MARKS;
  const marked = messages.toReversed().map((message) => {
    if (message.role !== "user" || left === 0) return message;
    left--;
    return { ...message, content: endMarked(message.content) };
  });
  return { system: endMarked(system), messages: marked.toReversed() };
}

function endMarked(blocks: readonly Block[]): Block[] {
  const last = blocks.at(-1);
  return last ? [...blocks.slice(0, -1), { ...last, cache_control: MARK }] : [];
}
