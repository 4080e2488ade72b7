/**
 * What is known of one model: the provider's own list wins, then its row, then what the row says of its models by pattern.
 *
 * Nothing is guessed: what nobody says is `undefined`, and whoever writes an entry chooses the neutral value.
 *
 * @module
 */

import { chatRulesFor } from "../chat_rules.ts";
import type { Effort, Profile, RowModel } from "../profile.ts";

/** One model, as an entry of a list needs it. */
export interface ModelFacts {
  /** As requests name it. */
  readonly id: string;
  /** Its name in a list. */
  readonly title: string;
  /** Tokens of context; `undefined` where nobody says. */
  readonly window: number | undefined;
  /** Whether it takes images; `undefined` where nobody says. */
  readonly images: boolean | undefined;
  /** The efforts that it tells apart, least first; empty where it does not think. */
  readonly efforts: readonly Effort[];
}

/** What a provider's own list says of a model; every field but the id may be missing. */
export interface ListedModel {
  readonly id: string;
  readonly title?: string;
  readonly window?: number;
  readonly images?: boolean;
  readonly efforts?: readonly Effort[];
  /** Seconds since the epoch. */
  readonly created?: number;
}

const USUAL_EFFORTS: readonly Effort[] = ["low", "medium", "high"];

/**
 * The facts of one model of a provider.
 *
 * @param listed what the provider's own list says of it, where it is there
 */
export function modelFacts(profile: Profile, id: string, listed?: ListedModel): ModelFacts {
  const row = rowOf(profile, id);
  return {
    id,
    title: row?.title ?? listed?.title ?? id,
    window: listed?.window ?? row?.window,
    images: listed?.images ?? row?.images ?? byPattern(profile, id),
    efforts: listed?.efforts ?? row?.efforts ?? USUAL_EFFORTS,
  };
}

/** The row's own entry of a model: as written, in any case, without its `vendor/`. */
export function rowOf({ catalog }: Profile, id: string): RowModel | undefined {
  const names = [id.toLowerCase(), bareId(id)];
  const models = [catalog, ...catalog?.regions ?? []].flatMap((place) => place?.models ?? []);
  return names.flatMap((name) => models.filter((model) => model.id.toLowerCase() === name))[0];
}

/** A model's id in lower case and without its `vendor/`. */
export function bareId(id: string): string {
  return id.slice(id.lastIndexOf("/") + 1).toLowerCase();
}

/** What the rules of the provider's Chat wire say; `undefined` where they only hold for every unknown server. */
function byPattern({ chat, hosts }: Profile, id: string): boolean | undefined {
  const { images } = chatRulesFor(chat, id);
  return images && hosts.length === 0 ? undefined : images;
}
