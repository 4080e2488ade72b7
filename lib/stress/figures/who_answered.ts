/**
 * Who answered the turns of one upstream: itself with which key, or a fallback and why; how long turns waited for a
 * place, and how many were with an upstream at once.
 *
 * Its rule: the sidecar's own records say it. The head of an answer names who was asked when it went out, which a
 * failure in mid-answer makes untrue.
 *
 * @module
 */

import type { FailureCode } from "../../base/errors.ts";
import type { UpstreamConfig } from "../../config/config.ts";
import type { Measured, Subject, TurnExchange } from "../measured.ts";
import { type Percentiles, percentilesOf } from "./spread.ts";

/** Who answered one turn; of a lost one, who was asked last. */
export interface TurnAnswer {
  readonly upstream: string;
  /** The model that was asked for there. */
  readonly model: string;
  /** Which key, by its number: `acme key 2`; `null` where there is no pool. */
  readonly key: string | null;
  /** How long it waited for a place, in milliseconds; `null` where it did not wait. */
  readonly queued: number | null;
  /** Requests to upstreams in all. */
  readonly attempts: number;
  /** Why it was not the upstream that was asked for; `null` where it was. */
  readonly fallback: FallbackReason | null;
}

/** Why a fallback answered. */
export interface FallbackReason {
  /** The last failure of the upstream that was asked for; `null` where the run saw none. */
  readonly code: FailureCode | null;
  readonly message: string | null;
  /** Whether that failure was of this turn. Otherwise the upstream was not asked, because of an earlier one. */
  readonly asked: boolean;
}

/** The figures of one upstream. */
export interface WhoAnswered {
  /** Complete turns by who answered them, most turns first. */
  readonly answered: readonly {
    readonly upstream: string;
    readonly model: string;
    readonly key: string | null;
    readonly turns: number;
  }[];
  readonly fallbacks: {
    /** Turns that a fallback answered. */
    readonly turns: number;
    /** By the failure that led there. */
    readonly reasons: readonly (Pick<FallbackReason, "code" | "asked"> & {
      readonly turns: number;
    })[];
  };
  /** Turns that waited for a place, in milliseconds; `null` where none did. */
  readonly queue: Percentiles | null;
  /** Upstreams that took part, each key by itself. `limit`: what `concurrency` allows, `null` where nothing is set. */
  readonly atOnce: readonly {
    readonly name: string;
    readonly most: number;
    readonly limit: number | null;
  }[];
  /** The fallbacks of the settings. */
  readonly configured: readonly string[];
}

/** What of a run is needed besides the upstream's own figures. */
export interface RunFacts {
  readonly upstreams: ReadonlyMap<string, UpstreamConfig>;
  readonly mostAtOnce: ReadonlyMap<string, number>;
}

/** Who answered each turn, by {@link turnName}. */
export function turnAnswers({ subject, exchanges }: Measured): Map<string, TurnAnswer> {
  const failures = exchanges.flatMap(({ notes }) =>
    notes.filter(({ upstream }) => upstream === subject.upstream)
  );
  const last = failures.at(-1);
  return new Map(exchanges.map((exchange) => {
    const { record: { upstream, model, key = null, queued = null, attempts }, notes } = exchange;
    const own = notes.findLast((note) => note.upstream === subject.upstream);
    const { code = null, message = null } = own ?? last ?? {};
    const fallback = isOwn(exchange, subject) ? null : { code, message, asked: own !== undefined };
    return [turnName(exchange), { upstream, model, key, queued, attempts, fallback }];
  }));
}

/** `3.2`: the second turn of the third conversation. */
export function turnName({ conversation, turn }: Pick<TurnExchange, "conversation" | "turn">) {
  return `${conversation}.${turn}`;
}

/** Whether the upstream that was asked for answered, with the model that was asked for. */
export function isOwn({ record }: TurnExchange, { upstream, model }: Subject): boolean {
  return record.upstream === upstream && record.model === model;
}

/** Computes the figures. */
export function whoAnswered(
  measured: Measured,
  { upstreams, mostAtOnce }: RunFacts,
): WhoAnswered {
  const { subject, samples } = measured;
  const answers = turnAnswers(measured);
  const complete = samples.filter(({ outcome }) => outcome === "whole").flatMap((sample) =>
    answers.get(turnName(sample)) ?? []
  );
  const fallbacks = complete.flatMap(({ fallback }) => fallback ?? []);
  const waits = [...answers.values()].map(({ queued }) => queued);
  const took = new Set([subject.upstream, ...[...answers.values()].map((one) => one.upstream)]);
  return {
    answered: counted(complete.map(({ upstream, model, key }) => ({ upstream, model, key }))),
    fallbacks: {
      turns: fallbacks.length,
      reasons: counted(fallbacks.map(({ code, asked }) => ({ code, asked }))),
    },
    queue: percentilesOf(waits),
    atOnce: [...mostAtOnce].flatMap(([lane, most]) => {
      const [name, upstream] = laneNames(lane);
      if (most === 0 || !took.has(upstream)) return [];
      return [{ name, most, limit: upstreams.get(upstream)?.concurrency ?? null }];
    }),
    configured: upstreams.get(subject.upstream)?.fallback ?? [],
  };
}

/** A key's name to show and its upstream: a digest of a client's own key tells nobody anything. */
function laneNames(lane: string): [name: string, upstream: string] {
  const [, upstream = lane, pool] = /^(.*?)(?:( key \d+)| [0-9a-f]{8})?$/.exec(lane) ?? [];
  return [`${upstream}${pool ?? ""}`, upstream];
}

/** Equal ones once, with how many there are; most first. */
function counted<T extends object>(all: readonly T[]): (T & { turns: number })[] {
  const counts = new Map<string, T & { turns: number }>();
  for (const one of all) {
    const name = JSON.stringify(one);
    const known = counts.get(name);
    if (known) known.turns++;
    else counts.set(name, { ...one, turns: 1 });
  }
  return [...counts.values()].sort((a, b) => b.turns - a.turns);
}
