/**
 * The history of turns: those that run, the last ones that ended, and the figures of many more. It is fed as an observer
 * and asked by the dashboard, never by the data path.
 *
 * Its rule: memory is bounded by the constants below, and what comes from outside is masked and shortened before it is kept.
 *
 * @module
 */

import { cleanLine } from "../../base/clean.ts";
import type { Clock } from "../../base/clock.ts";
import { boundedLabels } from "../metrics_labels.ts";
import type { ExchangeRecord, Observer } from "../observer.ts";
import type {
  Cost,
  FinishedTurn,
  HistoryState,
  LiveState,
  Usage,
  UsageBy,
  Used,
} from "./document.ts";
import { type Figures, usageOf } from "./figures.ts";
import { Running } from "./running.ts";
import { upstreamState } from "./upstream_state.ts";

/** Finished turns that are listed. */
const MOST_TURNS = 200;
/** Finished turns whose figures are kept in memory. */
const MOST_FIGURES = 10_000;
/** Different names of models, upstreams and clients; later ones count as `other`. */
const MOST_NAMES = 200;
/** The longest sentence that is kept, in characters. */
const MAX_MESSAGE = 1_000;

/** The settings of {@link openHistory}. */
export interface HistoryOptions {
  readonly clock: Clock;
  readonly version: string;
  /** What tokens cost; `null` where no price is known. @default no price is known */
  readonly costOf?: (upstream: string, model: string, tokens: Used["tokens"]) => Cost | null;
  /** Where figures outlive a restart. @default nowhere */
  readonly store?: HistoryStore | undefined;
  /** Where the documentation is, with a slash at its end. @default nobody knows */
  readonly docs?: string | null;
}

/** Figures on a disk. It never throws: what it cannot write it reports by itself. */
export interface HistoryStore {
  /** How long they are kept, in milliseconds. */
  readonly period: number;
  add(figures: Figures): void;
  /** Those since a moment, oldest first, the latest `most` of them. */
  read(since: number, most: number): Figures[];
  close(): void;
}

/** What the dashboard and the commands ask. */
export interface HistoryView {
  /** Everything. */
  state(): HistoryState;
  /** What runs now. */
  live(): LiveState;
  /** What was used since a moment. */
  usage(since: number, by: UsageBy): Usage;
  /** How often something began, ended or went on: a reader who saw this number has seen it all. */
  readonly changes: { readonly live: number; readonly turns: number };
}

/** A history that observes. */
export interface History extends Observer, HistoryView {
  /** Writes what is left. */
  close(): void;
}

/** Opens a history. */
export function openHistory(options: HistoryOptions): History {
  const { clock, version, store, costOf = () => null, docs = null } = options;
  const started = clock.wall();
  const turns: FinishedTurn[] = [];
  const figures = new Ring<Figures>(MOST_FIGURES);
  for (const one of store?.read(started - store.period, MOST_FIGURES) ?? []) figures.push(one);
  const models = boundedLabels(MOST_NAMES);
  const upstreams = boundedLabels(MOST_NAMES);
  const keys = boundedLabels(MOST_NAMES);
  const clients = boundedLabels(MOST_NAMES);
  let changed = 0;
  const running = new Running(clock, { models, upstreams, clients });

  function finished(record: ExchangeRecord): void {
    const live = running.end(record.id);
    if (!isTurn(record)) return;
    const model = models(record.model);
    const upstream = upstreams(record.upstream);
    const tokens = record.usage ?? null;
    const { outcome, code = null, firstContent, longestSilence, duration } = record;
    const { attempts, replays, heartbeats } = record;
    const one: Figures = {
      at: clock.wall(),
      upstream,
      keyName: record.key === undefined ? upstream : keys(record.key),
      user: record.user === undefined ? "" : clients(record.user),
      model,
      outcome,
      code,
      firstContent: rounded(firstContent),
      longestSilence: Math.round(longestSilence),
      duration: Math.round(duration),
      attempts,
      replays,
      heartbeats,
      tokens: tokens && { ...tokens },
      cost: tokens && costOf(record.upstream, record.model, tokens),
    };
    figures.push(one);
    store?.add(one);
    turns.push({
      ...one,
      id: record.id,
      client: record.user === undefined ? live?.turn.client ?? "none" : clients(record.user),
      helper: record.helper ?? live?.helper ?? null,
      status: record.status,
      message: record.message === undefined ? null : cleanLine(record.message, MAX_MESSAGE),
      timeline: live?.turn.timeline() ?? { spans: [], points: [] },
    });
    if (turns.length > 2 * MOST_TURNS) turns.splice(0, turns.length - MOST_TURNS);
    changed++;
  }

  const live = (): LiveState => ({ now: clock.wall(), keys: [], ...running.list() });

  return {
    get changes() {
      return { live: running.changes, turns: changed };
    },
    began: (start) => running.began(start),
    passing: (start) => running.passing(start),
    finished,
    progress: (id, what) => running.progress(id, what),
    attemptFailed: () => {},
    notice: () => {},
    live,
    state() {
      const now = clock.wall();
      const all = figures.list();
      const byUpstream = Map.groupBy(all, ({ upstream }) => upstream);
      return {
        format: 1,
        version,
        started,
        since: all[0]?.at ?? now,
        kept: store?.period ?? null,
        ...live(),
        turns: turns.slice(-MOST_TURNS).reverse(),
        upstreams: [...byUpstream].map(([name, list]) =>
          upstreamState({ name, figures: list, turns, now, docs })
        ),
      };
    },
    usage(since, by) {
      const list = store?.read(since, Infinity) ?? figures.list();
      return usageOf(list, { since, until: clock.wall(), by });
    },
    close: () => store?.close(),
  };
}

/** Whether it was a model that was asked, and not a list or a file. */
function isTurn({ path, usage }: ExchangeRecord): boolean {
  return usage !== undefined || /\/(?:responses|completions|messages)$/.test(path);
}

function rounded(ms: number | null): number | null {
  return ms === null ? null : Math.round(ms);
}

/** The last values of a list that grows without an end. */
class Ring<T> {
  #items: T[] = [];
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  push(item: T): void {
    this.#items.push(item);
    if (this.#items.length >= 2 * this.#most) this.#items = this.list();
  }

  list(): T[] {
    return this.#items.slice(-this.#most);
  }
}
