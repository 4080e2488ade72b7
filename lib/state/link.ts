/**
 * The way to the store: it bounds every call, knows whether the store answers, and says so once.
 *
 * Its rule: nothing here rejects, and nobody waits for a store that is known to be gone. The first call that fails or takes
 * too long opens the circuit; from then on every call is answered at once with `undefined`, and one probe at a time asks
 * whether the store is back.
 *
 * @module
 */

import { type Clock, type Random, yieldTurn } from "../base/clock.ts";
import { showDuration } from "../base/units.ts";
import { shownReason } from "./reason.ts";
import type { Store } from "./store.ts";

/** The longest that a call may take, in milliseconds. */
export const CALL_MS = 250;
/** The longest that a probe and what follows it may take, in milliseconds. */
const PROBE_MS = 2_000;
/**
 * Between a failure and the first probe, and between two probes, in milliseconds; each up to a quarter longer. A store that is
 * lost again at once is left alone twice as long each time.
 */
const SOON_MS = 200;
const AGAIN_MS = 1_000;
const LONGEST_MS = 30_000;
/** A store that answered for so long is well. */
const WELL_MS = 10_000;

/** How the way to the store is. */
export interface LinkHealth {
  readonly reachable: boolean;
  /** Milliseconds since that is so. */
  readonly since: number;
  /** Calls that were answered, that failed, and that were not made because the store was gone. */
  readonly calls: { readonly answered: number; readonly failed: number; readonly skipped: number };
}

/** What a link needs. */
export interface LinkDeps {
  readonly clock: Clock;
  readonly random: Pick<Random, "random">;
  /** The store in sentences: `Redis at 127.0.0.1:6379`. */
  readonly title: string;
  /** Never shown. */
  readonly secrets: readonly string[];
  say(level: "info" | "warning", sentence: string): void;
}

/** The link of a process. */
export class Link {
  readonly #store: Store;
  readonly #deps: LinkDeps;
  /** What has to be done before the store counts as back. */
  readonly #recoveries: ((store: Store) => Promise<void>)[] = [];
  readonly #losses: (() => void)[] = [];
  readonly #calls = { answered: 0, failed: 0, skipped: 0 };
  #up = false;
  #since: number;
  /** Whether it was said that the store is gone. */
  #told = false;
  #cancelWell = () => {};
  #probing = false;
  /** How long a store that was lost is left alone. */
  #wait = SOON_MS;
  #closed = false;
  #cancelProbe: (() => void) | undefined;
  #first = Promise.withResolvers<void>();

  constructor(store: Store, deps: LinkDeps) {
    this.#store = store;
    this.#deps = deps;
    this.#since = deps.clock.now();
  }

  get up(): boolean {
    return this.#up;
  }

  get health(): LinkHealth {
    const since = this.#deps.clock.now() - this.#since;
    return { reachable: this.#up, since, calls: { ...this.#calls } };
  }

  /** Resolves when the first probe has ended, whatever it found. */
  get tried(): Promise<void> {
    return this.#first.promise;
  }

  /** @param recover is called each time before the store counts as reachable; where it rejects, it does not */
  onRecovery(recover: (store: Store) => Promise<void>): void {
    this.#recoveries.push(recover);
  }

  onLoss(lose: () => void): void {
    this.#losses.push(lose);
  }

  /** Asks the store. @returns `undefined` where it is gone, or did not answer in time */
  async ask<T>(run: (store: Store) => Promise<T>): Promise<T | undefined> {
    if (!this.#up) {
      this.#calls.skipped++;
      return undefined;
    }
    try {
      const got = await this.#bounded(run(this.#store), CALL_MS);
      this.#calls.answered++;
      return got;
    } catch (error) {
      this.#calls.failed++;
      this.lost(error);
      return undefined;
    }
  }

  /** The same where nobody waits for the answer. */
  tell(run: (store: Store) => Promise<unknown>): void {
    void this.ask(run);
  }

  /** The store does not answer. */
  lost(error: unknown): void {
    if (this.#closed) return;
    const was = this.#up;
    const { clock } = this.#deps;
    this.#up = false;
    this.#cancelWell();
    if (was) {
      const well = clock.now() - this.#since >= WELL_MS;
      this.#wait = well ? SOON_MS : Math.min(Math.max(2 * this.#wait, AGAIN_MS), LONGEST_MS);
      this.#since = clock.now();
    }
    if (!this.#told) {
      this.#told = true;
      const { title, secrets, say } = this.#deps;
      const until = was ? "until it does" : "as long as it does not";
      say(
        "warning",
        `${title} does not answer (${
          shownReason(error, secrets)
        }): limits, cooldowns and the queue are this sidecar's own ${until}`,
      );
    }
    if (was) { for (const lose of this.#losses) lose(); }
    if (!this.#probing && (was || !this.#cancelProbe)) {
      this.#probeIn(was ? this.#wait : Math.max(this.#wait, AGAIN_MS));
    }
  }

  /** It may answer: asks it now, unless it was lost again and again. */
  probe(): void {
    if (this.#wait <= AGAIN_MS) this.#probe();
  }

  #probe(): void {
    if (this.#up || this.#probing || this.#closed) return;
    this.#stopTimer();
    this.#probing = true;
    void this.#tryIt();
  }

  close(): void {
    this.#closed = true;
    this.#up = false;
    this.#cancelWell();
    this.#stopTimer();
    this.#first.resolve();
    this.#store.close();
  }

  async #tryIt(): Promise<void> {
    try {
      await this.#bounded(this.#recover(), PROBE_MS);
      this.#probing = false;
      if (this.#closed) return;
      this.#isUp();
    } catch (error) {
      this.#probing = false;
      this.lost(error);
    } finally {
      this.#first.resolve();
    }
  }

  async #recover(): Promise<void> {
    await this.#bounded(this.#store.probe(), CALL_MS);
    for (const recover of this.#recoveries) await recover(this.#store);
  }

  #isUp(): void {
    const { clock } = this.#deps;
    const away = clock.now() - this.#since;
    this.#up = true;
    this.#since = clock.now();
    // One that is lost again and again is not told to be back before it is well
    if (this.#wait <= AGAIN_MS) this.#sayUp(away);
    else this.#cancelWell = clock.after(WELL_MS, () => this.#sayUp(away));
  }

  #sayUp(away: number): void {
    const { title, say } = this.#deps;
    say(
      "info",
      this.#told
        ? `${title} answers again after ${
          showDuration(away)
        }: limits are shared with the other sidecars`
        : `${title} answers: limits are shared with the other sidecars`,
    );
    this.#told = false;
  }

  #probeIn(ms: number): void {
    const { clock, random } = this.#deps;
    this.#stopTimer();
    this.#cancelProbe = clock.after(ms * (1 + random.random() / 4), () => this.#probe());
  }

  #stopTimer(): void {
    this.#cancelProbe?.();
    this.#cancelProbe = undefined;
  }

  #bounded<T>(work: Promise<T>, ms: number): Promise<T> {
    return new Promise((resolve, reject) => {
      const cancel = this.#deps.clock.after(ms, () => {
        // A process that was busy for so long finds the timer and the answer due at once: the answer counts
        void yieldTurn().then(() => reject(new TypeError(`no answer within ${showDuration(ms)}`)));
      });
      work.then(resolve, reject).finally(cancel);
    });
  }
}
