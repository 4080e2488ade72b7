/**
 * Reads a provider's own list of models, in whichever of the common forms it comes: OpenAI's, OpenRouter's, Moonshot's,
 * vLLM's, llama.cpp's, Codex's own. Never throws: what cannot be read is left out.
 *
 * Facts: docs/facts/providers.md §14.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject } from "../../base/json.ts";
import type { Effort } from "../profile.ts";
import type { ListedModel } from "./facts.ts";

/** Most models of one list that are read; OpenRouter has some 400. */
export const MAX_LISTED = 1_000;
/** Most characters of a model's id or name. */
const MAX_NAME = 200;
/** Windows beyond this are no windows. */
const MAX_WINDOW = 1_000_000_000;

const EFFORTS: readonly Effort[] = [
  "none",
  "minimal",
  "low",
  "medium",
  "high",
  "xhigh",
  "max",
  "ultra",
];

/** Ids of models that hold no conversation. */
const OTHER_WORK = new RegExp(
  [
    "embed|\\bbge-|rerank|moderation|guard|safety|ocr\\b|translat|-mt\\b|\\bclip\\b",
    "\\btts\\b|\\basr\\b|\\bstt\\b|whisper|speech|voice|audio|realtime|transcri|captioner",
    "image|video|vision-embed|\\bflux|diffusion|seedream|seedance|cogview|cogvideo|kolors|dall-e|\\bsora|\\bwan\\d|\\bt2[iv]\\b|\\bi2v\\b",
    "\\bfim\\b|\\brobot|cosmos-|esmfold|esm2|gliner|nv-embed|riva-|sparsedrive|streampetr|bevformer|detector",
  ].join("|"),
  "i",
);

/**
 * The models of a list that can hold a conversation, in its order, each id once.
 *
 * @returns `undefined` where the answer is no list at all
 */
export function readModelList(json: Json | undefined): ListedModel[] | undefined {
  const list = findList(json);
  if (!list) return undefined;
  const found = new Map<string, ListedModel>();
  for (const entry of list.slice(0, MAX_LISTED)) {
    const model = readEntry(entry);
    if (model && !found.has(model.id)) found.set(model.id, model);
  }
  return [...found.values()];
}

/** Whether a model of that id may hold a conversation, by its name alone. */
export function mayConverse(id: string): boolean {
  return !OTHER_WORK.test(id);
}

function findList(json: Json | undefined): Json[] | undefined {
  if (Array.isArray(json)) return json;
  if (!isObject(json)) return undefined;
  // llama.cpp sends both, with more in the first
  const lists = [json.data, json.models, json.result].filter((value) => Array.isArray(value));
  return lists.find((list) => list.length > 0) ?? lists[0] ??
    (isObject(json.data) ? findList(json.data) : undefined);
}

function readEntry(entry: Json): ListedModel | undefined {
  const object: JsonObject = typeof entry === "string"
    ? { id: entry }
    : isObject(entry)
    ? entry
    : {};
  const id = nameOf(object.id ?? object.slug ?? object.model ?? object.name);
  if (id === undefined || !mayConverse(id) || !answersText(object)) return undefined;
  const title = nameOf(object.display_name ?? (object.id === undefined ? undefined : object.name));
  const window = windowOf(object);
  const images = imagesOf(object);
  const efforts = effortsOf(object);
  const created = createdOf(object);
  return {
    id,
    ...(title !== undefined && { title }),
    ...(window !== undefined && { window }),
    ...(images !== undefined && { images }),
    ...(efforts !== undefined && { efforts }),
    ...(created !== undefined && { created }),
  };
}

function nameOf(value: Json | undefined): string | undefined {
  const text = filled(value)?.trim().replace(/^models\//, "");
  // deno-lint-ignore no-control-regex
  return text && text.length <= MAX_NAME && !/[\x00-\x1f\x7f]/.test(text) ? text : undefined;
}

function windowOf(object: JsonObject): number | undefined {
  const inner = [object.meta, object.limits, object.limit, object.top_provider, object.capabilities]
    .filter(isObject);
  const names = [
    "context_length",
    "context_window",
    "max_context_length",
    "max_model_len",
    "max_context_tokens",
    "max_context_window_tokens",
    "context_size",
    "contextLength",
    "inputTokenLimit",
    "n_ctx",
    "context",
    "n_ctx_train",
  ];
  for (const name of names) {
    for (const place of [object, ...inner]) {
      const value = Number(place[name] ?? NaN);
      if (Number.isInteger(value) && value > 0 && value < MAX_WINDOW) return value;
    }
  }
  return undefined;
}

function imagesOf(object: JsonObject): boolean | undefined {
  const { capabilities, architecture, modalities } = object;
  for (
    const list of [
      object.input_modalities,
      isObject(architecture) ? architecture.input_modalities : undefined,
      isObject(modalities) ? modalities.input : undefined,
    ]
  ) {
    if (Array.isArray(list) && list.length > 0) return list.includes("image");
  }
  for (
    const flag of [
      object.supports_image_in,
      object.supports_vision,
      object.vision,
      isObject(capabilities) ? capabilities.vision : undefined,
    ]
  ) {
    if (typeof flag === "boolean") return flag;
  }
  return Array.isArray(capabilities) && capabilities.includes("vision") ? true : undefined;
}

function effortsOf({ supported_reasoning_levels: levels }: JsonObject): Effort[] | undefined {
  if (!Array.isArray(levels)) return undefined;
  const names = levels.map((level) => isObject(level) ? level.effort : level);
  return EFFORTS.filter((effort) => names.includes(effort));
}

function createdOf({ created, created_at: at }: JsonObject): number | undefined {
  const value = created ?? at;
  const number = typeof value === "string" && !/^\d+$/.test(value)
    ? Date.parse(value) / 1_000
    : Number(value ?? NaN);
  if (!Number.isFinite(number) || number <= 0) return undefined;
  return number > 1e11 ? Math.floor(number / 1_000) : Math.floor(number);
}

/** Whether nothing says that its answers are something else than text. */
function answersText(object: JsonObject): boolean {
  const { architecture, modalities, type } = object;
  for (
    const list of [
      object.output_modalities,
      isObject(architecture) ? architecture.output_modalities : undefined,
      isObject(modalities) ? modalities.output : undefined,
    ]
  ) {
    if (Array.isArray(list) && list.length > 0 && !list.includes("text")) return false;
  }
  return typeof type !== "string" || !/embed|image|audio|video|rerank|speech/i.test(type);
}
