/**
 * What a process remembers of who can answer: the lanes of its upstreams' keys, and where its threads are. It opens the supply
 * of each exchange.
 *
 * @module
 */

import type { Clock } from "../../base/clock.ts";
import type { JsonObject } from "../../base/json.ts";
import type { Config } from "../../config/config.ts";
import type { SharedState } from "../../state/state.ts";
import { Lanes } from "../../upstream/pool/lanes.ts";
import { threadIds } from "../helpers/threads.ts";
import type { Aim } from "../route/aim.ts";
import type { Route } from "../route/route.ts";
import type { Router } from "../route/router.ts";
import { Affinity } from "./affinity.ts";
import { type Asked, candidatesOf } from "./candidates.ts";
import { Supply } from "./supply.ts";

/** Failures before somebody else is asked, where the settings say nothing. */
const BEFORE_FALLBACK = 2;

/** What of a call says who answers. */
interface Supplied {
  readonly routes: readonly [Route, ...Route[]];
  readonly supply: Supply;
}

/** The failover of a process. */
export class Failover {
  readonly lanes: Lanes;
  readonly #affinity: Affinity;
  /** Of threads that have nowhere else to go: nobody needs to know of them. */
  readonly #own = new Affinity();
  readonly #clock: Clock;
  readonly #config: Pick<Config, "listen" | "relay" | "upstreams">;
  readonly #router: Router;

  constructor(
    config: Pick<Config, "listen" | "relay" | "upstreams">,
    { clock, router, state }: {
      readonly clock: Clock;
      readonly router: Router;
      /** What replicas share. @default there are none */
      readonly state?: SharedState | undefined;
    },
  ) {
    this.lanes = new Lanes(clock, state?.lanes);
    this.#affinity = new Affinity(state && { threads: state.threads, clock });
    this.#clock = clock;
    this.#config = config;
    this.#router = router;
  }

  /**
   * Asks other replicas where the thread of a request is. Call it before {@link open}.
   *
   * @returns `undefined` where there is nobody to ask, or only one who may answer
   */
  locate(asked: Asked): Promise<void> | undefined {
    if (!this.#hasChoice(asked)) return undefined;
    const thread = threadOf(asked.headers, asked.body);
    return thread === "" ? undefined : this.#affinity.lookUp(thread);
  }

  /** Finds who may answer a request. @param route makes the route to a destination */
  open(asked: Asked, route: (aim: Aim) => Route): Supplied {
    const [router, config, lanes] = [this.#router, this.#config, this.lanes];
    const candidates = candidatesOf(asked, { router, config, lanes, route });
    const supply = new Supply(candidates, {
      clock: this.#clock,
      affinity: this.#hasChoice(asked) ? this.#affinity : this.#own,
      thread: threadOf(asked.headers, asked.body),
      beforeFallback: asked.aim.target.retry.beforeFallback ?? BEFORE_FALLBACK,
    });
    const routes = candidates.first.keyed.map(({ route }) => route);
    return { routes: routes as [Route, ...Route[]], supply };
  }

  /** Whether more than one upstream, or more than one key, may answer. */
  #hasChoice({ address, aim: { target } }: Asked): boolean {
    const { relay, upstreams } = this.#config;
    const fallback = address.kind === "relay"
      ? relay.fallback
      : upstreams.get(target.name)?.fallback;
    return (fallback?.length ?? 0) > 0 || (target.keys?.length ?? 0) > 1;
  }
}

/** The conversation of a request; empty where it is not known. */
function threadOf(headers: Headers, body: JsonObject): string {
  const { thread, session, cacheKey } = threadIds(headers, body);
  return thread ?? session ?? cacheKey ?? "";
}
