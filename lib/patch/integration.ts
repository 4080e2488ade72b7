/**
 * The contract between `init`, `undo`, `status` and the three programs whose settings they touch.
 *
 * Planning reads and never writes; a plan knows how to carry itself out, and does so only if what it read still
 * stands. What was changed is told as {@link Edit}s, which the manifest keeps.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { asFailure } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Env, System } from "../config/paths.ts";
import type { Disk } from "./disk.ts";

/** Whose settings. */
export type IntegrationName = "codex" | "cc-switch" | "codex++";

/** One value of ours in somebody's settings. */
export interface Edit {
  readonly place: IntegrationName;
  /** The settings file or database, absolute. */
  readonly file: string;
  /**
   * The way to the value inside: `["model_providers", "custom", "base_url"]`; in a database table, row and column
   * come first: `["providers", "<id>", "settings_config", "config", "model_providers", …]`.
   */
  readonly key: readonly string[];
  /** The value found; absent where there was none. */
  readonly before?: Json;
  /** The value of ours; absent where ours is that there is none. Of a URL: the relay URL, whose host `serve` accepts. */
  readonly after?: Json;
  /** The value's source text as found (quotes and all), where it stood in a text that people write. */
  readonly source?: string;
}

/** A text that changes, for the diff. May hold keys: whoever prints it masks them. */
export interface Preview {
  /** The file, and what is inside it: `~/.cc-switch/cc-switch.db, provider "Acme", config`. */
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

/** Something that stands in the way: with one of them anywhere, nothing is changed anywhere. */
export interface PlanProblem {
  readonly file: string;
  /** One line, with the position where there is one: `line 3, column 7: a closing quote is missing`. */
  readonly why: string;
  /** What the user can do, one sentence. */
  readonly hint?: string;
}

/** What would be done in one place. */
export interface Plan {
  readonly place: IntegrationName;
  /** What is there, what is left alone and why: plain lines for the user, without keys. */
  readonly found: readonly string[];
  /** The changes; of a plan of going back, those that are taken back. Empty: there is nothing to do. */
  readonly edits: readonly Edit[];
  readonly previews: readonly Preview[];
  readonly problems: readonly PlanProblem[];
  /** Whether this program has nobody the sidecar could stand for, and takes a provider by `--provider`. */
  readonly lacksProvider?: boolean;
  /** Copies what is about to change into `dir`, an existing folder of the sidecar's (0700); files 0600. */
  backup(dir: string): Promise<void>;
  /**
   * Carries the plan out: each file atomically, a database in one transaction, only if what was read still stands,
   * and verified by reading back.
   *
   * @throws {Failure} `bad_config`, when something stands in the way; this place is then as it was.
   */
  apply(): Promise<void>;
}

/** How one place stands. */
export interface IntegrationState {
  readonly place: IntegrationName;
  /** `absent`: that program has no settings here. `untouched`: settings, and nothing of ours. */
  readonly state: "absent" | "untouched" | "patched" | "drifted";
  /** Who or what, for the user: one plain line each. */
  readonly facts: readonly string[];
}

/** One program's settings. Nothing here writes; only {@link Plan.apply} and {@link Plan.backup} do. */
export interface Integration {
  readonly name: IntegrationName;
  /** What `init` would do. A second one after it has no edits. */
  plan(): Promise<Plan>;
  /**
   * What `undo` would do: of `edits`, those whose `after` still stands go back to `before`; then every relay URL that
   * is left anywhere in these settings goes back to what it holds. Without `edits` the second half is all.
   *
   * @param all the edits of every place: programs copy from one another. @default `edits`
   */
  planRevert(edits: readonly Edit[], all?: readonly Edit[]): Promise<Plan>;
  /** How it stands, measured by the manifest's edits of this place. */
  state(edits: readonly Edit[]): Promise<IntegrationState>;
}

/** What places work with; tests replace every part. */
export interface PatchContext {
  readonly system: System;
  readonly env: Env;
  /** The port the sidecar listens on: that of every relay URL. */
  readonly port: number;
  /** `--codex-home`. */
  readonly codexHome?: string | undefined;
  /** `--cc-switch-dir`. */
  readonly ccSwitchDir?: string | undefined;
  /** `--codex-plus-dir`. */
  readonly codexPlusDir?: string | undefined;
  /** `--provider`: the profile whose table Codex gets where it has no provider of its own. */
  readonly provider?: string | undefined;
  /** `--base-url`: where that provider is reached instead. */
  readonly baseUrl?: string | undefined;
  /** The sidecar's own folder for manifest, backups and model catalogues. It may not exist yet. */
  readonly stateDir: string;
  readonly disk: Disk;
  readonly clock: Clock;
  /** Whether something on this machine listens on that port. */
  listening(port: number): Promise<boolean>;
  /** The names of the programs that run now, without paths; empty where that cannot be known. */
  processes(): Promise<readonly string[]>;
}

/** A `bad_config` as a problem of one file. @throws any other error again */
export function problemOf(file: string, error: unknown): PlanProblem {
  const { code, message, facts: { hint } } = asFailure(error);
  if (code !== "bad_config") throw error;
  return { file, why: message, ...(hint === undefined ? {} : { hint }) };
}

/** A plan that changes nothing. */
export function emptyPlan(
  place: IntegrationName,
  found: readonly string[],
  problems: readonly PlanProblem[] = [],
): Plan {
  const none = () => Promise.resolve();
  return { place, found, edits: [], previews: [], problems, backup: none, apply: none };
}
