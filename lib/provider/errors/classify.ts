/**
 * Classifies an error answer: what it means for the exchange, and which message the user reads.
 *
 * Phrases decide before codes, codes before the HTTP status: providers send moderation, overflow and backend
 * failures alike as 400, and empty accounts as 429. The message is the provider's own, shortened, with every
 * key hidden.
 *
 * @module
 */

import type { Json } from "../../base/json.ts";
import { maskSecrets } from "../../base/secrets/secrets.ts";
import { COMMON_CODES, COMMON_PHRASES, GENERAL_TYPES } from "./common_errors.ts";
import { type ErrorBody, readErrorBody } from "./error_body.ts";
import type { ErrorKind, Profile } from "../profile.ts";

/** An error of a provider, as an HTTP answer or as an event. */
interface ErrorAnswer {
  /** The HTTP status; `null` for an error object inside a 200 or an SSE error event. */
  readonly status: number | null;
  /** The body, or the event's JSON text; at most 64 KiB. */
  readonly text: string;
  /** The same parsed, where the caller has it. */
  readonly json?: Json;
  /** Keys that were sent along. They are hidden from the message, whatever they look like. */
  readonly secrets?: readonly string[];
}

/** What an error answer means. */
export interface Classification {
  readonly kind: ErrorKind;
  /** The provider's message, `param` where it says more, `code` where it helps. No full stop added. */
  readonly message: string;
  readonly code?: string;
  readonly type?: string;
  /** What the user can do, where the form of the answer shows it. */
  readonly hint?: string;
}

/** Characters of a message that are shown; one that is longer echoes the request. */
const MAX_MESSAGE = 600;
/** Characters of an HTML page that are shown. */
const MAX_PAGE = 300;
/** Characters in which phrases are searched for. */
const MAX_SEARCHED = 8_000;

/** Classifies an error answer. Pure; never throws, whatever the text. */
export function classifyAnswer(profile: Profile, answer: ErrorAnswer): Classification {
  const body = masked(readErrorBody(answer.text, answer.json), answer.secrets);
  const http = answer.status !== null && (answer.status < 200 || answer.status > 299)
    ? answer.status
    : undefined;
  // A relay wraps the real status in its own 400 or 500; a redirect has none to wrap.
  const status = http !== undefined && http < 400 ? http : body.status ?? http;
  const hint = hintFor(status, body);
  return {
    kind: byPhrase(profile, body) ?? byCode(profile, body, status) ?? byStatus(status) ??
      general(body) ?? "transient",
    message: messageOf(body, http),
    ...(body.code === undefined ? {} : { code: body.code }),
    ...(body.type === undefined ? {} : { type: body.type }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** Hides keys before anything is shortened: half a key no longer looks like one. */
function masked(body: ErrorBody, secrets: readonly string[] = []): ErrorBody {
  const hidden = Object.entries(body).map(([name, value]) => [
    name,
    typeof value === "string" ? maskSecrets(value, secrets, { max: MAX_SEARCHED }) : value,
  ]);
  return Object.fromEntries(hidden) as ErrorBody;
}

function byPhrase(profile: Profile, body: ErrorBody): ErrorKind | undefined {
  const text = [body.message, body.param].filter(Boolean).join(": ").slice(0, MAX_SEARCHED);
  for (const phrases of [profile.phrases, COMMON_PHRASES]) {
    for (const [phrase, kind] of phrases) if (phrase.test(text)) return kind;
  }
  return undefined;
}

function byCode(profile: Profile, body: ErrorBody, status?: number): ErrorKind | undefined {
  const own = new Map(
    Object.entries(profile.codes).map(([key, kind]) => [key.toLowerCase(), kind]),
  );
  const names = [body.code, body.type, status?.toString()].flatMap((name) => {
    const whole = name?.toLowerCase() ?? "";
    return [whole, whole.split(".")[0] as string];
  });
  for (const name of names) {
    const kind = own.get(name);
    if (kind !== undefined) return kind;
  }
  return names.map((name) => known(COMMON_CODES, name)).find((kind) => kind !== undefined);
}

function general(body: ErrorBody): ErrorKind | undefined {
  return known(GENERAL_TYPES, body.type) ?? known(GENERAL_TYPES, body.code);
}

/** Looks a name up among the table's own keys: `constructor` is none. */
function known(table: Readonly<Record<string, ErrorKind>>, name = ""): ErrorKind | undefined {
  return Object.hasOwn(table, name.toLowerCase()) ? table[name.toLowerCase()] : undefined;
}

/** A captive portal sends 511; another try gets the same until somebody logs in. */
const FINAL = new Set([511]);
/** 499: a gateway lost its own client, which was not the sidecar. */
const AGAIN = new Set([408, 409, 425, 499]);

function byStatus(status: number | undefined): ErrorKind | undefined {
  if (status === undefined) return undefined;
  if (status === 402) return "quota";
  if (status === 429) return "rate_limited";
  if (AGAIN.has(status) || (status >= 500 && !FINAL.has(status))) return "transient";
  return "refused";
}

function hintFor(status: number | undefined, body: ErrorBody): string | undefined {
  if (status === undefined) return undefined;
  if (status >= 300 && status < 400) {
    return "The address redirects: put the final address into base_url";
  }
  if ((status === 404 || status === 405) && body.form !== "json") {
    return "The path of base_url is probably wrong: the server knows no such address";
  }
  return status === 511 ? "The network asks for a login: open a web page in a browser" : undefined;
}

function messageOf(body: ErrorBody, http: number | undefined): string {
  const name = http === undefined ? "An answer" : `HTTP ${http}`;
  if (body.form === "empty") return `${name} with an empty body`;
  if (body.form === "html") {
    return `${name} with an HTML page: ${clip(body.message ?? "", MAX_PAGE)}`;
  }
  if (!body.message?.trim()) {
    const known = [body.param, body.type, body.code].filter(Boolean).join(" ");
    return known === "" ? `${name} without a word` : `${name} ${known}`;
  }
  const { message, param, code } = body;
  const aside: string[] = [];
  let text = clip(message, MAX_MESSAGE);
  if (param !== undefined && !message.includes(param)) {
    // with spaces it is a sentence, the real reason; without, the name of a field
    if (/\s/.test(param)) text += `: ${clip(param, MAX_MESSAGE)}`;
    else aside.push(`param ${clip(param, 80)}`);
  }
  if (code !== undefined && !isStatus(code) && !message.includes(code)) {
    aside.push(`code ${clip(code, 80)}`);
  }
  return aside.length === 0 ? text : `${text.replace(/\.$/, "")} (${aside.join(", ")})`;
}

/** A code that only repeats an HTTP status tells a user nothing. */
function isStatus(code: string): boolean {
  return /^[1-5]\d\d$/.test(code);
}

/** The beginning of a text in one line, cut between characters. */
function clip(text: string, max: number): string {
  const line = text.slice(0, max * 4).replace(/\s+/g, " ").trim();
  if (line.length <= max) return line;
  return `${line.slice(0, max).replace(/[\uD800-\uDBFF]$/, "")}…`;
}
