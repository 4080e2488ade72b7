/**
 * The timeouts of cc-switch's own proxy, extended to the most that its settings page allows.
 *
 * They apply only while its failover is on; then the proxy cuts off a model that reasons for two minutes
 * (docs/facts/switchers.md §3.1). A timeout of 0 is off, so it stays.
 *
 * @module
 */

import type { TomlEdit } from "../codex/toml.ts";

/** Columns of `proxy_config` and the most seconds that each may hold. */
export const MAX_TIMEOUTS = {
  streaming_first_byte_timeout: 120,
  streaming_idle_timeout: 600,
  non_streaming_timeout: 1200,
} as const;

/** The name of a column. */
type TimeoutColumn = keyof typeof MAX_TIMEOUTS;

/** Seconds by column; a column that this version of cc-switch lacks is absent. */
export type SwitchTimeouts = Readonly<Partial<Record<TimeoutColumn, number>>>;

/** The names of the columns. */
export const TIMEOUT_NAMES = Object.keys(MAX_TIMEOUTS) as readonly TimeoutColumn[];

/** The edits that extend shorter timeouts; each key is one column. */
export function extendTimeouts(timeouts: SwitchTimeouts): TomlEdit[] {
  return TIMEOUT_NAMES.flatMap((name) => {
    const before = timeouts[name];
    if (before === undefined || before <= 0 || before >= MAX_TIMEOUTS[name]) return [];
    return [{ key: [name], before, after: MAX_TIMEOUTS[name] }];
  });
}

/** The edits that revert timeouts of `edits` whose values still stand. */
export function revertTimeouts(timeouts: SwitchTimeouts, edits: readonly TomlEdit[]): TomlEdit[] {
  return TIMEOUT_NAMES.flatMap((name) => {
    const made = edits.find(({ key }) => key[0] === name);
    const now = timeouts[name];
    if (typeof made?.before !== "number" || now === undefined || now !== made.after) return [];
    return [{ key: [name], before: now, after: made.before }];
  });
}
