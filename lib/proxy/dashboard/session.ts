/**
 * Sessions of the dashboard's login, for a sidecar that wants a token: a cookie that the browser keeps and no script can read.
 *
 * A session opens the dashboard's own paths and nothing else: no request goes to a provider with it.
 *
 * @module
 */

import type { Clock, Random } from "../../base/clock.ts";

/** The cookie's name. */
const COOKIE = "sidecar_session";
/** How long a session lasts, in milliseconds. */
const LASTS_MS = 7 * 86_400_000;
/** Sessions at once; the oldest one ends when there are more. */
const MOST = 64;

/** The sessions of one process; a restart ends them. */
export class Sessions {
  readonly #clock: Clock;
  readonly #random: Random;
  /** When each ends, on the clock. */
  readonly #open = new Map<string, number>();

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Begins one. @returns the value of `Set-Cookie` */
  begin(): string {
    const id = this.#random.id() + this.#random.id();
    this.#open.set(id, this.#clock.now() + LASTS_MS);
    const [oldest] = this.#open.keys();
    if (this.#open.size > MOST && oldest !== undefined) this.#open.delete(oldest);
    return `${COOKIE}=${id}; Path=/; Max-Age=${LASTS_MS / 1_000}; HttpOnly; SameSite=Strict`;
  }

  /** Whether a request belongs to one. */
  has(headers: Headers): boolean {
    const cookies = (headers.get("cookie") ?? "").slice(0, 4_096).split(/; */);
    const id = cookies.find((one) => one.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1);
    const ends = id === undefined ? undefined : this.#open.get(id);
    if (id === undefined || ends === undefined) return false;
    if (ends > this.#clock.now()) return true;
    this.#open.delete(id);
    return false;
  }
}
