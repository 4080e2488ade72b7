/**
 * Turns checked values into the shape the program uses, and checks what only several values together can show.
 *
 * @module
 */

import * as v from "valibot";
import { isLoopback } from "../base/loopback.ts";
import type { Config, KeySource, SearchConfig, Timeouts, UpstreamConfig } from "./config.ts";
import type { Gathered, GatheredName } from "./finding.ts";
import { settings, type Values } from "./schema.ts";
import { didYouMean } from "./suggest.ts";
import { type UpstreamValues } from "./upstream_schema.ts";
import { userOf } from "./user_schema.ts";

/**
 * Builds the configuration. Adds to `problems` each value that is missing or does not fit the others.
 *
 * @param globals holds a value for every key of `settings`, its default at least
 */
export function assemble(
  globals: Gathered,
  upstreams: ReadonlyMap<string, GatheredName>,
  users: ReadonlyMap<string, GatheredName>,
  problems: string[],
): Config {
  // Every value came out of the schema of its own row, which is what `Values` says.
  const get = Object.fromEntries(globals.values) as Values;
  const host = get["listen.host"];
  const open = get["listen.token"] === null && users.size === 0;
  if (!isLoopback(host) && open && !globals.labels.has("listen.token")) {
    const label = globals.labels.get("listen.host") ?? "listen.host";
    problems.push(
      `${label} is ${JSON.stringify(host)}, beyond loopback, where anyone could use your keys.` +
        " Set listen.token, or listen on 127.0.0.1",
    );
  }
  return {
    listen: {
      host,
      port: get["listen.port"],
      token: get["listen.token"],
      trustedProxies: get["listen.trusted_proxies"],
    },
    users: new Map([...users].map(([name, user]) => [name, userOf(user, problems)])),
    heartbeat: { interval: get["heartbeat.interval"] },
    status: { after: get["status.after"], language: get["status.language"] },
    headGrace: get["head_grace"],
    clientTimeout: get["timeouts.client"],
    timeouts: timeouts(get),
    chosenTimeouts: chosen(globals),
    retry: {
      attempts: get["retry.attempts"],
      maxWait: get["retry.max_wait"],
      beforeFallback: get["retry.before_fallback"],
    },
    limits: {
      body: get["limits.body"],
      event: get["limits.event"],
      toolCalls: get["limits.tool_calls"],
    },
    relay: {
      hosts: get["relay.hosts"],
      fallback: fallbacks(get["relay.fallback"], undefined, {
        upstreams,
        label: globals.labels.get("relay.fallback") ?? "relay.fallback",
        problems,
      }),
    },
    search: search(get, globals, problems),
    helpers: { model: get["helpers.model"] },
    vision: { model: named(globals, upstreams, "vision.model", problems) },
    images: { upstream: named(globals, upstreams, "images.upstream", problems) },
    upstreams: new Map(
      [...upstreams].map((
        [name, gathered],
      ) => [name, upstream(name, gathered, upstreams, problems)]),
    ),
    state: get["state"],
    drain: { notice: get["drain.notice"], limit: get["drain.limit"] },
    history: get["history"],
    prices: get["prices"],
    log: { level: get["log.level"], format: get["log.format"], dir: get["log.dir"] },
  };
}

/** A setting that begins with the name of an upstream; a problem where there is no such upstream. */
function named(
  { values, labels }: Gathered,
  upstreams: ReadonlyMap<string, GatheredName>,
  key: "vision.model" | "images.upstream",
  problems: string[],
): string | null {
  const value = (Object.fromEntries(values) as Values)[key];
  const name = value?.split("/", 1)[0];
  if (value === null || name === undefined || upstreams.has(name)) return value;
  const label = labels.get(key) ?? key;
  const there = [...upstreams.keys()];
  const list = there.length === 0 ? "there is none" : `there is ${there.join(", ")}`;
  problems.push(
    `${label} names the upstream ${JSON.stringify(name)}, which upstreams does not hold; ${list}${
      didYouMean(name, there)
    }`,
  );
  return value;
}

