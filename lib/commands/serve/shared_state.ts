/**
 * Opens what replicas share, where the settings ask for it.
 *
 * @module
 */

import { systemClock, systemRandom } from "../../base/clock.ts";
import { stateAddress } from "../../config/state/address.ts";
import type { Config } from "../../config/config.ts";
import type { Observer } from "../../observe/observer.ts";
import type { SharedState } from "../../state/state.ts";
import { openTrust } from "../../upstream/transport/trust.ts";

/** Opens it; `undefined` where nothing is shared. @throws {Failure} `bad_config` where the address cannot be read */
export async function serveState(
  { state }: Pick<Config, "state">,
  env: (name: string) => string | undefined,
  observer: Pick<Observer, "notice">,
): Promise<SharedState | undefined> {
  const address = stateAddress(state ?? { from: "memory" }, env);
  if (!address) return undefined;
  const { openRedisState } = await import("../../state/open.ts"); // Redis is for those who want it
  return await openRedisState(address, {
    clock: systemClock,
    random: systemRandom,
    secureContext: () => openTrust(env).context(),
    say: (level, sentence) => observer.notice(level, sentence),
  });
}
