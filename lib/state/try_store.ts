/**
 * Tries a store once, for the doctor: it connects, does what a sidecar does, and leaves.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import type { RedisAddress } from "../base/state/redis_url.ts";
import { showDuration } from "../base/units.ts";
import { secretsOf, shownReason } from "./reason.ts";
import { openRedisStore, type RedisDeps } from "./redis/redis_store.ts";

/** The longest that it may take, in milliseconds. */
const TRY_MS = 5_000;

/** @returns milliseconds of one call @throws {Failure} `unreachable` where it cannot be used */
export async function tryRedis(
  address: RedisAddress,
  { clock, ...deps }: RedisDeps & { readonly clock: Clock },
): Promise<number> {
  const late = Promise.withResolvers<never>();
  const cancel = clock.after(
    TRY_MS,
    () => late.reject(new TypeError(`no answer within ${showDuration(TRY_MS)}`)),
  );
  const events = { ready() {}, lost: late.reject, news() {}, turn() {} };
  const store = await openRedisStore(address, { ...deps, replica: "doctor", events });
  const work = async () => {
    await store.connect();
    // The first one sends the script's text, the second its hash
    for (let times = 0; times < 2; times++) await store.probe();
    const began = clock.now();
    await store.read("doctor");
    return clock.now() - began;
  };
  try {
    return await Promise.race([late.promise, work()]);
  } catch (error) {
    throw new Failure("unreachable", shownReason(error, secretsOf(address)), { cause: error });
  } finally {
    cancel();
    store.close();
    late.promise.catch(() => {}); // whoever lost the race
  }
}
