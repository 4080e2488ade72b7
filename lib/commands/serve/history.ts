/**
 * The history of `serve`: with the prices of the settings and of the providers' rows, and on disk where the user asked for it.
 *
 * @module
 */

import { join } from "node:path";
import { readBuild } from "../../base/version/build.ts";
import type { Clock } from "../../base/clock.ts";
import type { Config } from "../../config/config.ts";
import { type Env, stateDir } from "../../config/paths.ts";
import { costAt } from "../../observe/history/cost.ts";
import type { Cost, Used } from "../../observe/history/document.ts";
import { type History, openHistory } from "../../observe/history/history.ts";
import type { Observer } from "../../observe/observer.ts";
import { listPrice } from "../../provider/catalog/prices.ts";
import { findProfile, profileFor, profileNamed } from "../../provider/profiles.ts";

/** The file of the history in the state folder. */
export function historyFile(folder: string): string {
  return join(folder, "history.sqlite");
}

/** What a history needs. */
interface ServeHistory {
  readonly config: Pick<Config, "history" | "prices" | "upstreams">;
  readonly clock: Clock;
  readonly version: string;
  readonly env: Env;
  readonly observer: Pick<Observer, "notice">;
}

/** Where this build's documentation is, with a slash at its end; `null` where no repository is known. */
export function docsOf(version: string): string | null {
  const { repository } = readBuild(version);
  return repository === null ? null : `https://github.com/${repository}/blob/v${version}/docs/`;
}

/** Opens it. A disk that cannot be written costs a sentence, never the start. */
export async function serveHistory(options: ServeHistory): Promise<History> {
  const { config, clock, version } = options;
  return openHistory({
    clock,
    version,
    docs: docsOf(version),
    costOf: costs(config),
    store: await openFile(options),
  });
}

async function openFile({ config: { history: period }, clock, env, observer }: ServeHistory) {
  const folder = stateDir(Deno.build.os, env);
  if (period === null) return undefined;
  if (folder === undefined) {
    observer.notice("warning", "The history cannot be kept: the environment names no home folder");
    return undefined;
  }
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  const { openStore } = await import("../../observe/history/sqlite.ts"); // SQLite starts for those who want it
  const file = historyFile(folder);
  return openStore({ file, period, clock, observer, rename: Deno.renameSync });
}

/** What tokens cost at an upstream, by the settings, else by the list price of its provider. */
export function costs(
  { prices, upstreams }: Pick<Config, "prices" | "upstreams">,
): (upstream: string, model: string, tokens: Used["tokens"]) => Cost | null {
  const chosen = new Map(prices.map((price) => [price.model, price]));
  const providers = new Map<string, string>();
  const providerOf = (upstream: string) => {
    const known = providers.get(upstream);
    if (known !== undefined) return known;
    const set = upstreams.get(upstream);
    const profile = set?.provider !== undefined
      ? profileNamed(set.provider)
      : set
      ? profileFor(new URL(set.baseUrl))
      : findProfile(upstream.replace(/:\d+$/, ""));
    const name = profile?.name ?? "generic";
    if (providers.size < MOST_UPSTREAMS) providers.set(upstream, name);
    return name;
  };
  return (upstream, model, tokens) => {
    const price = chosen.get(`${upstream}/${model}`) ?? chosen.get(model) ??
      listPrice(providerOf(upstream), model);
    return price ? costAt(price, tokens) : null;
  };
}

/** Upstreams whose provider is remembered. */
const MOST_UPSTREAMS = 200;
