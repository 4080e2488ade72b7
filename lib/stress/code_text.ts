/**
 * Long text that looks like a repository: functions, comments and tests in three languages, the same for the same seed.
 *
 * Code and not prose, because that is what Codex sends: models tokenise it worse, and gateways count it differently.
 *
 * @module
 */

import type { Random } from "../base/clock.ts";

/** Characters of code in one token, roughly, over current tokenisers. */
export const CHARS_PER_TOKEN = 3.5;

const VERBS = ["parse", "merge", "fetch", "resolve", "encode", "flush", "rank", "prune", "index"];
const NOUNS = [
  "ledger",
  "session",
  "invoice",
  "token",
  "frame",
  "route",
  "shard",
  "quota",
  "digest",
];
const FIELDS = ["amount", "offset", "weight", "retries", "latency", "depth", "version", "score"];
const REASONS = [
  "the caller may hold a stale copy, so the newest one wins",
  "an empty batch is legal and means that nothing changed",
  "ordering matters here: the index is rebuilt from the left",
  "kept for clients that still send the old field",
  "bounded, because the input comes from the network",
];

/** What one function is about. */
interface Subject {
  readonly verb: string;
  readonly noun: string;
  readonly field: string;
  readonly other: string;
  readonly reason: string;
  readonly n: number;
}

const FORMS: readonly ((subject: Subject) => string)[] = [
  ({ verb, noun, field, other, reason, n }) => `
/** Returns the ${noun} whose ${field} is largest; ${reason}. */
export function ${verb}${cap(noun)}${n}(entries: readonly ${cap(noun)}[], limit = ${n}): number {
  let ${field} = 0;
  for (const entry of entries) {
    if (entry.${other} > limit) continue; // ${reason}
    ${field} += entry.${field} * ${(n % 7) + 1};
  }
  return entries.length === 0 ? 0 : Math.round(${field} / entries.length);
}
`,
  ({ verb, noun, field, other, reason, n }) => `
def ${verb}_${noun}_${n}(self, ${noun}s: list[dict], *, ${other}: int = ${n}) -> dict[str, int]:
    """${cap(reason)}."""
    result: dict[str, int] = {}
    for ${noun} in ${noun}s:
        key = f"{${noun}['${field}']}:{${other} % ${(n % 13) + 2}}"
        result[key] = result.get(key, 0) + int(${noun}.get("${other}", ${n}))
    assert len(result) <= len(${noun}s), "${reason}"
    return result
`,
  ({ verb, noun, field, other, reason, n }) => `
func (s *${cap(noun)}Store) ${cap(verb)}${n}(ctx context.Context, id string) (*${
    cap(noun)
  }, error) {
	row := s.db.QueryRowContext(ctx, "select ${field}, ${other} from ${noun}s where id = $1", id)
	var out ${cap(noun)}
	if err := row.Scan(&out.${cap(field)}, &out.${cap(other)}); err != nil {
		return nil, fmt.Errorf("${verb} ${noun} %s: %w", id, err) // ${reason}
	}
	return &out, nil
}
`,
];

/** About `tokens` tokens of code, a file's worth under a heading; at least one function. */
export function codeText(tokens: number, random: Random): string {
  const pick = <T>(list: readonly T[]) => list[Math.floor(random.random() * list.length)] as T;
  const parts: string[] = [];
  for (let length = 0; length === 0 || length < tokens * CHARS_PER_TOKEN;) {
    const part = pick(FORMS)({
      verb: pick(VERBS),
      noun: pick(NOUNS),
      field: pick(FIELDS),
      other: pick(FIELDS),
      reason: pick(REASONS),
      n: 2 + Math.floor(random.random() * 9_000),
    });
    parts.push(part);
    length += part.length;
  }
  return parts.join("");
}

/** How many tokens a text has, roughly. */
export function tokensOf(text: string): number {
  return Math.ceil(text.length / CHARS_PER_TOKEN);
}

function cap(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
