/**
 * Carries out the commands of one call and writes what came of them.
 *
 * Its rule: what fails becomes a sentence of the output, because Codex tries a failing search five times and a model goes on
 * with what it reads. Only a client that left ends a search.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { asFailure, Failure } from "../../base/errors.ts";
import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { SearchConfig } from "../../config/config.ts";
import type { SearchQuery } from "../../provider/search/engine.ts";
import type { Client } from "../../upstream/transport/client.ts";
import { KEY_HEADERS, keyOf } from "../route/headers.ts";
import type { Target } from "../route/target.ts";
import { askEngine, type Found } from "./ask_engine.ts";
import { type Command, readCommands } from "./commands.ts";
import { chooseEngines, type Chosen, hasNone, type Nobody } from "./engines.ts";
import { SearchMemory, type Session, type Turn } from "./memory.ts";
import { joinSections, writeMatches, writePage, writeSources } from "./output.ts";
import type { Page, Pages } from "./pages.ts";

/** The parts of the process that a search uses. */
export interface SearchDeps {
  readonly config: SearchConfig;
  readonly clock: Clock;
  readonly client: Client;
  readonly pages: Pages;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
}

/** One call of the tool. */
export interface SearchCall {
  /** Names the session whose results may be named; empty: none. */
  readonly session: string;
  readonly commands: JsonObject;
  readonly target: Target;
  /** For the provider, its key included. */
  readonly headers: Headers;
  readonly secrets: readonly string[];
  readonly model: string;
  /** Tokens of the output. @default 10,000 */
  readonly maxTokens?: number | undefined;
  /** Whether any page may be opened; else only those that a search, a page or the user named. */
  readonly live: boolean;
  /** The conversation, for addresses that the user wrote. */
  readonly input: Json | undefined;
  readonly signal: AbortSignal;
}

/** Results of one search by `response_length`. */
const COUNTS = { short: 5, medium: 10, long: 20 } as const;
/** Characters of the conversation in which addresses count as named. */
const MAX_SAID = 2_000_000;

/** The searches of one process. */
export class WebSearch {
  readonly memory: SearchMemory = new SearchMemory();
  readonly #deps: SearchDeps;

  constructor(deps: SearchDeps) {
    this.#deps = deps;
  }

  /** Who searches for a target; `"hosted"`: the provider itself, if anybody. */
  chosen(target: Target, model: string): Chosen | Nobody | "hosted" {
    return chooseEngines(this.#deps.config, target, model, this.#deps.env);
  }

  /** Carries out a call. @throws the signal's reason, and nothing else */
  async run(call: SearchCall): Promise<string> {
    const { commands, left, length } = readCommands(call.commands);
    const chosen = this.chosen(call.target, call.model);
    if (chosen !== "hosted" && "off" in chosen && chosen.off) return chosen.why;
    if (commands.length === 0) return "Nothing was asked for, and nothing was looked up.";
    const session = this.memory.session(call.session);
    const turn = session.begin();
    const sections = await Promise.all(
      commands.map((command) =>
        this.#section(command, chosen, COUNTS[length], { session, turn }, call)
      ),
    );
    if (left > 0) {
      sections.push(`${left} more commands were left out: at most 8 are carried out at once.`);
    }
    return joinSections(sections, call.maxTokens);
  }

  async #section(
    command: Command,
    chosen: Chosen | Nobody | "hosted",
    count: number,
    { session, turn }: { readonly session: Session; readonly turn: Turn },
    call: SearchCall,
  ): Promise<string> {
    try {
      switch (command.kind) {
        case "search":
          return await this.#search({ ...command, count }, chosen, turn, call);
        case "unsupported":
          return `${command.name} is not supported here: only search_query, open, click and find are.`;
        case "open": {
          const page = await this.#page(command.ref, session, call);
          return writePage(page, turn.read(page), command.line);
        }
        case "find": {
          const page = await this.#page(command.ref, session, call);
          return writeMatches(page, turn.read(page), command.pattern);
        }
        case "click": {
          const from = await this.#page(command.ref, session, call);
          const link = from.links[command.link];
          if (!link) return `The page ${from.url} has no link ${command.link} that can be opened.`;
          turn.read(from);
          const page = await this.#page(link, session, call);
          return writePage(page, turn.read(page));
        }
      }
    } catch (error) {
      if (call.signal.aborted) throw call.signal.reason;
      const { fullMessage } = asFailure(error);
      return command.kind === "search"
        ? `The search for ${JSON.stringify(command.text)} failed: ${fullMessage}.`
        : `${fullMessage}.`;
    }
  }

