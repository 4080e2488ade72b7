/**
 * Who answered each thread last, so that it stays with them: their prompt cache holds the conversation.
 *
 * Its rule: bounded memory, the thread heard of longest ago is forgotten first; nothing is kept but names.
 *
 * @module
 */

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

/** All threads of a process. */
export class Affinity {
  readonly #stays = new Map<string, Stay>();

  of(thread: string): Stay | undefined {
    return this.#stays.get(thread);
  }

  record(thread: string, stay: Stay): void {
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
