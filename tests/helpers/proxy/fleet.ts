/**
 * Several providers on loopback behind one app, on a clock that runs 20 times as fast: for who is asked when one of them fails.
 *
 * @module
 */

import { fastClock } from "../clock/fast_clock.ts";
import { seededRandom } from "../clock/fake_clock.ts";
import { testConfig, upstream } from "./app.ts";
import { eventsOf } from "./exchange.ts";
import { isObject, type JsonObject } from "../../../lib/base/json.ts";
import type { Config, UpstreamConfig } from "../../../lib/config/config.ts";
import { metrics } from "../../../lib/observe/metrics.ts";
import { type ExchangeRecord, silent } from "../../../lib/observe/observer.ts";
import { type App, createApp } from "../../../lib/proxy/app.ts";
import {
  type Provider,
  type ProviderOptions,
  startProvider,
} from "../../../lib/simulate/provider.ts";
import { messageText } from "../../../lib/translate/grammar.ts";
import { nodeClient } from "../../../lib/upstream/transport/node_client.ts";
import type { ResponsesEvent } from "../../../lib/wire/responses.ts";

/** One provider of the fleet. */
export interface Ship extends Partial<UpstreamConfig> {
  readonly script: ProviderOptions["script"];
}

/** What a client got. */
export interface Got {
  readonly status: number;
  readonly upstream: string | null;
  readonly events: ResponsesEvent[];
  /** The finished messages and calls, in order. */
  readonly items: string[];
  readonly text: string;
  /** The type of the last event. */
  readonly end: string | undefined;
}

/** A running fleet. */
export interface Fleet {
  readonly providers: Readonly<Record<string, Provider>>;
  readonly records: ExchangeRecord[];
  readonly notices: string[];
  readonly clock: ReturnType<typeof fastClock>;
  readonly app: App;
  ask(options?: {
    path?: string;
    thread?: string;
    body?: JsonObject;
    signal?: AbortSignal;
  }): Promise<Got>;
}

/** Runs `work` with the providers; keys are `sk-<name>` and, in pools, what `env` says. */
export async function withFleet(
  ships: Readonly<Record<string, Ship>>,
  work: (fleet: Fleet) => Promise<void>,
  config: Partial<Config> = {},
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const clock = fastClock(20);
  const providers: Record<string, Provider> = {};
  const upstreams = new Map<string, UpstreamConfig>();
  for (const [name, { script, ...more }] of Object.entries(ships)) {
    const provider = providers[name] = await startProvider({ clock, script });
    upstreams.set(
      name,
      upstream(provider.url, { wire: "responses", provider: "generic", ...more }),
    );
  }
  const records: ExchangeRecord[] = [];
  const notices: string[] = [];
  const kept = metrics({ version: "0" });
  const client = nodeClient({ clock, env: () => undefined });
  const app = createApp({
    config: testConfig({ upstreams, ...config }),
    clock,
    random: seededRandom(3),
    observer: {
      ...silent,
      finished(record) {
        records.push({ ...record });
        kept.finished(record);
      },
      attemptFailed: ({ message }) => notices.push(message),
      notice: (_, message) => notices.push(message),
    },
    env: (name) => env[name],
    version: "0",
    metrics: kept,
    secret: () => Promise.resolve(new Uint8Array(32)),
    net: { clock, client },
  });
  const ask: Fleet["ask"] = async ({ path = "/v1", thread = "t1", body = {}, signal } = {}) => {
    const response = await app.fetch(
      new Request(`http://127.0.0.1:8411${path}/responses`, {
        method: "POST",
        headers: {
          host: "127.0.0.1:8411",
          "content-type": "application/json",
          authorization: "Bearer sk-client",
          originator: "codex_exec",
          "thread-id": thread,
        },
        body: JSON.stringify({
          model: "m",
          stream: true,
          input: [{ type: "message", role: "user", content: "hi" }],
          ...body,
        }),
        ...signal && { signal },
      }),
    );
    const text = await response.text();
    const events = eventsOf(text);
    return {
      status: response.status,
      upstream: response.headers.get("x-sidecar-upstream"),
      events,
      items: events.flatMap(({ type, data: { item } }) =>
        type === "response.output_item.done" && isObject(item) && item.type !== "reasoning"
          ? [item.type === "message" ? messageText(item) : `${item.type} ${item.name}`]
          : []
      ),
      text,
      end: events.at(-1)?.type,
    };
  };
  try {
    await work({ providers, records, notices, clock, app, ask });
  } finally {
    app.close();
    client.close();
    for (const provider of Object.values(providers)) await provider.stop();
  }
}
