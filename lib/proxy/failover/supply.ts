/**
 * Who answers the next attempt of one exchange: the upstream that was asked for, another key of it, or one of its fallbacks.
 *
 * Its rule: a thread stays with who answered it last until that one fails, because of the prompt cache. Nobody gives up while
 * somebody who may still answer was not asked as often as its settings allow.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Failure } from "../../base/errors.ts";
import type { Permit } from "../../upstream/pool/circuit.ts";
import type { Route } from "../route/route.ts";
import type { Target } from "../route/target.ts";
import type { Affinity } from "./affinity.ts";
import type { Candidate, Candidates, KeyedRoute } from "./candidate.ts";
import { type Choice, Choices, LONG_WAIT_MS } from "./choices.ts";
import { noteLimit, noteOutage } from "./outages.ts";
import { asksOthers, isOfKey, isOfThisOne, isOutage } from "./policy.ts";
import { stayOf } from "./stay.ts";
import { Tries } from "./tries.ts";
import type { TurnWatcher } from "./turn_watcher.ts";

/** What {@link Supply} needs to know. */
interface SupplyOptions {
  readonly clock: Clock;
  readonly affinity: Affinity;
  /** The conversation; empty where it is not known. */
  readonly thread: string;
  /** Failures of one upstream before the next is asked, where another attempt might help. */
  readonly beforeFallback: number;
}

/** The supply of one exchange. */
export class Supply {
  readonly #choices: Choices;
  readonly #options: SupplyOptions;
  /** Who is asked. */
  #now: Choice;
  readonly #tries: Tries;
  /** Keys that have met their limits in this exchange. */
  readonly #limited = new Set<KeyedRoute>();
  #permit: Permit | undefined;
  #give: (() => void) | undefined;
  #probes = false;

  constructor(candidates: Candidates, options: SupplyOptions) {
    this.#choices = new Choices(candidates, options);
    this.#options = options;
    this.#tries = new Tries(this.#choices);
    this.#now = this.#choices.first();
  }

  /** Everybody who may be asked, the one that the client asked for first. */
  get candidates(): readonly Candidate[] {
    return this.#choices.candidates;
  }

  /** Those among them that were needed so far. */
  get needed(): readonly Candidate[] {
    return this.#choices.needed;
  }

  get route(): Route {
    return this.#keyed.route;
  }

  /** Who is asked: the upstream's name, with the model where another one is asked for there. */
  get name(): string {
    return this.#candidate.name;
  }

  /** The model that is asked for there; `undefined`: the one that the client named. */
  get model(): string | undefined {
    return this.#candidate.model;
  }

  /** Attempts with the candidate that is asked now. */
  get attempts(): number {
    return this.#tries.attempts(this.#now.at);
  }

