/**
 * Fixes up a request of the Messages wire that a provider refused for a reason that the translator can remove.
 *
 * A table of reasons. Each is fixed up at most once in an exchange; `applyFixUp` does the same to later requests at once.
 *
 * @module
 */

import { isObject, type JsonObject } from "../../base/json.ts";
import {
  mapped,
  toEffort,
  withBlocks,
  withCalledTools,
  without,
  withoutThinking,
  withThinking,
} from "./body_changes.ts";
import { MAX_REFUSAL, namedPaths, REFUSALS } from "../refusals.ts";
import { NO_IMAGE } from "../chat/content.ts";
import { roomLeft } from "./room.ts";
import { applySchemaFixUp, fixUpSchemas } from "../schemas/fix_up.ts";

interface FixUpRule {
  readonly what: string;
  readonly refusal: RegExp;
  /** Returns the changed body; the same one where there is nothing to change. */
  change(body: JsonObject): JsonObject;
}

/** "The `content[].thinking` in the thinking mode must be passed back to the API", "Missing thinking block in the assistant message". */
const NO_THINKING =
  /passed back|missing\b.{0,40}\bthinking block|reasoning_content\b.{0,20}\bmissing|missing\b.{0,20}\breasoning_content/i;

const FIX_UPS: readonly FixUpRule[] = [
  {
    what: "cache marks",
    refusal: /cache_control/i,
    change: (body) => withBlocks(body, (block) => without(block, "cache_control")),
  },
  {
    // Its text is not looked at; the Chat wire of the same makers takes a blank too (docs/facts/providers.md §2).
    what: "calls without thinking",
    refusal: NO_THINKING,
    change: withThinking,
  },
  {
    // Some makers think unless they are told not to.
    what: "thinking that nobody asked for",
    refusal: NO_THINKING,
    change: (body) => ({ ...withoutThinking(body), thinking: { type: "disabled" } }),
  },
  {
    // Codex declares none when it asks for a summary of a conversation.
    what: "calls of tools that are not declared",
    refusal: /must define tools|tool_?config\b.*must be defined|expects? the [`'"]?tools/is,
    change: withCalledTools,
  },
  {
    what: "a budget of thinking",
    refusal: /thinking\.type\.adaptive|\badaptive\b.*\beffort\b/is,
    change: toEffort,
  },
  {
    what: "thinking",
    refusal:
      /(?=.*\bthinking\b|.*\bbudget_tokens\b)(?=.*(?:expected|invalid|signature|must|not|unsupported|unknown))/is,
    change: withoutThinking,
  },
  {
    what: "images",
    refusal: REFUSALS.images,
    change: (body) =>
      withBlocks(
        body,
        (block) => block.type === "image" ? { type: "text", text: NO_IMAGE } : block,
      ),
  },
  {
    what: "tool_choice",
    refusal: /tool_choice|disable_parallel_tool_use/i,
    change: (body) => without(body, "tool_choice"),
  },
];

/** Fields that are never removed. */
const NEEDED: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "stream",
  "tools",
  "max_tokens",
  "system",
]);

const MAX_TOKENS = "max_tokens beyond ";
/** Fewer tokens than this are no limit of an answer, but a number that stands beside it. */
const LEAST_TOKENS = 512;
/** What thinking leaves for the answer at least. */
const LEAST_ANSWER = 1_024;

/**
 * The limit that a refusal of `max_tokens` names: "max_tokens: 64000 > 32000, which is the maximum allowed number of output tokens";
 * Bedrock: "Try again with a maximum tokens value that is lower than 32768".
 */
function namedMaxTokens(refusal: string, { max_tokens: sent }: JsonObject): number | undefined {
  if (!/max_tokens|maximum tokens/i.test(refusal) || typeof sent !== "number") return undefined;
  const numbers = [
    ...refusal.matchAll(/(?<![\w.])\d{1,3}(?:[,_]\d{3})+(?!\w)|(?<![\w.])\d{3,9}(?![\w])/g),
  ]
    .map(([digits]) => Number(digits.replace(/[,_]/g, "")))
    .filter((each) => each >= LEAST_TOKENS && each < sent);
  const below = /\b(?:lower|less|smaller) than (?!or\b)/i.test(refusal) ? 1 : 0;
  return numbers.length === 0 ? undefined : Math.max(...numbers) - below;
}

/** No more tokens than `max`; thinking leaves room for an answer. */
function atMost(body: JsonObject, max: number): JsonObject {
  const { max_tokens: sent, thinking } = body;
  if (typeof sent !== "number" || sent <= max) return body;
  const { budget_tokens: budget } = isObject(thinking) ? thinking : {};
  const most = Math.max(LEAST_ANSWER, max - LEAST_ANSWER);
  return {
    ...body,
    max_tokens: max,
    ...isObject(thinking) && typeof budget === "number" && budget > most &&
      { thinking: { ...thinking, budget_tokens: most } },
  };
}

/** The request with no more output than the window has room for; `undefined` where that does not help. */
export function fitAnthropicOutput(
  message: string,
  body: JsonObject,
): { readonly what: string; readonly body: JsonObject } | undefined {
  const room = roomLeft(message, body);
  return room === undefined ? undefined : { what: MAX_TOKENS + room, body: atMost(body, room) };
}

/** Finds what a refusal complains about and removes it. @returns `undefined` where nothing here would help */
export function fixUpAnthropic(
  message: string,
  body: JsonObject,
  already: ReadonlySet<string>,
): { readonly what: string; readonly body: JsonObject } | undefined {
  const refusal = message.slice(0, MAX_REFUSAL);
  const max = namedMaxTokens(refusal, body);
  if (max !== undefined) return { what: MAX_TOKENS + max, body: atMost(body, max) };
  for (const { what, refusal: words, change } of FIX_UPS) {
    if (already.has(what) || !words.test(refusal)) continue;
    const changed = change(body);
    if (changed !== body) return { what, body: changed };
  }
  const schemas = fixUpSchemas(refusal, withParameters(body), already);
  if (schemas) return { what: schemas.what, body: withInputSchemas(schemas.body) };
  const field = namedPaths(refusal).flatMap(([first]) => first ?? []).find((name) =>
    Object.hasOwn(body, name) && !NEEDED.has(name)
  );
  if (field === undefined || already.has(`field ${field}`)) return undefined;
  return { what: `field ${field}`, body: withoutField(body, field) };
}

/** Does to a body what {@link fixUpAnthropic} did to another one. */
export function applyAnthropicFixUp(body: JsonObject, what: string): JsonObject {
  const rule = FIX_UPS.find((each) => each.what === what);
  if (rule) return rule.change(body);
  if (what.startsWith(MAX_TOKENS)) return atMost(body, Number(what.slice(MAX_TOKENS.length)));
  if (what.startsWith("field ")) return withoutField(body, what.slice("field ".length));
  return withInputSchemas(applySchemaFixUp(withParameters(body), what));
}

/** The body with its schemas under the name that they have on the other wires. */
function withParameters(body: JsonObject): JsonObject {
  const tools = mapped(body.tools, ({ input_schema, ...tool }) => ({
    type: "function",
    ...tool,
    ...(input_schema !== undefined && { parameters: input_schema }),
  }));
  return body.tools === undefined ? body : { ...body, tools };
}

function withInputSchemas(body: JsonObject): JsonObject {
  const tools = mapped(body.tools, ({ type: _, parameters, ...tool }) => ({
    ...tool,
    ...(parameters !== undefined && { input_schema: parameters }),
  }));
  return body.tools === undefined ? body : { ...body, tools };
}

function withoutField(body: JsonObject, field: string): JsonObject {
  return NEEDED.has(field) ? body : without(body, field);
}
