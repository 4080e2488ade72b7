/**
 * What providers say when they refuse a part of a request, as expressions that both wires share.
 *
 * Its rule: nothing here knows a body; what is done about a refusal stands with the wire.
 *
 * @module
 */

/** As far as a refusal is read: what it is about stands at its beginning, and the expressions below search far. */
export const MAX_REFUSAL = 1500;

/** What a refusal is about, by its words. */
export const REFUSALS = {
  reasoningContent:
    /reasoning_content\b.*\b(?:must|need|required|missing|passed back)|missing\b.*reasoning_content/is,
  emptyText:
    /[`'"]?(?:text|content)[`'"]? (?:is|was|be)(?: not|n't) (?:set|present|null)|content\b.*(?:must not|cannot|can't) be (?:null|empty)/is,
  images:
    /(?=.*\b(?:images?|image_url|input_image|vision|multi-?modal)\b).*(?:not support|unsupported|does ?n.t support|no endpoints|not allowed|not accept|text[- ]only|cannot process|unknown variant|only support|unknown|invalid (?:type|value|content))/is,
  lateSystem: /system (?:message|role|prompt)s?\b.*\b(?:beginning|first|start|only one|multiple)/is,
  developerRole:
    /(?=.*\bdeveloper\b).*(?:unknown variant|role|unsupported|not (?:supported|allowed|valid)|expected one of)/is,
  format: /response[_ ]?format|json_schema|structured output|guided (?:json|decoding)|json mode/i,
  /** A blob that only the provider which wrote it can open. */
  sealed:
    /invalid_encrypted_content|encrypted[ _]content\b.*(?:not|n't|invalid|fail|verif|decrypt|decode|unknown)|(?:not|n't|fail\w*|unable to) (?:be )?(?:decode|decrypt|verif|pars)\w*\b.*(?:encrypted|reasoning|blob|thinking)|invalid\b.*\bsignature\b.*thinking/is,
} as const;

/** Any of the words without which a sentence refuses nothing. */
export const REFUSES =
  /un(?:known|supported|expected|recogni[sz]ed|marshal)|not[_ ](?:support|allow|accept|permit|implement|valid|recogni[sz]ed|a valid|match|one of)|n.t (?:support|accept|allow|handle)|invalid|illegal|expected|must be|should be|cannot|can't|could not|fail(?:ed)? to|no such|only\b.{0,40}\b(?:support|accept|allow)/i;

const NAME = "([a-z_][\\w.[\\]]*)";
const KIND = "(?:parameter|argument|field|property|key|name|value|option)";
const OPEN = "[`'\"[(]*";

/** How providers say that they do not know or want a field; the first group names it. */
const FIELDS: readonly RegExp[] = [
  new RegExp(
    `(?:un(?:supported|known|recognized|recognised|expected)|invalid|extra|additional|illegal)\\s+(?:request\\s+)?${KIND}(?:s|\\(s\\))?(?:\\s+supplied)?\\s*(?:for|name|of)?\\s*[:=]?\\s*${OPEN}${NAME}`,
    "gi",
  ),
  /[`'"]([a-z_][\w.[\]]*)[`'"]?\s*(?:parameter|argument|field|property|option|value)?\s*(?:is|are|was|of value[^.]{0,40}is)?\s*(?:not\s+(?:supported|allowed|permitted|recognized|recognised|a valid)|unsupported|unknown|invalid)/gi,
  /(?:does\s?n[o']t|not)\s+(?:support|accept|allow|recognize)\s+(?:the\s+|this\s+)?(?:parameter\s+|field\s+)?[`'"]?([a-z_][\w.[\]]*)/gi,
  /\b([a-z]\w*(?:_\w+|(?:\.\w+)+))\s+(?:parameter\s+|field\s+)?(?:is|are)\s+(?:not\s+(?:supported|allowed|permitted)|unsupported|unknown|invalid)/gi,
  new RegExp(
    `${KIND}s?\\s+(?:is\\s+|are\\s+)?(?:not (?:supported|allowed|permitted)|unsupported)\\b[^:]{0,40}:\\s*${OPEN}${NAME}`,
    "gi",
  ),
  /extra inputs are not permitted[^a-z]*(?:param(?:eter)?|field|loc)?[^a-z]*([a-z_][\w.[\]]*)/gi,
  /([a-z_][\w.[\]]*)[`'"\]]*\s*[:,]?\s*extra inputs are not permitted/gi,
  /\bparam(?:eter)?[`'"]?\s*[:=]?\s*[`'"]?([a-z_][\w.[\]]*)/gi,
];

/**
 * The fields a refusal may mean, most explicit first, as steps: `messages[3].name` -> `["messages", "3", "name"]`.
 *
 * @param refusal at most {@link MAX_REFUSAL} characters
 */
export function namedPaths(refusal: string): string[][] {
  const names = FIELDS.flatMap((form) =>
    [...refusal.matchAll(form)].map((match) => match[1] ?? "")
  );
  return [...new Set(names)].map((name) => name.split(/[.[\]]+/).filter((step) => step !== ""));
}

/** Where in a list a refusal points: `input[3].type`, `tools.7`. */
export function namedPlaces(
  refusal: string,
): { list: "input" | "tools"; at: number; rest: string }[] {
  const places = refusal.matchAll(
    /\b(input|tools)(?:\[(\d{1,6})\]|\.(\d{1,6})\b)((?:\.[a-z_]\w*)?)/gi,
  );
  return [...places].map(([, list = "", inside, dotted, rest = ""]) => ({
    list: list.toLowerCase() as "input" | "tools",
    at: Number(inside ?? dotted),
    rest: rest.slice(1),
  }));
}
