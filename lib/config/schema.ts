/**
 * Every setting, once: its key, what it takes, its default as a user would write it, and one line of meaning.
 *
 * A new setting is a row here (one of an upstream in `upstream_schema.ts`), a line in `config.example.yaml` and a field in
 * `config.ts`; the file, the environment and "did you mean" follow from the row.
 *
 * @module
 */

import type { InferOutput } from "valibot";
import * as kind from "./kinds.ts";
import { stateKind } from "./state/kind.ts";

/** One setting. */
export interface Setting {
  readonly kind: kind.Kind<unknown>;
  /** As written in YAML: `10s`, `[]`, `null`; `undefined` where there is none. */
  readonly fallback: string | number | null | readonly string[] | undefined;
  /** What it does, one line. */
  readonly doc: string;
}

/**
 * The version of the settings file, which its key `version` may name. It grows when an older sidecar would misread the file.
 * Neither a variable nor a flag sets it.
 */
export const SETTINGS_VERSION = 1;

const deadline = kind.duration("100ms", "24h");
const listenHost = kind.text(
  "an address or host name without port",
  /^(\[[0-9a-f:.]+\]|[\w.:-]+)$/i,
  (host) => host.replace(/^\[|\]$/g, "").toLowerCase(),
);
const token = kind.text(
  "visible ASCII characters without spaces, the more the better",
  /^[!-~]{1,256}$/,
);
const relayHost = kind.text(
  "a host, or host:port",
  /^([a-z0-9.-]+|\[[0-9a-f:.]+\])(:\d{1,5})?$/i,
  (host) => host.toLowerCase(),
);
const folder = kind.text("a folder", /\S/);
const model = kind.text("a model's name, or upstream/model", /^\S{1,256}$/);
const upstreamModel = kind.text("upstream/model", /^[^\s/]+\/\S{1,256}$/);
const upstreamName = kind.text("the name of an upstream", /^[^\s/]+$/);

/** Who may search the web. */
export const searchNames = ["provider", "tavily", "exa", "brave", "searxng", "off"] as const;

/** One of `upstreams`, with the model that is asked for there. */
export const upstreamOrModel: kind.Kind<string> = kind.text(
  "an upstream's name, or upstream/model",
  /^[A-Za-z][A-Za-z0-9._-]{0,63}(?:\/\S+)?$/,
);

