/**
 * What happened in one turn, as stretches and moments that can be drawn: bounded, whatever the turn's length.
 *
 * @module
 */

import type { Timeline } from "./document.ts";

type Span = Timeline["spans"][number];
type Point = Timeline["points"][number];

/** The most stretches that are kept; then neighbours are joined. */
const MOST_SPANS = 48;
/** The most moments of one turn; further heartbeats are counted and not drawn. */
const MOST_POINTS = 48;
/** A gap in what comes that is drawn as silence, in milliseconds. */
const GAP_MS = 2_000;

/** The course of one turn. All moments are milliseconds since it began. */
export class Course {
  #spans: Span[] = [];
  #points: readonly Point[] = [];
  #kind: Span[0] = "wait";
  #from = 0;
  /** The last moment that belongs to the present stretch for certain. */
  #last = 0;

  /** From now on it is `kind`; the same kind goes on. A gap before content becomes silence. */
  goOn(kind: Span[0], at: number): void {
    const content = kind === "think" || kind === "answer";
    if (content && at - this.#last > GAP_MS && isContent(this.#kind)) {
      this.#close(this.#last);
      this.#kind = "silence";
      this.#from = this.#last;
    }
    if (kind !== this.#kind) {
      this.#close(at);
      this.#kind = kind;
      this.#from = at;
    }
    this.#last = at;
  }

  /** Something happened at a moment. */
  mark(kind: Point[0], at: number): void {
    if (this.#points.length >= MOST_POINTS) return;
    this.#points = [...this.#points, [kind, Math.round(at)]]; // as long as it is: there is one for each running turn
  }

  /** The course until `at`. */
  until(at: number): Timeline {
    const open: Span[] = [];
    if (isContent(this.#kind) && at - this.#last > GAP_MS) {
      open.push([this.#kind, this.#from, this.#last], ["silence", this.#last, at]);
    } else open.push([this.#kind, this.#from, at]);
    return {
      spans: [...this.#spans, ...open].filter(([, from, to]) => to > from)
        .map(([kind, from, to]) => [kind, Math.round(from), Math.round(to)]),
      points: [...this.#points],
    };
  }

  #close(at: number): void {
    if (at <= this.#from) return;
    this.#spans = [...this.#spans, [this.#kind, this.#from, at]];
    if (this.#spans.length > MOST_SPANS) this.#spans = halved(this.#spans);
  }
}

function isContent(kind: Span[0]): boolean {
  return kind === "think" || kind === "answer";
}

/** Joins each two neighbours under the kind of the longer one. */
function halved(spans: readonly Span[]): Span[] {
  const out: Span[] = [];
  for (let at = 0; at < spans.length; at += 2) {
    const [one, other = one] = [spans[at], spans[at + 1]];
    if (!one || !other) continue;
    const longer = one[2] - one[1] >= other[2] - other[1] ? one : other;
    const last = out.at(-1);
    if (last && last[0] === longer[0]) out[out.length - 1] = [last[0], last[1], other[2]];
    else out.push([longer[0], one[1], other[2]]);
  }
  return out;
}
