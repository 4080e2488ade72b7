/**
 * What a parameter schema of a tool may hold, as data: the dialects of JSON Schema that providers take, and the refusals
 * that tell of one.
 *
 * Only what a provider refuses is changed; a schema that it takes goes up as it came.
 *
 * @module
 */

/** The dialect of one provider. `true` everywhere: JSON Schema as it is. */
export interface SchemaRules {
  /** Whether `$ref` may stand in it; if not, what it names takes its place. */
  readonly refs: boolean;
  /** Where `anyOf` and `oneOf` may stand. `apart`: not at the root, and beside nothing but words about them. */
  readonly unions: "anywhere" | "apart";
  /** Whether `allOf` may stand in it; if not, its parts are joined. */
  readonly allOf: boolean;
  /** Whether `true` and `false` count as schemas of properties and items. */
  readonly booleans: boolean;
  /** Whether `items` may be a list, one schema for each place. */
  readonly tuples: boolean;
  /** Whether `type` may be a list. */
  readonly typeLists: boolean;
  /** What an `enum` may hold. */
  readonly enums: "anything" | "no null" | "strings";
  /** Whether `required` may name what `properties` does not. */
  readonly openRequired: boolean;
  /** Keywords that are refused; what they said goes into the description. */
  readonly drop: readonly string[];
  /** How deep schemas may stand in one another, the root counted as 1. */
  readonly depth: number;
}

/** JSON Schema as Codex and its MCP servers write it. */
export const ANY_SCHEMA: SchemaRules = {
  refs: true,
  unions: "anywhere",
  allOf: true,
  booleans: true,
  tuples: true,
  typeLists: true,
  enums: "anything",
  openRequired: true,
  drop: [],
  depth: Infinity,
};

/**
 * Moonshot's own: no `$ref` beside other keys (cc-switch#6834, CLIProxyAPI#5316), no `anyOf` beside `type` or at the root
 * (GitNexus#2703, kimi-code#2661), a root with `type: "object"` (MiqroForge-Desktop#1165), no boolean schemas
 * (oh-my-pi#5952), no list as `items` and no `required` without its property (vercel/ai#18921). Read 2026-11-25;
 * docs/facts/providers.md §3. Which parts of a schema are checked differs by endpoint and month, so all are kept.
 */
export const MOONSHOT_SCHEMA: SchemaRules = {
  ...ANY_SCHEMA,
  refs: false,
  unions: "apart",
  allOf: false,
  booleans: false,
  tuples: false,
  openRequired: false,
  drop: ["$schema", "not", "if", "then", "else"],
};

/** Keywords that say nothing the common core cannot do without. */
const BEYOND_THE_CORE = [
  "$schema $id $anchor $comment $dynamicRef $dynamicAnchor $vocabulary title default examples deprecated readOnly writeOnly",
  "const format pattern contentEncoding contentMediaType contentSchema minLength maxLength minimum maximum",
  "exclusiveMinimum exclusiveMaximum multipleOf minItems maxItems uniqueItems minProperties maxProperties",
  "additionalProperties unevaluatedProperties unevaluatedItems additionalItems prefixItems contains minContains",
  "maxContains patternProperties propertyNames dependentSchemas dependentRequired dependencies if then else not",
  "nullable enumDescriptions markdownDescription discriminator",
].join(" ").split(" ");

/** What every server takes that takes tools: types, properties, items, strings to choose from, plain unions. */
export const CORE_SCHEMA: SchemaRules = {
  ...MOONSHOT_SCHEMA,
  typeLists: false,
  enums: "strings",
  drop: BEYOND_THE_CORE,
};

interface RefusalRow {
  /** What is left out, for the log; the name under which it is remembered. */
  readonly what: string;
  readonly refusal: RegExp;
  readonly rules: Partial<SchemaRules>;
}

