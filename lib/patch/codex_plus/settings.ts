/**
 * Points the relay profiles in Codex++'s `settings.json` at the sidecar, and reverts that. Pure: text in, text out.
 *
 * A profile has its URL twice: as `upstreamBaseUrl`, and in its config.toml, which is one string. Both change; all other
 * bytes stay. The protocol of a profile stays too: Codex++ converts Chat itself and sends the result to the sidecar (docs/facts/switchers.md §5.4).
 *
 * @module
 */

import type { Fronts } from "../../base/front_proxies.ts";
import { Failure } from "../../base/errors.ts";
import { isObject } from "../../base/json.ts";
import { attempt } from "../cc_switch/record.ts";
import {
  type EmbeddedPatch,
  patchEmbeddedToml,
  revertEmbeddedToml,
} from "../codex/embedded_toml.ts";
import { leftMessage, routeFor, type TomlEdit } from "../codex/toml.ts";
import { copiedEdits, tableMemories } from "../codex/table_memory.ts";
import { jsonAt, type JsonDoc, readJson, setJson } from "../text/json_edit.ts";
import type { Edit } from "../integration.ts";
import { fromRelay } from "../relay_url.ts";

/** The changed file. */
export interface PlusPatch {
  /** The same text where nothing changes. */
  readonly text: string;
  /** Keys begin with `relayProfiles` and the profile's id. */
  readonly edits: readonly TomlEdit[];
  readonly profiles: readonly PlusProfile[];
}

/** One profile, changed or left alone. */
export interface PlusProfile {
  /** Its name in sentences. */
  readonly what: string;
  readonly edits: readonly TomlEdit[];
  /** The changed parts, for the diff. */
  readonly before: string;
  readonly after: string;
  /** The upstream's own URL; absent where it is not known. */
  readonly url?: string;
  /** Why it is left alone. */
  readonly left?: string;
}

const LIST = "relayProfiles";
const URL_KEY = "upstreamBaseUrl";
const CONFIG = "configContents";

/** Why a profile of these modes has no provider of its own. */
const NOT_ITS_OWN: Readonly<Record<string, string>> = {
  official: "is OpenAI's own",
  aggregate: "is made of other profiles",
};

/** Points every profile with a provider of its own at the relay on `port`. @throws {Failure} `bad_config` where it is no JSON */
export function patchCodexPlus(
  text: string,
  port: number,
  file: string,
  fronts?: Fronts,
): PlusPatch {
  return each(text, file, (doc, at, what) => {
    const mode = jsonAt(doc, [...at, "relayMode"]);
    const why = typeof mode === "string" ? NOT_ITS_OWN[mode] : undefined;
    if (why) return alone(doc, `${what} ${why}: left alone`);
    const inside = attempt(() => patchEmbeddedToml(doc, [...at, CONFIG], port, what, fronts));
    if (inside instanceof Failure) return alone(doc, `${inside.message}: left alone`);
    const upstream = jsonAt(doc, [...at, URL_KEY]);
    const route = typeof upstream === "string"
      ? routeFor(upstream, URL_KEY, port, fronts)
      : undefined;
    const relayed = route && !("is" in route) ? route : undefined;
    const url = relayed?.url ?? inside.provider?.url;
    if (url === undefined) {
      const left = route && "is" in route ? route : inside.left;
      return alone(doc, left ? leftMessage(left, what) : `${what} has no URL: left alone`);
    }
    const change = relayed && relayed.relay !== upstream
      ? { key: [...at, URL_KEY], before: upstream ?? "", after: relayed.relay }
      : undefined;
    return { ...both(inside, change), url };
  });
}

/**
 * Reverts those of `edits` whose values still stand, and every relay URL that is left.
 *
 * @param all the edits of every program: a profile may be a copy of a table anywhere. @default `edits`
 */
export function revertCodexPlus(
  text: string,
  edits: readonly Edit[],
  file: string,
  all: readonly Edit[] = edits,
): PlusPatch {
  const memories = tableMemories(all);
  const profiles = Map.groupBy(edits.filter(({ key }) => key[0] === LIST), ({ key }) => key[1]);
  return each(text, file, (doc, at, what, id) => {
    const shown = JSON.stringify(jsonAt(doc, at));
    const made = (profiles.get(id) ?? copiedEdits(profiles.values(), shown))
      .map((edit) => ({ ...edit, key: [...at, ...edit.key.slice(2)] }));
    const inside = attempt(() => revertEmbeddedToml(doc, [...at, CONFIG], made, what, memories));
    if (inside instanceof Failure) return alone(doc, `${inside.message}: left alone`);
    const now = jsonAt(doc, [...at, URL_KEY]);
    if (typeof now !== "string") return both(inside, undefined);
    const own = made.find(({ key, after }) => key.at(-1) === URL_KEY && after === now);
    const was = own?.before ?? fromRelay(now)?.url;
    const change = was === undefined
      ? undefined
      : { key: [...at, URL_KEY], before: now, after: was };
    return both(inside, change);
  });
}

type ProfilePatch = Omit<PlusProfile, "what"> & { readonly doc: JsonDoc };

/** Edits the profiles one after another. `at` is the path by index; edits name a profile by its id, which survives a new order. */
function each(
  text: string,
  file: string,
  run: (doc: JsonDoc, at: readonly string[], what: string, id: string) => ProfilePatch,
): PlusPatch {
  let doc = readJson(text, file);
  const list = jsonAt(doc, [LIST]);
  const profiles: PlusProfile[] = [];
  const seen = new Set<string>();
  for (const [index, profile] of (Array.isArray(list) ? list : []).entries()) {
    if (!isObject(profile)) continue;
    const named = typeof profile.id === "string" && !seen.has(profile.id);
    const id = named ? String(profile.id) : String(index);
    seen.add(id);
    const what = `profile ${JSON.stringify(profile.name ?? id)}`;
    const { doc: next, edits, ...rest } = run(doc, [LIST, String(index)], what, id);
    doc = next;
    const keyed = edits.map((edit) => ({ ...edit, key: [LIST, id, ...edit.key.slice(2)] }));
    profiles.push({ what, edits: keyed, ...rest });
  }
  return { text: doc.text, edits: profiles.flatMap(({ edits }) => edits), profiles };
}

function both(
  { doc, edits, before, after }: EmbeddedPatch,
  change: TomlEdit | undefined,
): ProfilePatch {
  if (!change) return { doc, edits, before, after };
  const line = (value: unknown) => `${URL_KEY} = ${JSON.stringify(value)}\n`;
  return {
    doc: setJson(doc, change.key, change.after),
    edits: [change, ...edits],
    before: line(change.before) + before,
    after: line(change.after) + after,
  };
}

function alone(doc: JsonDoc, left: string): ProfilePatch {
  return { doc, edits: [], before: "", after: "", left };
}
