/**
 * Model names that Codex recognises as OpenAI's own by their beginning, and treats accordingly (docs/facts/codex.md §2.4).
 *
 * @module
 */

/** What Codex takes a model for. */
export interface Metadata {
  readonly slug: string;
  /** Whether its tools go out in a form that only OpenAI's servers understand. */
  readonly codeMode: boolean;
}

/** The entries that Codex 0.169.0 carries. */
const BUNDLED: readonly string[] = [
  "gpt-6-astra",
  "gpt-6.1-sol",
  "gpt-6.1-terra",
  "gpt-6-sol",
  "gpt-6-luna",
  "gpt-5.6-sol",
  "gpt-5.6-terra",
  "gpt-5.6-luna",
  "gpt-daybreak-blue-latest",
  "gpt-daybreak-red-latest",
  "gpt-5.5",
  "codex-auto-review",
];

/** The only one whose tools are plain. */
const PLAIN = "gpt-5.5";

/** The entry that is the longest beginning of `model`, one `vendor/` aside; `undefined` where none is. */
export function metadataOf(model: string): Metadata | undefined {
  const bare = /^[^/]+\/([^/]+)$/.exec(model)?.[1];
  const names = bare === undefined ? [model] : [model, bare];
  const fits = BUNDLED.filter((slug) => names.some((name) => name.startsWith(slug)));
  const [slug] = fits.sort((a, b) => b.length - a.length);
  return slug === undefined ? undefined : { slug, codeMode: slug !== PLAIN };
}
