/**
 * The script of a provider that does everything right, on each wire.
 *
 * @module
 */

import type { SimulatedAnswer } from "./answer.ts";
import { anthropicScript } from "./anthropic_script.ts";
import { chatScript } from "./chat_script.ts";
import { responsesScript } from "./responses_script.ts";
import type { Script } from "./script.ts";

const SCRIPTS: Readonly<Record<SimulatedAnswer["wire"], (answer: SimulatedAnswer) => Script>> = {
  chat: chatScript,
  responses: responsesScript,
  anthropic: anthropicScript,
};

/** The script of an answer on its wire. */
export function goodScript(answer: SimulatedAnswer): Script {
  return SCRIPTS[answer.wire](answer);
}
