/**
 * Tells which part of a Responses request a refusal is about, and by what adaptation the next one goes without it.
 *
 * Its rule: an adaptation is a short text that says all there is to do (`function tools`, `item compaction`,
 * `field reasoning.effort`), so that it can be remembered and applied to other requests of the same upstream.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { MAX_REFUSAL, namedPlaces, REFUSALS, REFUSES } from "../refusals.ts";
import { type Adaptation, adapted, FUNCTION_TOOLS } from "./adaptations.ts";
import { refusedField } from "./refused_field.ts";

const TOOLS: Adaptation = {
  what: FUNCTION_TOOLS,
  how: "with function tools only",
  scope: "upstream",
};

const IMAGES_IN_OUTPUTS: Adaptation = {
  what: "images in tool outputs",
  how: "with the images of tool outputs in messages of their own",
  scope: "upstream",
};
const NO_IMAGES: Adaptation = { what: "images", how: "without images", scope: "model" };

/**
 * A validator that says no more than that no form of the input, or of an item, fits (lmstudio-bug-tracker#2200,
 * openai/codex#8829; llama.cpp: "Cannot determine type of 'item'").
 */
const WHOLE_INPUT =
  /invalid_union|cannot determine type of '?items?\b|unknown (?:input )?item type\b|(?:invalid|wrong) (?:type|value|input|format)\b.{0,20}['"`]input['"`]|body -> input -> list\[union|param['"]?: ?['"]?input['"]?\b/i;
/** Reasoning that another provider sealed, before a server that reads its text (llama.cpp: "item['content'] is not an array"). */
const NO_TEXT =
  /\bcontent\b['"`\]]{0,3} (?:is not an array|is empty|must be an? (?:array|list)|is required|is missing)|\breasoning\b.{0,60}\b(?:content|text)\b.{0,40}(?:required|missing|empty|not an array)/i;
