/**
 * Checks of the providers that cc-switch and Codex++ keep and Codex may be switched to. They read their settings, and ask nobody.
 *
 * @module
 */

import { Failure } from "../base/errors.ts";
import { readDatabase } from "../patch/cc_switch/database.ts";
import { findCcSwitch } from "../patch/cc_switch/home.ts";
import type { SwitchSnapshot } from "../patch/cc_switch/snapshot.ts";
import { rowUpstreams } from "../patch/cc_switch/upstreams.ts";
import { retiredModel, retiredSentence } from "../provider/catalog/retired.ts";
import { profileFor } from "../provider/profiles.ts";
import type { PlusModels } from "../patch/codex_plus/models.ts";
import { type Check, type CheckResult, warn } from "./check.ts";
import type { DoctorFacts } from "./facts.ts";

/** How long another program's lock is waited for, in milliseconds. */
const TIMEOUT_MS = 1_000;
/** Most retired models that are told. */
const MAX_TOLD = 8;

/** In the order in which they are run. */
export const SWITCH_CHECKS: readonly Check<DoctorFacts>[] = [
  {
    name: "models in cc-switch",
    async run({ world: { context } }) {
      const home = await findCcSwitch(context);
      if (home?.database === undefined) return undefined;
      // What is wrong with the database itself is said by the checks of the route
      const snapshot = readable(home.database);
      if (!snapshot) return undefined;
      const { rows } = rowUpstreams(snapshot, context.port, (name) => context.env[name]);
      return rows.flatMap(({ title, ...row }) =>
        retiredIn({ what: `provider ${JSON.stringify(title)}`, ...row }, "cc-switch")
      ).slice(0, MAX_TOLD);
    },
  },
  {
    name: "models in Codex++",
    run: ({ plusModels }) =>
      plusModels.flatMap((profile) => retiredIn(profile, "Codex++")).slice(0, MAX_TOLD),
  },
];

/** A finding for each model that its provider retired. */
function retiredIn({ what, baseUrl, models }: PlusModels, program: string): CheckResult[] {
  const url = URL.parse(baseUrl);
  if (!url) return [];
  const profile = profileFor(url);
  return models.flatMap((model) => {
    const retired = retiredModel(profile, baseUrl, model);
    if (!retired) return [];
    const fact = `${what} names ${model}: ${retiredSentence(profile, model, retired)}`;
    return [warn(fact, `Set ${retired.successor} for it in ${program}`)];
  });
}

function readable(database: string): SwitchSnapshot | undefined {
  try {
    return readDatabase(database, { timeout: TIMEOUT_MS });
  } catch (error) {
    if (error instanceof Failure) return undefined;
    throw error;
  }
}
