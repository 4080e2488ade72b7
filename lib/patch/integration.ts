/**
 * The interface between `init`, `undo`, `status` and the three programs whose settings they change.
 *
 * Planning reads and never writes. A plan applies itself, and only if the settings are still as it read them. Each
 * change is an {@link Edit}, which the manifest stores.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { asFailure } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Env, System } from "../config/paths.ts";
import type { AllRows } from "./all_rows.ts";
import type { ModelOffer } from "./codex/model_offer.ts";
import type { Disk } from "./disk/disk.ts";

/** The program whose settings are meant. */
export type IntegrationName = "codex" | "cc-switch" | "codex++";

/** One value of the sidecar in the settings of a program. The manifest stores it under these names. */
export interface Edit {
  readonly place: IntegrationName;
  /** The settings file or database, absolute. */
  readonly file: string;
  /**
   * The path of the value inside: `["model_providers", "custom", "base_url"]`; in a database table, row and column
   * come first: `["providers", "<id>", "settings_config", "config", "model_providers", …]`.
   */
  readonly key: readonly string[];
  /** The value before; absent where there was none. */
  readonly before?: Json;
  /** The value of the sidecar; absent where it removed the value. For a URL: the relay URL, whose host `serve` accepts. */
  readonly after?: Json;
  /** The source text of the value before, with its quotes, where it comes from a text that people write. */
  readonly source?: string;
  /** Of a limit in a provider's table: the URL that stood beside it, where the edit of that URL does not say it. */
  readonly relay?: string;
}

/** A text that changes, for the diff. It may hold keys: the code that prints it masks them. */
export interface Preview {
  /** The file, and what is inside it: `~/.cc-switch/cc-switch.db, provider "Acme", config`. */
  readonly title: string;
  readonly before: string;
  readonly after: string;
}

/** A reason why nothing can be changed; with one in any plan, `init` changes nothing at all. */
export interface PlanProblem {
  readonly file: string;
  /** One line, with the position where there is one: `line 3, column 7: a closing quote is missing`. */
  readonly why: string;
  /** One sentence: what the user can do. */
  readonly hint?: string;
}

/** A config.toml that would be written. */
export interface CodexTry {
  /** As messages name it. */
  readonly name: string;
  /** The home that it stands in; absent for a text inside another program's settings. */
  readonly home?: string;
  /** The files of a home with it, and with what is there now. */
  readonly after: Readonly<Record<string, string>>;
  readonly before: Readonly<Record<string, string>>;
}

/** A model in the settings that its provider serves no more. */
export interface RetiredFinding {
  /** Which settings name it, and what became of it, without a full stop. */
  readonly sentence: string;
  readonly successor: string;
}

/** What would be changed in the settings of one program. */
export interface Plan {
  readonly place: IntegrationName;
  /** Lines for the user, without keys: what was found, what is left alone and why. */
  readonly found: readonly string[];
  /** The changes; in a plan of a revert, the reverted ones. Empty where there is nothing to do. */
  readonly edits: readonly Edit[];
  readonly previews: readonly Preview[];
  readonly problems: readonly PlanProblem[];
  /** Whether this program has no provider that the sidecar can stand for, and accepts one by `--provider`. */
  readonly lacksProvider?: boolean;
  /** Retired models that these settings name. @default none */
  readonly retired?: readonly RetiredFinding[];
  /** The homes of Codex that would change, which the installed Codex is asked about. @default none */
  readonly tries?: readonly CodexTry[];
  /** Copies the settings that will change into `dir`, an existing folder of the sidecar (0700); files get 0600. */
  backup(dir: string): Promise<void>;
  /**
   * Applies the plan: each file atomically, a database in one transaction, only if the settings are still as they were
   * read. The result is read back and compared.
   *
   * @throws {Failure} `bad_config`, when a change is not possible; then these settings are as they were
   */
  apply(): Promise<void>;
}