function search(get: Values, { labels }: Gathered, problems: string[]): SearchConfig {
  const { "search.via": via, "search.url": url } = get;
  if (via === "searxng" && url === null && !labels.has("search.url")) {
    const label = labels.get("search.via") ?? "search.via";
    problems.push(`${label} is searxng, which needs search.url, such as http://127.0.0.1:8080`);
  }
  return { via, url, apiKeyEnv: get["search.api_key"] };
}

/** A list of upstreams that answer for another one; a problem for each that is not there, or is that one itself. */
function fallbacks(
  written: readonly string[],
  own: string | undefined,
  { upstreams, label, problems }: {
    readonly upstreams: ReadonlyMap<string, unknown>;
    readonly label: string;
    readonly problems: string[];
  },
): readonly string[] {
  for (const each of written) {
    const name = each.split("/", 1)[0] ?? each;
    const there = [...upstreams.keys()];
    if (!upstreams.has(name)) {
      problems.push(
        `${label} names the upstream ${JSON.stringify(name)}, which upstreams does not hold${
          didYouMean(name, there)
        }`,
      );
    } else if (each === own) problems.push(`${label} names the upstream itself`);
  }
  return written;
}

function keySource(written: string): KeySource {
  const [from = "", ...rest] = written.split(":");
  return { from: from === "file" ? "file" : "env", name: rest.join(":") };
}

function upstream(
  name: string,
  { values, labels, label }: GatheredName,
  upstreams: ReadonlyMap<string, unknown>,
  problems: string[],
): UpstreamConfig {
  const get = Object.fromEntries(values) as UpstreamValues;
  if (!labels.has("base_url")) {
    problems.push(`${label} makes an upstream without base_url, such as https://host/v1`);
  }
  const keys = (get.api_key ?? []).map(keySource);
  const pool = keys.length > 1 || keys[0]?.from === "file";
  const fallback = fallbacks(get.fallback ?? [], name, {
    upstreams,
    label: labels.get("fallback") ?? "fallback",
    problems,
  });
  return {
    baseUrl: get.base_url ?? "",
    models: get.models ?? [],
    timeouts: given(timeouts(get)),
    retry: given({
      attempts: get["retry.attempts"],
      maxWait: get["retry.max_wait"],
      beforeFallback: get["retry.before_fallback"],
    }),
    ...given({
      wire: get.wire,
      provider: get.provider,
      apiKeyEnv: keys.find(({ from }) => from === "env")?.name,
      apiKeys: pool ? keys : undefined,
      fallback: fallback.length > 0 ? fallback : undefined,
      concurrency: get.concurrency ?? undefined,
    }),
  };
}

/**
 * The deadlines that the user set to another value than the default. A default that is written down chooses nothing,
 * because the example file writes all of them down.
 */
function chosen({ values, labels }: Gathered): Partial<Timeouts> {
  const written = [...values].filter(([key, value]) =>
    labels.has(key) &&
    value !==
      v.parse(settings[key as keyof Values].kind.schema, settings[key as keyof Values].fallback)
  );
  return given(timeouts(Object.fromEntries(written) as Partial<Values>));
}

type Deadlines<T> = { readonly [K in keyof Timeouts]: T };

function timeouts(get: Values): Deadlines<number>;
function timeouts(get: Partial<Values> | UpstreamValues): Deadlines<number | undefined>;
function timeouts(get: Partial<Values> | UpstreamValues): Deadlines<number | undefined> {
  return {
    connect: get["timeouts.connect"],
    head: get["timeouts.head"],
    firstEvent: get["timeouts.first_event"],
    silence: get["timeouts.silence"],
    progress: get["timeouts.progress"],
  };
}

/** Leaves out what is `undefined`, so that spreading it over defaults keeps them. */
function given<T extends object>(all: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const set = Object.entries(all).filter(([, value]) => value !== undefined);
  return Object.fromEntries(set) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
