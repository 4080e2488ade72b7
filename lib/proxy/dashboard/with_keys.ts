/**
 * A history together with the upstreams' keys that are in trouble now, which the pools know and no history does.
 *
 * @module
 */

import type { KeyTrouble, LiveState } from "../../observe/history/document.ts";
import type { HistoryView } from "../../observe/history/history.ts";

/** The most keys that are told of. */
const MOST_KEYS = 20;

/** The same history, its documents with keys. */
export function withKeys(history: HistoryView, keys: () => readonly KeyTrouble[]): HistoryView {
  const told = <T extends LiveState>(state: T): T => ({
    ...state,
    keys: keys().slice(0, MOST_KEYS),
  });
  return {
    get changes() {
      return history.changes;
    },
    state: () => told(history.state()),
    live: () => told(history.live()),
    usage: (since, by) => history.usage(since, by),
  };
}
