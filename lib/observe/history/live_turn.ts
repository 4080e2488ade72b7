/**
 * One running turn, as the dashboard shows it. What it is doing is said by the words of Codex's status line.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { WaitFact } from "../../base/wait/facts.ts";
import { Waiting } from "../../base/wait/waiting.ts";
import { sayWait } from "../../base/wait/words.ts";
import type { Progress } from "../observer.ts";
import type { RunningTurn, Timeline } from "./document.ts";
import { Course } from "./timeline.ts";

/** The silence that is shown, in milliseconds. */
const SHOWN_SILENCE_MS = 2_000;
/** How long a rate of tokens is measured before it counts anew. */
const RATE_MS = 5_000;
const LEAST_RATE_MS = 500;

/** What is known of a turn from its beginning on. */
export interface TurnStart {
  readonly id: string;
  readonly client: string;
  readonly model: string;
  readonly upstream: string;
  readonly who: string;
}

/** A running turn. */
export class LiveTurn {
  readonly client: string;
  readonly #clock: Clock;
  readonly #started: number;
  /** The last look at the clock: one for each event is enough. */
  #now: number;
  readonly #startedAt: number;
  readonly #waiting: Waiting;
  readonly #course = new Course();
  readonly #rate = new Rate();
  #start: TurnStart;
  #attempt = 0;
  #of = 0;
  #heartbeats = 0;
  #doing: "asked" | "thinking" | "answering" = "asked";

  constructor(start: TurnStart, clock: Clock) {
    this.client = start.client;
    this.#start = start;
    this.#clock = clock;
    this.#started = this.#now = clock.now();
    this.#startedAt = clock.wall();
    this.#waiting = new Waiting({ now: () => this.#now }, SHOWN_SILENCE_MS);
  }

  /** Takes what happened; `model` and `upstream` are safe to show. */
  take(progress: Progress, model: string, upstream: string): void {
    const at = this.#look();
    if (progress.kind === "bytes") return this.#waiting.bytes(); // the most frequent by far
    switch (progress.kind) {
      case "content":
        return this.#content(progress, at);
      case "heartbeat":
        this.#heartbeats++;
        return this.#course.mark("heartbeat", at);
      case "attempt":
        this.#start = { ...this.#start, who: progress.who, model, upstream };
        this.#attempt = progress.attempt;
        this.#of = progress.of;
        this.#doing = "asked";
        this.#waiting.attempt(progress.who, progress.attempt, progress.of);
        return this.#course.goOn("wait", at);
      case "again":
        this.#waiting.again(progress.wait, progress.replay);
        this.#course.mark("break", at);
        this.#course.mark(progress.replay ? "replay" : "retry", at + progress.wait);
        return this.#course.goOn("pause", at);
      case "note":
        this.#waiting.note(progress.fact);
    }
  }

  #content({ thought, said }: { thought: number; said: number }, at: number): void {
    this.#waiting.content();
    // An answer comes without text where a call is held until it is whole, or a replay repeats what is there.
    if (thought > 0 && said === 0) this.#doing = "thinking";
    else if (said > 0 || this.#doing === "asked") this.#doing = "answering";
    this.#rate.add(said, at);
    this.#course.goOn(this.#doing === "answering" ? "answer" : "think", at);
  }

  /** Looks at the clock: milliseconds since the turn began. */
  #look(): number {
    this.#now = this.#clock.now();
    return this.#now - this.#started;
  }

  /** What it is doing. */
  fact(): WaitFact {
    const { who } = this.#start;
    const at = this.#look();
    const worth = this.#waiting.fact();
    if (worth) return worth;
    if (this.#doing !== "answering") return { kind: this.#doing, who };
    return { kind: "answering", who, rate: this.#rate.at(at) };
  }

  /** The course so far. */
  timeline(): Timeline {
    return this.#course.until(this.#look());
  }

  /** As the document has it. */
  shown(helper: string | null): RunningTurn {
    const { id, client, model, upstream } = this.#start;
    const fact = this.fact();
    return {
      id,
      client,
      model,
      upstream,
      helper,
      started: this.#startedAt,
      age: Math.round(this.#look()),
      attempt: this.#attempt,
      of: this.#of,
      heartbeats: this.#heartbeats,
      doing: fact.kind,
      says: { en: sayWait(fact, "en"), zh: sayWait(fact, "zh") },
      timeline: this.timeline(),
    };
  }
}

/** Tokens a second, over the last seconds. */
class Rate {
  #from = 0;
  #tokens = 0;
  #last = 0;

  add(tokens: number, at: number): void {
    if (tokens <= 0) return;
    if (this.#tokens === 0) this.#from = at;
    else if (at - this.#from > RATE_MS) {
      this.#last = this.#tokens * 1_000 / (at - this.#from);
      this.#from = at;
      this.#tokens = 0;
    }
    this.#tokens += tokens;
  }

  at(now: number): number {
    const elapsed = now - this.#from;
    return elapsed < LEAST_RATE_MS ? this.#last : this.#tokens * 1_000 / elapsed;
  }
}