/** The state of one program's settings. */
export interface IntegrationState {
  readonly place: IntegrationName;
  /** `absent`: the program has no settings here. `untouched`: it has settings without a value of the sidecar. */
  readonly state: "absent" | "untouched" | "patched" | "drifted";
  /** Lines for the user. */
  readonly facts: readonly string[];
  /** Whether what is patched leads to a team's gateway, so that no sidecar of this machine is needed. @default false */
  readonly gateway?: boolean;
}

/** The settings of one program. Only {@link Plan.apply} and {@link Plan.backup} write. */
export interface Integration {
  readonly name: IntegrationName;
  /** What `init` would change. After it is applied, a second plan has no edits. */
  plan(): Promise<Plan>;
  /**
   * What `undo` would change: those of `edits` whose `after` still stands are set to `before`; then every relay URL that
   * is left in these settings is replaced by the URL in it. Without `edits`, only the second part happens.
   *
   * @param all the edits of every integration, because programs copy from one another. @default `edits`
   */
  planRevert(edits: readonly Edit[], all?: readonly Edit[]): Promise<Plan>;
  /** The state, compared with the manifest's edits of this integration. */
  state(edits: readonly Edit[]): Promise<IntegrationState>;
}

/** A team's gateway, for the Codex of one developer. */
export interface GatewayChoice {
  /** The base of its API, without a slash at its end: `https://gateway.example.com/v1`. */
  readonly url: string;
  /** The variable that holds the developer's token. */
  readonly tokenVariable: string;
  /** The model to use. @default the one that the settings hold */
  readonly model?: string | undefined;
}

/** What integrations work with; tests replace every part. */
export interface PatchContext {
  readonly system: System;
  readonly env: Env;
  /** The port the sidecar listens on: that of every relay URL. */
  readonly port: number;
  /** `--codex-home`. */
  readonly codexHome?: string | undefined;
  /** Homes of Codex that the record of changes names. @default none */
  readonly knownHomes?: readonly string[] | undefined;
  /** `--cc-switch-dir`. */
  readonly ccSwitchDir?: string | undefined;
  /** `--codex-plus-dir`. */
  readonly codexPlusDir?: string | undefined;
  /** `--provider`: the profile whose table Codex gets where it has no provider of its own. */
  readonly provider?: string | undefined;
  /** `--base-url`: the URL of that provider, in place of its default. */
  readonly baseUrl?: string | undefined;
  /** The version of the Codex on this machine. @default not known */
  readonly installedCodex?: string | undefined;
  /** Whether a retired model is replaced by its successor: only where the user said so. @default false */
  readonly replaceRetired?: boolean | undefined;
  /** The models of that provider, as they were found. @default those of its row */
  readonly offer?: ModelOffer | undefined;
  /** `--all`: the rows of cc-switch whose models the provider in use offers. */
  readonly all?: AllRows | undefined;
  /** `--key-variable`: the variable that holds that provider's key, in place of its usual one. */
  readonly keyVariable?: string | undefined;
  /** `--gateway`: the team's gateway that Codex is led to. */
  readonly gateway?: GatewayChoice | undefined;
  /** The sidecar's own folder, for the manifest, backups and lists of models. It may be missing. */
  readonly stateDir: string;
  readonly disk: Disk;
  readonly clock: Clock;
  /** Whether a program on this machine listens on that port. */
  listening(port: number): Promise<boolean>;
  /** What the system shows of a process; `undefined` where there is none. Absent: processes cannot be looked at. */
  readonly process?:
    | ((
      pid: number,
    ) => Promise<{ readonly name: string; readonly env: Env | undefined } | undefined>)
    | undefined;
  /** The name of a known proxy for Codex that answers on a port of this machine. Absent: nobody is asked. */
  readonly localProxy?: ((port: number) => Promise<string | undefined>) | undefined;
  /** The folder that a command was started in; `undefined` where it is not known. */
  readonly folder?: string | undefined;
  /** The names of the running programs, without paths; empty where they cannot be determined. */
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