/** The settings outside `upstreams`, by key path. */
export const settings = {
  "listen.host": row(
    listenHost,
    "127.0.0.1",
    "address to listen on; anything beyond this machine needs `listen.token`",
  ),
  "listen.port": row(kind.wholeNumber(0, 65_535), 8411, "port to listen on; 0 takes any free one"),
  "listen.token": row(
    kind.hidden(kind.orNone(token)),
    null,
    "what a client must send, as `Authorization: Bearer` or `x-sidecar-token`; required to listen beyond this machine",
  ),
  "listen.trusted_proxies": row(
    kind.list("a list of addresses or networks, such as 10.0.0.0/8", kind.network),
    [],
    "balancers in front: only these may say in `X-Forwarded-For` who the client is",
  ),
  "heartbeat.interval": row(
    kind.duration("100ms", "60s"),
    "10s",
    "the longest silence that Codex ever sees: after it a heartbeat is sent",
  ),
  "status.after": row(
    kind.orOff(kind.duration("1s", "1h")),
    "8s",
    "say in Codex's status line what it waits for after this much silence; `off` says nothing, and so does `status: off`",
  ),
  "status.language": row(
    kind.choice(["auto", "en", "zh"]),
    "auto",
    "language of the status line; `auto` is the system's",
  ),
  "head_grace": row(
    kind.duration("0s", "1h"),
    "45s",
    "answer 200 and send heartbeats after this long without an answer from upstream",
  ),
  "timeouts.connect": row(
    deadline,
    "15s",
    "longest wait for a connection, from the first packet on",
  ),
  "timeouts.head": row(
    deadline,
    "5m",
    "longest wait for the response head, once the request is sent",
  ),
  "timeouts.first_event": row(
    deadline,
    "8m",
    "longest wait for the first content, once the head has come",
  ),
  "timeouts.silence": row(deadline, "3m", "longest wait for the next byte, once content has come"),
  "timeouts.progress": row(
    deadline,
    "8m",
    "longest wait for the next content while bytes come (comments, pings)",
  ),
  "timeouts.client": row(
    deadline,
    "30s",
    "longest wait for the next byte of a client's request body; then it is answered 408",
  ),
  "retry.attempts": row(
    kind.wholeNumber(1, 100),
    6,
    "most upstream requests for one answer, the first one included",
  ),
  "retry.max_wait": row(
    kind.duration("0s", "24h"),
    "10m",
    "longest wait between attempts, all of them together; `Retry-After` is honoured within it",
  ),
  "retry.before_fallback": row(
    kind.wholeNumber(1, 100),
    2,
    "failures before the next of `fallback` is asked, where another attempt might help",
  ),
  "limits.body": row(
    kind.size("1KiB", "1GiB"),
    "64MiB",
    "largest request body, as sent and as decompressed",
  ),
  "limits.event": row(kind.size("1KiB", "1GiB"), "16MiB", "largest single event from upstream"),
  "limits.tool_calls": row(kind.wholeNumber(1, 4096), 128, "most tool calls in one answer"),
  "relay.hosts": row(
    kind.list("a list of hosts, each host or host:port", relayHost),
    [],
    "hosts that `/r/` may reach besides the known providers and those that `init` recorded",
  ),
  "relay.fallback": row(
    kind.list("a list of upstreams, each upstream or upstream/model", upstreamOrModel),
    [],
    "who answers, in this order, where the host of `/r/` cannot; they need keys of their own",
  ),
  "search.via": row(
    kind.choice(searchNames),
    "provider",
    "who searches the web for Codex: the provider itself, a service with a key of yours, or nobody",
  ),
  "search.url": row(
    kind.orNone(kind.baseUrl),
    null,
    "base of the search service; required for searxng, the service's own where nothing is set",
  ),
  "search.api_key": row(
    kind.hidden(kind.orNone(kind.keyName)),
    null,
    "the variable that holds the service's key; TAVILY_API_KEY, EXA_API_KEY or BRAVE_API_KEY where nothing is set",
  ),
  "helpers.model": row(
    kind.orNone(model),
    null,
    "answers Codex's helper requests that name a model of OpenAI's; the session's own model where nothing is set",
  ),
  "vision.model": row(
    kind.orNone(upstreamModel),
    null,
    "upstream/model that describes images for a model that sees none; without it a text says that an image was left out",
  ),
  "images.upstream": row(
    kind.orNone(upstreamName),
    null,
    "the upstream that makes and edits images; the one of the address where nothing is set",
  ),
  "state": row(
    stateKind,
    "memory",
    "where replicas share budgets, cooldowns, the slots of `concurrency` and who answers a thread: `memory` shares nothing, \
`redis://…` or `rediss://…` a Redis or Valkey",
  ),
  "drain.notice": row(
    kind.duration("0s", "10m"),
    "0s",
    "how long a sidecar that stops still accepts connections, while `/readyz` answers 503 and a balancer looks elsewhere",
  ),
  "drain.limit": row(
    kind.duration("1s", "24h"),
    "80s",
    "longest wait for running answers after SIGTERM; then they are ended with a sentence. Ctrl-C waits without end",
  ),
  "history": row(
    kind.orOff(kind.duration("1h", "90d")),
    "off",
    "keep figures of turns (no texts, no keys) this long in the state folder, for the dashboard and `sidecar usage`; `off` \
keeps them until the sidecar stops",
  ),
  "prices": row(
    kind.list(`a list of prices, each as ${kind.price.takes}`, kind.price),
    [],
    "prices of models for a million tokens, each as `MODEL INPUT CACHED OUTPUT CURRENCY`; they win over the built-in list prices",
  ),
  "log.level": row(
    kind.choice(["trace", "debug", "info", "warning", "error"]),
    "info",
    "least important line that is written",
  ),
  "log.format": row(
    kind.choice(["text", "json"]),
    "text",
    "lines for people, or one JSON object a line",
  ),
  "log.dir": row(kind.orNone(folder), null, "also append the log to `sidecar.log` in this folder"),
} as const satisfies Record<string, Setting>;

/** Sections that one word may stand for: the setting that gets it. */
export const SHORTHANDS: Readonly<Record<string, { readonly key: SettingKey; words: unknown[] }>> =
  {
    status: { key: "status.after", words: ["off", false] },
  };

/** A key path such as `listen.port`. */
export type SettingKey = keyof typeof settings;

/** What the settings come to, once read. */
export type Values = {
  readonly [K in SettingKey]: InferOutput<(typeof settings)[K]["kind"]["schema"]>;
};

/** One row of the schema. */
export function row<T>(of: kind.Kind<T>, fallback: Setting["fallback"], doc: string) {
  return { kind: of, fallback, doc };
}
