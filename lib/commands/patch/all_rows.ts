/**
 * What `init --all` finds: the rows of cc-switch, and the models that each of them offers today.
 *
 * Its rule: a key is read from cc-switch's database, sent to the row's own address in one question, and kept nowhere.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import { type Random, systemRandom } from "../../base/clock.ts";
import { newLocalToken } from "../../base/secrets/local_token.ts";
import { readTextFile } from "../../patch/text_file.ts";
import { asFailure, Failure } from "../../base/errors.ts";
import { type AllRows, allRowsFile, parseAllRows } from "../../patch/all_rows.ts";
import { readDatabase } from "../../patch/cc_switch/database.ts";
import { findCcSwitch } from "../../patch/cc_switch/home.ts";
import { type RowUpstream, rowUpstreams } from "../../patch/cc_switch/upstreams.ts";
import { readFronts } from "../../patch/fronts.ts";
import type { PatchContext } from "../../patch/integration.ts";
import { editsOf, type Manifest } from "../../patch/state/manifest.ts";
import type { ListedModel, ModelFacts } from "../../provider/catalog/facts.ts";
import { mergedModels, offeredBeside } from "../../provider/catalog/together.ts";
import { profileFor } from "../../provider/profiles.ts";
import type { PatchOptions } from "./patching.ts";
import type { Machine } from "../shared/this_machine.ts";

/** Milliseconds for one answer; all are asked at once. */
const TIMEOUT = 5_000;

/**
 * The rows for this run: those that `--all` asks for, or an earlier `init --all` that still stands, with which every later
 * `init` goes on.
 *
 * @returns `undefined` where nobody asks; `null` where the rows of an earlier one cannot be used any more, which is said
 * @throws {Failure} `bad_usage`, `bad_config` where `--all` cannot be had
 */
export async function rowsFor(
  { all = false, provider, only }: PatchOptions,
  context: PatchContext,
  manifest: Manifest | undefined,
  machine: Machine,
): Promise<AllRows | null | undefined> {
  const withCodex = only === undefined || only.split(",").some((one) => one.trim() === "codex");
  if (all && (provider !== undefined || !withCodex)) {
    throw new Failure(
      "bad_usage",
      provider !== undefined
        ? "--all takes the providers of cc-switch, and --provider adds another"
        : "--all changes Codex's settings, which --only leaves out",
    );
  }
  if (all) return await findAllRows(context, machine);
  if (provider !== undefined || !withCodex || !isNoted(context, manifest)) return undefined;
  try {
    return await findAllRows(context, machine);
  } catch (error) {
    const { code, message } = asFailure(error);
    if (code !== "bad_config") throw error;
    machine.terminal.out(`${message}; what init --all made stays as it is.\n`);
    return null;
  }
}

function isNoted(
  { system, stateDir }: PatchContext,
  manifest: Manifest | undefined,
): boolean {
  const note = allRowsFile(system, stateDir);
  return editsOf(manifest, "codex").some(({ file }) => file === note);
}

/**
 * Reads the rows and asks for their models.
 *
 * @throws {Failure} `bad_config` where there are no rows that can be used
 */
async function findAllRows(
  context: PatchContext,
  machine: Machine,
  random: Random = systemRandom,
): Promise<AllRows> {
  const { terminal: { out } } = machine;
  const home = await findCcSwitch(context);
  if (!home?.database) {
    throw new Failure(
      "bad_config",
      home
        ? "This cc-switch keeps its providers in config.json, which --all does not read"
        : "cc-switch keeps nothing here, so there are no providers to offer together",
      {
        hint: home
          ? "Update cc-switch to 3.8 or later"
          : "Name its folder with --cc-switch-dir; or list upstreams in config.yaml and point Codex at /v1",
      },
    );
  }
  const fronts = await readFronts(context);
  const snapshot = readDatabase(home.database);
  const env = (name: string) => context.env[name];
  const { rows, left } = rowUpstreams(snapshot, context.port, env, fronts);
  for (const line of left) out(`${cleanLine(line)}\n`);
  if (rows.length === 0) {
    throw new Failure("bad_config", "cc-switch has no provider for Codex that --all could offer", {
      hint:
        "It takes providers with an address and a key; logins and OpenAI itself stay as they are",
    });
  }
  const current = home.current ?? snapshot.current;
  const first = rows.findIndex(({ id }) => id === current);
  const sorted = first > 0 ? [...rows.splice(first, 1), ...rows] : rows;
  const offers = await Promise.all(sorted.map((row) => offerOf(row, machine)));
  for (const { note } of offers) out(`${cleanLine(note)}.\n`);
  const models = mergedModels(offers).map(({ slug, model }) => ({ ...model, id: slug }));
  return {
    database: home.database,
    fronts: [...fronts.keys()],
    localToken: (await noteOf(context))?.localToken ?? newLocalToken(random),
    models,
    baseUrl: sorted[0]?.baseUrl ?? "",
  };
}

/** What an earlier run wrote; its local token stays. */
async function noteOf({ system, stateDir, disk }: PatchContext) {
  const read = await readTextFile(disk, allRowsFile(system, stateDir));
  return read && parseAllRows(read.text);
}

interface Offer {
  readonly name: string;
  readonly models: readonly ModelFacts[];
  /** One sentence for the user, without a full stop. */
  readonly note: string;
}

async function offerOf(row: RowUpstream, { askModels }: Machine): Promise<Offer> {
  const { name, title, baseUrl, key, models: named } = row;
  const headers = new Headers({ accept: "application/json", "accept-encoding": "identity" });
  headers.set("authorization", `Bearer ${key}`);
  const profile = profileFor(new URL(baseUrl));
  const offer = (listed: readonly ListedModel[] | undefined, what: string) => {
    const models = offeredBeside(profile, baseUrl, listed, named);
    const ids = listed ? "" : `: ${models.map(({ id }) => id).join(", ") || "none"}`;
    return { name, models, note: `${title}: ${what}${ids}` };
  };
  try {
    const base = baseUrl.replace(/\/+$/, "");
    const listed = await askModels({ base, title, headers, timeout: TIMEOUT, secrets: [key] });
    return listed.length > 0
      ? offer(listed, `lists ${listed.length} ${listed.length === 1 ? "model" : "models"}`)
      : offer(undefined, "lists no model, so those that cc-switch names are offered");
  } catch (error) {
    const { message } = asFailure(error);
    return offer(undefined, `${message}, so those that cc-switch names are offered`);
  }
}
