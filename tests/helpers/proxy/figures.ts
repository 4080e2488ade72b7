/**
 * Figures of turns for tests of what they come to.
 *
 * @module
 */

import type { Figures } from "../../../lib/observe/history/figures.ts";

/** Of one complete turn. @param changes what is otherwise */
export function turnFigures(changes: Partial<Figures> & Pick<Figures, "at">): Figures {
  return {
    upstream: "acme",
    keyName: "acme",
    user: "",
    model: "acme-2",
    outcome: "completed",
    code: null,
    firstContent: 1,
    longestSilence: 1,
    duration: 1,
    attempts: 1,
    replays: 0,
    heartbeats: 0,
    tokens: null,
    cost: null,
    ...changes,
  };
}
