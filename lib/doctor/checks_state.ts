/**
 * What replicas share: whether the store that `state` names answers, and lets the sidecar do what it must.
 *
 * @module
 */

import { asFailure } from "../base/errors.ts";
import { redisTitle } from "../base/state/redis_url.ts";
import { showDuration } from "../base/units.ts";
import { stateAddress } from "../config/state/address.ts";
import { CALL_MS } from "../state/link.ts";
import { type Check, fail, ok, warn } from "./check.ts";
import type { DoctorFacts } from "./facts.ts";

/** Nothing where nothing is shared. */
export const STATE_CHECK: Check<DoctorFacts> = {
  name: "shared state",
  async run({ config, world }) {
    if (config instanceof Error) return undefined;
    const address = stateAddress(
      config.state ?? { from: "memory" },
      (name) => world.context.env[name],
    );
    if (!address) return undefined;
    const title = redisTitle(address);
    try {
      const ms = await world.askState(address);
      const fact = `${title} answers in ${ms.toFixed(1)} ms`;
      if (ms > CALL_MS) {
        return fail(
          `${fact}, and nobody waits longer than ${
            showDuration(CALL_MS)
          } for it: limits are this sidecar's own`,
          "Put it nearer",
        );
      }
      return ms <= SLOW_MS ? ok(`${fact}: limits are shared`) : warn(
        fact,
        "Put it nearer: every request of a user waits for it once or twice, 250 ms at most",
      );
    } catch (error) {
      return fail(
        `${title} cannot be used: ${asFailure(error).message.replace(/^The sidecar failed: /, "")}`,
        "The sidecar serves all the same, with limits of its own. Start Redis, or correct state",
      );
    }
  },
};

/** An answer from the same data centre takes less, in milliseconds. */
const SLOW_MS = 20;
