/**
 * Points a config.toml of Codex at the relay: a file, or a text inside another program's settings. Pure: text in, text
 * out.
 *
 * Only the provider in use changes, and in its table only the URL, one timeout and two numbers of retries.
 *
 * @module
 */

import { frontProxyAt, type Fronts, USUAL_FRONTS } from "../../base/front_proxies.ts";
import type { Json } from "../../base/json.ts";
import { isThisMachine } from "../../base/loopback.ts";
import { findProfile } from "../../provider/profiles.ts";
import type { Edit } from "../integration.ts";
import { BUILT_IN } from "./layers/layers.ts";
import { displayUrl, fromRelay, relayFault, toRelay } from "../relay_url.ts";
import { holds, type Leaf, leafAt, readToml, type TomlDoc } from "../text/toml_doc.ts";
import { addBehind, setValue, splice, type TomlEntry, type TomlSplice } from "../text/toml_edit.ts";

/** A change inside one text; the caller adds the integration and the file. */
export type TomlEdit = Pick<Edit, "key" | "before" | "after" | "source" | "relay">;

/**
 * The limits of Codex (docs/facts/codex.md §1.1): an hour of silence, the highest number of stream retries that it
 * accepts, and ten retries of a request. A higher value of the user stays.
 */
export const TIMEOUT_KEYS: readonly (readonly [name: string, value: number])[] = [
  ["stream_idle_timeout_ms", 3_600_000],
  ["stream_max_retries", 100],
  ["request_max_retries", 10],
];

/** The id of the provider that `init --gateway` adds; by it the table is known without a record of changes. */
export const GATEWAY_ID = "sidecar-gateway";

/** Why a text is left alone. */
export type Left =
  /** It names no provider of its own: Codex goes to OpenAI. */
  | { readonly is: "no_provider" }
  /** A provider that is built into Codex, or one without a table. `by`: the layer that chooses it, where it is outside. */
  | { readonly is: "built_in"; readonly id: string; readonly by?: string }
  /** OpenAI itself. */
  | { readonly is: "openai"; readonly id: string }
  /** It would send a ChatGPT login, which only OpenAI may receive. */
  | { readonly is: "login"; readonly id: string }
  /** Another program's proxy, to which Codex connects first; the sidecar is its upstream. */
  | { readonly is: "front_proxy"; readonly id: string; readonly who: string }
  /** A URL of the sidecar already, other than `/r/`. */
  | { readonly is: "own"; readonly id: string }
  /** A team's gateway, which is a sidecar itself. */
  | { readonly is: "gateway"; readonly id: string; readonly url: string }
  /** What a layer says that only an administrator may change. */
  | { readonly is: "managed"; readonly id: string; readonly where: string; readonly url: string }
  /** No URL, or one that no relay can stand for: then `why` completes "its base_url …". */
  | { readonly is: "no_url"; readonly id: string; readonly why?: string };

/** A patched text. */
export interface TomlPatch {
  /** The same text where nothing changes. */
  readonly text: string;
  readonly edits: readonly TomlEdit[];
  /** The provider in use and the upstream's own URL; `undefined` where {@link left} says why nothing changes. */
  readonly provider?: { readonly id: string; readonly url: string };
  readonly left?: Left;
}

/**
 * Points the provider in use at the relay on `port`.
 *
 * @param file its name in messages
 * @throws {Failure} `bad_config` where it is no TOML
 */
export function patchCodexToml(
  text: string,
  port: number,
  file: string,
  fronts: Fronts = USUAL_FRONTS,
): TomlPatch {
  const doc = readToml(text, file);
  const found = activeUrl(doc, port, fronts);
  if ("is" in found) return { text, edits: [], left: found };
  const { id, leaf, url, relay } = found;
  return { ...patchUrl(doc, leaf, relay, file), provider: { id, url } };
}

