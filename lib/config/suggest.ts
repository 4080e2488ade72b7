/**
 * "Did you mean": finds the known word that a misspelt one most likely stands for.
 *
 * Case, hyphens and underscores never count as a difference: `headGrace`, `HEAD-GRACE` and `head_grace` are one word.
 *
 * @module
 */

/**
 * The candidate that a misspelt word most likely stands for; `undefined` when none is near.
 *
 * Near is one slip for every three letters, at least one, or a beginning of at least three letters (`warn`, `warning`).
 */
export function suggest(word: string, candidates: Iterable<string>): string | undefined {
  const meant = plain(word);
  const allowed = Math.max(1, Math.floor(meant.length / 3));
  let best: string | undefined;
  let least = allowed + 1;
  for (const candidate of candidates) {
    const known = plain(candidate);
    const begins = meant.length >= 3 && known.startsWith(meant);
    const slips = begins ? Math.min(1, distance(meant, known)) : distance(meant, known);
    if (slips < least) [best, least] = [candidate, slips];
  }
  return best;
}

/** The question that follows a refusal, `. Did you mean head_grace?`; empty where no candidate is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const found = suggest(word, candidates);
  return found === undefined ? "" : `. Did you mean ${found}?`;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, "");
}

/** How many insertions, deletions, replacements and swaps of neighbours turn one word into the other. */
function distance(from: string, to: string): number {
  let before: number[] = [];
  let above = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row++) {
    const line = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1];
      let cost = Math.min(
        at(above, column) + 1,
        at(line, column - 1) + 1,
        at(above, column - 1) + (same ? 0 : 1),
      );
      const swapped = from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, at(before, column - 2) + 1);
      line.push(cost);
    }
    [before, above] = [above, line];
  }
  return at(above, to.length);
}

function at(line: number[], column: number): number {
  return line[column] ?? Infinity;
}