/** Tried in order. Sources: the issues named; read 2026-11-25. */
const REFUSALS: readonly RefusalRow[] = [
  {
    what: "what its schemas must not hold",
    refusal: /moonshot flavou?red/i,
    rules: MOONSHOT_SCHEMA,
  },
  { what: "references in schemas", refusal: /\$ref\b|\$defs\b/i, rules: { refs: false } },
  {
    what: "unions beside a type",
    refusal: /\b(?:anyOf|oneOf)\b/,
    rules: { refs: false, unions: "apart", allOf: false },
  },
  { what: "allOf", refusal: /\ballOf\b/, rules: { refs: false, allOf: false } },
  {
    // Gemini's front: "Invalid value at '…enum[0]' (TYPE_STRING), 0" (thClaws#172)
    what: "enum values that are no strings",
    refusal: /\benum\b.{0,80}(?:TYPE_STRING|\bstrings?\b)/i,
    rules: { enums: "strings" },
  },
  {
    what: "null in enums",
    refusal: /\benum\b.*\bnull\b|\bnull\b.*\benum\b/is,
    rules: { enums: "no null" },
  },
  {
    what: "lists of types",
    refusal: /\btype\b.{0,40}\b(?:array|list)\b|\btype\b.{0,40}must be a string/i,
    rules: { typeLists: false },
  },
  // llama.cpp: "Pattern must start with '^' and end with '$'" (kubernetes-mcp-server#758)
  { what: "patterns", refusal: /\bpattern must\b/i, rules: { drop: ["pattern"] } },
];

/** Words without which a refusal is not about a tool's schema. */
const OF_A_TOOL = /schema|parameters|function_?declarations?|\btools?\b/i;
/** A schema of the answer is asked for elsewhere. */
const OF_THE_ANSWER = /response_?(?:format|schema)|text\.format|output_config/i;
const REFUSED =
  /invalid|not (?:a )?valid|unsupported|not supported|not (?:allowed|permitted)|unknown|cannot find|unrecognized|failed|must|should|exceed|too deep|conflict|unable|does ?n[o']t support/i;
/** A word in quotes or camel case that is a keyword; `title`, `not` and the like are words of any sentence. */
const NAMED = /[`'"]?(\$?[a-z]+[A-Za-z]*)[`'"]?/g;
const AMBIGUOUS = new Set(
  "title default const not if then else contains examples minimum maximum format pattern deprecated"
    .split(" "),
);
/** The name of a fix-up stays short; a refusal that comes again names the others. */
const MOST_NAMED = 3;
const DEPTH = /(?:nest|depth|levels?\b|too deep)/i;
const LEAST_DEPTH = 3;
const DEFAULT_DEPTH = 5;

/**
 * What a refusal asks of the schemas, most explicit first; the last one is always the common core.
 *
 * @param message the provider's words, shortened by the caller
 */
export function schemaRefusals(message: string): readonly string[] {
  if (!OF_A_TOOL.test(message) || OF_THE_ANSWER.test(message) || !REFUSED.test(message)) return [];
  const found: string[] = REFUSALS.filter(({ refusal }) => refusal.test(message))
    .map(({ what }) => what);
  const named = keywords(message);
  if (named.length > 0) {
    found.push(`${KEYWORDS}${named.join(", ")}`);
  }
  if (/schema/i.test(message) && DEPTH.test(message)) {
    const said = Number(/\b(\d{1,2})\b/.exec(message)?.[1] ?? DEFAULT_DEPTH);
    const depth = Math.max(LEAST_DEPTH, said);
    found.push(`${DEEPER}${depth}`);
  }
  if (/schema/i.test(message) || found.length > 0) {
    found.push(ALL_BUT_THE_CORE);
  }
  return found;
}

/**
 * What was left out of the schemas of one request, as rules for those of another.
 *
 * @param what one of {@link schemaRefusals} of that time
 * @returns `undefined` where it is not about schemas
 */
export function schemaRulesFor(what: string): SchemaRules | undefined {
  if (what === ALL_BUT_THE_CORE) return CORE_SCHEMA;
  if (what.startsWith(KEYWORDS)) {
    return { ...ANY_SCHEMA, drop: what.slice(KEYWORDS.length).split(", ") };
  }
  if (what.startsWith(DEEPER)) {
    return { ...ANY_SCHEMA, refs: false, depth: Number(what.slice(DEEPER.length)) };
  }
  const row = REFUSALS.find((each) => each.what === what);
  return row && { ...ANY_SCHEMA, ...row.rules };
}

const ALL_BUT_THE_CORE = "all but the core of schemas";
const KEYWORDS = "the schema keywords ";
const DEEPER = "schemas deeper than ";

/** The keywords that a message names; what is a word of any sentence only where it stands in quotes. */
function keywords(message: string): string[] {
  const names = [...message.matchAll(NAMED)].filter(([whole, name = ""]) =>
    BEYOND_THE_CORE.includes(name) && (!AMBIGUOUS.has(name) || whole !== name)
  );
  return [...new Set(names.map(([, name = ""]) => name))].slice(0, MOST_NAMED);
}
