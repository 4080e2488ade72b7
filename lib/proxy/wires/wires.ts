/**
 * All wire adapters, by the wire's name in config.yaml.
 *
 * @module
 */

import type { Wire } from "../../config/config.ts";
import type { WireAdapter } from "./adapter.ts";
import { anthropic } from "./anthropic.ts";
import { chat } from "./chat.ts";
import { responses } from "./responses.ts";

/** The adapter of each wire. */
export const WIRES: Readonly<Record<Wire, WireAdapter>> = { responses, chat, anthropic };
