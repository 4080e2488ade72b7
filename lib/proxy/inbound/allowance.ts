/**
 * What a user may do: which models, how many requests in a minute, how many tokens in a day.
 *
 * Its rule: a refusal names the limit, what was used, and when it ends. Tokens are counted when an answer is over, so
 * answers that run at the same time may go beyond the limit together; the next request is refused.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import { Failure } from "../../base/errors.ts";
import { showDuration } from "../../base/units.ts";
import type { UserConfig } from "../../config/config.ts";
import type { Counters } from "../../state/counters.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** Most tokens that one answer is charged; a provider's count may be anything. */
const MOST_TOKENS = 1e9;
/** Most models that a refusal names. */
const NAMED = 20;

/** The allowances of all users. */
export class Allowance {
  readonly #users: ReadonlyMap<string, UserConfig>;
  readonly #clock: Pick<Clock, "wall">;
  readonly #counters: Counters;

  constructor(
    users: ReadonlyMap<string, UserConfig>,
    { clock, counters }: { readonly clock: Pick<Clock, "wall">; readonly counters: Counters },
  ) {
    this.#users = users;
    this.#clock = clock;
    this.#counters = counters;
  }

  /** Whether a user's tokens are limited, so that they must be counted. */
  counts(user: string): boolean {
    return this.#users.get(user)?.tokensPerDay !== undefined;
  }

  /** The models that a user may ask; empty: all. */
  models(user: string): readonly string[] {
    return this.#users.get(user)?.models ?? [];
  }

  /** Counts a request. @throws {Failure} `too_many_requests`, `budget_spent` */
  async request(user: string): Promise<void> {
    const { requestsPerMinute, tokensPerDay } = this.#users.get(user) ?? {};
    const [asked, used] = await Promise.all([
      requestsPerMinute === undefined ? 0 : this.#add("requests", user, 1, MINUTE),
      tokensPerDay === undefined ? 0 : this.#add("tokens", user, 0, DAY),
    ]);
    if (requestsPerMinute !== undefined) {
      if (asked > requestsPerMinute) {
        const most = requestsPerMinute === 1 ? "1 request" : `${requestsPerMinute} requests`;
        throw this.#refusal(
          "too_many_requests",
          MINUTE,
          `${user} may send ${most} a minute, and has`,
        );
      }
    }
    if (tokensPerDay !== undefined) {
      if (used >= tokensPerDay) {
        const fact =
          `${user} has used ${used} tokens today, of ${tokensPerDay} that are allowed a day`;
        throw this.#refusal("budget_spent", DAY, fact);
      }
    }
  }

  /** Counts what an answer cost. */
  async spent(user: string, tokens: number): Promise<void> {
    if (!(tokens > 0) || !this.counts(user)) return;
    await this.#add("tokens", user, Math.min(Math.ceil(tokens), MOST_TOKENS), DAY);
  }

  /** The failure `model_not_allowed`, where none of the names by which a model is known is allowed. */
  refusal(user: string, names: readonly string[]): Failure | undefined {
    const allowed = this.models(user);
    if (allowed.length === 0) return undefined;
    const lower = new Set(names.map((name) => name.toLowerCase()));
    if (allowed.some((name) => lower.has(name.toLowerCase()))) return undefined;
    const [asked] = names;
    const fact = asked === undefined
      ? `${user} may ask certain models only, and the request names none that can be checked`
      : `${user} may not ask the model ${asked}`;
    const more = allowed.length > NAMED ? ` and ${allowed.length - NAMED} more` : "";
    return new Failure("model_not_allowed", fact, {
      hint: `Allowed: ${allowed.slice(0, NAMED).join(", ")}${more}`,
    });
  }

  #add(what: string, user: string, by: number, span: number): Promise<number> {
    const at = Math.floor(this.#clock.wall() / span);
    return this.#counters.add(`${what}:${user}:${at}`, by, span);
  }

  #refusal(code: "too_many_requests" | "budget_spent", span: number, fact: string): Failure {
    const now = this.#clock.wall();
    const end = (Math.floor(now / span) + 1) * span;
    const at = new Date(end).toISOString().replace(/\.000Z$/, "Z");
    return new Failure(code, fact, {
      hint: `Ask again in ${showDuration(end - now)}, at ${at}`,
      retryAfter: end - now,
    });
  }
}
