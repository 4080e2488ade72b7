/**
 * Opens a team's gateway: its users, what they may do, and an observer that charges them for what their answers cost.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { Config } from "../../config/config.ts";
import type { Observer } from "../../observe/observer.ts";
import { Allowance } from "../inbound/allowance.ts";
import { type Counters, LocalCounters } from "../../state/counters.ts";
import { Users } from "../inbound/users.ts";

/** The parts of an app that a team needs. */
interface TeamDeps {
  readonly config: Pick<Config, "users" | "listen">;
  readonly clock: Clock;
  readonly observer: Observer;
  /** Reads an environment variable. */
  readonly env: (name: string) => string | undefined;
  /** @default those of this process */
  readonly counters?: Counters | undefined;
}

/** The team of an app; without users nothing but the observer that was given. */
export interface Team {
  readonly users?: Users;
  readonly allowance?: Allowance;
  readonly observer: Observer;
}

/** Opens it. @throws {Failure} `bad_config` where two users have the same token */
export function openTeam({ config, clock, observer, env, counters }: TeamDeps): Team {
  const { users = new Map(), listen: { token: operator } } = config;
  if (users.size === 0) return { observer };
  const warn = (sentence: string) => observer.notice("warning", sentence);
  const allowance = new Allowance(users, {
    clock,
    counters: counters ?? new LocalCounters(clock),
  });
  return {
    users: new Users(users, { clock, env, warn, operator }),
    allowance,
    observer: charging(observer, allowance),
  };
}

function charging(observer: Observer, allowance: Allowance): Observer {
  return {
    ...observer,
    attemptFailed: (note) => observer.attemptFailed(note),
    notice: (...notice) => observer.notice(...notice),
    finished: (record) => {
      const { user, usage, estimate = 0 } = record;
      const named = usage ? usage.input + usage.output : 0;
      if (user !== undefined) void allowance.spent(user, named + estimate);
      observer.finished(record);
    },
  };
}
