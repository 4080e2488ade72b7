/**
 * Catalogs as the sidecar makes them, for tests that let a real Codex read them.
 *
 * @module
 */

import { catalogEntries, catalogJson } from "../../../lib/provider/catalog/entry.ts";
import { modelFacts } from "../../../lib/provider/catalog/facts.ts";
import { GENERIC, PROFILES } from "../../../lib/provider/profiles.ts";

/** A model that no row knows. */
export const STRANGER = "acme-9-pro";

/** The names of every model that any row knows, each once, and of one that none does. */
export const EVERY_MODEL: readonly string[] = [
  STRANGER,
  ...new Set(PROFILES.flatMap(({ catalog }) => catalog?.models.map(({ id }) => id) ?? [])),
];

/** A catalog of all of them. @param codex the version that reads it; without it the entries are those of a file */
export function everyCatalog(codex?: string): string {
  const models = PROFILES.flatMap((profile) =>
    profile.catalog?.models.map(({ id }) => modelFacts(profile, id)) ?? []
  );
  const known = new Map([modelFacts(GENERIC, STRANGER), ...models].map((one) => [one.id, one]));
  return catalogJson(catalogEntries([...known.values()], { codex }));
}
