/**
 * What a session has found: Codex names results of earlier calls by `ref_id`, and sends back the item of a hosted search
 * without what was found.
 *
 * Its rule: everything is bounded and lost at a restart. What is not known here any more is asked for again by its address.
 *
 * @module
 */

import { BoundedMap } from "./bounded_map.ts";
import type { Page } from "./pages.ts";

/** Sessions that are remembered. */
const MOST_SESSIONS = 256;
/** Names and addresses that one session remembers. */
const MOST_REFS = 1_000;
/** Pages of all sessions, and the characters in them. */
const MOST_PAGES = 256;
const MAX_PAGES = 16_000_000;
/** Outputs of hosted searches, and the characters in them. */
const MOST_OUTPUTS = 4_096;
const MAX_OUTPUTS = 16_000_000;

/** A hosted search that was carried out here. */
export interface Carried {
  readonly name: string;
  /** As the model wrote them. */
  readonly args: string;
  readonly output: string;
}

/** The memory of one process. */
export class SearchMemory {
  readonly #sessions = new BoundedMap<Session>(MOST_SESSIONS);
  readonly #pages = new BoundedMap<Page>(MOST_PAGES, MAX_PAGES);
  /** By the id of the item that Codex got. */
  readonly #carried = new BoundedMap<Carried>(MOST_OUTPUTS, MAX_OUTPUTS);

  /** @param id the client's name for it; a session without one remembers nothing */
  session(id: string): Session {
    const known = id === "" ? undefined : this.#sessions.get(id);
    const session = known ?? new Session(this.#pages, id);
    if (id !== "" && !known) this.#sessions.set(id, session);
    return session;
  }

  /** Remembers a hosted search. @param id of the item that the client gets */
  carry(id: string, carried: Carried): void {
    this.#carried.set(id, carried, carried.args.length + carried.output.length);
  }

  /** A hosted search by the id of its item; `undefined` where it was another's, or is forgotten. */
  carried(id: string): Carried | undefined {
    return this.#carried.get(id);
  }
}

/** The memory of one session. */
export class Session {
  readonly #pages: BoundedMap<Page>;
  readonly #id: string;
  readonly #refs = new BoundedMap<string>(MOST_REFS);
  readonly #known = new BoundedMap<true>(MOST_REFS);
  #latest: readonly string[] = [];
  #turns = 0;

  constructor(pages: BoundedMap<Page>, id: string) {
    this.#pages = pages;
    this.#id = id;
  }

  /** Another call of the tool begins; calls may run at the same time. */
  begin(): Turn {
    const turn = this.#turns++;
    let count = 0;
    const name = (kind: "search" | "fetch", url: string) => {
      const ref = `turn${turn}${kind}${count++}`;
      this.#refs.set(ref, url);
      this.#known.set(url, true);
      return ref;
    };
    return {
      found: (urls) => {
        this.#latest = urls;
        return urls.map((url) => name("search", url));
      },
      read: (page) => {
        for (const link of page.links) if (link !== "") this.#known.set(link, true);
        this.#pages.set(`${this.#id} ${page.url}`, page, page.size);
        return name("fetch", page.url);
      },
    };
  }

  /** A page that was read before. */
  page(url: string): Page | undefined {
    return this.#id === "" ? undefined : this.#pages.get(`${this.#id} ${url}`);
  }

  /** Whether a search or a page named this address, so that the model did not make it up. */
  knows(url: string): boolean {
    return this.#known.get(url) !== undefined;
  }

  /** The address that a model means: one that it wrote, the name of a result, or the number of one of the last search. */
  address(ref: string): string | undefined {
    const named = this.#refs.get(ref);
    if (named !== undefined) return named;
    const number = /^\[?(\d{1,4})\]?$/.exec(ref)?.[1];
    if (number !== undefined) return this.#latest[Number(number) - 1];
    if (/^[a-z][a-z0-9+.-]*:/i.test(ref)) return ref;
    return /^[\w-]+(?:\.[\w-]+)+(?:[/:?#]|$)/.test(ref) ? `https://${ref}` : undefined;
  }
}

/** One call of the tool, which names what it finds. */
export interface Turn {
  /** Names the results of one search. */
  found(urls: readonly string[]): string[];
  /** Names a page that was read, and remembers it with its links. */
  read(page: Page): string;
}
