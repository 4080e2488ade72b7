/**
 * What a row knows of one address of a provider: the models there, and the variable that holds its key.
 *
 * @module
 */

import type { Profile, RowModel } from "../profile.ts";

/** One address. */
export interface Place {
  /** Best first; empty where only the provider's own list says what there is. */
  readonly models: readonly RowModel[];
  readonly keyEnv: string | undefined;
}

/** The place of a base URL: its region's where the row has one with that address, else the catalog's. */
export function placeOf({ catalog }: Profile, baseUrl: string): Place {
  const region = catalog?.regions?.find((one) => bare(one.baseUrl) === bare(baseUrl));
  return {
    models: region?.models ?? catalog?.models ?? [],
    keyEnv: region?.keyEnv ?? catalog?.keyEnv,
  };
}

function bare(url: string): string {
  return url.replace(/\/+$/, "").toLowerCase();
}
