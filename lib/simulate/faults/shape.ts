/**
 * Deviations of form: the same answer in another form, on either wire or on the Responses wire. The user must
 * notice none of them.
 *
 * @module
 */

import { isObject, type Json, type JsonObject } from "../../base/json.ts";
import { gzip, mapData, mapText, splitBytes, without } from "../transform_script.ts";
import { DEVIATION, type Fault } from "./fault.ts";
import { goodScript } from "../good_script.ts";
import { data, raw, type Script, type ScriptStep } from "../script.ts";

const onResponses = { ...DEVIATION, wires: ["responses"] } as const;

/** The faults of this file. */
export const SHAPE_FAULTS: readonly Fault[] = [
  text("bom", "a byte order mark before the first event", (script) => first(script, "\uFEFF")),
  text(
    "crlf",
    "lines end with CR LF",
    (script) => mapText(script, (t) => t.replaceAll("\n", "\r\n")),
  ),
  text(
    "lone-cr",
    "lines end with CR",
    (script) => mapText(script, (t) => t.replaceAll("\n", "\r")),
  ),
  text(
    "no-space",
    "no space after the colon",
    (script) => mapText(script, (t) => t.replace(/^(data|event): /gm, "$1:")),
  ),
  text("extra-fields", "id, retry and comment lines between the data", (script) => {
    return mapText(script, (t) => `: x\nid: 7\nretry: 10\n${t}`);
  }),
  text("split-bytes", "a chunk for every three bytes", (script) => splitBytes(script, 3)),
  text("gzip", "gzip that was not requested", gzip),
  {
    ...DEVIATION,
    name: "20k-events",
    doc: "20,000 deltas",
    script: (answer) => goodScript({ ...answer, text: "0123456789".repeat(2_000), size: 1 }),
  },
  {
    ...DEVIATION,
    name: "big-event",
    doc: "one delta of a megabyte",
    script: (answer) => goodScript({ ...answer, text: "0123456789".repeat(200_000), size: 1e9 }),
  },
  {
    ...onResponses,
    name: "many-calls",
    doc: "hundreds of tool calls in one answer, each finished before the next",
    at: "after-call",
    script: (answer) => goodScript({ ...answer, calls: Array(300).fill(answer.calls?.[0]) }),
  },
  responses(
    "usage-details-empty",
    "usage with empty details",
    (event) =>
      change(event, "usage", (usage) => ({
        ...usage,
        input_tokens_details: {},
        output_tokens_details: {},
      })),
  ),
  responses(
    "usage-bare",
    "usage without details and total",
    (event) =>
      change(
        event,
        "usage",
        ({ input_tokens, output_tokens }) => ({ input_tokens, output_tokens }),
      ),
  ),
  responses("usage-missing", "no usage", (event) => change(event, "usage", () => null)),
  responses("uuid-ids", "bare UUIDs as ids", (event) => walk(event, uuids) as JsonObject),
  responses(
    "null-fields",
    "null in place of absent fields",
    (event) => change(event, "item", (item) => ({ ...item, phase: null, encrypted_content: null })),
  ),
  responses("missing-arguments", "…arguments.done without arguments", (event) => {
    if (event.type !== "response.function_call_arguments.done") return event;
    const { arguments: _, ...rest } = event;
    return rest;
  }),
  responses(
    "arguments-object",
    "the arguments of a finished call as an object",
    (event) =>
      change(
        event,
        "item",
        (item) =>
          typeof item.arguments === "string" && item.arguments !== ""
            ? { ...item, arguments: JSON.parse(item.arguments) as Json }
            : item,
      ),
  ),
  responses(
    "missing-summary",
    "reasoning without its summary",
    (event) => change(event, "item", ({ summary: _, ...item }) => item),
  ),
  {
    ...onResponses,
    name: "no-event-names",
    doc: "no event lines",
    script: (answer) => mapText(goodScript(answer), (t) => t.replace(/^event: .*\n/gm, "")),
  },
  {
    ...onResponses,
    name: "no-deltas",
    doc: "finished items without deltas",
    script: (answer) =>
      without(
        goodScript(answer),
        (t) => !/"type":"response\.(created|output_item\.done|completed)"/.test(t),
      ),
  },
  {
    ...onResponses,
    name: "missing-terminal",
    doc: "forgets the terminal event",
    script: (answer) =>
      without(goodScript(answer), (t) => t.startsWith("event: response.completed")),
  },
  {
    ...onResponses,
    name: "done-sentinel",
    doc: "[DONE] behind the terminal event",
    script: (answer) => beforeEof(goodScript(answer), data("[DONE]")),
  },
  {
    ...onResponses,
    name: "unknown-events",
    doc: "unknown events between the others",
    script: (answer) =>
      mapText(goodScript(answer), (t) => `event: x.new\ndata: {"type":"x.new","delta":{}}\n\n${t}`),
  },
];

function text(name: string, doc: string, transform: (script: Script) => Script): Fault {
  return { ...DEVIATION, name, doc, script: (answer) => transform(goodScript(answer)) };
}

function responses(name: string, doc: string, transform: (event: JsonObject) => JsonObject): Fault {
  return { ...onResponses, name, doc, script: (answer) => mapData(goodScript(answer), transform) };
}

function first(script: Script, prefix: string): Script {
  const at = script.findIndex((step) => step.do === "send");
  return [...script.slice(0, at), raw(prefix), ...script.slice(at)];
}

function beforeEof(script: Script, step: ScriptStep): Script {
  return [...script.slice(0, -1), step, ...script.slice(-1)];
}

/** Changes the object under `key`, wherever in the event it stands. */
function change(event: JsonObject, key: string, make: (value: JsonObject) => Json): JsonObject {
  const entries = Object.entries(event).map(([name, value]) => {
    if (!isObject(value)) return [name, value];
    return [name, name === key ? make(value) : change(value, key, make)];
  });
  return Object.fromEntries(entries) as JsonObject;
}

function walk(value: Json | undefined, make: (text: string) => string): Json | undefined {
  if (typeof value === "string") return make(value);
  if (Array.isArray(value)) return value.map((entry) => walk(entry, make) as Json);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, walk(entry, make)]));
}

/** Makes a UUID of every id of ours, the same one each time. */
function uuids(text: string): string {
  if (!/^(resp|rs|msg|fc|ctc)_[\w-]+$/.test(text)) return text;
  const hex = [...text].map((letter) => letter.charCodeAt(0).toString(16)).join("").padEnd(32, "0");
  return hex.slice(-32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
