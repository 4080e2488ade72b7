/**
 * Reads what a model wants of the web: the commands of Codex's `web.run` (docs/facts/search.md §1), and the arguments of the
 * function that stands for the hosted tool.
 *
 * Its rule: models write these by hand, so every near miss is read as what it means, and nothing is an error.
 *
 * @module
 */

import { filled, isObject, type Json, type JsonObject, parseJson } from "../../base/json.ts";

/** One thing to do. */
export type Command =
  | {
    readonly kind: "search";
    readonly text: string;
    readonly domains: readonly string[];
    readonly days?: number;
  }
  /** @property ref an address, or what names a result of before; `line` counts from 1. */
  | { readonly kind: "open"; readonly ref: string; readonly line?: number }
  | { readonly kind: "click"; readonly ref: string; readonly link: number }
  | { readonly kind: "find"; readonly ref: string; readonly pattern: string }
  /** A command that is not carried out here. */
  | { readonly kind: "unsupported"; readonly name: string };

/** What was read. */
export interface Commands {
  readonly commands: readonly Command[];
  /** How many commands were left out, because there were too many. */
  readonly left: number;
  /** How much text is wanted. */
  readonly length: "short" | "medium" | "long";
}

/** Most commands of one call; Codex's own tool takes four searches. */
const MOST_COMMANDS = 8;
/** Longest query, address or pattern, in characters. */
const MAX_TEXT = 2_048;
/** Fields that say how, not what. */
const MANNER = new Set(["response_length", "lineno", "domains", "recency", "pattern", "id"]);

type Reader = (value: JsonObject | string) => Command | undefined;

const READERS: Readonly<Record<string, Reader>> = {
  search_query: search,
  query: search,
  queries: search,
  q: search,
  open: openPage,
  url: openPage,
  click,
  find: findText,
};

/** Reads the commands of one call. */
export function readCommands(asked: JsonObject): Commands {
  const commands: Command[] = [];
  let left = 0;
  for (const [name, value] of Object.entries(asked)) {
    if (MANNER.has(name) || value === null || value === undefined) continue;
    // `{"open": "…", "find": "…"}` is one wish
    if ((name === "open" || name === "url") && typeof value === "string" && within(asked)) continue;
    const reader = Object.hasOwn(READERS, name) ? READERS[name] : undefined;
    const entries = listOf(value).filter((entry) => entry !== "");
    if (!reader) {
      if (entries.length > 0) commands.push({ kind: "unsupported", name: name.slice(0, 64) });
      continue;
    }
    for (const entry of entries) {
      const command = reader(withOuter(name, entry, asked));
      if (command && commands.length < MOST_COMMANDS) commands.push(command);
      else if (command) left++;
    }
  }
  const length = asked.response_length;
  return { commands, left, length: length === "long" || length === "medium" ? length : "short" };
}

/** Whether a text is looked for inside the page that stands beside it. */
function within({ find }: JsonObject): boolean {
  return typeof find === "string" && find.trim() !== "" && !/^\s*[[{]/.test(find);
}

/** The entries of a command: a list, or one entry alone, or either of them as JSON text. */
function listOf(value: Json): (JsonObject | string)[] {
  if (typeof value === "string") {
    const parsed = /^\s*[[{]/.test(value) ? parseJson(value) : undefined;
    return parsed === undefined || typeof parsed === "string" ? [value.trim()] : listOf(parsed);
  }
  const list = Array.isArray(value) ? value : [value];
  return list.flatMap((entry): (JsonObject | string)[] =>
    isObject(entry) ? [entry] : typeof entry === "string" ? [entry.trim()] : []
  );
}

/** An entry that is text alone has its manner beside it: `{"query": "…", "domains": […]}`. */
function withOuter(
  name: string,
  entry: JsonObject | string,
  asked: JsonObject,
): JsonObject | string {
  if (typeof entry !== "string") return entry;
  const { domains, recency, lineno, pattern } = asked;
  if (name === "find" && filled(asked.open ?? asked.url) !== undefined) {
    return { ref_id: asked.open ?? asked.url, pattern: entry };
  }
  return {
    [name === "open" || name === "url" || name === "find" ? "ref_id" : "q"]: entry,
    ...(domains !== undefined && { domains }),
    ...(recency !== undefined && { recency }),
    ...(lineno !== undefined && { lineno }),
    ...(pattern !== undefined && { pattern }),
  };
}

function search(entry: JsonObject | string): Command | undefined {
  if (typeof entry === "string") return undefined;
  const text = short(entry.q) ?? short(entry.query) ?? short(entry.search_query);
  if (text === undefined) return undefined;
  const days = number(entry.recency);
  const domains = Array.isArray(entry.domains) ? entry.domains : [entry.domains];
  return {
    kind: "search",
    text,
    domains: domains.flatMap((domain) => {
      const host = filled(domain)?.trim().toLowerCase().replace(/^https?:\/\//, "").split("/")[0];
      return host && /^[\w.-]{1,253}$/.test(host) ? [host] : [];
    }).slice(0, 10),
    ...(days !== undefined && days > 0 && { days }),
  };
}

function openPage(entry: JsonObject | string): Command | undefined {
  const ref = refOf(entry);
  if (ref === undefined || typeof entry === "string") return undefined;
  const line = number(entry.lineno);
  return { kind: "open", ref, ...(line !== undefined && line > 0 && { line }) };
}

function click(entry: JsonObject | string): Command | undefined {
  const ref = refOf(entry);
  const link = typeof entry === "string" ? undefined : number(entry.id);
  return ref === undefined || link === undefined ? undefined : { kind: "click", ref, link };
}

function findText(entry: JsonObject | string): Command | undefined {
  const ref = refOf(entry);
  const pattern = typeof entry === "string" ? undefined : short(entry.pattern);
  return ref === undefined || pattern === undefined ? undefined : { kind: "find", ref, pattern };
}

function refOf(entry: JsonObject | string): string | undefined {
  if (typeof entry === "string") return undefined;
  const { ref_id: ref, url } = entry;
  return typeof ref === "number" ? String(ref) : short(ref) ?? short(url);
}

function short(value: Json | undefined): string | undefined {
  return filled(filled(value)?.trim())?.slice(0, MAX_TEXT);
}

function number(value: Json | undefined): number | undefined {
  const read = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof read === "number" && Number.isSafeInteger(read) && read >= 0 ? read : undefined;
}
