/**
 * The marks of written calls that carry a vendor's name (docs/facts/written-calls.md §1).
 *
 * @module
 */

/** Tags that hold a list of `<invoke name="…">`, without their brackets. */
export const INVOKE_LISTS: readonly string[] = ["minimax:tool_call", "function_calls"];

/** The token that one vendor's newer models write before each tag. */
export const TAG_TOKEN = "]<]minimax[>[";
