/**
 * The mark that many providers put at the end of a stream, on every wire. Codex does not need it.
 *
 * @module
 */

/** The data of the message that ends a stream; not every provider sends it (docs/facts/providers.md §9, 13). */
export const DONE = "[DONE]";
