/**
 * What a key looks like, and under which names keys are kept: the one list. All code that masks, and all code that must know
 * whether a header, a field or a parameter is secret, uses it.
 *
 * Sources: the vendors' own documentation of their keys and the prefixes that public secret scanners list (docs/facts/README.md for the
 * providers of this project).
 *
 * @module
 */

/**
 * Prefixes of keys that vendors issue, without the sign that follows (`-` or `_`). Several are also syllables, so the text
 * that follows them must not be words: see {@link looksRandom}.
 */
export const PREFIXES: readonly string[] = (
  "sk pk rk ak fk csk tp sess xai gsk hf nvapi pplx r8 fw jina tvly npm pypi whsec tgp_v1 dop_v1 lin_api ntn shpat shpss " +
  "ghp gho ghu ghs ghr github_pat glpat glptt gldt glrt glcbt xoxa xoxb xoxe xoxp xoxr xoxs xapp GOCSPX ALTAK AQVN"
).split(" ");

/** Prefixes with nothing between them and the secret, each with how many characters must follow. */
export const GLUED_PREFIXES: readonly (readonly [prefix: string, least: number])[] = [
  ["AIza", 20],
  ["AKIA", 12],
  ["ASIA", 12],
  ["AKLT", 12],
  ["AKID", 12],
  ["LTAI", 12],
];

/** Prefixes whose secret has dots or slashes in it. */
export const PUNCTUATED_PREFIXES: readonly string[] = ["bce-v3/", "ya29.", "AQ.", "SG."];

/** Prefixes that a UUID follows. */
export const UUID_PREFIXES: readonly string[] = ["ms-"];

/** Headers that hold a key or a login, in lower case; {@link isSecretHeader} also knows the names of {@link isSecretName}. */
const HEADERS: ReadonlySet<string> = new Set([
  "authorization",
  "proxy-authorization",
  "api-key",
  "apikey",
  "x-api-key",
  "x-goog-api-key",
  "ocp-apim-subscription-key",
  "x-sidecar-token",
  "x-amz-security-token",
  "x-functions-key",
  "private-token",
  "job-token",
  "cookie",
  "set-cookie",
]);

/** The last part of a name under which every value is a secret, whatever it looks like. */
const SECRET_NAME =
  /(?:^|[-_. ])(?:(?:proxy[-_])?authorization|api[-_ ]?key|(?:access|secret|private|account|subscription|signing|master|auth)[-_ ]?key|(?:secret[-_])?access[-_]?key|(?:access|refresh|id|auth|session|security|bearer|api)?[-_ ]?token|(?:client[-_]?)?secret|password|passwd|pwd|passphrase|(?:set-)?cookie|credentials?)$/i;

/** Further names that hold a secret in a query. */
const SECRET_QUERY = /^(?:.*[-_.])?(?:key|sig|signature|auth|code|session|jwt)$/i;

/** Whether a field of this name holds a secret: `api_key`, `accessToken`, `x-session-token`. Not `max_tokens`, not `prompt_cache_key`. */
export function isSecretName(name: string): boolean {
  const words = name.slice(-128).replace(/([a-z])([A-Z])/g, "$1_$2");
  return SECRET_NAME.test(words) || /^x-auth/i.test(name);
}

/** Whether a header of this name, in any case, holds a secret. */
export function isSecretHeader(name: string): boolean {
  return HEADERS.has(name.toLowerCase()) || isSecretName(name);
}

/** Whether a parameter of this name in a URL's query holds a secret. */
export function isSecretQuery(name: string): boolean {
  return isSecretName(name) || SECRET_QUERY.test(name.slice(-128));
}

/** A word or a small number, which may follow a prefix that is also a syllable: `sk-learn-contrib`, `tp-link-archer-c7`. */
const WORD = /^(?:[A-Z]?[a-z]{0,19}|\d{1,4}|[a-z]{1,5}\d{1,2}|\d{1,2}[a-z]{1,3})$/;

/** Whether the text behind a prefix is a secret and not words. A part of a text that is no secret is none either. */
export function looksRandom(tail: string): boolean {
  return tail.length >= 6 && !tail.split(/[-_]/).every((part) => WORD.test(part));
}

/** Whether a text can be the name of an environment variable and is no key that was put where its name belongs. */
export function isVariableName(text: string): boolean {
  if (!/^[A-Za-z_]\w{0,63}$/.test(text)) return false;
  if (text.split("_").some((word) => word.length >= 16 && /\d/.test(word))) return false;
  return !(/[a-z]/.test(text) && /\d/.test(text) && text.length >= 16);
}

/** Words of a name whose value is not shown: more than {@link isSecretName} knows, for settings that the user wrote. */
export const SUSPECT_WORDS = "key|token|secret|password|passwd|authorization|cookie|credential";
