/**
 * Whether an upstream is worth asking: a circuit that opens when it could not answer, and lets one request through when its
 * time is over.
 *
 * Its rule: it only advises. A request that has nowhere else to go is sent all the same, because a person may have mended what
 * was broken. Libraries for this (cockatiel, opossum) wrap a function that either returns or throws; an attempt here streams,
 * and its circuit must open until the time that a refusal names.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { LaneNews } from "../../state/store.ts";

/** What is known of an upstream, or of one key of it. */
export type CircuitState =
  | { readonly is: "closed" }
  /** Not to be asked before `until`, in milliseconds on the clock. */
  | { readonly is: "open"; readonly until: number; readonly why: string }
  /** Its time is over; one request tries, the others still go elsewhere. */
  | { readonly is: "half-open"; readonly why: string };

const FIRST_MS = 30_000;
const LONGEST_MS = 5 * 60_000;
/** The longest time that a refusal may name: plans renew within a month. */
const MOST_NAMED_MS = 31 * 24 * 60 * 60_000;

/** The longest that a request of another replica is believed to try it, in milliseconds: that one may have been killed. */
const OTHERS_PROBE_MS = 60_000;

/** One request that may go; say of it what became of it. */
export interface Permit {
  /** It answered. What failed after it had begun is newer, and counts. */
  succeeded(): void;
  /** It is over, whatever became of it. One that told nothing else, because its client left, leaves its room to another. */
  left(): void;
}

/** One circuit. */
export class Circuit {
  readonly #clock: Clock;
  #until: number | undefined;
  #why = "";
  /** How long it is open the next time, where nobody names a time. */
  #next = FIRST_MS;
  #probe: Permit | undefined;
  /** How often it opened. */
  #opened = 0;
  /** Until when a request of another replica tries it. */
  #othersProbe = 0;
  readonly #tell: ((news: LaneNews) => void) | undefined;

  /** @param tell tells other replicas. @default there are none */
  constructor(clock: Clock, tell?: (news: LaneNews) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  get state(): CircuitState {
    if (this.#until === undefined) return { is: "closed" };
    return this.#clock.now() < this.#until
      ? { is: "open", until: this.#until, why: this.#why }
      : { is: "half-open", why: this.#why };
  }

  /** Whether a request is welcome now: always while it is closed; once when its time is over. */
  get welcomes(): boolean {
    const { is } = this.state;
    if (is !== "half-open") return is === "closed";
    return !this.#probe && this.#clock.now() >= this.#othersProbe;
  }

  /** A request goes there. */
  begin(): Permit {
    const opened = this.#opened;
    const permit: Permit = {
      succeeded: () => {
        if (opened !== this.#opened) return;
        if (this.#until !== undefined) this.#tell?.({ is: "closed" });
        this.#close();
      },
      left: () => {
        if (this.#probe !== permit) return;
        this.#probe = undefined;
        this.#tell?.({ is: "left" });
      },
    };
    if (this.welcomes && this.state.is === "half-open") {
      this.#probe = permit;
      this.#tell?.({ is: "probing" });
    }
    return permit;
  }

  /**
   * It could not answer. Of many that fail at once, the first one opens it; the others say nothing new.
   *
   * @param why its failure, for people
   * @param named milliseconds that its refusal named. @default 30 s, doubled each time up to 5 min
   */
  failed(why: string, named?: number): void {
    const now = this.#clock.now();
    const open = this.state.is === "open";
    if (open && named === undefined) return;
    const wait = named === undefined ? this.#next : Math.min(named, MOST_NAMED_MS);
    if (named === undefined) this.#next = Math.min(2 * this.#next, LONGEST_MS);
    this.#open(now + wait, why);
    this.#tell?.({ is: "open", ms: wait, next: this.#next });
  }

  /** Another replica tells what it found out. */
  follow(news: LaneNews): void {
    const now = this.#clock.now();
    switch (news.is) {
      case "open":
        this.#next = Math.min(Math.max(this.#next, news.next), LONGEST_MS);
        return this.#open(now + Math.min(news.ms, MOST_NAMED_MS), "another sidecar met it");
      case "closed":
        return this.#close();
      case "probing":
        this.#othersProbe = now + OTHERS_PROBE_MS;
        return;
      case "left":
        this.#othersProbe = 0;
    }
  }

  #open(until: number, why: string): void {
    this.#until = Math.max(this.#until ?? 0, until);
    this.#why = why;
    this.#probe = undefined;
    this.#othersProbe = 0;
    this.#opened++;
  }

  #close(): void {
    this.#until = this.#probe = undefined;
    this.#othersProbe = 0;
    this.#next = FIRST_MS;
  }
}