  async #search(
    query: SearchQuery,
    chosen: Chosen | Nobody | "hosted",
    turn: Turn,
    call: SearchCall,
  ): Promise<string> {
    if (chosen === "hosted") return hasNone(call.target.title);
    if ("why" in chosen) return chosen.why;
    const { sources, text } = await this.#ask(query, chosen, call);
    const kept = sources.filter(({ url }) => this.#isPage(url)).slice(0, query.count);
    const refs = turn.found(kept.map(({ url }) => url));
    return writeSources(query.text, kept, refs, text);
  }

  async #ask(
    query: SearchQuery,
    { title, engines, place, own }: Chosen,
    { headers, secrets, signal }: SearchCall,
  ): Promise<Found> {
    const known = place.key === undefined ? secrets : [...secrets, place.key];
    for (const engine of engines) {
      const found = await askEngine(query, {
        engine,
        place,
        title,
        headers: own ? asBearer(headers) : new Headers(),
        secrets: known,
        signal,
      }, this.#deps);
      if (found) return found;
    }
    const { host } = new URL(place.base);
    throw new Failure("refused", `${title} has no web search at ${host} (HTTP 404)`, {
      hint: "Set search.via to tavily, exa, brave or searxng in the sidecar's config.yaml",
    });
  }

  #isPage(url: string): boolean {
    return filled(url) !== undefined && URL.canParse(url);
  }

  /** The page that a model means: from memory where it was read before, else fetched. */
  async #page(ref: string, session: Session, { live, input, signal }: SearchCall): Promise<Page> {
    const address = session.address(ref);
    if (address === undefined) {
      throw new Failure(
        "refused",
        `${JSON.stringify(ref.slice(0, 200))} names no page that is known here`,
        {
          hint: "Give the page's full address, which begins with https://, as its ref_id",
        },
      );
    }
    const { pages } = this.#deps;
    const url = pages.url(address);
    const known = session.page(url);
    if (known) return known;
    const named = live || session.knows(address) || session.knows(url) ||
      saidByUser(input).includes(address);
    if (!named) {
      throw new Failure(
        "refused",
        `The page ${url.slice(0, 200)} was not opened: no search named it`,
        {
          hint:
            "Without live web access only pages are opened that a search, a page or the user named; " +
            'the user can set web_search = "live" in Codex',
        },
      );
    }
    return await pages.open(url, signal);
  }
}

/** The headers with the key as every search takes it, whatever the wire of the upstream does. */
function asBearer(from: Headers): Headers {
  const headers = new Headers(from);
  const key = keyOf(from);
  for (const name of [...KEY_HEADERS, "anthropic-version"]) headers.delete(name);
  if (key !== undefined) headers.set("authorization", `Bearer ${key}`);
  return headers;
}

/** What the user wrote. */
function saidByUser(input: Json | undefined): string {
  if (typeof input === "string") return input.slice(-MAX_SAID);
  const items = Array.isArray(input) ? input : [];
  return items.flatMap((item) => {
    if (!isObject(item) || item.role !== "user") return [];
    const { content } = item;
    if (typeof content === "string") return [content];
    return (Array.isArray(content) ? content : []).flatMap((part) =>
      isObject(part) && typeof part.text === "string" ? [part.text] : []
    );
  }).join("\n").slice(-MAX_SAID);
}
