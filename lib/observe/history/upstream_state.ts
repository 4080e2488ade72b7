/**
 * What the history tells of one upstream: its use, its health, its figures over time, and what to do where it fails.
 *
 * @module
 */

import { adviceFor, pageAbout } from "./advice.ts";
import type { FinishedTurn, UpstreamState } from "./document.ts";
import { type Figures, isLost, seriesOf, usedBy } from "./figures.ts";

/** The turns that its health is read from. */
const RECENT = 20;

/** What is known of one upstream. */
interface KnownUpstream {
  readonly name: string;
  /** Its turns in figures, oldest first. */
  readonly figures: readonly Figures[];
  /** The last turns of all upstreams, oldest first. */
  readonly turns: readonly FinishedTurn[];
  readonly now: number;
  readonly docs: string | null;
}

/** As the document has it. */
export function upstreamState({ name, figures, turns, now, docs }: KnownUpstream): UpstreamState {
  const used = usedBy(name, figures);
  const recent = figures.slice(-RECENT);
  const lost = recent.filter(isLost).length;
  const last = turns.findLast((turn) => turn.upstream === name && isLost(turn));
  const { input, cached } = used.tokens;
  return {
    ...used,
    health: healthOf(lost, recent.length),
    cacheRate: input > 0 ? cached / input : null,
    trouble: lost === 0 || !last ? null : {
      code: last.code ?? "internal",
      message: last.message ?? "",
      at: last.at,
      todo: adviceFor(last.code),
      link: docs === null ? null : pageAbout(last.code, docs),
    },
    series: seriesOf(figures, now),
  };
}

function healthOf(lost: number, of: number): UpstreamState["health"] {
  if (of === 0) return "idle";
  if (lost === 0) return "good";
  return 2 * lost > of ? "failing" : "unsteady";
}
