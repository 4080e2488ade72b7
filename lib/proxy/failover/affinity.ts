/**
 * Who answered each thread last, so that it stays with them: their prompt cache holds the conversation.
 *
 * Its rule: bounded memory, the thread heard of longest ago is forgotten first; nothing is kept but names. Where replicas share
 * it, a thread is looked up once, before its exchange is opened, and told when it has an answer.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { ThreadState } from "../../state/state.ts";

/** Threads that are remembered. */
const MOST_THREADS = 4096;

/** Where a thread is. */
export interface Stay {
  /** The upstream that answered, with its model: the name of a candidate. */
  readonly candidate: string;
  /** Which of its keys, from 0. */
  readonly key: number;
  /** Until when it stays there although somebody else is asked for, in milliseconds on the clock. */
  readonly until: number;
}

/** Where replicas share their threads. */
interface SharedThreads {
  readonly threads: ThreadState;
  readonly clock: Pick<Clock, "now" | "wall">;
}

/** All threads of a process. */
export class Affinity {
  readonly #stays = new Map<string, Stay>();
  readonly #shared: SharedThreads | undefined;

  /** @param shared what replicas share. @default there are none */
  constructor(shared?: SharedThreads) {
    this.#shared = shared;
  }

  of(thread: string): Stay | undefined {
    return this.#stays.get(thread);
  }

  /** Asks where a thread is by what all replicas know; `undefined`: there is nobody to ask. */
  lookUp(thread: string): Promise<void> | undefined {
    const shared = this.#shared;
    return shared && this.#lookUp(thread, shared);
  }

  record(thread: string, stay: Stay): void {
    this.#keep(thread, stay);
    if (!this.#shared) return;
    const { threads, clock } = this.#shared;
    const left = stay.until - clock.now();
    threads.write(thread, { ...stay, until: left > 0 ? clock.wall() + left : 0 });
  }

  async #lookUp(thread: string, { threads, clock }: SharedThreads): Promise<void> {
    const stay = await threads.read(thread);
    if (!stay) return;
    this.#keep(thread, { ...stay, until: clock.now() + stay.until - clock.wall() });
  }

  #keep(thread: string, stay: Stay): void {
    this.#stays.delete(thread);
    this.#stays.set(thread, stay);
    const [oldest] = this.#stays.keys();
    if (this.#stays.size > MOST_THREADS && oldest !== undefined) this.#stays.delete(oldest);
  }
}

/** Spreads threads over keys, the same way in every process. @returns a number below `count` */
export function spread(thread: string, count: number): number {
  let value = 0;
  for (let at = 0; at < thread.length; at++) value = (value * 31 + thread.charCodeAt(at)) >>> 0;
  return value % count;
}
