/**
 * The providers that requests end at: every upstream of the settings, and the last hop of Codex's own route.
 *
 * @module
 */

import { isVariableName } from "../base/secrets/forms.ts";
import { filled } from "../base/json.ts";
import { upstreamOf } from "../proxy/route/model_upstream.ts";
import type { UpstreamConfig } from "../config/config.ts";
import { readKeys, type UpstreamKey } from "../config/keys/upstream_keys.ts";
import { TOKEN_HEADER } from "../proxy/inbound/token.ts";
import { fallbacksOf } from "./checks_fallback.ts";
import type { DoctorFacts } from "./facts.ts";
import { type Hop, loopbackPort, traceHops } from "./hops.ts";

/** A provider that requests end at. */
export interface Destination {
  /** The upstream's name, or the host. */
  readonly name: string;
  readonly baseUrl: string;
  readonly host: string;
  readonly port: number;
  readonly secure: boolean;
  /** Whether it is on another machine. */
  readonly remote: boolean;
  /** The key that is known here; never shown. */
  readonly key: string | undefined;
  /** The models that settings name there, and which settings do. */
  readonly models: readonly NamedModel[];
  /** Where the key comes from, or why there is none: half a sentence. */
  readonly keyFrom: string;
  /** The other keys of its pool. */
  readonly pool: readonly UpstreamKey[];
  /** As the settings say, where they do. */
  readonly wire?: UpstreamConfig["wire"];
  readonly provider?: UpstreamConfig["provider"];
}

interface NamedModel {
  readonly model: string;
  /** `config.yaml`, `~/.codex/config.toml` */
  readonly from: string;
}

/** Each once: one base URL, one destination. */
export async function destinationsOf(facts: DoctorFacts): Promise<Destination[]> {
  const { config, world: { context: { env } } } = facts;
  const found = new Map<string, Destination>();
  const add = (
    name: string,
    baseUrl: string,
    key: string | undefined,
    keyFrom: string,
    models: readonly NamedModel[] = [],
    settings: Pick<Destination, "pool" | "wire" | "provider"> = { pool: [] },
  ) => {
    const url = URL.parse(baseUrl);
    if (!url || found.has(baseUrl)) return;
    const secure = url.protocol === "https:";
    found.set(baseUrl, {
      name,
      baseUrl,
      host: url.hostname,
      port: Number(url.port) || (secure ? 443 : 80),
      secure,
      remote: loopbackPort(baseUrl) === undefined,
      key,
      keyFrom,
      models,
      ...settings,
    });
  };
  if (!(config instanceof Error)) {
    for (const [name, upstream] of config.upstreams) {
      const { baseUrl, models, wire, provider } = upstream;
      const named = [
        ...models.map((model) => ({ model, from: `the upstream ${name}` })),
        ...fallbacksOf(config).flatMap(({ upstream, model, by }) =>
          upstream === name && model !== undefined ? [{ model, from: by }] : []
        ),
      ];
      const keys = readKeys(upstream, (variable) => env[variable]);
      const [first] = keys;
      const [good, ...pool] = keys.filter(({ key }) => key !== undefined);
      const settings = { pool, wire, provider };
      if (first === undefined) {
        add(name, baseUrl, undefined, "it has no api_key of its own", named, settings);
      } else if (good) add(name, baseUrl, good.key, good.from, named, settings);
      else add(name, baseUrl, undefined, `${first.fault}`, named, settings);
    }
  }
  const end = (await traceHops(facts)).findLast(({ who }) => who === "provider");
  if (end) {
    const { key, from } = codexKey(facts);
    add(new URL(end.url).host, end.url, key, from);
    return withPlus(withModel([...found.values()], end.url, facts), facts);
  }
  return withPlus([...found.values()], facts);
}

/** Adds the model of Codex's settings to the provider that it reaches: below `/v1` the model itself decides that. */
function withModel(
  found: readonly Destination[],
  end: string,
  { codex: { model, file }, config }: DoctorFacts,
): Destination[] {
  if (model === undefined) return [...found];
  const upstreams = config instanceof Error ? undefined : config.upstreams;
  const owner = upstreams && upstreams.size > 1 ? upstreamOf(upstreams, model) : undefined;
  const there = owner && !owner.guessed ? upstreams?.get(owner.name)?.baseUrl ?? end : end;
  return found.map((one) =>
    one.baseUrl === there
      ? { ...one, models: [...one.models, { model: owner?.model ?? model, from: file }] }
      : one
  );
}

/** Adds the models of Codex++'s profiles to the providers that they go to. */
function withPlus(found: readonly Destination[], { plusModels }: DoctorFacts): Destination[] {
  const plain = (url: string) => url.replace(/\/+$/, "");
  return found.map((one) => {
    const named = plusModels.flatMap(({ what, baseUrl, models }) =>
      plain(baseUrl) === plain(one.baseUrl)
        ? models.map((model) => ({ model, from: `Codex++'s ${what}` }))
        : []
    );
    return named.length === 0 ? one : { ...one, models: [...one.models, ...named] };
  });
}

/** The key Codex sends, as far as its settings name it; auth.json is not read for it. */
function codexKey(
  { codex: { table }, world: { context: { env } } }: DoctorFacts,
): { key: string | undefined; from: string } {
  const variable = filled(table?.env_key);
  if (variable !== undefined && !isVariableName(variable)) {
    return { key: undefined, from: "Codex's env_key, which names no variable" };
  }
  if (variable !== undefined) return { key: env[variable] || undefined, from: variable };
  const token = filled(table?.experimental_bearer_token);
  return token === undefined
    ? { key: undefined, from: "Codex has it in auth.json or gets it from a command" }
    : { key: token, from: "Codex's experimental_bearer_token" };
}

/** What a hop is sent besides the question: the sidecar's token, and only where the hop is a proved sidecar. */
export function hopHeaders({ who }: Hop, { config }: DoctorFacts): Record<string, string> {
  return who !== "sidecar" || config instanceof Error ? {} : tokenHeader(config.listen.token);
}

/** The same for a real question, which needs a key: Codex's own, as far as it is known. */
export function routeHeaders(hop: Hop, facts: DoctorFacts): Record<string, string> {
  const { key } = codexKey(facts);
  return {
    ...hopHeaders(hop, facts),
    ...(hop.who !== "sidecar" || key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
}

/** The sidecar's own token, as it wants it beside a provider's key. */
export function tokenHeader(token: string | null): Record<string, string> {
  return token === null ? {} : { [TOKEN_HEADER]: token };
}
