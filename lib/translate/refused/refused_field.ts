/**
 * The field of a Responses request that a refusal names, as the adaptation that leaves it out.
 *
 * Its rule: only a field that the request holds, and never one without which it would be another request.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { namedPaths, namedPlaces } from "../refusals.ts";
import type { Adaptation } from "./adaptations.ts";

/** A request without these is none. */
const NEEDED: ReadonlySet<string> = new Set(["model", "input", "stream", "tools", "instructions"]);

/** What an item or a tool is. */
const NEEDED_INSIDE: ReadonlySet<string> = new Set([
  "type",
  "role",
  "content",
  "call_id",
  "name",
  "arguments",
  "input",
  "output",
  "summary",
  "parameters",
  "tools",
  "namespace",
]);

/** Other names under which servers speak of a field. */
const OTHER_NAMES: Readonly<Record<string, string>> = {
  reasoning_effort: "reasoning.effort",
  effort: "reasoning.effort",
  reasoning_summary: "reasoning.summary",
  verbosity: "text.verbosity",
  text_verbosity: "text.verbosity",
  response_format: "text.format",
};

/** Fields whose value may be refused without their name: `unknown variant "xhigh"`. */
const VALUES = [
  "reasoning.effort",
  "reasoning.summary",
  "text.verbosity",
  "service_tier",
  "truncation",
];

/** Fields that make sense as a whole only. */
const WHOLE: ReadonlySet<string> = new Set(["tool_choice", "include", "client_metadata"]);

const MAX_NAME = 80;

/** What a refusal may be about, most explicit first. */
export function* refusedField(refusal: string, body: JsonObject): Generator<Adaptation> {
  for (const { list, rest } of namedPlaces(refusal)) {
    if (rest !== "" && !NEEDED_INSIDE.has(rest)) yield field(`${list}[].${rest}`);
  }
  for (const path of namedPaths(refusal)) {
    const steps = (path[0] === "body" ? path.slice(1) : path).map(snakeCase);
    if (steps.length === 0) continue;
    const whole = steps.join(".");
    if (Array.isArray(body.include) && body.include.includes(whole)) yield field("include");
    for (const name of [OTHER_NAMES[whole], whole, steps.at(-1), OTHER_NAMES[steps.at(-1) ?? ""]]) {
      const held = name === undefined ? undefined : heldField(name, body);
      if (held !== undefined) yield field(held);
    }
  }
  for (const name of VALUES) {
    const value = valueAt(body, name.split("."));
    if (typeof value === "string" && isQuoted(refusal, value)) yield field(name);
  }
}

function field(name: string): Adaptation {
  return { what: `field ${name}`, how: `without ${name}`, scope: "model" };
}

/** The field as it can be left out; `undefined` where the request has none or needs it. */
function heldField(name: string, body: JsonObject): string | undefined {
  const steps = name.split(".");
  const [first = ""] = steps;
  if (name.length > MAX_NAME || NEEDED.has(first)) return undefined;
  const cut = WHOLE.has(first) ? [first] : steps.slice(0, 2);
  return valueAt(body, cut) === undefined ? undefined : cut.join(".");
}

function valueAt(body: JsonObject, steps: readonly string[]): Json | undefined {
  let value: Json | undefined = body;
  for (const step of steps) {
    value = isObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

/** Whether the words complain of this very value. */
function isQuoted(refusal: string, value: string): boolean {
  const complaint =
    /(?:unknown variant|(?:invalid|unsupported|unknown) (?:\w+ ){0,3}value|not support|not (?:a )?valid)[^'"`]{0,60}['"`]([^'"`]{1,40})['"`]|['"`]([^'"`]{1,40})['"`] is (?:not|invalid|unsupported)/gi;
  return [...refusal.matchAll(complaint)].some(([, one, other]) => (one ?? other) === value);
}

/** `reasoningEffort` -> `reasoning_effort`. */
function snakeCase(name: string): string {
  return name.replace(/([a-z0-9])([A-Z])/g, "$1_$2").toLowerCase();
}
