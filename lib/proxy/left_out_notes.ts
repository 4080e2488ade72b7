/**
 * Tells once a session what of its requests does not reach the model.
 *
 * @module
 */

import { filled, type JsonObject } from "../base/json.ts";
import type { Observer } from "../observe/observer.ts";

/** Most notes that are remembered; the oldest is forgotten first, and told again at worst. */
const MOST_NOTES = 4096;
/** Longest name of a session that is kept, in characters. A client's own has 36. */
const LONGEST_SESSION = 128;

/** The notes of one process. */
export class LeftOutNotes {
  readonly #told = new Set<string>();

  constructor(readonly observer: Pick<Observer, "notice">) {}

  /**
   * Tells of what was left out and has not been told of in this session.
   *
   * @param title the upstream in sentences
   * @param session see {@link sessionOf}
   */
  note(title: string, session: string, leftOut: readonly string[]): void {
    const fresh = leftOut.filter((what) => this.#add([session, title, what].join("\n")));
    if (fresh.length === 0) return;
    const words = `Left out of this session's requests to ${title}, which cannot take it: `;
    this.observer.notice("info", words + fresh.join(", "));
  }

  /** @returns whether it is new */
  #add(key: string): boolean {
    if (this.#told.has(key)) return false;
    const [oldest] = this.#told;
    if (this.#told.size >= MOST_NOTES && oldest !== undefined) this.#told.delete(oldest);
    this.#told.add(key);
    return true;
  }
}

/** The session of a request, as Codex and other clients name it; one and the same for clients that name none. */
export function sessionOf(headers: Headers, { prompt_cache_key: key }: JsonObject): string {
  const session = headers.get("session-id") ?? headers.get("session_id") ??
    headers.get("thread-id") ?? filled(key) ?? "";
  return session.slice(0, LONGEST_SESSION);
}
