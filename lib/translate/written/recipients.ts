/**
 * The marks that begin a message to a tool, as harmony writes them: the recipient stands in the head, before or behind the
 * channel.
 *
 * @module
 */

const CHANNELS = ["commentary", "analysis", "final"].map((name) => `<|channel|>${name} to=`);
const START = "<|start|>assistant";

/** All of them. */
export const RECIPIENTS: readonly string[] = [
  ...CHANNELS,
  ...CHANNELS.map((mark) => START + mark),
  `${START} to=`,
];
