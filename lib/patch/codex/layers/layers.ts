/**
 * Which provider Codex uses: the layers of its settings, merged as Codex 0.169.0 was measured to do
 * (docs/facts/codex.md §1.2). Pure: parsed texts in, the provider and where each of its values comes from out.
 *
 * Tables are merged key by key; of two values for one key the later layer's counts.
 *
 * @module
 */

import { filled, isObject } from "../../../base/json.ts";

/** A parsed TOML table; whole numbers are bigints. */
export type Toml = Readonly<Record<string, unknown>>;

/**
 * What a layer is. `system` stands below the home, `managed` above everything, flags included; neither is the user's to
 * change. A `legacy` profile is a table `[profiles.x]`, which versions before 0.169 read.
 */
export type LayerKind = "system" | "home" | "legacy" | "profile" | "flags" | "managed";

/** One layer of Codex's settings. */
export interface Layer {
  readonly kind: LayerKind;
  /** As messages name it: `/etc/codex/config.toml`, `-c`. */
  readonly name: string;
  /** The file; absent for flags. */
  readonly path?: string;
  /** The keys that lead to this layer inside its file; empty where it is the file. */
  readonly within?: readonly string[];
  readonly value: Toml;
}

/** A value, and the last layer that sets it. */
export interface Placed<T = unknown> {
  readonly value: T;
  readonly layer: Layer;
}

/** The provider that Codex uses. */
export interface Effective {
  /** Its id; `undefined` where no layer names one, so that it is `openai`. */
  readonly id: Placed<string> | undefined;
  /** Its merged table; `undefined` where there is none, or Codex itself defines the provider. */
  readonly table: Toml | undefined;
  /** The key of its URL: in its table, or `openai_base_url` for the built-in one. */
  readonly key: readonly string[];
  readonly url: Placed<string> | undefined;
}

/** The one of Codex's own providers whose URL is a setting. */
const OPENAI = "openai";

/** Ids that Codex 0.169.0 defines itself; their tables take few keys or none (docs/facts/codex.md §1.1). */
export const BUILT_IN: readonly string[] = [
  OPENAI,
  "ollama",
  "lmstudio",
  "amazon-bedrock",
  "amazon-bedrock-runtime",
  "gcp",
];

/** The provider in use under these layers, the lowest first. */
export function effectiveProvider(layers: readonly Layer[]): Effective {
  const id = placedText(layers, ["model_provider"]);
  if (id === undefined || id.value === OPENAI) {
    const key = ["openai_base_url"];
    return { id, table: undefined, key, url: placedText(layers, key) };
  }
  const at = ["model_providers", id.value];
  const key = [...at, "base_url"];
  if (BUILT_IN.includes(id.value)) return { id, table: undefined, key, url: undefined };
  const merged = mergedAt(layers, at);
  const table = isTable(merged) ? merged : undefined;
  return { id, table, key, url: placedText(layers, key) };
}

/** The value at `key` of the last layer that sets it. */
export function placedAt(layers: readonly Layer[], key: readonly string[]): Placed | undefined {
  for (const layer of layers.toReversed()) {
    const value = valueAt(layer.value, key);
    if (value !== undefined) return { value, layer };
  }
  return undefined;
}

/** All layers as one table. */
export function mergedLayers(layers: readonly Layer[]): Toml {
  const all = mergedAt(layers, []);
  return isTable(all) ? all : {};
}

/**
 * Adds the layer of a legacy profile above the layer that has its table; the same layers where none has.
 *
 * @param name of the profile: `-p`'s, or that of `profile = "…"`
 */
export function withLegacyProfile(layers: readonly Layer[], name: string): readonly Layer[] {
  const within = ["profiles", name];
  const found = placedAt(layers, within);
  if (!found || !isTable(found.value)) return layers;
  const { path, name: file } = found.layer;
  const layer: Layer = {
    kind: "legacy",
    name: `[profiles.${name}] of ${file}`,
    ...(path === undefined ? {} : { path }),
    within,
    value: found.value,
  };
  const above = layers.findLastIndex(({ kind }) => kind === "system" || kind === "home") + 1;
  return [...layers.slice(0, above), layer, ...layers.slice(above)];
}

/** Whether a value is a table, not a list or a date. */
export function isTable(value: unknown): value is Toml {
  return isObject(value) && !((value as unknown) instanceof Date);
}

function placedText(layers: readonly Layer[], key: readonly string[]): Placed<string> | undefined {
  const found = placedAt(layers, key);
  const value = filled(found?.value);
  return found && value !== undefined ? { value, layer: found.layer } : undefined;
}

function valueAt(table: Toml, key: readonly string[]): unknown {
  let now: unknown = table;
  for (const part of key) {
    if (!isTable(now) || !Object.hasOwn(now, part)) return undefined;
    now = (now as Toml)[part];
  }
  return now;
}

function mergedAt(layers: readonly Layer[], key: readonly string[]): unknown {
  return layers.map(({ value }) => valueAt(value, key)).reduce(merged, undefined);
}

function merged(below: unknown, above: unknown): unknown {
  if (above === undefined) return below;
  if (!isTable(below) || !isTable(above)) return above;
  const out = new Map<string, unknown>(Object.entries(below));
  for (const [name, value] of Object.entries(above)) out.set(name, merged(out.get(name), value));
  return Object.fromEntries(out);
}
