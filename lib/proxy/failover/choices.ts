/**
 * Which upstream, and which of its keys, is the best to ask now, by their circuits and by where the thread is.
 *
 * Its rule: it looks and changes nothing. Whose circuit is open is chosen all the same where there is nobody else.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { type Affinity, spread } from "./affinity.ts";
import type { Candidate, Candidates, KeyedRoute } from "./candidate.ts";

/** A candidate and one of its keys, by their numbers. */
export interface Choice {
  readonly at: number;
  readonly key: number;
}

/** The longest wait for one upstream while another one may be asked, in milliseconds. */
export const LONG_WAIT_MS = 10_000;
/** What another limit must end earlier, so that a prompt cache is given up for it, in milliseconds. */
const WORTH_MS = 1_000;

/** Those who may answer one exchange. */
export class Choices {
  readonly #first: Candidate;
  readonly #others: () => readonly Candidate[];
  #all: readonly [Candidate, ...Candidate[]] | undefined;
  readonly #clock: Clock;
  readonly #affinity: Affinity;
  readonly #thread: string;

  /**
   * @param others finds those who may answer besides the first one; called when one of them is first needed
   * @param thread the conversation; empty where it is not known
   */
  constructor(
    { first, others }: Candidates,
    { clock, affinity, thread }: {
      readonly clock: Clock;
      readonly affinity: Affinity;
      readonly thread: string;
    },
  ) {
    this.#first = first;
    this.#others = others;
    this.#clock = clock;
    this.#affinity = affinity;
    this.#thread = thread;
  }

  /** All of them, the one that the client asked for first. */
  get candidates(): readonly [Candidate, ...Candidate[]] {
    return this.#all ??= [this.#first, ...this.#others()];
  }

  /** Those that were needed so far. */
  get needed(): readonly Candidate[] {
    return this.#all ?? [this.#first];
  }

  candidate({ at }: Choice): Candidate {
    return at === 0 ? this.#first : this.candidates[at] as Candidate;
  }

  keyed({ at, key }: Choice): KeyedRoute {
    return this.candidate({ at, key }).keyed[key] as KeyedRoute;
  }

  /** Who is asked first: where the thread is, as long as it stays there, else the first one that is welcome. */
  first(): Choice {
    const stay = this.#stay;
    const away = stay !== undefined && stay.candidate !== this.#first.name &&
      this.#clock.now() < stay.until;
    if (!away && this.welcomesAny(0)) return this.withKey(0);
    const kept = stay ? this.candidates.findIndex(({ name }) => name === stay.candidate) : -1;
    const stays = kept === 0 || (stay !== undefined && this.#clock.now() < stay.until);
    const at = kept >= 0 && stays && this.welcomesAny(kept)
      ? kept
      : this.candidates.findIndex((_, at) => this.welcomesAny(at));
    const first = this.withKey(Math.max(0, at));
    return at < 0 ? this.soonerThan(first, () => true) ?? first : first;
  }

  /**
   * Whose limit ends sooner than the one of a choice, where that is worth it: the one that ends first.
   *
   * @param mayBe which candidates may be asked
   * @param ms how long that choice would be waited for. @default its own limit
   */
  soonerThan(
    choice: Choice,
    mayBe: (at: number) => boolean,
    ms = this.keyed(choice).lane.slots.paused,
  ): Choice | undefined {
    if (ms <= WORTH_MS) return undefined; // nobody else is found for that
    const limited = this.candidates.flatMap(({ keyed }, at) =>
      mayBe(at)
        ? keyed.map(({ lane: { slots } }, key) => ({ at, key, ms: slots.paused }))
          .filter(({ ms }) => ms > 0)
        : []
    );
    const [soonest] = limited.toSorted((a, b) => a.ms - b.ms);
    return soonest && soonest.ms + WORTH_MS < ms ? soonest : undefined;
  }

  /** The best key of a candidate: the thread's own, else one that is free, else one that is welcome. */
  withKey(at: number): Choice {
    const { keyed, name } = this.candidate({ at, key: 0 });
    const stay = this.#stay;
    const own = stay?.candidate === name && stay.key < keyed.length ? stay.key : undefined;
    if (own !== undefined && this.welcomes({ at, key: own })) return { at, key: own };
    // A new thread has no prompt cache to lose: it takes what is free.
    const from = spread(this.#thread, keyed.length);
    const keys = keyed.map((_, step) => (from + step) % keyed.length);
    const welcome = keys.filter((key) => this.welcomes({ at, key }));
    const free = welcome.find((key) => keyed[key]?.lane.slots.free);
    const chosen = { at, key: free ?? welcome[0] ?? own ?? from };
    return welcome.length > 0 ? chosen : this.soonerThan(chosen, (each) => each === at) ?? chosen;
  }

  /**
   * Another key that is free, where other replicas have all slots of this one: that is known only once it was asked for.
   * A thread whose own key this is waits for it.
   *
   * @param taken keys of which that is known
   */
  freeInstead({ at, key }: Choice, taken: ReadonlySet<number>): Choice | undefined {
    const { keyed, name } = this.candidate({ at, key });
    if (!keyed[key]?.lane.slots.taken) return undefined;
    const stay = this.#stay;
    if (stay?.candidate === name && stay.key === key) return undefined;
    const free = keyed.findIndex(({ lane }, other) =>
      other !== key && !taken.has(other) && lane.slots.free && this.welcomes({ at, key: other })
    );
    return free < 0 ? undefined : { at, key: free };
  }

  /** Another key of the same candidate that is welcome. @param limited keys that have met their limits */
  otherKey(
    { at, key: own }: Choice,
    limited: Pick<ReadonlySet<KeyedRoute>, "has">,
  ): number | undefined {
    const { keyed } = this.candidate({ at, key: own });
    const key = keyed.findIndex((each, key) => !limited.has(each) && this.welcomes({ at, key }));
    return key < 0 ? undefined : key;
  }

  /** Somebody else where a queue is so long that nobody else may wait in it; the same choice where it is not, or nobody is. */
  notFull(choice: Choice, mayBe: (at: number) => boolean): Choice {
    if (!this.keyed(choice).lane.slots.full) return choice;
    const others = this.candidates.flatMap(({ keyed }, at) =>
      mayBe(at) ? keyed.map((_, key) => ({ at, key })) : []
    );
    return others.find((each) => this.welcomes(each) && !this.keyed(each).lane.slots.full) ??
      choice;
  }

  /** A choice in words. */
  named({ at, key }: Choice): string {
    const { name, keyed } = this.candidate({ at, key });
    return keyed.length > 1 ? `key ${key + 1} of ${keyed.length} at ${name}` : name;
  }

  /** Whether a key's circuit lets a request through. */
  welcomes(choice: Choice): boolean {
    return this.keyed(choice).lane.circuit.welcomes;
  }

  /** The same for any key of a candidate. */
  welcomesAny(at: number): boolean {
    return this.candidate({ at, key: 0 }).keyed.some((_, key) => this.welcomes({ at, key }));
  }

  /** One with a larger window, where both are known. */
  larger({ at }: Choice, mayBe: (at: number) => boolean): number | undefined {
    const { window = Infinity } = this.candidate({ at, key: 0 });
    const larger = this.candidates.findIndex((each, at) =>
      mayBe(at) && (each.window ?? 0) > window
    );
    return larger < 0 ? undefined : larger;
  }

  get #stay() {
    return this.#thread === "" ? undefined : this.#affinity.of(this.#thread);
  }
}
