/**
 * What cc-switch keeps for Codex, read once, and the changes that can be made to it.
 *
 * Two stores keep it: the database, and the file that versions before 3.8 wrote.
 *
 * @module
 */

import type { SwitchTimeouts } from "./timeouts.ts";
import type { SwitchRecord } from "./record.ts";

/** Everything at one moment. */
export interface SwitchSnapshot {
  readonly records: readonly SwitchRecord[];
  /** The provider that is marked as the one in use. */
  readonly current?: string;
  /** JSON of the live files that its proxy puts back when it lets go of Codex: `{"auth": {…}, "config": "…"}`. */
  readonly liveBackup?: string;
  /** Of its own proxy. */
  readonly timeouts: SwitchTimeouts;
  /** Whether its proxy sends everything through another proxy, loopback too. */
  readonly proxied: boolean;
}

/** One value of one row; `before` must still stand when it is written. */
export interface SwitchChange {
  readonly table: "providers" | "proxy_live_backup" | "proxy_config";
  /** The row: a provider's id; elsewhere `codex`. */
  readonly id: string;
  readonly column: string;
  readonly before: string | number;
  readonly after: string | number;
}

/** Where it is kept. Nothing is held open between two calls. */
export interface SwitchStore {
  /** The database or the file, absolute. */
  readonly file: string;
  /** The same as the user knows it: `~/.cc-switch/cc-switch.db`. */
  readonly name: string;
  /** What an edit's key begins with, for a part of a provider: `settings_config` or `meta`. */
  keyOf(id: string, part: string): readonly string[];
  /** @throws {Failure} `bad_config` */
  read(): Promise<SwitchSnapshot>;
  /**
   * All changes or none, read back before they count.
   *
   * @throws {Failure} `bad_config`; nothing was changed then.
   */
  write(changes: readonly SwitchChange[]): Promise<void>;
  /** Copies the store as it is into `dir`. @throws {Failure} `bad_config` */
  backup(dir: string): Promise<void>;
}
