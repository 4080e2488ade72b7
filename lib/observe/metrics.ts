/**
 * Metrics for Prometheus: counts and durations of exchanges, by upstream, model, outcome and failure.
 *
 * They are counted from the records that the log gets too, not on the data path. A label that a client chooses takes a
 * bounded number of values, so that no client can fill the memory with names.
 *
 * @module
 */

import { Counter, Gauge, Histogram, Registry } from "@platformatic/prom-client";
import { type FailureCode, isDeadline } from "../base/errors.ts";
import type { KeyHealth } from "./key_health.ts";
import { keyMetrics } from "./key_metrics.ts";
import type { StateHealth } from "../base/state/health.ts";
import { boundedLabels } from "./metrics_labels.ts";
import type { AttemptNote, ExchangeRecord, Observer } from "./observer.ts";
import { stateMetrics } from "./state_metrics.ts";

/** The settings of {@link metrics}. */
interface MetricsOptions {
  readonly version: string;
  /** The most values of `upstream`, and of `model`; a later value counts as `other`. @default {50} */
  readonly most?: number;
}

/** An observer that counts, and shows its counts. */
interface Metrics extends Observer {
  /** The media type of {@link expose}'s text. */
  readonly contentType: string;
  /**
   * All metrics in Prometheus' text format 0.0.4.
   *
   * @param live how many exchanges are running
   * @param keys how the keys of the upstreams are. @default none was used
   * @param state how what replicas share is. @default nothing is shared
   */
  expose(live: number, keys?: readonly KeyHealth[], state?: StateHealth): Promise<string>;
}

/** Users of a team's gateway with labels of their own. */
const MOST_USERS = 10_000;

/** Bounds of the histograms in seconds: from a quick response head to a model that reasons for ten minutes. */
const SECONDS = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 180, 300, 480, 600];

/** Creates the metrics, all of them at 0, in a registry of their own. */
export function metrics({ version, most = 50 }: MetricsOptions): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter({ name: `sidecar_${name}_total`, help, labelNames, registers });
  const histogram = (name: string, help: string) =>
    new Histogram({
      name: `sidecar_${name}_seconds`,
      help,
      labelNames: ["upstream"],
      buckets: SECONDS,
      registers,
    });

  new Gauge({ name: "sidecar_build_info", help: "Always 1", labelNames: ["version"], registers })
    .set({ version }, 1);
  const running = new Gauge({
    name: "sidecar_live_exchanges",
    help: "Exchanges running now",
    registers,
  });
  const exchanges = counter(
    "exchanges",
    "Exchanges that are over, by what the client saw",
    "upstream",
    "model",
    "outcome",
  );
  const helpers = counter(
    "helper_exchanges",
    "Those among them that are Codex's helper requests, by what they are for",
    "upstream",
    "kind",
    "outcome",
  );
  const failures = counter("failures", "Exchanges that failed, by reason", "upstream", "code");
  const cancels = counter("client_cancels", "Exchanges that the client left", "upstream");
  const retries = counter(
    "retries",
    "Requests sent again before the client had content, by reason",
    "upstream",
    "code",
  );
  const replays = counter(
    "replays",
    "Requests sent again after the client had content, by reason",
    "upstream",
    "code",
  );
  const cuts = counter(
    "clock_cuts",
    "Attempts that a deadline ended, by deadline",
    "upstream",
    "code",
  );
  const heartbeats = counter("beats", "Heartbeats written to clients", "upstream");
  const tokens = counter(
    "tokens",
    "Tokens as providers count them; cached are part of input, reasoning of output",
    "upstream",
    "model",
    "kind",
  );
  const userExchanges = counter(
    "user_exchanges",
    "Exchanges of the users of a team's gateway, by what the client saw",
    "user",
    "outcome",
  );
  const userTokens = counter(
    "user_tokens",
    "Tokens of the users of a team's gateway, as providers count them",
    "user",
    "kind",
  );
  const userRefusals = counter(
    "user_refusals",
    "Requests of the users of a team's gateway that were refused, by reason",
    "user",
    "code",
  );
  const head = histogram("head", "From the request to the upstream's first response head");
  const content = histogram("first_content", "From the request to the first content");
  const gap = histogram("longest_gap", "Longest time without a byte from upstream, an exchange");
  const duration = histogram("exchange", "From the request to the end of the answer");

  const queued = histogram("queue", "How long exchanges that had to wait waited for their turn");
  const health = keyMetrics(registers, most);
  const shared = stateMetrics(registers);

  const upstreams = boundedLabels(most);
  const models = boundedLabels(most);
  // Their names come from the settings
  const users = boundedLabels(MOST_USERS);
  const seconds = (of: typeof head, upstream: string, ms: number | null) => {
    if (ms !== null) of.observe({ upstream }, ms / 1_000);
  };
  const cut = (upstream: string, code: FailureCode | undefined) => {
    if (code !== undefined && isDeadline(code)) cuts.inc({ upstream, code });
  };

  return {
    contentType: registry.contentType,
    expose(live, keys = [], state) {
      running.set(live);
      health(keys);
      shared(state);
      return Promise.resolve(registry.metrics());
    },
    finished(record: ExchangeRecord) {
      const { outcome, code, usage } = record;
      const upstream = upstreams(record.upstream);
      const model = models(record.model);
      exchanges.inc({ upstream, model, outcome });
      const { helper: kind } = record;
      if (kind !== undefined) helpers.inc({ upstream, kind, outcome });
      if (outcome === "client_gone") cancels.inc({ upstream });
      if (code !== undefined) failures.inc({ upstream, code });
      cut(upstream, code);
      if (record.heartbeats > 0) heartbeats.inc({ upstream }, record.heartbeats);
      for (const [kind, count] of Object.entries(usage ?? {})) {
        tokens.inc({ upstream, model, kind }, count);
      }
      if (record.user !== undefined) {
        const user = users(record.user);
        userExchanges.inc({ user, outcome });
        for (const [kind, count] of Object.entries(usage ?? {})) {
          userTokens.inc({ user, kind }, count);
        }
      }
      seconds(head, upstream, record.head);
      seconds(content, upstream, record.firstContent);
      seconds(gap, upstream, record.longestSilence);
      seconds(duration, upstream, record.duration);
      if (record.queued !== undefined) seconds(queued, upstream, record.queued);
    },
    attemptFailed(note: AttemptNote) {
      const upstream = upstreams(note.upstream);
      (note.phase === "after_content" ? replays : retries).inc({ upstream, code: note.code });
      cut(upstream, note.code);
    },
    notice(_level, _message, { user, code } = {}) {
      if (typeof user !== "string" || typeof code !== "string") return;
      userRefusals.inc({ user: users(user), code });
    },
  };
}
