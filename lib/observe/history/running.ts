/**
 * The turns that run: exchanges, and requests that are passed through.
 *
 * Its rule: memory is bounded by the constants below; those beyond are counted and not followed.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { ExchangeStart, PassStart, Progress } from "../observer.ts";
import type { LiveState } from "./document.ts";
import { LiveTurn } from "./live_turn.ts";

/** Running turns that are followed, and the most of them that are listed. */
const MOST_LIVE = 1_000;
const MOST_LISTED = 100;
/** Running turns that are counted and not followed. */
const MOST_UNFOLLOWED = 10_000;

/** Names as they are kept: masked, shortened, a bounded number of them. */
interface Labels {
  readonly models: (name: string) => string;
  readonly upstreams: (name: string) => string;
  readonly clients: (name: string) => string;
}

/** A turn, and what it is besides one of the session; `null` where it is one. */
interface Followed {
  readonly turn: LiveTurn;
  readonly helper: string | null;
}

/** All that run. */
export class Running {
  readonly #clock: Clock;
  readonly #labels: Labels;
  readonly #followed = new Map<string, Followed>();
  readonly #unfollowed = new Set<string>();
  #changes = 0;

  constructor(clock: Clock, labels: Labels) {
    this.#clock = clock;
    this.#labels = labels;
  }

  /** How often one began or ended. */
  get changes(): number {
    return this.#changes;
  }

  /** An exchange begins. */
  began({ id, target: { name }, body: { model }, headers, helper }: ExchangeStart): void {
    this.#follow(id, name, typeof model === "string" ? model : "", headers, helper ?? null);
  }

  /** A request is passed through. */
  passing({ id, upstream, who, path, model = "", headers }: PassStart): void {
    this.#follow(id, upstream, model, headers, passedKind(path));
    this.progress(id, { kind: "attempt", upstream, who, model, attempt: 1, of: 1 });
  }

  /** One went on. */
  progress(id: string, what: Progress): void {
    const turn = this.#followed.get(id)?.turn;
    if (!turn) return;
    const { models, upstreams } = this.#labels;
    if (what.kind === "attempt") turn.take(what, models(what.model), upstreams(what.upstream));
    else turn.take(what, "", "");
  }

  /** One is over. @returns what was followed of it */
  end(id: string): Followed | undefined {
    const followed = this.#followed.get(id);
    this.#followed.delete(id);
    if (this.#unfollowed.delete(id) || followed) this.#changes++;
    return followed;
  }

  /** The latest ones, and how many there are besides. */
  list(): Pick<LiveState, "live" | "more"> {
    const listed = [...this.#followed.values()].slice(-MOST_LISTED).reverse();
    return {
      live: listed.map(({ turn, helper }) => turn.shown(helper)),
      more: this.#followed.size - listed.length + this.#unfollowed.size,
    };
  }

  #follow(
    id: string,
    name: string,
    model: string,
    headers: Headers,
    helper: string | null,
  ): void {
    this.#changes++;
    if (this.#followed.size >= MOST_LIVE) {
      if (this.#unfollowed.size < MOST_UNFOLLOWED) this.#unfollowed.add(id);
      return;
    }
    const { models, upstreams, clients } = this.#labels;
    const upstream = upstreams(name);
    const turn = new LiveTurn({
      id,
      client: clients(clientOf(headers)),
      model: models(model),
      upstream,
      who: upstream,
    }, this.#clock);
    this.#followed.set(id, { turn, helper });
  }
}

/** Paths that are passed through and named; a path of anybody's choice is no name. */
const NAMED_PATHS = /\/(chat\/completions|completions|messages|embeddings|models|responses)$/;

/** What is shown of a request that is passed through. */
function passedKind(path: string): string {
  return NAMED_PATHS.exec(path)?.[1] ?? "passed through";
}

/** `codex-tui 0.169.0`: the program of a client, and its version. */
function clientOf(headers: Headers): string {
  const [, name = "", version = ""] = /^([\w.-]+)(?:\/([\w.-]+))?/.exec(
    headers.get("user-agent") ?? "",
  ) ?? [];
  return `${name} ${version}`.trim();
}
