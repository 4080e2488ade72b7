/**
 * Which upstream and model each thread of Codex was seen to use, for as long as the process lives.
 *
 * Its rule: bounded memory, the thread used longest ago is forgotten first; nothing of a conversation is kept but its ids.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";

/** Ids that are remembered; a session has up to three. */
const MOST_IDS = 4096;
/** Longest id that is kept, in characters; Codex's own have 36, with a prefix 45. */
const MAX_ID = 128;

/** Where a thread's requests go. */
export interface ThreadRoute {
  /** The upstream's name, or the relay's host. */
  readonly upstream: string;
  readonly model: string;
}

/** The ids of one request. Codex sends them as headers and, since proxies drop headers, once more in the body. */
export interface ThreadIds {
  /** The thread itself. */
  readonly thread: string | undefined;
  /** The thread that it was started by; absent for one that the user started. */
  readonly parent: string | undefined;
  /** The user's session: the same for a thread and all that it starts. */
  readonly session: string | undefined;
  /** `prompt_cache_key`: the session, in some requests with a prefix such as `guardian:`. */
  readonly cacheKey: string | undefined;
}

/** Reads the ids of a request. */
export function threadIds(headers: Headers, body: JsonObject): ThreadIds {
  const metadata = isObject(body.client_metadata) ? body.client_metadata : {};
  const one = (...values: (Json | null | undefined)[]) =>
    values.map((value) => filled(value ?? undefined)).find((value) => value !== undefined)
      ?.slice(0, MAX_ID);
  return {
    thread: one(headers.get("thread-id"), metadata.thread_id),
    parent: one(
      headers.get("x-codex-parent-thread-id"),
      metadata["x-codex-parent-thread-id"],
    ),
    session: one(headers.get("session-id"), headers.get("session_id"), metadata.session_id),
    cacheKey: one(body.prompt_cache_key)?.replace(/^[a-z_]+:(?=.)/, ""),
  };
}

/** The threads of a process. */
export class Threads {
  readonly #routes = new Map<string, ThreadRoute>();

  /** A thread asks for a model. One that was started by another does not speak for the session. */
  record({ thread, parent, session, cacheKey }: ThreadIds, route: ThreadRoute): void {
    const ids = parent === undefined ? [thread, session, cacheKey] : [thread];
    for (const id of new Set(ids)) {
      if (id === undefined) continue;
      this.#routes.delete(id);
      this.#routes.set(id, route);
    }
    for (const oldest of this.#routes.keys()) {
      if (this.#routes.size <= MOST_IDS) return;
      this.#routes.delete(oldest);
    }
  }

  /** Where the thread that a request belongs to was seen to go: the parent's, the session's, its own. */
  of({ thread, parent, session, cacheKey }: ThreadIds): ThreadRoute | undefined {
    for (const id of [parent, session, cacheKey, thread]) {
      const route = id === undefined ? undefined : this.#routes.get(id);
      if (route) return route;
    }
    return undefined;
  }
}
