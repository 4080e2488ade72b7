/**
 * The document that the dashboard shows and the commands read: its shape, checked where it is read and by a test.
 *
 * Its rule: figures, names and the sentences that users read; never a text of a conversation, never a key. Times are
 * milliseconds, moments milliseconds since 1970.
 *
 * @module
 */

import * as v from "valibot";

const name = v.pipe(v.string(), v.maxLength(200));
const count = v.pipe(v.number(), v.minValue(0));
const maybe = v.nullable(count);

/** A sentence in both languages of the page. */
const sentence = v.strictObject({ en: v.string(), zh: v.string() });

/** A stretch of a turn: what happened from one moment to another, since its beginning. */
const span = v.tuple([
  v.picklist(["wait", "pause", "think", "answer", "silence"]),
  count,
  count,
]);
/** A moment of a turn, since its beginning. */
const point = v.tuple([v.picklist(["heartbeat", "break", "replay", "retry"]), count]);

const timeline = v.strictObject({ spans: v.array(span), points: v.array(point) });

const tokens = v.strictObject({ input: count, cached: count, output: count, reasoning: count });

const cost = v.strictObject({ currency: v.string(), amount: count });

/** A turn that runs. */
const running = v.strictObject({
  id: name,
  client: name,
  model: name,
  upstream: name,
  helper: v.nullable(name),
  started: count,
  age: count,
  attempt: count,
  of: count,
  heartbeats: count,
  /** What it is doing: the kind of a `WaitFact`, and its words. */
  doing: v.string(),
  says: sentence,
  timeline,
});

/** A turn that is over. */
const finished = v.strictObject({
  id: name,
  at: count,
  client: name,
  model: name,
  upstream: name,
  /** The key of a pool, by its name. */
  keyName: name,
  /** The user of a team's gateway; empty where there are none. */
  user: name,
  helper: v.nullable(name),
  outcome: v.picklist(["completed", "incomplete", "failed", "refused", "client_gone", "passed"]),
  status: count,
  code: v.nullable(v.string()),
  /** The sentence that the user read. */
  message: v.nullable(v.string()),
  firstContent: maybe,
  longestSilence: count,
  duration: count,
  heartbeats: count,
  attempts: count,
  replays: count,
  tokens: v.nullable(tokens),
  cost: v.nullable(cost),
  timeline,
});

/** One column for each stretch of time, oldest first; `null` where there is no figure. */
const series = v.strictObject({
  at: v.array(count),
  requests: v.array(count),
  failed: v.array(count),
  firstContent50: v.array(maybe),
  firstContent90: v.array(maybe),
  gap50: v.array(maybe),
  gap90: v.array(maybe),
});

/** What was used: of one model, upstream or day, or of all. */
const used = v.strictObject({
  name,
  requests: count,
  failed: count,
  tokens,
  /** One entry a currency, of the requests whose price is known. */
  cost: v.array(cost),
  /** Requests with tokens whose price is not known. */
  unpriced: count,
});

const upstream = v.strictObject({
  ...used.entries,
  /** By its last turns: none failed, some, most; `idle` where there are none. */
  health: v.picklist(["good", "unsteady", "failing", "idle"]),
  /** The share of input tokens that came from the provider's cache; `null` where no tokens were counted. */
  cacheRate: maybe,
  /** The last failure, and what to do; `null` where its last turns were well. */
  trouble: v.nullable(v.strictObject({
    code: v.string(),
    message: v.string(),
    at: count,
    todo: sentence,
    link: v.nullable(v.string()),
  })),
  series,
});

/** A key of an upstream that is not asked now, or that requests wait for. */
const key = v.strictObject({ name, says: sentence });

/** What runs now. */
export const liveSchema = v.strictObject({
  now: count,
  /** Keys in trouble. */
  keys: v.array(key),
  live: v.array(running),
  /** Running turns that are not listed. */
  more: count,
});

/** The whole document. */
export const stateSchema = v.strictObject({
  /** Raised when an older reader would misread it. */
  format: v.literal(1),
  version: v.string(),
  started: count,
  /** When the oldest turn that is known ended, and whether turns outlive a restart; `null`: they do not. */
  since: count,
  kept: maybe,
  ...liveSchema.entries,
  turns: v.array(finished),
  upstreams: v.array(upstream),
});

/** What was used since a moment. */
export const usageSchema = v.strictObject({
  format: v.literal(1),
  since: count,
  until: count,
  by: v.picklist(["model", "upstream", "key", "user", "day"]),
  rows: v.array(used),
  total: used,
});

export type HistoryState = v.InferOutput<typeof stateSchema>;
export type LiveState = v.InferOutput<typeof liveSchema>;
export type RunningTurn = v.InferOutput<typeof running>;
export type FinishedTurn = v.InferOutput<typeof finished>;
export type UpstreamState = v.InferOutput<typeof upstream>;
export type Series = v.InferOutput<typeof series>;
export type Used = v.InferOutput<typeof used>;
export type Usage = v.InferOutput<typeof usageSchema>;
export type UsageBy = Usage["by"];
export type KeyTrouble = v.InferOutput<typeof key>;
export type Timeline = v.InferOutput<typeof timeline>;
export type Cost = v.InferOutput<typeof cost>;
