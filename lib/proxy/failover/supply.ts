/**
 * Who answers the next attempt of one exchange: the upstream that was asked for, another key of it, or one of its fallbacks.
 *
 * Its rule: a thread stays with who answered it last until that one fails, because of the prompt cache. Who may not answer
 * because its circuit is open is asked all the same where there is nobody else.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Failure } from "../../base/errors.ts";
import type { Route } from "../route/route.ts";
import type { Target } from "../route/target.ts";
import { type Affinity, spread } from "./affinity.ts";
import type { Candidate, KeyedRoute } from "./candidate.ts";
import { asksOthers, isOfKey, isOutage } from "./policy.ts";

/** What {@link Supply} needs to know. */
interface SupplyOptions {
  readonly clock: Clock;
  readonly affinity: Affinity;
  /** The conversation; empty where it is not known. */
  readonly thread: string;
  /** Failures of one upstream before the next is asked, where another attempt might help. */
  readonly beforeFallback: number;
}

/** Who is notified of a wait for a turn. */
export interface TurnWatcher {
  /** The request waits. @param ahead how many are before it */
  queued(target: Target, ahead: number): void;
  /** It waited for so many milliseconds. */
  waited(target: Target, ms: number): void;
}

/** How long a thread stays with a fallback at least, in milliseconds: its prompt cache has been paid for. */
const LEAST_STAY_MS = 30_000;
/** The longest that others wait for one refusal's limit, in milliseconds. */
const LONGEST_PAUSE_MS = 10 * 60_000;
/** Pause of a key whose limit names no time, where its user has given it a limit too. */
const SHORT_PAUSE_MS = 1_000;

/** What became of a turn that was taken. */
type Turn = "open" | "answered" | "failed";

/** The supply of one exchange. */
export class Supply {
  readonly #candidates: readonly Candidate[];
  readonly #options: SupplyOptions;
  /** Which candidate is asked, and with which of its keys. */
  #at: number;
  #key: number;
  readonly #attempts: number[];
  readonly #failures: number[];
  /** Candidates that cannot answer this request. */
  readonly #out = new Set<number>();
  #turn: Turn = "open";

  constructor(candidates: readonly [Candidate, ...Candidate[]], options: SupplyOptions) {
    this.#candidates = candidates;
    this.#options = options;
    this.#attempts = candidates.map(() => 0);
    this.#failures = candidates.map(() => 0);
    this.#at = this.#first();
    this.#key = this.#bestKey(this.#at);
  }

  get route(): Route {
    return this.#keyed.route;
  }

  /** The model that is asked for there; `undefined`: the one that the client named. */
  get model(): string | undefined {
    return this.#candidate.model;
  }

  /** Attempts with the candidate that is asked now. */
  get attempts(): number {
    return this.#attempts[this.#at] as number;
  }

  /** The names of all that were asked, in order. */
  get asked(): readonly string[] {
    return this.#candidates.flatMap(({ name }, at) => this.#attempts[at] ? [name] : []);
  }

