/**
 * The name of a call that arrives in pieces: `exec_`, then `command`; or ever longer: `exec_`, then `exec_command`.
 *
 * Pieces are joined only where a declared name begins so: all else is another call's name, or the same one said again.
 *
 * @module
 */

/** The names of the declared tools. */
export interface Names {
  has(name: string): boolean;
  keys(): Iterable<string>;
}

/** Words that some models put before every name. */
const EMPTY_PREFIX = /^(?:functions?|tools?)[.:\/]/;

/** Joins the pieces of names. */
export class NameFragments {
  readonly #names: Names;

  constructor(names: Names) {
    this.#names = names;
  }

  /** The name that two pieces make; `undefined` where the second is no part of it. */
  join(before: string, more: string): string | undefined {
    if (more === before || (this.#names.has(before) && this.#names.has(more))) return undefined;
    const joined = more.startsWith(before) ? [more, before + more] : [before + more];
    return joined.find((name) => this.#begins(name, 0));
  }

  /** Whether a longer name than this may be meant. */
  mayGrow(name: string): boolean {
    return this.#begins(name, 1);
  }

  /** Whether a declared name begins so. @param longer how many characters it must have more */
  #begins(name: string, longer: number): boolean {
    const own = name.replace(EMPTY_PREFIX, "");
    for (const each of this.#names.keys()) {
      if (each.length >= own.length + longer && each.startsWith(own)) return true;
    }
    return false;
  }
}