  /** The names of all that were asked, in order. */
  get asked(): readonly string[] {
    return this.needed.flatMap(({ name }, at) => this.#tries.isFresh(at) ? [] : [name]);
  }

  /**
   * Waits for the turn of the next attempt. Who is asked may be another one afterwards: its limit was met while this one waited.
   *
   * @returns gives the turn back when the attempt is over
   * @throws {Failure} where too many wait, and the signal's reason
   */
  async take(signal: AbortSignal, watcher?: TurnWatcher): Promise<() => void> {
    const { clock, thread } = this.#options;
    const began = clock.now();
    let waited: Target | undefined;
    let instead: Choice | undefined;
    const taken = new Set<number>();
    while (true) {
      const best = this.#tries.any ? this.#better() ?? this.#now : this.#choices.first();
      this.#now = this.#choices.notFull(instead ?? best, this.#tries.mayAsk);
      instead = undefined;
      const { lane, route: { target } } = this.#keyed;
      const give = await lane.slots.take({
        thread,
        signal,
        title: target.title,
        leaves: () => {
          if (this.#better()) return true;
          if (this.#tries.any) return false;
          taken.add(this.#now.key);
          instead = this.#choices.freeInstead(this.#now, taken);
          return instead !== undefined;
        },
        waiting: (ahead) => {
          waited = target;
          watcher?.queued(target, ahead);
        },
      });
      if (!give || this.#better()) {
        give?.();
        continue;
      }
      if (waited) watcher?.waited(waited, clock.now() - began);
      this.#probes = lane.circuit.state.is === "half-open";
      const permit = this.#permit = lane.circuit.begin();
      this.#tries.began(this.#now.at);
      watcher?.goesWith(target.keys && lane.name);
      return this.#give = () => {
        permit.left();
        give();
      };
    }
  }

  /** The next attempt is not due yet: others may go. */
  rest(): void {
    this.#give?.();
  }

  /** There is content: the thread stays here. */
  answered(): void {
    if (!this.#permit) return;
    this.#permit.succeeded();
    this.#permit = undefined;
    const { affinity, thread, clock } = this.#options;
    if (thread === "") return;
    affinity.record(thread, stayOf(this.#choices, this.#now, affinity.of(thread), clock.now()));
  }

  /**
   * The attempt failed.
   *
   * @returns who is asked at once, as the end of a log line; `undefined`: the same, or nobody
   */
  failed(failure: Failure): string | undefined {
    const { at } = this.#now;
    const failures = this.#tries.failed(at);
    const key = this.#ofKey(failure);
    if (key !== undefined) return key;
    const where = asksOthers(failure);
    if (where === "larger") {
      const larger = this.#choices.larger(this.#now, (each) => this.#tries.isFresh(each));
      if (larger !== undefined) return this.#move(larger);
    }
    // What a fallback alone refuses is no answer to what was asked of another.
    if (at > 0 && isOfThisOne(failure)) return this.#leave();
    if (where === "never" || where === "larger") return undefined;
    const few = failures < this.#options.beforeFallback;
    if (where === "soon" && few && !(this.#probes && this.#next !== undefined)) return undefined;
    noteOutage(this.#candidate, failure);
    const keyWaits = isOfKey(failure) &&
      this.#choices.soonerThan(this.#now, (each) => each === at, Infinity);
    if (!keyWaits && /^(?:quota|refused)$/.test(failure.code)) this.#tries.leave(at);
    return this.#move(this.#next);
  }

  /** The same one would have to be waited for. @returns who is asked instead, as {@link failed} does */
  insteadOfWait(failure: Failure, ms: number): string | undefined {
    const next = ms > LONG_WAIT_MS ? this.#tries.welcomeNext(this.#now.at) : undefined;
    if (next !== undefined) {
      noteOutage(this.#candidate, failure);
      return this.#move(next);
    }
    return this.#waitFor(this.#choices.soonerThan(this.#now, this.#tries.mayAsk, ms));
  }

  /**
   * The same one is not asked again.
   *
   * @param ms how long another one's limit may still be waited for
   * @returns who is asked instead, as {@link failed} does
   */
  gaveUp(failure: Failure, ms: number): string | undefined {
    const { at } = this.#now;
    if (!isOutage(failure) && !(at > 0 && isOfThisOne(failure))) return undefined;
    noteOutage(this.#candidate, failure);
    if (this.#tries.welcomeNext(at) !== undefined) return this.#leave();
    const sooner = this.#choices.soonerThan(this.#now, this.#tries.mayAsk, ms);
    return this.#waitFor(sooner) ?? this.#leave();
  }

  get #candidate(): Candidate {
    return this.#choices.candidate(this.#now);
  }

  get #keyed(): KeyedRoute {
    return this.#choices.keyed(this.#now);
  }

  /** Somebody who is welcome, where the one that is asked is not; another upstream only before this one was asked. */
  #better(): Choice | undefined {
    if (this.#choices.welcomes(this.#now)) return undefined;
    const best = this.#tries.any ? this.#choices.withKey(this.#now.at) : this.#choices.first();
    return this.#choices.welcomes(best) ? best : undefined;
  }

  /** A key has met its limit: others wait, and another key is asked where there is one. */
  #ofKey(failure: Failure): string | undefined {
    if (!isOfKey(failure)) return undefined;
    this.#limited.add(this.#keyed);
    noteLimit(this.#keyed, failure);
    const key = this.#choices.otherKey(this.#now, this.#limited);
    if (key === undefined) return undefined;
    this.#now = { at: this.#now.at, key };
    return `sent again with key ${key + 1} of ${this.#candidate.keyed.length}`;
  }

  #waitFor(choice: Choice | undefined): string | undefined {
    if (!choice) return undefined;
    this.#now = choice;
    return `the limit of ${this.#choices.named(choice)} ends first, and is waited for`;
  }

  #leave(): string | undefined {
    this.#tries.leave(this.#now.at);
    return this.#move(this.#next);
  }

  #move(to: number | undefined): string | undefined {
    if (to === undefined) return undefined;
    this.#now = this.#choices.withKey(to);
    return `${this.name} is asked instead`;
  }

  get #next(): number | undefined {
    return this.#tries.next(this.#now.at);
  }
}
