/**
 * One exchange on real sockets against the simulated provider, read whole.
 *
 * @module
 */

import { fastClock } from "../clock/fast_clock.ts";
import { sleep } from "../../../lib/base/clock.ts";
import { seededRandom } from "../clock/fake_clock.ts";
import { testConfig } from "./app.ts";
import type { Config, Retry, Timeouts } from "../../../lib/config/config.ts";
import type { JsonObject } from "../../../lib/base/json.ts";
import { parseJson } from "../../../lib/base/json.ts";
import {
  combineObservers,
  type ExchangeRecord,
  type Observer,
  silent,
} from "../../../lib/observe/observer.ts";
import type { CodexTraits } from "../../../lib/proxy/codex_version.ts";
import { exchange } from "../../../lib/proxy/exchange.ts";
import { Learned } from "../../../lib/proxy/route/learned/learned.ts";
import { routeTo } from "../../../lib/proxy/route/route.ts";
import { nodeClient } from "../../../lib/upstream/transport/node_client.ts";
import type { StatusForm } from "../../../lib/proxy/status/status_client.ts";
import type { Target } from "../../../lib/proxy/route/target.ts";
import { profileNamed } from "../../../lib/provider/profiles.ts";
import type { SeenRequest } from "../../../lib/simulate/provider.ts";
import { type Provider, startProvider } from "../../../lib/simulate/provider.ts";
import type { Script } from "../../../lib/simulate/script.ts";
import type { ResponsesEvent } from "../../../lib/wire/responses.ts";
import { sseReader } from "../../../lib/wire/sse.ts";

/** How one exchange is set up; times are those of a clock that runs 20 times as fast. */
export interface Setup {
  readonly script: (request: SeenRequest, n: number) => Script;
  readonly body?: JsonObject;
  readonly timeouts?: Partial<Timeouts>;
  readonly retry?: Partial<Retry>;
  readonly config?: Partial<Config>;
  readonly target?: Partial<Target>;
  readonly codex?: boolean;
  /** How its version reads endings. @default as the newest one does */
  readonly traits?: CodexTraits;
  /** How the client is shown what it waits for. @default it is shown nothing */
  readonly status?: StatusForm;
  /** Whether the client waits for one JSON object. */
  readonly complete?: boolean;
  /** The path of the base. Default `/v1`. */
  readonly path?: string;
  /** What the process knows of upstreams. Default: nothing. */
  readonly learned?: Learned;
  readonly headers?: HeadersInit;
  /** Leaves when the provider has had the request for this many milliseconds of real time. */
  readonly leaveAfter?: number;
  /** Hears everything too. */
  readonly observer?: Observer;
  /** Called while the exchange runs. */
  readonly meanwhile?: (provider: Provider) => Promise<void>;
}

/** What came of it. */
export interface Result {
  readonly status: number;
  readonly text: string;
  readonly events: ResponsesEvent[];
  /** The last finished message's text, and all finished items in short. */
  readonly posts: readonly SeenRequest[];
  readonly record: ExchangeRecord;
  /** How each upstream request ended. */
  readonly overs: { readonly how: string }[];
}

/** Runs it to its end. */
export async function runExchange(setup: Setup): Promise<Result> {
  const clock = fastClock(20);
  const provider = await startProvider({ clock, script: setup.script });
  const client = nodeClient({ clock, env: () => undefined });
  const records: ExchangeRecord[] = [];
  const left = new AbortController();
  const config = testConfig({ heartbeat: { interval: 10_000 }, ...setup.config });
  const limits = { ...config.limits, event: 1 << 24 };
  try {
    const { response, done } = await exchange({
      id: "test",
      codex: setup.codex ?? false,
      ...setup.traits && { traits: setup.traits },
      status: setup.status,
      complete: setup.complete ?? false,
      query: "",
      body: setup.body ??
        { model: "m", stream: true, input: [{ type: "message", role: "user", content: "hi" }] },
      signal: left.signal,
      routes: [routeTo(
        {
          name: "sim",
          title: "Sim",
          base: provider.url.replace(/\/v1$/, setup.path ?? "/v1"),
          wire: "responses",
          profile: profileNamed("generic")!,
          timeouts: { ...config.timeouts, ...setup.timeouts },
          retry: { ...config.retry, ...setup.retry },
          key: undefined,
          ...setup.target,
        },
        new Headers({ authorization: "Bearer sk-test-0123456789", ...setup.headers }),
        clock.wall,
      )],
    }, {
      config: { ...config, limits },
      random: seededRandom(3),
      learned: setup.learned ?? new Learned(),
      net: { clock, client },
      observer: combineObservers(
        { ...silent, finished: (record) => records.push({ ...record }) },
        setup.observer ?? silent,
      ),
    });
    if (setup.leaveAfter !== undefined) {
      while (provider.posts.length === 0) await sleep(clock, 20, left.signal);
      setTimeout(() => response.body?.cancel().then(() => left.abort()), setup.leaveAfter);
    }
    const reading = setup.leaveAfter === undefined ? response.text() : Promise.resolve("");
    await setup.meanwhile?.(provider);
    const text = await reading;
    await done;
    const overs = await Promise.all(provider.posts.map(({ over }) => over));
    return {
      status: response.status,
      text,
      events: eventsOf(text),
      posts: provider.posts,
      record: records[0]!,
      overs,
    };
  } finally {
    await provider.stop();
  }
}

/** The events of a response body. */
export function eventsOf(text: string): ResponsesEvent[] {
  return sseReader({ maxEvent: 1 << 24 }).push(new TextEncoder().encode(text)).flatMap(
    ({ data }) => {
      const json = parseJson(data) as JsonObject | undefined;
      return json ? [{ type: String(json.type), data: json }] : [];
    },
  );
}
