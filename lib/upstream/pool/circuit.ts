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

/** One request that was let through; say of it what became of it. */
export interface Passage {
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
  #probe: Passage | undefined;
  /** How often it opened. */
  #opened = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
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
    return is === "closed" || (is === "half-open" && !this.#probe);
  }

  /** A request goes there. */
  begin(): Passage {
    const opened = this.#opened;
    const passage: Passage = {
      succeeded: () => {
        if (opened !== this.#opened) return;
        this.#until = this.#probe = undefined;
        this.#next = FIRST_MS;
      },
      left: () => {
        if (this.#probe === passage) this.#probe = undefined;
      },
    };
    if (this.welcomes && this.state.is === "half-open") this.#probe = passage;
    return passage;
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
    this.#until = Math.max(this.#until ?? 0, now + wait);
    this.#why = why;
    this.#probe = undefined;
    this.#opened++;
  }
}
