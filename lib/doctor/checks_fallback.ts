/**
 * Fallbacks that cannot answer when they are needed: without a key of their own, or without a model to ask for.
 *
 * @module
 */

import { isLoopback } from "../base/loopback.ts";
import type { Config } from "../config/config.ts";
import { readKeys } from "../config/keys/upstream_keys.ts";
import { profileFor, profileNamed } from "../provider/profiles.ts";
import { type Check, type CheckResult, fail, warn } from "./check.ts";
import type { DoctorFacts } from "./facts.ts";

/** A fallback as the settings name it. */
interface Fallback {
  /** `upstream`, `upstream/model` */
  readonly written: string;
  readonly upstream: string;
  readonly model?: string;
  /** The settings that name it: `upstreams.a.fallback`. */
  readonly by: string;
}

/** All fallbacks of the settings, in order. */
export function fallbacksOf({ upstreams, relay }: Pick<Config, "upstreams" | "relay">): Fallback[] {
  const named = [
    ...[...upstreams].map(([name, { fallback }]) =>
      [`upstreams.${name}.fallback`, fallback] as const
    ),
    ["relay.fallback", relay.fallback] as const,
  ];
  return named.flatMap(([by, list = []]) =>
    list.map((written) => {
      const [upstream = "", ...rest] = written.split("/");
      const model = rest.join("/");
      return { written, upstream, by, ...model !== "" && { model } };
    })
  );
}

/** Each fallback once, whoever names it. */
export const FALLBACK_CHECK: Check<DoctorFacts> = {
  name: "fallback",
  run({ config, world: { context: { env } } }) {
    if (config instanceof Error) return undefined;
    const once = new Map(fallbacksOf(config).toReversed().map((each) => [each.written, each]));
    return [...once.values()].toReversed().flatMap((each): CheckResult[] => {
      const there = config.upstreams.get(each.upstream);
      if (!there) return [];
      const name = `fallback ${each.written}`;
      const keys = readKeys(there, (variable) => env[variable]);
      if (keys.length === 0 && !isLoopback(new URL(there.baseUrl).hostname)) {
        return [{
          ...fail(
            `${each.by} names ${each.written}, which has no key of its own and is never asked: a client's key goes to nobody but whom the client chose`,
            `Set upstreams.${each.upstream}.api_key to env:NAME or file:PATH`,
          ),
          name,
        }];
      }
      const [first] = keys;
      if (first?.fault !== undefined && keys.every(({ fault }) => fault !== undefined)) {
        return [{
          ...fail(
            `${each.by} names ${each.written}, which cannot be asked: ${first.fault}`,
            first.cure,
          ),
          name,
        }];
      }
      const { catalog } =
        (there.provider === undefined ? undefined : profileNamed(there.provider)) ??
          profileFor(new URL(there.baseUrl));
      const known = each.model !== undefined || there.models.length > 0 ||
        (catalog?.models.length ?? 0) > 0;
      return known ? [] : [{
        ...warn(
          `${each.by} names ${each.written} without a model, and none is known there: it is asked for the first one's model`,
          `Write ${each.upstream}/MODEL, or list its models under upstreams.${each.upstream}`,
        ),
        name,
      }];
    });
  },
};
