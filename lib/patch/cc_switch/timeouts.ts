/**
 * The patience of cc-switch's own proxy with Codex's provider, raised to what its settings page allows.
 *
 * They count only while its failover is on; behind that proxy a model that thinks for two minutes is cut off
 * (docs/facts/switchers.md §3.1). A clock at 0 is off, which is more patience than any number.
 *
 * @module
 */

import type { TomlEdit } from "../codex/toml.ts";

/** Columns of `proxy_config` and the most seconds that each may hold. */
export const TIMEOUTS = {
  streaming_first_byte_timeout: 120,
  streaming_idle_timeout: 600,
  non_streaming_timeout: 1200,
} as const;

/** A clock's column. */
export type WithTimeouts = keyof typeof TIMEOUTS;

/** Seconds by column; a column that this version of cc-switch lacks is absent. */
export type Deadlines = Readonly<Partial<Record<WithTimeouts, number>>>;

/** The names of the columns. */
export const TIMEOUT_NAMES = Object.keys(TIMEOUTS) as readonly WithTimeouts[];

/** What is to be raised; keys are the columns. */
export function raiseTimeouts(deadlines: Deadlines): TomlEdit[] {
  return TIMEOUT_NAMES.flatMap((name) => {
    const before = deadlines[name];
    if (before === undefined || before <= 0 || before >= TIMEOUTS[name]) return [];
    return [{ key: [name], before, after: TIMEOUTS[name] }];
  });
}

/** What goes back: clocks that `edits` raised and nobody has set since. */
export function lowerTimeouts(deadlines: Deadlines, edits: readonly TomlEdit[]): TomlEdit[] {
  return TIMEOUT_NAMES.flatMap((name) => {
    const made = edits.find(({ key }) => key[0] === name);
    const now = deadlines[name];
    if (typeof made?.before !== "number" || now === undefined || now !== made.after) return [];
    return [{ key: [name], before: now, after: made.before }];
  });
}
