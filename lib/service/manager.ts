/**
 * One interface to the service managers of all systems. Each is controlled through its own tools only.
 *
 * @module
 */

import type { Clock } from "../base/clock.ts";
import { Failure } from "../base/errors.ts";
import type { Env, System } from "../config/paths.ts";
import type { Service } from "./service.ts";

/** How a tool ended. */
export interface Ran {
  /** `undefined`: there is no such tool. */
  readonly code: number | undefined;
  readonly out: string;
  readonly err: string;
}

/** Runs a tool to its end. Never throws: a missing tool is a {@link Ran} without a code. */
export type RunTool = (command: string, args: readonly string[]) => Promise<Ran>;

/** What managers need of the machine. */
export interface ManagerContext {
  readonly system: System;
  readonly env: Env;
  readonly clock: Clock;
  readonly runTool: RunTool;
  /** The user's number; `null` on Windows. */
  readonly uid: () => number | null;
  /** The sidecar's own folder. */
  readonly stateDir: string;
}

/** The service manager of one system, for the current user. Nothing here needs root. */
export interface Manager {
  /** Its name in sentences. */
  readonly name: string;
  /** The name of the service in this manager. */
  readonly id: string;
  /** A sentence for the user about this manager. */
  readonly note?: string;
  /** Where the definition is written. */
  readonly file: string;
  /** Other files that are removed with it. */
  readonly traces: readonly string[];
  /** Reads the definition from the manager; absent where `file` is the definition. */
  readonly registered?: () => Promise<string | undefined>;
  /** The content of `file` for a service. */
  define(service: Service): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Makes the manager read the file and start the service at every login.
   *
   * @param start whether to (re)start it now as well
   * @throws {Failure} `bad_config` with the tool's own message; the caller then restores the file
   */
  take(start: boolean): Promise<void>;
  /** Stops it and its start at login; running answers may end where the system allows it. @returns the failure, if any */
  stop(): Promise<Failure | undefined>;
  /** Tells the manager that the file was removed. */
  forget(): Promise<void>;
  /** Whether it runs; `undefined` where the manager gives no answer. */
  running(): Promise<boolean | undefined>;
}

/** A `bad_config` with the command line and the first four lines of the tool's output. @param hint what the user can do */
export function toolFailure(
  command: string,
  args: readonly string[],
  ran: Ran,
  hint: string,
): Failure {
  const line = [command, ...args].join(" ");
  if (ran.code === undefined) {
    return new Failure("bad_config", `${line} cannot run: there is no ${command} here`, { hint });
  }
  const output = (ran.err.trim() || ran.out.trim()).split(/\s*\n\s*/).slice(0, 4).join("; ");
  const message = output.replace(/\.$/, "") || `exit code ${ran.code}`;
  return new Failure("bad_config", `${line} failed: ${message}`, { hint });
}
