/**
 * Logs, once for each session, what of its requests does not reach the model.
 *
 * @module
 */

import { filled, type JsonObject } from "../../base/json.ts";
import type { Observer } from "../../observe/observer.ts";

/** The most notes that are remembered. The oldest is forgotten first; at worst it is logged again. */
const MOST_NOTES = 4096;
/** Longest name of a session that is kept, in characters. A client's own has 36. */
const LONGEST_SESSION = 128;

/** Remembers which notes of a process have been logged. */
export class LeftOutNotes {
  readonly #logged = new Set<string>();

  constructor(readonly observer: Pick<Observer, "notice">) {}

  /**
   * Logs what was left out and has not been logged for this session.
   *
   * @param title the upstream in sentences
   * @param session see {@link sessionOf}
   */
  note(title: string, session: string, leftOut: readonly string[]): void {
    const fresh = leftOut.filter((what) => this.#add([session, title, what].join("\n")));
    if (fresh.length === 0) return;
    const intro = `Left out of this session's requests to ${title}, which cannot take it: `;
    this.observer.notice("info", intro + fresh.join(", "));
  }

  /** @returns whether it is new */
  #add(key: string): boolean {
    if (this.#logged.has(key)) return false;
    const [oldest] = this.#logged;
    if (this.#logged.size >= MOST_NOTES && oldest !== undefined) this.#logged.delete(oldest);
    this.#logged.add(key);
    return true;
  }
}

/** The session of a request, as Codex and other clients name it; empty for clients that name none. */
export function sessionOf(headers: Headers, { prompt_cache_key: key }: JsonObject): string {
  const session = headers.get("session-id") ?? headers.get("session_id") ??
    headers.get("thread-id") ?? filled(key) ?? "";
  return session.slice(0, LONGEST_SESSION);
}
