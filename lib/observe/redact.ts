/**
 * Takes secrets out of text that a person or a file will keep.
 *
 * Knows keys by their form, and any value by the name it is given. Ids, UUIDs and model names stay: a bare UUID is
 * never taken for a key, since nothing tells it from an id. Redacting twice changes nothing. Every repetition that
 * may fail late is bounded, so that a hostile text costs no more than a long one.
 *
 * @module
 */

const mark = "[redacted]";
const start = "(?<![A-Za-z0-9])";
const name =
  "(?:(?:proxy-)?authorization|(?:x-)?(?:[a-z]{1,16}-)?api[-_ ]?key|(?:[a-z]{1,16}[-_])?token" +
  "|client[-_]?secret|secret[-_]?(?:access[-_]?)?key|password|passwd)";

const rules: readonly (readonly [form: RegExp, instead: string])[] = [
  // https://user:password@host
  [/(:\/\/)[^\s/@"'\\]+@/g, `$1${mark}@`],
  // ?key=…&token=…
  [/([?&](?:api[-_]?key|key|token|access_token|sig|signature)=)[^\s&#"'\\]+/gi, `$1${mark}`],
  // "api_key": "…", also inside a JSON string
  [new RegExp(`(${name}\\\\*["']\\s*[:=]\\s*\\\\*["'])(?!env:)[^"'\\\\]+`, "gi"), `$1${mark}`],
  // api-key: …, token=… ; a word without digits is prose: "api key: please check"
  [
    new RegExp(`(${name}\\s*[:=]\\s*)(?!env:)(?=[^\\s"'\\\\,;]*\\d)[^\\s"'\\\\,;]{8,}`, "gi"),
    `$1${mark}`,
  ],
  // Authorization: Basic …
  [/(authorization\s*[:=]\s*(?:bearer|basic)\s+)[\w.~+/=:-]+/gi, `$1${mark}`],
  // Bearer …, Basic … elsewhere; without a digit and short it is prose: "bearer authentication"
  [
    new RegExp(`${start}((?:bearer|basic)\\s+)(?=\\S*\\d|\\S{24})[\\w.~+/=:-]{6,}`, "gi"),
    `$1${mark}`,
  ],
  // JSON Web Tokens, cut ones too
  [new RegExp(`${start}(eyJ)[\\w-]{6,512}\\.[\\w-]+(?:\\.[\\w-]*)*`, "g"), `$1${mark}`],
  // Keys by their prefix. Those that are also syllables must hold a digit.
  [new RegExp(`${start}((?:sk|tp|pk|rk|csk|fk)-)(?=[\\w-]{0,128}\\d)[\\w-]{8,}`, "g"), `$1${mark}`],
  [
    new RegExp(
      `${start}(gsk_|xai-|pplx-|nvapi-|hf_|fw_|r8_|gh[pousr]_|github_pat_|tgp_v1_|AIza|AKLT|AKIA|ASIA|LTAI)` +
        `[\\w-]{12,}={0,2}`,
      "g",
    ),
    `$1${mark}`,
  ],
  // id.secret, as some providers issue them: 32 hex digits, a dot, 16 letters and digits
  [new RegExp(`${start}[0-9a-f]{32}\\.[A-Za-z0-9]{16}(?![A-Za-z0-9])`, "g"), mark],
];

/** The text with every secret replaced by `[redacted]`, a key's public prefix kept: `sk-[redacted]`. */
export function redact(text: string): string {
  let out = text;
  for (const [form, instead] of rules) out = out.replace(form, instead);
  return out;
}