const WITHOUT_TEXT: Adaptation = {
  what: "reasoning without text",
  how: "without reasoning that has no text",
  scope: "upstream",
};
/** Items by their ids alone, from a server that keeps none. */
const NOT_STORED =
  /\bitems? (?:with id )?['"`]?rs_\w{0,128}['"`]? (?:was |were )?not found|items? (?:are|is|was|were) not persisted|reasoning items?\b.{0,60}not found/i;

/** Item types that every server of the Responses API takes. */
const BASIC: ReadonlySet<unknown> = new Set([
  undefined,
  "message",
  "function_call",
  "function_call_output",
]);

/** Item types that go with a tool: without the one, the other has to change too. */
const OF_TOOLS: ReadonlySet<string> = new Set([
  "additional_tools",
  "compaction_trigger",
  "custom_tool_call",
  "custom_tool_call_output",
  "tool_search_call",
  "tool_search_output",
]);

/** Type names that are words of any sentence: they count in quotes, or where the sentence is about types. */
const PLAIN_WORD = /^[a-z]+$/;
const ABOUT_TYPES = /\b(?:types?|variants?|tools?|items?|input|unmarshal|discriminator)\b/i;
const MAX_TYPE = 64;

/** How servers say that they know functions only, without the name of what they do not know. */
const FUNCTIONS_ONLY =
  /\btools?\b[\s\S]{0,80}\b(?:must|should|only|expected)\b[\s\S]{0,60}\bfunctions?\b|\bonly\b[\s\S]{0,40}\bfunctions?\b[\s\S]{0,40}\btools?\b|\btools?\b['"`]? ?types?\b|\btypes? of tools?\b|\btype['"`]? of tool\b/i;

/**
 * Finds what a refusal is about.
 *
 * @param message the provider's words, `param` included
 * @param body the request that was refused, as it went up
 * @param already what was done before; it is not found again
 * @returns `undefined` where the refusal names nothing that the request holds
 */
export function refusedPart(
  message: string,
  body: JsonObject,
  already: ReadonlySet<string>,
): Adaptation | undefined {
  const refusal = message.slice(0, MAX_REFUSAL);
  for (const found of candidates(refusal, body)) {
    if (!already.has(found.what) && adapted(body, [found.what]) !== body) return found;
  }
  return undefined;
}

function* candidates(refusal: string, body: JsonObject): Generator<Adaptation> {
  const items = objects(body.input);
  if (REFUSALS.sealed.test(refusal)) {
    yield {
      what: "sealed reasoning",
      how: "without the reasoning that another provider sealed",
      scope: "conversation",
    };
  }
  if (NOT_STORED.test(refusal)) {
    yield {
      what: "unsealed reasoning",
      how: "without the reasoning that only its own server has",
      scope: "upstream",
    };
  }
  if (NO_TEXT.test(refusal)) yield WITHOUT_TEXT;
  if (REFUSES.test(refusal)) yield* types(refusal, body, items);
  yield* contents(refusal, items);
  yield* refusedField(refusal, body);
  if (WHOLE_INPUT.test(refusal)) yield* anything(body, items);
}

/** What a validator may mean that names no more than the whole input: what fewest servers know comes first. */
function* anything(body: JsonObject, items: JsonObject[]): Generator<Adaptation> {
  const types = new Set(items.map(({ type }) => type).filter((type) => !BASIC.has(type)));
  const isOfTools = objects(body.tools).some(({ type }) => type !== "function");
  if (isOfTools || [...types].some((type) => OF_TOOLS.has(String(type)))) yield TOOLS;
  for (const type of types) {
    if (!OF_TOOLS.has(String(type)) && type !== "reasoning") yield ofItem(String(type));
  }
  yield WITHOUT_TEXT;
  yield IMAGES_IN_OUTPUTS;
  yield NO_IMAGES;
}

/** Types of tools and items. */
function* types(refusal: string, body: JsonObject, items: JsonObject[]): Generator<Adaptation> {
  const tools = objects(body.tools);
  const places = namedPlaces(refusal);
  for (const { list, at, rest } of places) {
    const entry: Json | undefined = Array.isArray(body[list]) ? body[list][at] : undefined;
    if (!isObject(entry) || (rest !== "" && rest !== "type" && rest !== "namespace")) continue;
    const isPlain = list === "tools" ? entry.type === "function" : BASIC.has(entry.type);
    if (rest === "namespace" || (list === "tools" && !isPlain)) yield TOOLS;
    else if (list === "input" && !isPlain) yield ofItem(String(entry.type));
  }
  const ofTools = new Set(tools.flatMap(typesOf).filter((type) => type !== "function"));
  if (items.some(({ namespace }) => typeof namespace === "string")) ofTools.add("namespace");
  const isNamed = naming(refusal);
  for (const type of ofTools) if (isNamed(type)) yield TOOLS;
  for (const type of new Set(items.map((item) => item.type))) {
    if (typeof type === "string" && !BASIC.has(type) && isNamed(type)) yield ofItem(type);
  }
  if (ofTools.size > 0 && FUNCTIONS_ONLY.test(refusal)) yield TOOLS;
}

/** Images, and who says what. */
function* contents(refusal: string, items: JsonObject[]): Generator<Adaptation> {
  const lists = namedPlaces(refusal).some(({ list, at, rest }) =>
    list === "input" && (rest === "output" || Array.isArray(items[at]?.output))
  );
  if (
    lists || (/\boutput\b|\btool (?:results?|messages?)\b/i.test(refusal) && REFUSES.test(refusal))
  ) {
    yield IMAGES_IN_OUTPUTS;
  }
  if (REFUSALS.images.test(refusal)) {
    yield NO_IMAGES;
  }
  if (REFUSALS.lateSystem.test(refusal)) {
    yield {
      what: "system messages",
      how: "with its system messages at the beginning",
      scope: "model",
    };
  }
  if (REFUSALS.developerRole.test(refusal)) {
    yield { what: "developer role", how: "without the developer role", scope: "upstream" };
  }
}

function ofItem(type: string): Adaptation {
  if (OF_TOOLS.has(type)) return TOOLS;
  const name = type.replace(/_output$/, "").slice(0, MAX_TYPE);
  return { what: `item ${name}`, how: `without items of type ${name}`, scope: "upstream" };
}

/** Whether the words name a type as such. */
function naming(refusal: string): (type: string) => boolean {
  const named = new Set(refusal.match(/[a-z][\w-]*/gi));
  const quoted = new Set(
    [...refusal.matchAll(/['"`]([a-z][\w-]*)['"`]/gi)].map(([, name]) => name),
  );
  const about = ABOUT_TYPES.test(refusal);
  const aboutItems = /\b(?:item|input)s?(?: item)? types?\b/i.test(refusal);
  return (type) =>
    type.length <= MAX_TYPE && named.has(type) &&
    (!PLAIN_WORD.test(type) || quoted.has(type) || (type === "reasoning" ? aboutItems : about));
}

function typesOf(tool: JsonObject): string[] {
  return [String(tool.type), ...objects(tool.tools).map(({ type }) => String(type))];
}

function objects(list: Json | undefined): JsonObject[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}
