/**
 * What a provider offers today: its own list, asked for with the user's key, or the sidecar's rows with a word about that.
 *
 * A failure is told and is never the end of a command. Nothing else than the list is asked for.
 *
 * @module
 */

import { asFailure, type Failure } from "../../base/errors.ts";
import { keyFault, trimmedKey } from "../../base/secrets/key_text.ts";
import type { ListedModel, ModelFacts } from "../../provider/catalog/facts.ts";
import { placeOf } from "../../provider/catalog/place.ts";
import { offeredModels } from "../../provider/catalog/rank.ts";
import type { Profile } from "../../provider/profile.ts";
import type { Machine } from "../shared/this_machine.ts";

/** What a provider offers. */
export interface Offered {
  /** Best first; empty where nobody knows any. */
  readonly models: readonly ModelFacts[];
  /** Whether they are the provider's own list of this moment. */
  readonly live: boolean;
  /** One sentence for the user, without a full stop: where they are from. */
  readonly note: string;
}

/** Milliseconds for the answer. */
const TIMEOUT = 5_000;

/**
 * The models at an address of a provider, the newest capable one first.
 *
 * @param keyEnv the variable that holds the key, where it is not the usual one of that address
 */
export async function askOffered(
  profile: Profile,
  baseUrl: string,
  { env, askModels }: Pick<Machine, "env" | "askModels">,
  keyEnv = placeOf(profile, baseUrl).keyEnv,
): Promise<Offered> {
  const { title } = profile;
  const rows = offeredModels(profile, baseUrl, undefined);
  const old = rows.length === 0 ? "" : "; the sidecar's own list is used, which may be old";
  const key = keyEnv === undefined ? undefined : env[keyEnv];
  if (keyEnv !== undefined && !key) {
    return {
      models: rows,
      live: false,
      note: `${title} was not asked for its models, because ${keyEnv} is not set here${old}`,
    };
  }
  const fault = key === undefined ? undefined : keyFault(key);
  if (fault !== undefined) {
    return { models: rows, live: false, note: `${keyEnv} holds no key: it ${fault}${old}` };
  }
  const listed = await ask(profile, baseUrl, key && trimmedKey(key), askModels);
  if (Array.isArray(listed) && listed.length > 0) {
    const models = offeredModels(profile, baseUrl, listed);
    const many = models.length === 1 ? "1 model" : `${models.length} models`;
    return { models, live: true, note: `${title} lists ${many}` };
  }
  const why = Array.isArray(listed) ? `${title} lists no model` : (listed as Failure).message;
  return { models: rows, live: false, note: `${why}${old}` };
}

async function ask(
  { title }: Profile,
  baseUrl: string,
  key: string | undefined,
  askModels: Machine["askModels"],
): Promise<readonly ListedModel[] | Failure> {
  const headers = new Headers({ accept: "application/json", "accept-encoding": "identity" });
  if (key !== undefined) headers.set("authorization", `Bearer ${key}`);
  const base = baseUrl.replace(/\/+$/, "");
  const secrets = key === undefined ? [] : [key];
  try {
    return await askModels({ base, title, headers, timeout: TIMEOUT, secrets });
  } catch (error) {
    return asFailure(error);
  }
}
