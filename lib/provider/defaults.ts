/**
 * The values of the fields that a provider's row leaves out: Chat Completions, function tools only, no special rules.
 *
 * @module
 */

import { GENERIC_ANTHROPIC } from "./anthropic_rules.ts";
import { GENERIC_CHAT } from "./chat_rules.ts";
import { ANY_SCHEMA } from "./schema_rules.ts";
import type { Profile, ResponsesRules } from "./profile.ts";

/** The fields a row may leave out. */
type Row = Pick<Profile, "name" | "title" | "hosts"> & Partial<Profile>;

/** Stateful features that stateless Responses endpoints refuse; Codex works without all of them. */
const STATEFUL = ["previous_response_id", "conversation", "background", "context_management"];

/** A stateless Responses endpoint that takes nothing but function tools: the safe guess. */
export const FUNCTIONS_ONLY: ResponsesRules = {
  toolTypes: ["function"],
  drop: STATEFUL,
  emptySummary: false,
};

/** A Responses endpoint that takes every tool and field that Codex sends. */
export const ALL_TOOLS: ResponsesRules = { toolTypes: "all", drop: [], emptySummary: false };

/** Completes a row with the defaults of the fields that it leaves out. */
export function provider(row: Row): Profile {
  return {
    wire: "chat",
    takesLogin: false,
    keys: [],
    timeouts: {},
    codes: {},
    phrases: [],
    responses: FUNCTIONS_ONLY,
    chat: GENERIC_CHAT,
    anthropic: GENERIC_ANTHROPIC,
    schemas: ANY_SCHEMA,
    search: [],
    ...row,
  };
}
