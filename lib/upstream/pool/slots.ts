/**
 * How many requests may be with one key of an upstream at once; the others wait their turn, and nobody runs into a limit that
 * somebody else has just met.
 *
 * Its rule: threads take turns, so that a thread with many requests does not keep the others waiting. Who leaves costs nothing.
 * Where replicas share the slots, a request needs a lease as well; replicas take turns for those.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import type { LaneLeases } from "../../state/state.ts";
import type { LaneNews } from "../../state/store.ts";
import { LeaseGate } from "./lease_gate.ts";

/** Most requests that wait at once; beyond them a request is refused at once. */
export const MOST_WAITING = 256;

/** Who asks for a slot. */
export interface Asker {
  /** The conversation it belongs to; its requests wait behind each other. */
  readonly thread: string;
  /** Ends the wait; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Where the slot is, for sentences. */
  readonly title?: string;
  /** Whether it would rather go elsewhere; asked whenever that may have changed. @default it waits */
  leaves?(): boolean;
  /** It has to wait. @param ahead how many are before it, 0 where it waits for a limit's end alone */
  waiting?(ahead: number): void;
}

/** Gives a slot back; call it once. */
export type Give = () => void;

/** How the slots of replicas come together. */
export interface Replicas {
  /** Opens the leases. @param wake is called when it is worth asking again */
  share(wake: () => void): LaneLeases;
  /** Tells the others of a pause. */
  tell(news: LaneNews): void;
}

interface Waiting extends Pick<Asker, "thread"> {
  waits?: (() => void) | undefined;
  readonly enter: () => void;
  readonly reconsider: () => void;
}

/** The slots of one key. */
export class Slots {
  readonly #clock: Clock;
  readonly #limit: number;
  #busy = 0;
  #most = 0;
  /** When the next request may go, in milliseconds on the clock. */
  #notBefore = 0;
  #cancelTimer: (() => void) | undefined;
  /** Those who wait, by thread; the first thread is next. */
  readonly #threads = new Map<string, Waiting[]>();
  #count = 0;
  /** `undefined`: no replica shares the slots. */
  readonly #gate: LeaseGate | undefined;
  readonly #replicas: Replicas | undefined;

  /**
   * @param limit requests at once; `Infinity`: as many as come
   * @param replicas who shares the slots. @default nobody
   */
  constructor(clock: Clock, limit: number, replicas?: Replicas) {
    this.#clock = clock;
    this.#limit = limit;
    this.#replicas = replicas;
    if (replicas && limit < Infinity) {
      this.#gate = new LeaseGate((wake) => replicas.share(wake), () => this.#advance());
    }
  }

  /** Requests that are with the upstream. */
  get busy(): number {
    return this.#busy;
  }

  /** The most that were with it at once, ever. */
  get most(): number {
    return this.#most;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.#count;
  }

  /** Whether a request would not wait. */
  get free(): boolean {
    return this.#count === 0 && !this.taken && this.#busy < this.#limit && this.paused === 0;
  }

  /** Whether other replicas have them all, as far as was asked. */
  get taken(): boolean {
    return this.#gate?.refused === true;
  }

  /** Whether one more request could not even wait. */
  get full(): boolean {
    return !this.free && this.#count >= MOST_WAITING;
  }

  /** Milliseconds for which nobody goes, because a limit was met; 0: there is none. */
  get paused(): number {
    return Math.max(0, this.#notBefore - this.#clock.now());
  }

  /** Nobody goes for so many milliseconds: the upstream asked for that. */
  pause(ms: number): void {
    this.follow(ms);
    if (ms > 0) this.#replicas?.tell({ is: "paused", ms });
  }

  /** The same, told by another replica. */
  follow(ms: number): void {
    this.#notBefore = Math.max(this.#notBefore, this.#clock.now() + ms);
  }

  /**
   * Waits for a slot.
   *
   * @returns gives the slot back; `undefined` where the asker goes elsewhere
   * @throws {Failure} `overloaded` where too many wait; the signal's reason where it aborts
   */
  take(asker: Asker): Promise<Give | undefined> | Give {
    if (asker.signal.aborted) throw asker.signal.reason;
    const { free } = this;
    if (free && !this.#gate) return this.#enter();
    if (this.full) {
      const where = asker.title === undefined ? "" : ` at ${asker.title}`;
      const hint = "Raise concurrency of the upstream, or ask less at once";
      const message = `${MOST_WAITING} requests already wait for their turn${where}`;
      throw new Failure("overloaded", message, { hint });
    }
    const waits = asker.waiting?.bind(asker, this.#count);
    if (free || this.#gate?.asking) return this.#wait(asker, waits);
    waits?.();
    return this.#wait(asker);
  }

  /** They are not used any more. */
  end(): void {
    this.#gate?.end();
  }

  /** Something has changed: those who would rather go elsewhere leave the queue. */
  reconsider(): void {
    for (const line of [...this.#threads.values()]) for (const one of [...line]) one.reconsider();
    this.#advance();
  }

  /** @param waits notifies the asker that it waits; absent where it was notified */
  #wait({ thread, signal, leaves }: Asker, waits?: () => void): Promise<Give | undefined> {
    const { promise, resolve, reject } = Promise.withResolvers<Give | undefined>();
    const one: Waiting = {
      reconsider: () => {
        if (!leaves?.()) return;
        signal.removeEventListener("abort", leave);
        this.#remove(one);
        resolve(undefined);
      },
      thread,
      waits,
      enter: () => {
        signal.removeEventListener("abort", leave);
        resolve(this.#enter());
      },
    };
    const leave = () => {
      this.#remove(one);
      reject(signal.reason);
      this.#advance();
    };
    signal.addEventListener("abort", leave, { once: true });
    const line = this.#threads.get(thread);
    if (line) line.push(one);
    else this.#threads.set(thread, [one]);
    this.#count++;
    this.#advance();
    return promise;
  }

  #enter(): Give {
    this.#busy++;
    this.#most = Math.max(this.#most, this.#busy);
    const lease = this.#gate?.take();
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#busy--;
      lease?.give();
      this.#advance();
    };
  }

  /** Lets those in who may go, one of each thread in turn. */
  #advance(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    while (this.#count > 0 && this.#busy < this.#limit) {
      const left = this.#notBefore - this.#clock.now();
      if (left > 0) {
        this.#gate?.rest();
        this.#cancelTimer = this.#clock.after(left, () => this.#advance());
        return;
      }
      if (this.#gate && !this.#gate.open) return this.#ask(this.#gate);
      const [thread, line] = this.#threads.entries().next().value as [string, Waiting[]];
      const one = line[0] as Waiting;
      this.#remove(one);
      const rest = this.#threads.get(thread);
      if (rest) {
        this.#threads.delete(thread);
        this.#threads.set(thread, rest);
      }
      one.enter();
    }
    if (this.#count === 0) this.#gate?.rest();
  }

  /** Asks for as many leases as requests may go. Those who do not get one have to wait, and are told. */
  #ask(gate: LeaseGate): void {
    void gate.ask(Math.min(this.#count, this.#limit - this.#busy), () => {
      for (const line of this.#threads.values()) {
        for (const one of line) {
          one.waits?.();
          one.waits = undefined;
        }
      }
      this.reconsider();
    });
  }

  #remove(one: Waiting): void {
    const line = this.#threads.get(one.thread);
    const at = line?.indexOf(one) ?? -1;
    if (!line || at < 0) return;
    line.splice(at, 1);
    this.#count--;
    if (line.length === 0) this.#threads.delete(one.thread);
  }
}
