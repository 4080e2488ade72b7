/**
 * Hides keys and tokens in text that others wrote: providers echo the key they refuse, URLs carry passwords.
 *
 * A secret leaves nothing behind but its public prefix (`sk-…`): neither its end nor its length. Masking
 * twice changes nothing.
 *
 * @module
 */

/** What stands where a secret stood. */
const GONE = "…";

/** A known secret shorter than this is not searched for: it would tear words apart. */
const MIN_KNOWN = 8;

const SHAPES: readonly (readonly [RegExp, string])[] = [
  // user and password in a URL
  [/(\/\/)[^\s/@:"']{1,256}:[^\s/@"']{1,256}@/g, `$1${GONE}@`],
  // JSON web tokens: logins and some keys
  [/\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g, `eyJ${GONE}`],
  // prefixed keys; the look-ahead wants a digit, a capital or an asterisk, which words with hyphens lack
  [/\b(sk|tp|rk|pk|gsk|xai|hf|nvapi|sess|ak)([-_])(?=[\w*-]*[\dA-Z*])[\w*-]{6,}/g, `$1$2${GONE}`],
  [/\bAIza[\w-]{20,}/g, `AIza${GONE}`],
  [/\b(AKIA|AKLT|LTAI)\w{12,}/g, `$1${GONE}`],
  // 32 hex digits, a dot, a secret: keys without a prefix
  [/\b[0-9a-f]{32}\.[A-Za-z0-9]{8,}/g, GONE],
  [/\b(Bearer|Basic)\s+(?!…)[\w.~+/*=-]{6,}/gi, `$1 ${GONE}`],
  // anything that is called a key: `api_key=…`, `API key provided: …`, `"x-api-key": "…"`
  [
    /((?:api|access|secret)[ _-]?(?:key|token)(?: provided)?["']?\s*[:=]\s*["']?)(?=[\w.*-]*[\d*])[\w.*-]{8,}/gi,
    `$1${GONE}`,
  ],
];

/**
 * Returns `text` with everything that looks like a key or token hidden, and every secret in `known` too.
 *
 * @param known Secrets the caller holds, hidden wherever they stand; shorter than 8 characters are ignored.
 */
export function maskSecrets(text: string, known: readonly string[] = []): string {
  let masked = text;
  for (const secret of known) {
    if (secret.length >= MIN_KNOWN) masked = masked.replaceAll(secret, () => hide(secret));
  }
  for (const [shape, put] of SHAPES) masked = masked.replace(shape, put);
  return masked;
}

/** A secret's public prefix and the mark: `sk-…`, or the mark alone where it has none. */
function hide(secret: string): string {
  return (/^(?:sk|tp|rk|pk|gsk|xai|hf)[-_]/.exec(secret)?.[0] ?? "") + GONE;
}
