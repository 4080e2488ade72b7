/**
 * The settings of cc-switch for Codex, read once, and the changes that can be made to them.
 *
 * There are two stores: the database, and the file of versions before 3.8.
 *
 * @module
 */

import type { SwitchTimeouts } from "./timeouts.ts";
import type { SwitchRecord } from "./record.ts";

/** The settings at one moment. */
export interface SwitchSnapshot {
  readonly records: readonly SwitchRecord[];
  /** The id of the provider that is marked as the one in use. */
  readonly current?: string;
  /** The live files that its proxy restores when it stops, as JSON: `{"auth": {…}, "config": "…"}`. */
  readonly liveBackup?: string;
  /** Of its own proxy. */
  readonly timeouts: SwitchTimeouts;
  /** Whether its proxy sends all requests, also those to loopback, through another proxy. */
  readonly proxied: boolean;
}

/** One changed value. It is written only where `before` still stands. */
export interface SwitchChange {
  readonly table: "providers" | "proxy_live_backup" | "proxy_config";
  /** The id of a provider; in the two other tables `codex`. */
  readonly id: string;
  readonly column: string;
  readonly before: string | number;
  readonly after: string | number;
}

/** A store of these settings. Nothing stays open between two calls. */
export interface SwitchStore {
  /** The database or the file, absolute. */
  readonly file: string;
  /** Its path for messages: `~/.cc-switch/cc-switch.db`. */
  readonly name: string;
  /** The beginning of an edit's key, for a part of a provider: `settings_config` or `meta`. */
  keyOf(id: string, part: string): readonly string[];
  /** @throws {Failure} `bad_config` */
  read(): Promise<SwitchSnapshot>;
  /**
   * Makes all changes and reads them back.
   *
   * @throws {Failure} `bad_config`; then nothing was changed
   */
  write(changes: readonly SwitchChange[]): Promise<void>;
  /** Copies what the changes replace into `dir`. @throws {Failure} `bad_config` */
  backup(dir: string, changes: readonly SwitchChange[]): Promise<void>;
}
