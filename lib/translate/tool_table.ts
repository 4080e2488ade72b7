/**
 * Which tool each name upstream stands for: written while tools are turned into function tools, read while the answer's tools
 * are restored.
 *
 * One table belongs to one exchange. Two tools never share a name, and one tool never has two.
 *
 * @module
 */

import { LazyMap } from "../base/lazy_map.ts";
import { hashedName, looseName, wireName } from "./tool_names.ts";

/** A tool as Codex knows it. */
export interface Origin {
  /** Which item a call to it is: `function_call`, `custom_tool_call` or `tool_search_call`. */
  readonly kind: "function" | "custom" | "tool_search";
  readonly name: string;
  /** The namespace it came in; absent at top level. */
  readonly namespace?: string;
}

/** Prefixes that models put before a name although no such namespace was offered: `functions.exec_command`. */
const EMPTY_PREFIX = /^(?:functions?|tools?|default_api|namespace)(?:\.|::|:|\/|__)/;

/** Longest name that is looked up; names upstream have at most 64 characters, and models add short prefixes. */
const MAX_CALLED = 1024;

/** The names of one request's tools, both ways. */
export class ToolTable {
  /** Whether the request asks for a summary because the provider has no compaction; see `compaction.ts`. */
  compacts = false;
  readonly #origins = new LazyMap<string, Origin>();
  readonly #names = new LazyMap<string, string>();
  #loose: Map<string, Origin | "several"> | undefined;
  #adapted = false;

  /** Whether no tool was changed, so that nothing needs to be restored. */
  get empty(): boolean {
    return !this.#adapted && !this.compacts;
  }

  /** Whether this very tool (same kind, namespace and name) is known. */
  has(origin: Origin): boolean {
    return this.#names.has(keyOf(origin));
  }

  /** Whether a namespace has a tool of this very name, of any kind. */
  isDeclared(namespace: string, name: string): boolean {
    return this.has({ kind: "function", namespace, name }) ||
      this.has({ kind: "custom", namespace, name });
  }

  /**
   * The name of a tool upstream; the first call settles it.
   *
   * @param adapted whether its calls have another shape upstream even if the name is the same
   */
  name(origin: Origin, adapted = false): string {
    const key = keyOf(origin);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    let name = wireName(origin.name, origin.namespace);
    for (let salt = 0; this.#origins.has(name); salt++) {
      name = hashedName(origin.name, origin.namespace, `${origin.kind}${salt}`);
    }
    this.#origins.set(name, origin);
    this.#names.set(key, name);
    this.#loose = undefined;
    if (adapted || name !== origin.name) this.#adapted = true;
    return name;
  }

  /**
   * The name for a call in the history: that of the tool it was made to, of another kind if need be (the model may
   * have been switched since), or a new one when the tool is no longer offered.
   */
  nameInHistory(origin: Origin): string {
    if (!this.has(origin)) {
      for (const kind of ["function", "custom"] as const) {
        const name = this.#names.get(keyOf({ ...origin, kind }));
        if (name !== undefined) return name;
      }
    }
    return this.name(origin, origin.kind !== "function");
  }

  /**
   * The tool that a called name stands for; `undefined` when none or several fit. In this order: the exact name; the same
   * name with other separators (`ns.tool`, `ns::tool`); a namespaced tool's bare name, where only one has it; any
   * of these behind a prefix such as `functions.`.
   */
  resolve(called: string): Origin | undefined {
    if (called.length > MAX_CALLED) return undefined;
    for (let name = called;;) {
      const exact = this.#origins.get(name);
      if (exact) return exact;
      const loose = (this.#loose ??= this.#looseNames()).get(looseName(name));
      if (loose !== undefined) return loose === "several" ? undefined : loose;
      const bare = name.replace(EMPTY_PREFIX, "");
      if (bare === name || bare === "") return undefined;
      name = bare;
    }
  }

  #looseNames(): Map<string, Origin | "several"> {
    const full = new Map<string, Origin | "several">();
    const bare = new Map<string, Origin | "several">();
    const note = (names: typeof full, name: string, origin: Origin) => {
      const key = looseName(name);
      const other = names.get(key);
      names.set(key, other === undefined || other === origin ? origin : "several");
    };
    for (const [name, origin] of this.#origins) {
      note(full, name, origin);
      if (origin.namespace !== undefined) note(full, `${origin.namespace}__${origin.name}`, origin);
      note(bare, origin.name, origin);
    }
    return new Map([...bare, ...full]);
  }
}

function keyOf({ kind, namespace, name }: Origin): string {
  return JSON.stringify([kind, namespace ?? null, name]);
}
