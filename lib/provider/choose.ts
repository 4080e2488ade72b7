/**
 * The providers that `--provider` can name: those whose row has a catalog (address, models, key variable).
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { didYouMean } from "../config/suggest.ts";
import type { Profile } from "./profile.ts";
import { profileNamed, PROFILES } from "./profiles.ts";

/** The names that `--provider` takes, in the order in which help texts list them. */
export const CHOOSABLE: readonly string[] = PROFILES.filter(({ catalog }) => catalog).map((
  { name },
) => name);

/**
 * The profile that `--provider` names.
 *
 * @throws {Failure} `bad_usage` for a name that is none of {@link CHOOSABLE}
 */
export function chosenProfile(name: string): Profile {
  const profile = profileNamed(name);
  if (profile?.catalog) return profile;
  const near = didYouMean(name, CHOOSABLE);
  throw new Failure(
    "bad_usage",
    `--provider takes ${CHOOSABLE.join(", ")}, not ${name || "nothing"}${near}`,
  );
}
