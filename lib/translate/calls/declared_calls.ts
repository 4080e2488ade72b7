/**
 * The tools that a request declares, as their calls name them: which names there are, which schema their arguments have.
 *
 * Arguments of a function that stands for a tool of another kind are not for us to read: `restore_tools.ts` takes
 * whatever the model wrote.
 *
 * @module
 */

import { filled, isObject, type JsonObject } from "../../base/json.ts";
import { LazyMap } from "../../base/lazy_map.ts";
import { discoveredTools } from "../request/discovered_tools.ts";
import type { ToolTable } from "../tool_table.ts";
import { Schemas } from "./schemas.ts";

/** The tools of one request as it goes up. */
export class DeclaredCalls {
  /** By namespace and name; a tool whose arguments are not checked has no schema. */
  #tools: Map<string, JsonObject | undefined> | undefined;
  readonly #schemas = new LazyMap<string, Schemas>();

  /**
   * @param request in the provider's tools, on Codex's wire
   * @param table what those tools stand for
   */
  constructor(readonly request: JsonObject, readonly table: ToolTable) {}

  /** The tool that a name means, by its declared name: the name itself, or another spelling that the table knows. */
  nameOf(name: string, namespace?: string): string | undefined {
    const key = this.#keyOf(name, namespace);
    return namespace === undefined || key === undefined ? key : name;
  }

  /** The schema of a tool's arguments; `undefined` where they are not checked. */
  schemas(name: string, namespace?: string): Schemas | undefined {
    const key = this.#keyOf(name, namespace);
    const schema = key === undefined ? undefined : this.#all().get(key);
    if (key === undefined || !schema) return undefined;
    let schemas = this.#schemas.get(key);
    if (!schemas) this.#schemas.set(key, schemas = new Schemas(schema));
    return schemas;
  }

  #keyOf(name: string, namespace?: string): string | undefined {
    const own = keyOf(name, namespace);
    if (this.#all().has(own)) return own;
    const origin = namespace === undefined ? this.table.resolve(name) : undefined;
    if (!origin) return undefined;
    const upstream = keyOf(this.table.name(origin));
    return this.#all().has(upstream) ? upstream : undefined;
  }

  #all(): Map<string, JsonObject | undefined> {
    return this.#tools ??= this.#declared();
  }

  #declared(): Map<string, JsonObject | undefined> {
    const found = new Map<string, JsonObject | undefined>();
    const { tools, input } = this.request;
    const handed = Array.isArray(input) ? discoveredTools(input, () => false) : [];
    const declare = (tool: JsonObject, namespace?: string) => {
      const name = filled(tool.name);
      if (name === undefined || found.has(keyOf(name, namespace))) return;
      const stands = namespace === undefined ? this.table.resolve(name) : undefined;
      const checked = tool.type === "function" && (!stands || stands.kind === "function");
      const schema = isObject(tool.parameters) ? tool.parameters : undefined;
      found.set(keyOf(name, namespace), checked ? schema ?? { type: "object" } : undefined);
    };
    for (const tool of [...(Array.isArray(tools) ? tools : []), ...handed]) {
      if (!isObject(tool)) continue;
      if (tool.type !== "namespace") declare(tool);
      else if (Array.isArray(tool.tools)) {
        for (const each of tool.tools) if (isObject(each)) declare(each, filled(tool.name));
      }
    }
    return found;
  }
}

function keyOf(name: string, namespace?: string): string {
  return namespace === undefined ? name : `${namespace}\n${name}`;
}
