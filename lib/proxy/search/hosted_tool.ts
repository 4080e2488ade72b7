/**
 * The hosted tool `web_search` as a function that the sidecar itself carries out, and the items of earlier searches as the
 * calls and outputs that they were.
 *
 * Its rule: pure, and the same request gives the same result, so that a provider's prompt cache holds. The client's request
 * is never changed.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Carried } from "./memory.ts";

/** A request whose hosted tool became a function. */
interface Hosted {
  readonly request: JsonObject;
  /** The function; `undefined` where none is offered. */
  readonly name: string | undefined;
  /** The tool as the client declared it. */
  readonly tool: JsonObject | undefined;
}

const TYPE = /^web_search(?:_preview)?(?:_\d{4}_\d{2}_\d{2})?$/;
const NAME = "web_search";

/** The hosted tool of a request. */
export function hostedTool({ tools }: JsonObject): JsonObject | undefined {
  return Array.isArray(tools)
    ? tools.filter(isObject).find(({ type }) => TYPE.test(String(type)))
    : undefined;
}

/**
 * Puts the function in place of the tool.
 *
 * @param carried finds a search that was carried out here by the id of its item
 * @param offer whether the function is offered: not after too many searches
 * @param again whether something was searched for in this answer already; then nothing forces another search
 */
export function withFunction(
  request: JsonObject,
  carried: (id: string) => Carried | undefined,
  { offer, again }: { readonly offer: boolean; readonly again: boolean },
): Hosted {
  const tool = hostedTool(request);
  const input = expanded(request.input, carried);
  const history = input === request.input ? {} : { input };
  if (!tool) return { request: { ...request, ...history }, name: undefined, tool };
  const tools = Array.isArray(request.tools) ? request.tools : [];
  const name = freeName(tools);
  const kept = tools.flatMap((each): Json[] =>
    each === tool
      ? offer ? [declaration(name)] : []
      : isObject(each) && TYPE.test(String(each.type))
      ? []
      : [each]
  );
  return {
    request: {
      ...request,
      ...history,
      tools: kept,
      ...choice(request, name, offer && !again),
      ...included(request),
    },
    name: offer ? name : undefined,
    tool,
  };
}

function declaration(name: string): JsonObject {
  return {
    type: "function",
    name,
    description:
      "Searches the web, or reads a page. Give `query` to search: the answer lists sources with their URLs and " +
      "ref_ids. Give `open` to read a page: the URL or the ref_id of a source; with `find`, only the lines of it that hold " +
      "a text. Cite what you use by its URL.",
    strict: false,
    parameters: {
      type: "object",
      properties: {
        query: { type: "string", description: "What to search for" },
        domains: {
          type: "array",
          items: { type: "string" },
          description: "With query: host names that the results must come from",
        },
        open: { type: "string", description: "The URL or the ref_id of a page to read" },
        lineno: { type: "integer", description: "With open: the line to read from" },
        find: { type: "string", description: "With open: a text to find in the page" },
      },
    },
  };
}

function freeName(tools: readonly Json[]): string {
  const taken = new Set(tools.map((tool) => isObject(tool) ? filled(tool.name) : undefined));
  let name = NAME;
  for (let n = 2; taken.has(name); n++) name = `${NAME}_${n}`;
  return name;
}

/** A forced search is forced once: an answer must follow it. */
function choice({ tool_choice: asked }: JsonObject, name: string, force: boolean): JsonObject {
  if (isObject(asked) && TYPE.test(String(asked.type))) {
    return { tool_choice: force ? { type: "function", name } : "auto" };
  }
  return asked === "required" && !force ? { tool_choice: "auto" } : {};
}

/** `include` without the parts of an item that the provider never has. */
function included({ include }: JsonObject): JsonObject {
  if (!Array.isArray(include)) return {};
  const kept = include.filter((each) => !/^web_search_call\./.test(String(each)));
  return kept.length === include.length ? {} : { include: kept };
}

/** The history with the calls and outputs of searches: of those that stand side by side first the calls, then the outputs. */
function expanded(
  input: Json | undefined,
  carried: (id: string) => Carried | undefined,
): Json | undefined {
  if (!Array.isArray(input)) return input;
  const out: Json[] = [];
  let outputs: Json[] = [];
  let changed = false;
  for (const item of input) {
    const id = isObject(item) && item.type === "web_search_call" ? filled(item.id) : undefined;
    const search = id === undefined ? undefined : carried(id);
    if (!search || id === undefined) {
      out.push(...outputs, item);
      outputs = [];
      continue;
    }
    changed = true;
    const key = id.replace(/^ws_/, "");
    const call = `call_${key}`;
    out.push({
      type: "function_call",
      id: `fc_${key}`,
      call_id: call,
      name: search.name,
      arguments: search.args,
    });
    outputs.push({
      type: "function_call_output",
      id: `fco_${key}`,
      call_id: call,
      output: search.output,
    });
  }
  return changed ? [...out, ...outputs] : input;
}