/** Sets one URL to `relay`, and the limits beside it where it stands in a provider's table. */
export function patchUrl(
  doc: TomlDoc,
  leaf: Leaf,
  relay: string,
  file: string,
): Pick<TomlPatch, "text" | "edits"> {
  const splices: TomlSplice[] = [];
  const edits: TomlEdit[] = [];
  if (leaf.value !== relay) {
    splices.push(setValue(doc, leaf, relay));
    edits.push(edit(doc, leaf, relay));
  }
  const added: TomlEntry[] = [];
  for (const [name, value] of leaf.key.length > 1 ? TIMEOUT_KEYS : []) {
    const key = [...leaf.key.slice(0, -1), name];
    const present = leafAt(doc, key);
    if (!holds(doc, key)) {
      added.push([name, value]);
      edits.push({ key, after: value });
    } else if (typeof present?.value === "number" && present.value < value) {
      splices.push(setValue(doc, present, value));
      edits.push(edit(doc, present, value));
    }
  }
  if (added.length > 0) splices.push(addBehind(doc, leaf, added));
  return { text: splice(doc, splices, file).text, edits };
}

/** The provider in use and its `base_url`, or why the sidecar cannot stand for it. `relay` is its relay URL on `port`. */
export function activeUrl(
  doc: TomlDoc,
  port: number,
  fronts: Fronts = USUAL_FRONTS,
): Left | { id: string; leaf: Leaf; url: string; relay: string } {
  const id = leafAt(doc, ["model_provider"])?.value;
  if (typeof id !== "string") return { is: "no_provider" };
  const table = ["model_providers", id];
  if (BUILT_IN.includes(id) || !holds(doc, table)) return { is: "built_in", id };
  const leaf = leafAt(doc, [...table, "base_url"]);
  if (!leaf || typeof leaf.value !== "string") return { is: "no_url", id };
  const route = routeFor(leaf.value, id, port, fronts);
  return "is" in route ? route : { id, leaf, ...route };
}

/**
 * The relay URL of one `base_url` and the upstream's own URL, or why the sidecar cannot stand for it.
 *
 * @param id the provider, or the name of the setting, for messages
 */
export function routeFor(
  base: string,
  id: string,
  port: number,
  fronts: Fronts = USUAL_FRONTS,
): Left | { url: string; relay: string } {
  if (id === GATEWAY_ID) return { is: "gateway", id, url: base };
  const url = fromRelay(base)?.url ?? base;
  const relay = toRelay(base, port);
  const parts = URL.parse(url);
  if (relay === undefined || !parts) {
    const why = relayFault(base);
    return { is: "no_url", id, ...(why === undefined ? {} : { why }) };
  }
  if (isThisMachine(parts.hostname)) {
    if (Number(parts.port) === port) return { is: "own", id };
    const who = frontProxyAt(Number(parts.port), fronts);
    if (who) return { is: "front_proxy", id, who };
  }
  if (findProfile(parts.hostname)?.takesLogin) return { is: "openai", id };
  return { url, relay };
}

/** One line for the user: what is left alone, and why. @param what such as `~/.codex/config.toml` */
export function leftMessage(left: Left, what: string): string {
  switch (left.is) {
    case "no_provider":
      return `${what} names no model_provider, so it uses OpenAI: left alone`;
    case "built_in":
      return BUILT_IN.includes(left.id)
        ? `${left.by ?? what} uses ${left.id}, which Codex itself defines: left alone`
        : `${left.by ?? what} uses ${left.id}, which has no table of its own: left alone`;
    case "openai":
      return `${what}: ${left.id} is OpenAI itself: left alone`;
    case "login":
      return `${what}: ${left.id} takes the ChatGPT login, which only OpenAI may see: left alone`;
    case "front_proxy":
      return `${what}: ${left.id} goes through ${left.who}'s own proxy, which stays in front: left alone`;
    case "own":
      return `${what}: ${left.id} goes to the sidecar already: left alone`;
    case "gateway":
      return `${what} goes to the gateway at ${displayUrl(left.url)}: left alone`;
    case "managed":
      return `${what}: ${left.id} goes to ${
        displayUrl(left.url)
      } by ${left.where}, which stands above it and is an administrator's to change: left alone`;
    case "no_url":
      return left.why === undefined
        ? `${what}: ${left.id} has no base_url that the sidecar could stand for: left alone`
        : `${what}: ${left.id} cannot go through the sidecar, because its base_url ${left.why}: left alone`;
  }
}

function edit({ text }: TomlDoc, leaf: Leaf, after: Json): TomlEdit {
  const before = leaf.value === undefined ? {} : { before: leaf.value };
  return { key: leaf.key, ...before, after, source: text.slice(...leaf.at) };
}