  /**
   * Waits for the turn of the next attempt.
   *
   * @returns gives the turn back when the attempt is over
   * @throws {Failure} where too many wait, and the signal's reason
   */
  async take(signal: AbortSignal, watcher?: TurnWatcher): Promise<() => void> {
    const { clock, thread } = this.#options;
    const { lane, route } = this.#keyed;
    const began = clock.now();
    const give = await lane.slots.take({
      thread,
      signal,
      waiting: (ahead) => watcher?.queued(route.target, ahead),
    });
    const ms = clock.now() - began;
    if (ms > 0) watcher?.waited(route.target, ms);
    lane.circuit.begin();
    this.#attempts[this.#at] = this.attempts + 1;
    this.#turn = "open";
    return () => {
      if (this.#turn === "open") lane.circuit.left();
      give();
    };
  }

  /** There is content: the thread stays here. */
  answered(): void {
    if (this.#turn === "answered") return;
    this.#turn = "answered";
    this.#keyed.lane.circuit.succeeded();
    const { affinity, thread, clock } = this.#options;
    if (thread === "") return;
    const known = affinity.of(thread);
    const { name } = this.#candidate;
    const until = this.#at === 0
      ? 0
      : known?.candidate === name
      ? known.until
      : clock.now() + this.#cooldown();
    affinity.record(thread, { candidate: name, key: this.#key, until });
  }

  /**
   * The attempt failed.
   *
   * @returns who is asked next, as the end of a log line; `undefined`: the same, or nobody
   */
  failed(failure: Failure): string | undefined {
    this.#turn = "failed";
    const at = this.#at;
    this.#failures[at] = (this.#failures[at] as number) + 1;
    const key = this.#limited(failure);
    if (key !== undefined) return key;
    const where = asksOthers(failure);
    if (where === "never") return undefined;
    if (where === "larger") return this.#move(this.#larger());
    const soon = where === "soon" && this.#failures[at] as number < this.#options.beforeFallback;
    if (soon) return undefined;
    if (failure.code === "quota" || failure.code === "refused") this.#out.add(at);
    if (isOutage(failure) && !isOfKey(failure)) {
      for (const { lane } of this.#candidate.keyed) lane.circuit.failed(failure.message);
    }
    return this.#move(this.#next());
  }

  get #candidate(): Candidate {
    return this.#candidates[this.#at] as Candidate;
  }

  get #keyed(): KeyedRoute {
    return this.#candidate.keyed[this.#key] as KeyedRoute;
  }

  /** A key has met its limit: others wait, and another key is asked where there is one. */
  #limited(failure: Failure): string | undefined {
    if (!isOfKey(failure)) return undefined;
    const { lane, route } = this.#keyed;
    const { retryAfter } = failure.facts;
    lane.circuit.failed(failure.message, retryAfter);
    if (failure.code === "rate_limited") {
      const least = route.target.concurrency === undefined ? 0 : SHORT_PAUSE_MS;
      lane.slots.pause(Math.min(retryAfter ?? least, LONGEST_PAUSE_MS));
    }
    const { keyed } = this.#candidate;
    const other = keyed.findIndex((_, at) => this.#welcomes(this.#at, at));
    if (other < 0) return undefined;
    this.#key = other;
    return `sent again with key ${other + 1} of ${keyed.length}`;
  }

  #move(to: number | undefined): string | undefined {
    if (to === undefined) return undefined;
    this.#at = to;
    this.#key = this.#bestKey(to);
    return `${this.#candidate.name} is asked instead`;
  }

  /** Who is asked first. */
  #first(): number {
    const { affinity, thread, clock } = this.#options;
    const stay = thread === "" ? undefined : affinity.of(thread);
    const kept = stay ? this.#candidates.findIndex(({ name }) => name === stay.candidate) : -1;
    const stays = kept === 0 || (stay !== undefined && clock.now() < stay.until);
    if (kept >= 0 && stays && this.#anyWelcomes(kept)) return kept;
    return Math.max(0, this.#candidates.findIndex((_, at) => this.#anyWelcomes(at)));
  }

  /** The next one that was not asked yet, those first whose circuits are closed; where the last one is out, any other. */
  #next(): number | undefined {
    const others = this.#candidates.map((_, step) => (this.#at + step) % this.#candidates.length)
      .slice(1).filter((at) => !this.#out.has(at));
    const fresh = others.filter((at) => this.#attempts[at] === 0);
    return fresh.find((at) => this.#anyWelcomes(at)) ?? fresh[0] ??
      (this.#out.has(this.#at) ? others.find((at) => this.#hasAttempts(at)) : undefined);
  }

  #hasAttempts(at: number): boolean {
    const { keyed: [{ route }] } = this.#candidates[at] as Candidate;
    return this.#attempts[at] as number < route.target.retry.attempts;
  }

  /** One with a larger window, where both are known. */
  #larger(): number | undefined {
    const { window = Infinity } = this.#candidate;
    const at = this.#candidates.findIndex((each, at) =>
      this.#attempts[at] === 0 && (each.window ?? 0) > window
    );
    return at < 0 ? undefined : at;
  }

  /** The thread's own key, else one that is free, else any that is welcome. */
  #bestKey(at: number): number {
    const { keyed } = this.#candidates[at] as Candidate;
    const { affinity, thread } = this.#options;
    const stay = affinity.of(thread);
    const own = stay?.candidate === this.#candidates[at]?.name
      ? stay?.key ?? 0
      : spread(thread, keyed.length);
    if (own < keyed.length && this.#welcomes(at, own)) return own;
    const welcome = [...keyed.keys()].filter((key) => this.#welcomes(at, key));
    const free = welcome.find((key) => keyed[key]?.lane.slots.free);
    return free ?? welcome[0] ?? Math.min(own, keyed.length - 1);
  }

  #anyWelcomes(at: number): boolean {
    return this.#candidates[at]?.keyed.some((_, key) => this.#welcomes(at, key)) ?? false;
  }

  #welcomes(at: number, key: number): boolean {
    return this.#candidates[at]?.keyed[key]?.lane.circuit.welcomes ?? false;
  }

  /** How long the first one is not asked again. */
  #cooldown(): number {
    const now = this.#options.clock.now();
    const waits = (this.#candidates[0]?.keyed ?? []).map(({ lane: { circuit: { state } } }) =>
      state.is === "open" ? state.until - now : 0
    );
    return Math.max(LEAST_STAY_MS, Math.min(...waits));
  }
}
